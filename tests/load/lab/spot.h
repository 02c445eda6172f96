/* A hot spot: the seats everybody wants, and who has seen that one is gone.  The same for buyers over HTTP and for crews. */
#ifndef LAB_SPOT_H
#define LAB_SPOT_H

#include "db/db.h"
#include "crowd.h"

#include <stdbool.h>
#include <stdint.h>

struct spot {
	int64_t performance, *seats;     /* those of the crowd's region, from the front */
	size_t n_seats, n_people;
	struct crowd_member *people;
	_Atomic int64_t next_person, n_gone;
	_Atomic bool *gone;              /* what people would see on the live map */
};
/* sessions: people are signed in.  Shared among processes that are forked later.  No seats: a standing area is wanted. */
struct err *spot_new(struct db *db, struct arena *a, int64_t performance, size_t seats, size_t people, bool sessions, struct spot **ret);
/* A seat that is not known to be gone, at random; −1: none is left. */
int64_t spot_choose(struct spot *s);
void spot_gone(struct spot *s, int64_t at);
/* The next person, each one once; NULL: all have been. */
const struct crowd_member *spot_person(struct spot *s);

#endif
