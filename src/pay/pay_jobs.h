/* What happens to payments without anybody at a page: consumers, the sweeper, checks, metrics, mails. */
#ifndef FOYER_PAY_JOBS_H
#define FOYER_PAY_JOBS_H

#include "notify/notify.h"
#include "pay/pay.h"

struct err *pay_webhook_deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n);
struct err *pay_refund_deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n);
struct err *pay_sweep_job(struct job_ctx *j), *pay_forget_job(struct job_ctx *j), *pay_refund_cancelled_job(struct job_ctx *j);
metrics_fn pay_metrics;
extern const struct check pay_checks[];
extern const struct mail_kind pay_mails[];

#endif
