/* A total of 0 needs no provider: the order goes the same way through an attempt, which is done at once. */
#include "pay/free.h"

#include "base/str.h"

static struct err *start(struct arena *a, const struct pay_attempt *at, const struct booking_order *o, const char *order_name,
    const char *success_url, const char *fail_url, const char **ret_url)
{
	(void)o, (void)order_name, (void)fail_url;
	*ret_url = arena_printf(a, "%s?paymentKey=free-%s&orderId=%s&amount=0", success_url, at->provider_order, at->provider_order);
	return NULL;
}

static struct err *retrieve(struct arena *a, const struct pay_attempt *at, struct pay_result *ret)
{
	*ret = (struct pay_result){ .outcome = at->amount == 0 ? PAY_DONE : PAY_FAILED, .method = "free", .order_ref = at->provider_order,
		.currency = "KRW", .payment_key = arena_printf(a, "free-%s", at->provider_order) };
	return NULL;
}

static struct err *confirm(struct arena *a, const struct pay_attempt *at, const char *payment_key, struct pay_result *ret)
{
	(void)payment_key;
	return retrieve(a, at, ret);
}

static struct err *cancel(struct arena *a, const struct pay_attempt *at, int64_t amount, const char *reason, const char *idem_key,
    const char *account, struct pay_result *ret)
{
	(void)a, (void)at, (void)amount, (void)reason, (void)idem_key, (void)account;
	*ret = (struct pay_result){ .outcome = PAY_CANCELLED };
	return NULL;
}

const struct pay_provider free_provider = { "free", start, confirm, retrieve, cancel };
