/* What the waiting room brings into the house beside its pages. */
#include "queue/queue.h"

#include "queue/tick.h"
#include "queue/watch.h"

const struct domain queue_domain = { .name = "queue", .jobs = queue_jobs, .checks = queue_checks, .metrics = queue_metrics };
