/* In a handler _("…") is in the language of the request r; in templates, and where a view is filled from an out, in that of
 * the out o (tmplc/out.h). */
#ifndef FOYER_WEB_TEXT_H
#define FOYER_WEB_TEXT_H

#include "web/req.h"

#undef _
#define _(msgid) tr(r->lang, msgid)

#endif
