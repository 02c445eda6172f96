/* The platform's desk: what the people who run the house look at and decide. */
#ifndef FOYER_ADMIN_H
#define FOYER_ADMIN_H

#include "web/route.h"

extern const struct domain admin_domain;

#endif
