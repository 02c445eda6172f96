/* What the waiting room brings into the house. */
#include "queue/queue.h"

#include "queue/tick.h"
#include "queue/watch.h"

static struct err *may_listen(struct req *r, const char *rest)
{
	struct queue_sale s;
	(void)r;
	return queue_sale_parse(rest, &s) ? NULL : err_new(ERR_NOT_FOUND, "no sale: %.40s", rest);
}

static const struct live_rule live_rules[] = { { "queue:", may_listen }, { 0 } };

const struct domain queue_domain = { .name = "queue", .jobs = queue_jobs, .checks = queue_checks, .metrics = queue_metrics, .live = live_rules };
