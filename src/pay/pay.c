/* The domain of payment: its routes, jobs, consumers. */
#include "pay/pay.h"
#include "pay/free.h"
#include "pay/pay_jobs.h"
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
	{ GET, "/pay/{order}", pay_page, ACCESS_BUYER, .pool = POOL_TILL, .step = true },
	{ POST, "/pay/{order}/start", pay_start, ACCESS_BUYER, .form = FORM_OF(pay_start_form), .pool = POOL_TILL, .step = true,
		.budget = 12 },
	{ GET, "/pay/{order}/window", pay_toss_page, ACCESS_BUYER, .form = FORM_OF(pay_window_form), .pool = POOL_TILL, .step = true },
	{ GET, "/pay/{order}/wait", pay_wait, ACCESS_BUYER, .pool = POOL_TILL, .step = true },
	{ GET, "/pay/{provider}/return", pay_return, ACCESS_BUYER, .form = FORM_OF(pay_return_form), .pool = POOL_PAY,
		.step = true, .deadline_ms = CONFIRM_DEADLINE_MS, .budget = 26 },
	{ GET, "/pay/{provider}/fail/{attempt}", pay_failed, ACCESS_BUYER, .form = FORM_OF(pay_fail_form), .pool = POOL_PAY,
		.step = true },
	{ POST, "/pay/{provider}/webhook", pay_webhook, ACCESS_PROVIDER, .pool = POOL_PAY, .no_csrf = true, .raw_body = true },
	{ GET, "/orders/{order}/cancel", pay_cancel_page, ACCESS_BUYER, .form = FORM_OF(pay_cancel_form) },
	{ POST, "/orders/{order}/cancel", pay_cancel_do, ACCESS_BUYER, .form = FORM_OF(pay_cancel_form), .again = pay_cancel_page,
		.once = true, .budget = 40 },
	{ GET, "/orders/{order}/account", pay_account_page, ACCESS_BUYER },
	{ POST, "/orders/{order}/account", pay_account_do, ACCESS_BUYER, .form = FORM_OF(pay_cancel_form), .again = pay_account_page,
		.budget = 40 },
	{ 0 }
};
static const struct consumer consumers[] = {
	{ .topic = "pay_webhook", .deliver = pay_webhook_deliver },
	{ .topic = "refund", .deliver = pay_refund_deliver },
	{ 0 }
};
static const struct job jobs[] = {
	{ "pay-sweep", 5, pay_sweep_job, N_("Asks the payment provider about every unfinished payment.") },
	{ "pay-forget", 24 * 3600, pay_forget_job, N_("Deletes webhooks that were looked into after 90 days.") },
	{ "refund_cancelled", 5, pay_refund_cancelled_job, N_("Gives everybody's money back for cancelled performances, in batches.") },
	{ 0 }
};

const struct domain pay_domain = { .name = "pay", .routes = routes, .consumers = consumers, .jobs = jobs, .checks = pay_checks,
	.metrics = pay_metrics, .mails = pay_mails };
