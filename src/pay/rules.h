/* The pure rules of payment: refund fees, and what the sweeper does with an answer. */
#ifndef FOYER_PAY_RULES_H
#define FOYER_PAY_RULES_H

#include "pay/pay.h"

/* What comes back for one line, and what is kept, at a fee in permille of the price.  full: booking fee too. */
struct refund_split { int64_t amount, kept, fee; };
struct refund_split pay_refund_split(int64_t price, int64_t booking_fee, int permille, bool full);

/* When to ask about an attempt again, after so many looks: 5 s, 10 s, 20 s … at most an hour. */
int64_t pay_next_check(int64_t now, int64_t checks);

enum sweep { SWEEP_SETTLE, SWEEP_CONFIRM, SWEEP_LATER, SWEEP_GIVE_UP, SWEEP_CANCEL_ACCOUNT };
/* What to do with an attempt after asking the provider.
 * order_alive: the order still waits for this money (pending or awaiting its deposit, deadline not over).
 * Confirming again is right only while the provider's session lives (10 minutes) and the order does. */
enum sweep pay_sweep(const struct pay_attempt *at, const struct pay_result *r, bool order_alive, int64_t now);

/* Does an answer of the provider fit our attempt (order reference, currency, amount)? */
bool pay_result_fits(const struct pay_attempt *at, const struct pay_result *r);

#endif
