/* The ledger: double entry, from the first won.  Account names:
 *   provider:<name>     what the payment provider holds for us (debit grows)
 *   organizer:<id>      what we owe an organizer (credit grows)
 *   fee:booking         booking fees, ours          fee:cancellation:<organizer id>  cancellation fees kept
 *   suspense:late       captured too late, to be given back */
#ifndef FOYER_LEDGER_H
#define FOYER_LEDGER_H

#include "db/db.h"
#include "web/route.h"

extern const struct domain ledger_domain; /* its checks: every transaction sums to 0; provider accounts equal captures − refunds */

struct ledger_line { const char *account; int64_t amount; }; /* debit positive, credit negative */
/* Posts one balanced transaction (asserted) within the caller's transaction.  (kind, ref) exists once: a second post is
 * silently nothing, *ret_posted tells (may be NULL).  Lines of amount 0 are left out. */
struct err *ledger_post(struct db *db, const char *kind, const char *ref, struct order_id order, int64_t at,
    const struct ledger_line *lines, size_t n, bool *ret_posted);

#endif
