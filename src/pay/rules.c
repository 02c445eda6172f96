#include "pay/rules.h"

#include "base/clock.h"
#include "base/str.h"

enum { CHECKS_MAX = 110 }; /* with the back-off of pay_next_check: four days */
#define CONFIRM_WINDOW_US (9 * US_MINUTE)  /* the provider allows 10 */
#define WINDOW_LIFE_US (35 * US_MINUTE)    /* the provider's window: 30 */

int pay_refund_permille(const struct refund_grid *g, int64_t booked_at, int64_t starts_at, int64_t now)
{
	if (now >= starts_at)
		return -1;
	int days = clock_days_between(now, starts_at);
	if (days > 1 && now < booked_at + g->free_hours * US_HOUR)
		return 0;
	int best = -1, permille = 1000;
	for (size_t i = 0; i < g->n; i++)
		if (g->rules[i].min_days <= days && g->rules[i].min_days > best) {
			best = g->rules[i].min_days;
			permille = g->rules[i].fee_permille;
		}
	return permille;
}

struct refund_split pay_refund_split(int64_t price, int64_t booking_fee, int permille, bool full)
{
	if (full)
		return (struct refund_split){ .amount = price + booking_fee, .kept = 0, .fee = booking_fee };
	int64_t kept = price * permille / 1000; /* rounded down, in the buyer's favour */
	return (struct refund_split){ .amount = price - kept, .kept = kept, .fee = 0 };
}

int64_t pay_next_check(int64_t now, int64_t checks)
{
	int64_t wait = 5 * US_SECOND;
	for (int64_t i = 0; i < checks && wait < US_HOUR; i++)
		wait *= 2;
	return now + (wait < US_HOUR ? wait : US_HOUR);
}

bool pay_result_fits(const struct pay_attempt *at, const struct pay_result *r)
{
	return r->amount == at->amount && str_eq(r->order_ref, at->provider_order) && str_eq(r->currency, "KRW");
}

enum sweep pay_sweep(const struct pay_attempt *at, const struct pay_result *r, bool order_alive, int64_t now)
{
	bool asked_to_confirm = str_eq(at->state, "confirming") || str_eq(at->state, "unknown");
	switch (r->outcome) {
	case PAY_DONE:
	case PAY_FAILED:
	case PAY_CANCELLED:
		return SWEEP_SETTLE;
	case PAY_WAITING_DEPOSIT:
		if (!str_eq(at->state, "waiting_deposit"))
			return SWEEP_SETTLE;
		return order_alive && now < at->account_due_at ? SWEEP_LATER : SWEEP_CANCEL_ACCOUNT;
	case PAY_PENDING:
		if (asked_to_confirm && order_alive && now < at->created_at + CONFIRM_WINDOW_US)
			return SWEEP_CONFIRM;
		return now < at->created_at + WINDOW_LIFE_US && !asked_to_confirm ? SWEEP_LATER : SWEEP_GIVE_UP;
	case PAY_UNKNOWN:
		break;
	}
	return at->checks >= CHECKS_MAX ? SWEEP_GIVE_UP : SWEEP_LATER;
}
