/* What the files of pay share about refunds. */
#ifndef FOYER_PAY_REFUND_H
#define FOYER_PAY_REFUND_H

#include "pay/pay.h"

/* fail_text of a refund that waits for the buyer's account. */
#define REFUND_ACCOUNT_NEEDED "ACCOUNT_NEEDED"

/* Within the settlement's transaction: everything of an attempt that was captured in vain goes back. */
struct err *refund_whole_attempt(struct db *db, struct arena *a, struct attempt_id id, struct order_id order, int64_t amount,
    const char *why, int64_t now);
/* Asks the provider to give one stored refund back and books the answer (the consumer of topic "refund"). */
struct err *refund_carry_out(struct db *db, struct arena *a, struct refund_id id, int64_t now);
/* Everybody's orders of a cancelled performance, in batches; called by the job until ret_left is 0. */
struct err *pay_refund_performance(struct db *db, struct arena *a, struct performance_id id, const char *reason, int64_t now,
    int64_t *ret_left);

#endif
