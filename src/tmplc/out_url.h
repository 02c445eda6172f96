/* What the run time's own files share: typed URLs from a va_list. */
#ifndef FOYER_TMPLC_OUT_URL_H
#define FOYER_TMPLC_OUT_URL_H

#include "tmplc/out.h"

#include <stdarg.h>

struct url url_vfmt(struct arena *a, const char *prefix, const char *fmt, va_list ap);

#endif
