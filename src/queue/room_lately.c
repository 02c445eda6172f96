/* What a process remembers of rooms for a second. */
#include "queue/queue.h"

#include "base/clock.h"

enum { ROOMS = 16, ARENA_BYTES = 65536 };

static struct memory { struct queue_sale sale; struct arena *a; struct queue_room *room; int64_t until; } memories[ROOMS];

static struct queue_room *copy(struct arena *a, const struct queue_room *r)
{
	struct queue_room *c = arena_copy(a, r, sizeof *r);
	const char **texts[] = { &c->sale_kind, &c->state, &c->ended_why, &c->message, &c->message_en, &c->holes };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = arena_strdup(a, *texts[i]);
	c->seed.p = arena_copy(a, c->seed.p, c->seed.n);
	return c;
}

/* A sale without a room is asked for each time: it may get one at any moment. */
struct err *queue_room_lately(struct db *db, struct arena *a, struct queue_sale s, struct queue_room **ret)
{
	struct memory *m = &memories[(uint64_t)s.id % ROOMS];
	int64_t now = clock_monotonic();
	if (m->room && m->sale.kind == s.kind && m->sale.id == s.id && now < m->until) {
		*ret = copy(a, m->room);
		return NULL;
	}
	TRY(queue_room_of(db, a, s, ret));
	if (!m->a)
		m->a = arena_new(ARENA_BYTES);
	arena_reset(m->a);
	*m = (struct memory){ s, m->a, *ret ? copy(m->a, *ret) : NULL, now + US_SECOND };
	return NULL;
}
