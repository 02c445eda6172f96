/* The pure rules of booking: no database, no request. */
#ifndef FOYER_BOOKING_RULES_H
#define FOYER_BOOKING_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOOKING_STRIPES = 16, BOOKING_MAX_TICKETS = 20 };
/* An expired claim may be taken by another only this long after its deadline: hosts' clocks differ a little, and a
 * payment may be just on its way. */
#define BOOKING_GRACE_US INT64_C(2000000)

/* The number a place of a standing section has in table claim. */
int64_t booking_standing_idx(int64_t section_ord, int64_t stripe, int64_t serial);
/* The stripe a standing idx was taken from; section_ord through ret_ord.  false for a seat. */
bool booking_standing_parts(int64_t idx, int64_t *ret_ord, int64_t *ret_stripe);

/* Picks n of the slots 1…limit that are not in used.  false: the person's limit would be exceeded. */
bool booking_slots_pick(const int64_t *used, size_t n_used, int64_t limit, size_t n, int64_t *ret);

struct stripe_left { int64_t stripe, left; };
struct stripe_take { int64_t stripe, n; };
/* Spreads n places over stripes: a single one with room for all where there is one (beginning at a random one, so that
 * buyers don't meet), otherwise the fullest first.  Returns the number of takes, 0: not enough left. */
size_t booking_stripes_pick(const struct stripe_left *s, size_t n_s, uint32_t random, int64_t n, struct stripe_take *ret);

/* Best available: n adjacent free seats of one row, as near to the front's middle as possible.  Seats come in the order
 * of their idx; neighbours follow each other in it (taken seats may be left out).  The score of a run is its worst
 * seat's distance from (cx, 0).  No row has n: false, the person decides what to give up. */
struct seat_spot { int64_t idx, section, row; int x, y; bool free; };
int64_t booking_run_score(const struct seat_spot *s, size_t n, int cx); /* less is better */
bool booking_best_run(const struct seat_spot *s, size_t n_s, int cx, size_t n, size_t *ret_first);

/* The hold's new deadline after its one extension; 0 when it may not be extended any more. */
int64_t booking_extended(int64_t expires_at, bool extended, int64_t now, int64_t add_us);

#endif
