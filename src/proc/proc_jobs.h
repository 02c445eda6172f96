/* Jobs and checks of the outbox and of the job records. */
#ifndef FOYER_PROC_PROC_JOBS_H
#define FOYER_PROC_PROC_JOBS_H

#include "web/route.h"

extern const struct job proc_jobs[];
extern const struct check proc_checks[];

#endif
