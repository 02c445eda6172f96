/* The drawing of a hall for the seat map. */
#include "venue/plan_priv.h"

#include <inttypes.h>

#define IDS_ROW(F) F(section_id, id)
DB_ROW(ids_row, IDS_ROW)
DB_QUERY(section_ids, ids_row, "SELECT id FROM section WHERE hall_id = ? ORDER BY ord")

static void json_rows(struct buf *b, const struct plan_section *s)
{
	for (size_t i = 0; i < s->n_seats; i++) {
		const struct plan_seat *p = &s->seats[i];
		bool new_row = i == 0 || !str_eq(p->row, s->seats[i - 1].row);
		if (new_row) {
			buf_str(b, i ? "]},{\"label\":" : "{\"label\":");
			buf_json(b, p->row);
			buf_str(b, ",\"seats\":[");
		}
		buf_str(b, new_row ? "[" : ",[");
		buf_json(b, p->label);
		buf_printf(b, ",%d,%d,%u]", p->x, p->y, p->flags);
	}
	if (s->n_seats > 0)
		buf_str(b, "]}");
}

struct err *venue_geometry(struct db *db, struct arena *a, struct hall_id hall, struct bytes *ret)
{
	struct plan plan;
	struct ids_row *ids;
	size_t n, first = 0;
	TRY(venue_plan_load(db, a, hall, &plan));
	TRY(section_ids_all(db, a, &ids, &n, DB_ARGS(hall.v)));
	if (n != plan.n_sections)
		return err_new(ERR_RETRY, "hall %" PRId64 " changed while it was read", hall.v);
	struct buf b;
	buf_init(&b, a);
	buf_printf(&b, "{\"w\":%d,\"h\":%d,\"sections\":[", plan.width, plan.height);
	for (size_t i = 0; i < n; i++) {
		const struct plan_section *s = &plan.sections[i];
		buf_printf(&b, "%s{\"id\":%" PRId64 ",\"name\":", i ? "," : "", ids[i].id.v);
		buf_json(&b, s->name);
		buf_printf(&b, ",\"standing\":%d,\"cap\":%zu,\"box\":[%d,%d,%d,%d],\"first\":%zu,\"rows\":[", s->standing,
		    s->standing ? (size_t)s->capacity : s->n_seats, s->x, s->y, s->w, s->h, first);
		json_rows(&b, s);
		buf_str(&b, "]}");
		first += s->n_seats;
	}
	buf_str(&b, "]}");
	*ret = (struct bytes){ b.p, b.n };
	return NULL;
}
