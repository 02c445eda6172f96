/* The hidden parts of a form as the house's own page would give them to a session: who posts thousands of forms need not
 * load the page before each. */
#ifndef LAB_FORM_H
#define LAB_FORM_H

#include "base/arena.h"

struct lab_form { const char *cookie, *token; }; /* of foyer_csrf; the field csrf */
struct lab_form lab_form_for(struct arena *a, const char *session);

#endif
