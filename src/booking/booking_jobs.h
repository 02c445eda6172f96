/* Jobs, invariants and figures of booking (booking_jobs.c). */
#ifndef FOYER_BOOKING_JOBS_H
#define FOYER_BOOKING_JOBS_H

#include "web/route.h"

extern const struct job booking_jobs[];
extern const struct check booking_checks[];
metrics_fn booking_metrics;

#endif
