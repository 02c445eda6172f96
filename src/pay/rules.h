/* The pure rules of payment: refund fees, and what the sweeper does with an answer. */
#ifndef FOYER_PAY_RULES_H
#define FOYER_PAY_RULES_H

#include "base/clock.h"
#include "pay/pay.h"

/* What comes back for one line, and what is kept, at a fee in permille of the price.  full: booking fee too. */
struct refund_split { int64_t amount, kept, fee; };
struct refund_split pay_refund_split(int64_t price, int64_t booking_fee, int permille, bool full);

/* When to ask about an attempt again, after so many looks: 5 s, 10 s, 20 s … at most an hour. */
int64_t pay_next_check(int64_t now, int64_t checks);

enum sweep { SWEEP_SETTLE, SWEEP_CONFIRM, SWEEP_LATER, SWEEP_GIVE_UP, SWEEP_CANCEL_ACCOUNT };
/* What to do with an attempt after asking the provider.
 * order_alive: the order still waits for this money (pending or awaiting its deposit, deadline not over).
 * Confirming again is right while the provider still waits for it and the order does. */
enum sweep pay_sweep(const struct pay_attempt *at, const struct pay_result *r, bool order_alive, int64_t now);

/* When to ask about an undeposited account again. */
int64_t pay_deposit_check(int64_t due_at, int64_t now);
/* When to look at an attempt again that a look left open; r: what it found. */
int64_t pay_look_again(const struct pay_attempt *at, const struct pay_result *r, int64_t now);

/* The due date of an account where the provider names none: the end of the next day. */
int64_t pay_deposit_due(int64_t now);

/* The hold of a buyer who is at the provider, or whose payment is unclear, lives until then at least; never more than
 * PAY_HOLD_MOST_US after the order was made. */
#define PAY_HOLD_MOST_US (25 * US_MINUTE)
int64_t pay_hold_until(int64_t order_created_at, int64_t now, int64_t for_us);

/* Did the provider answer at all?  code: of a result that is unknown.  Its answer may be replayed for the same
 * idempotency key for ever, so that a repetition needs a new one; after silence the same key is right. */
bool pay_answered(const char *code);

/* The first `max` characters of a text of somebody else's. */
const char *pay_clip(struct arena *a, const char *s, size_t max);

/* Is an answer of the provider about our attempt at all; and does it fit it (currency, amount)? */
bool pay_result_ours(const struct pay_attempt *at, const struct pay_result *r);
bool pay_result_fits(const struct pay_attempt *at, const struct pay_result *r);

#endif
