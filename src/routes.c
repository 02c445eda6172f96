/* The domains of the house: one line each.  A new feature is its own folder and a line here. */
#include "proc/proc.h"
#include "web/route.h"

const struct domain *const domains[] = {
	&proc_domain,
	NULL
};
