/* What must hold of the waiting rooms at all times, and their figures. */
#ifndef FOYER_QUEUE_WATCH_H
#define FOYER_QUEUE_WATCH_H

#include "web/route.h"

extern const struct check queue_checks[];
metrics_fn queue_metrics;

#endif
