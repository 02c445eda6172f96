/* The processes of the house as a domain: commands serve, work, clock, migrate, status, routes, config, check; the route
 * /metrics; the jobs and checks of the outbox. */
#ifndef FOYER_PROC_PROC_H
#define FOYER_PROC_PROC_H

#include "web/route.h"

extern const struct domain proc_domain;

#endif
