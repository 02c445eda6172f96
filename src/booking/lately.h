/* Seats that were found taken a moment ago, remembered by all processes of a host together.
 *
 * When a sale opens, most who press the button want what somebody else has just taken.  To tell them so needs no look at
 * the database: a seat taken half a second ago is refused from here.  It is a memory of noes only, each for three seconds
 * at most and never longer than the hold; whether a seat is free the database alone decides. */
#ifndef FOYER_BOOKING_LATELY_H
#define FOYER_BOOKING_LATELY_H

#include "base/err.h"
#include "ids.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Maps the memory, a file of run_dir; for the masters, whose workers inherit it.  Where nobody called it, or it failed
 * (ERR_INTERNAL), nothing is remembered. */
struct err *lately_open(void);
/* This person has the seat, at most until `until` (µs; 0: for good). */
void lately_note(struct performance_id p, int64_t seat, struct person_id person, int64_t until, int64_t now);
/* The seats were given back: on this host they can be had at once. */
void lately_forget(struct performance_id p, const int64_t *seats, size_t n);
/* True when somebody else was seen to have the seat within the last three seconds. */
bool lately_taken(struct performance_id p, int64_t seat, struct person_id person, int64_t now);

#endif
