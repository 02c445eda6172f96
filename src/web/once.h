/* Forms that make something are carried out once, however often they arrive: pressed twice, at once or later, sent again
 * by the back button or because an answer was lost.
 *
 * The route says `.once = true`, and its handler ends the transaction in which it makes the thing with
 *
 *   return once_made(r, db, url);      the page it then redirects to
 *
 * A form is the same when browser, session, address, the key of out_form_guard and everything filled in are the same: who
 * goes back and changes a word sends another one.  The same form again within a quarter of an hour is answered like the
 * first one, without running the handler.  When both are under way at once, the later transaction ends with ERR_DUPLICATE,
 * nothing of it stays, and whatever its handler answers is replaced by the first one's answer. */
#ifndef FOYER_WEB_ONCE_H
#define FOYER_WEB_ONCE_H

#include "web/req.h"

/* The last statement of the transaction.  Outside of one (what the form does cannot happen twice anyway) it only sees to the
 * answer.  Without the key in the form it does nothing. */
struct err *once_made(struct req *r, struct db *db, struct url where);

#endif
