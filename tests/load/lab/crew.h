/* A crew: processes that do the same thing over and over at the same time, each with a database connection of its own, as
 * the workers of the house would, but without HTTP.  What the house's own functions reach that way is what its pages are
 * measured against. */
#ifndef LAB_CREW_H
#define LAB_CREW_H

#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"
#include "stats.h"

#include <stdbool.h>
#include <stdint.h>

enum { CREW_COUNTS = 4, CREW_MAX = 512 };
struct crew_member {
	int index;
	struct db *db;
	struct arena *a;          /* reset after each turn */
	void *ctx;                /* the caller's, as it was at the fork; crew_share() makes memory that all have in common */
	_Atomic int64_t *counts;  /* the caller's meaning; shared */
};
/* One turn; *ret_over: nothing is left to do.  An error ends the member and is counted. */
typedef struct err *crew_turn(struct crew_member *m, bool *ret_over);
struct crew_result { double seconds; int64_t counts[CREW_COUNTS], failed; struct lab_histogram times; };

void *crew_share(size_t n);
/* n processes take turns for so long.  Each takes one turn before the start that counts for nothing: connecting and
 * preparing are paid once per process. */
struct crew_result crew_run(int n, int64_t us, crew_turn *turn, void *ctx);
/* Prints an error and ends the program. */
void crew_must(struct err *e);

#endif
