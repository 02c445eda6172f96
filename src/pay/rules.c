#include "pay/rules.h"

#include "base/clock.h"
#include "base/str.h"

#include <string.h>

enum { CHECKS_MAX = 110 }; /* with the back-off of pay_next_check: four days */
#define WINDOW_LIFE_US (35 * US_MINUTE) /* the provider's window: 30 */
/* A deposit is told by webhook; asking now and then makes up for a lost one. */
#define DEPOSIT_CHECK_US US_HOUR

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

int64_t pay_deposit_check(int64_t due_at, int64_t now)
{
	return due_at > now && due_at < now + DEPOSIT_CHECK_US ? due_at : now + DEPOSIT_CHECK_US;
}

int64_t pay_look_again(const struct pay_attempt *at, const struct pay_result *r, int64_t now)
{
	if (r->outcome == PAY_WAITING_DEPOSIT && at->account_due_at > now)
		return pay_deposit_check(at->account_due_at, now);
	if (r->outcome == PAY_PENDING && str_eq(at->state, "created"))
		return at->created_at + WINDOW_LIFE_US + US_MINUTE;
	return pay_next_check(now, at->checks);
}

bool pay_result_ours(const struct pay_attempt *at, const struct pay_result *r)
{
	return str_eq(r->order_ref, at->provider_order);
}

bool pay_result_fits(const struct pay_attempt *at, const struct pay_result *r)
{
	return pay_result_ours(at, r) && r->amount == at->amount && str_eq(r->currency, "KRW");
}

int64_t pay_deposit_due(int64_t now)
{
	/* Noon of the day after next, wherever summer time moves midnight to. */
	int64_t noon = clock_day_start(clock_day(now)) + 2 * US_DAY + 12 * US_HOUR;
	return clock_day_start(clock_day(noon)) - US_SECOND;
}

int64_t pay_hold_until(int64_t order_created_at, int64_t now, int64_t for_us)
{
	int64_t most = order_created_at + PAY_HOLD_MOST_US;
	return now + for_us < most ? now + for_us : most;
}

bool pay_answered(const char *code)
{
	return !str_empty(code) && !str_eq(code, "TIMEOUT") && !str_eq(code, "UNREACHABLE") &&
	    !str_eq(code, "IDEMPOTENT_REQUEST_PROCESSING");
}

const char *pay_clip(struct arena *a, const char *s, size_t max)
{
	size_t n = 0, i = 0;
	for (; s[i]; i++)
		if ((s[i] & 0xc0) != 0x80 && n++ == max)
			break;
	return arena_strndup(a, s, i);
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
		if (asked_to_confirm)
			return order_alive ? SWEEP_CONFIRM : SWEEP_GIVE_UP;
		return now < at->created_at + WINDOW_LIFE_US ? SWEEP_LATER : SWEEP_GIVE_UP;
	case PAY_UNKNOWN:
		break;
	}
	return at->checks >= CHECKS_MAX ? SWEEP_GIVE_UP : SWEEP_LATER;
}
