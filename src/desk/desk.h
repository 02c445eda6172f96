/* The organizer's desk: home, sales, orders, attendees.  Its frame (web/desk_frame.h) is shared with the rooms whose pages
 * stand under /desk/, too. */
#ifndef FOYER_DESK_H
#define FOYER_DESK_H

#include "web/route.h"

extern const struct domain desk_domain;

#endif
