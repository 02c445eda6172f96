/* The domain of payment: its routes, jobs, consumers. */
#include "pay/pay.h"
#include "pay/free.h"
#include "pay/pay_web.h"
#include "pay/toss.h"

#include "base/conf.h"

const struct pay_provider *pay_provider_find(const char *name)
{
	if (str_eq(name, "toss"))
		return &toss_provider;
	if (str_eq(name, "free"))
		return &free_provider;
	return str_eq(name, "sandbox") && conf()->pool_sandbox > 0 ? &sandbox_provider : NULL;
}

/* A confirmation may take one call's time-out and a question after it. */
#define CONFIRM_DEADLINE_MS 55000

static const struct route routes[] = {
	{ GET, "/pay/{order}", pay_page, ACCESS_BUYER, .pool = POOL_PAY },
	{ POST, "/pay/{order}/start", pay_start, ACCESS_BUYER, .form = FORM_OF(pay_start_form), .pool = POOL_PAY, .budget = 20 },
	{ GET, "/pay/{order}/window", pay_toss_page, ACCESS_BUYER, .form = FORM_OF(pay_window_form), .pool = POOL_PAY },
	{ GET, "/pay/{order}/wait", pay_wait, ACCESS_BUYER, .pool = POOL_PAY },
	{ GET, "/pay/{provider}/return", pay_return, ACCESS_BUYER, .form = FORM_OF(pay_return_form), .pool = POOL_PAY,
		.deadline_ms = CONFIRM_DEADLINE_MS, .budget = 40 },
	{ GET, "/pay/{provider}/fail/{attempt}", pay_failed, ACCESS_BUYER, .form = FORM_OF(pay_fail_form), .pool = POOL_PAY },
	{ 0 }
};

const struct domain pay_domain = { .name = "pay", .routes = routes };
