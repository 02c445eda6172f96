/* The demo: a house full of life in an empty database, the same every time but for the dates, which lie around now. */
#ifndef FOYER_DEMO_H
#define FOYER_DEMO_H

#include "web/route.h"

extern const struct domain demo_domain; /* `foyer demo` */

#endif
