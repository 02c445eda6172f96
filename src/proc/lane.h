/* Lanes: which consumer process a topic's rows go to, and how it is woken.  Each ordered topic has a lane of its own, so
 * that a slow mail server does not hold up the live events; all others share LANE_COMMON. */
#ifndef FOYER_PROC_LANE_H
#define FOYER_PROC_LANE_H

#include "base/arena.h"

#include <stdbool.h>

#define LANE_COMMON "work"
enum { LANES_MAX = 8 };

const char *lane_of(const char *topic); /* lives as long as the program */
/* Waits until the lane is woken, at most 200 ms; false: at once, as Redis is away. */
bool lane_wait(struct arena *a, const char *lane);

#endif
