/* Message catalogues: GNU .mo files.  English msgids are the source; a message without translation is its msgid. */
#ifndef FOYER_TMPLC_I18N_H
#define FOYER_TMPLC_I18N_H

#include "base/err.h"

#include <stddef.h>

/* Loads share_dir/locale/<lang>.mo, for each file that is there; once per process, before tr().  A damaged catalogue is
 * logged and left out. */
void i18n_load(void);
/* Takes a catalogue from memory, which stays the caller's and must stay.  ERR_INVALID where it is damaged; a single
 * message whose conversions (%s, %lld) differ from its msgid's is logged and left out. */
struct err *i18n_add(const char *lang, const void *mo, size_t n);
void i18n_clear(void); /* forgets all catalogues */

#endif
