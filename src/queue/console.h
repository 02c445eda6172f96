/* The organizer's console of a waiting room, and the list of orders that deserve a look. */
#ifndef FOYER_QUEUE_CONSOLE_H
#define FOYER_QUEUE_CONSOLE_H

#include "web/route.h"

extern const struct domain queue_desk_domain;

#endif
