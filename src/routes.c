/* The domains of the house: one line each.  A new feature is its own folder and a line here. */
#include "web/route.h"

const struct domain *const domains[] = {
	NULL
};
