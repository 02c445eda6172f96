#include "spot.h"

#include "ext/crypto.h"
#include "crew.h"

#include <stdatomic.h>

enum { TRIES = 64 };

struct err *spot_new(struct db *db, struct arena *a, int64_t performance, size_t seats, size_t people, bool sessions, struct spot **ret)
{
	struct spot *s = crew_share(sizeof *s);
	s->performance = performance;
	if (seats > 0)
		TRY(crowd_free_seats(db, a, performance, seats, &s->seats, &s->n_seats));
	if (s->n_seats != seats)
		return err_new(ERR_INVALID, "%zu of %zu seats of performance %lld are free", s->n_seats, seats, (long long)performance);
	TRY((sessions ? crowd_make : crowd_people)(db, a, people, &s->people));
	s->n_people = people;
	s->gone = crew_share(s->n_seats + 1);
	*ret = s;
	return NULL;
}

int64_t spot_choose(struct spot *s)
{
	if (s->n_gone >= (int64_t)s->n_seats)
		return -1;
	uint32_t at = crypto_uniform((uint32_t)s->n_seats);
	for (int i = 0; i < TRIES && s->gone[at]; i++)
		at = crypto_uniform((uint32_t)s->n_seats);
	for (size_t i = 0; i < s->n_seats && s->gone[at]; i++)
		at = (at + 1) % (uint32_t)s->n_seats;
	return s->gone[at] ? -1 : (int64_t)at;
}

void spot_gone(struct spot *s, int64_t at)
{
	if (!atomic_exchange(&s->gone[at], true))
		s->n_gone++;
}

const struct crowd_member *spot_person(struct spot *s)
{
	int64_t i = s->next_person++;
	return i < (int64_t)s->n_people ? &s->people[i] : NULL;
}
