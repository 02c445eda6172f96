/* Plans of halls from any bytes: what is accepted keeps its promises and survives being written and read again. */
#include "venue/venue.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool ok)
{
	if (!ok)
		abort();
}

static void same(const struct plan *p, const struct plan *q)
{
	expect(p->n_sections == q->n_sections);
	for (size_t i = 0; i < p->n_sections; i++) {
		const struct plan_section *s = &p->sections[i], *t = &q->sections[i];
		expect(str_eq(s->name, t->name) && s->standing == t->standing && s->capacity == t->capacity && s->n_seats == t->n_seats);
		expect(s->x == t->x && s->y == t->y && s->w == t->w && s->h == t->h);
	}
}

static void one(struct bytes in, bool json)
{
	struct arena *a = arena_new((size_t)512 << 20);
	struct plan p, q;
	struct err *e = json ? venue_plan_from_json(a, in, &p) : venue_plan_from_csv(a, in, &p);
	if (e) {
		expect(err_code(e) == ERR_INVALID && err_user_text(e));
		err_free(e);
	} else {
		expect(!venue_plan_check(a, &p));
		expect(!venue_plan_from_json(a, venue_plan_to_json(a, &p), &q));
		same(&p, &q);
		if (!json) {
			expect(!venue_plan_from_csv(a, venue_plan_to_csv(a, &p), &q));
			same(&p, &q);
		}
	}
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	one(in, false);
	one(in, true);
	return 0;
}
