/* Tickets: one per seat or person.  issued → used | void.  The QR carries code, performance and version signed with
 * Ed25519, so that a gate without network can verify it. */
#ifndef FOYER_TICKET_H
#define FOYER_TICKET_H

#include "db/db.h"
#include "ids.h"
#include "web/route.h"

extern const struct domain ticket_domain;

/* Within the transaction that marks the order paid: a ticket for each of these lines of the order. */
struct err *ticket_issue(struct db *db, struct arena *a, struct order_id order, struct performance_id performance,
    const char *holder, const int64_t *lines, size_t n, int64_t now);
/* Within the transaction that cancels lines: voids their tickets.  ERR_CONFLICT (user text) when one was used. */
struct err *ticket_void(struct db *db, struct order_id order, const int64_t *lines, size_t n, int64_t now);

/* The one entry: issued → used, for that performance only.  ret_done: false where the ticket is not (or no longer) issued. */
struct err *ticket_use(struct db *db, struct ticket_id id, struct performance_id performance, const char *by, int64_t now,
    bool *ret_done);
/* Takes back the entry of that very instant: used → issued. */
struct err *ticket_unuse(struct db *db, struct ticket_id id, int64_t used_at, bool *ret_done);

/* "F1.<code>.<performance id>.<base64url of signature>"; fits a QR of version ≤ 8. */
const char *ticket_qr_text(struct arena *a, const char *code, struct performance_id performance);
/* Reads what a scanner delivers: the QR text, or a bare code typed by hand (signature then unknown).
 * false: not one of ours or forged. */
struct ticket_scanned { const char *code; struct performance_id performance; bool signed_ok; };
bool ticket_qr_read(struct arena *a, const char *text, struct ticket_scanned *ret);

#define TICKET_ROW(F)                                                                                                  \
	F(ticket_id, id) F(str, code) F(order_id, order_id) F(i64, line) F(performance_id, performance_id) F(str, holder) \
	F(str, state) F(time, issued_at) F(time, used_at) F(time, void_at) F(str, label) \
	F(i64, grade_ord) F(str, grade) F(i64, price)
DB_ROW(ticket_row, TICKET_ROW)
struct err *ticket_list(struct db *db, struct arena *a, struct order_id order, struct ticket_row **ret, size_t *ret_n);

#endif
