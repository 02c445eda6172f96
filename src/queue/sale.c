#include "queue/sale.h"

#include "show/show.h"

#include <inttypes.h>

bool queue_sale_parse(const char *s, struct queue_sale *ret)
{
	int64_t id;
	if (!s || s[0] != 'p' || s[1] < '1' || s[1] > '9' || !str_to_i64(s + 1, &id))
		return false;
	*ret = (struct queue_sale){ s[0], id };
	return true;
}

const char *queue_sale_name(struct arena *a, struct queue_sale s)
{
	return arena_printf(a, "%c%" PRId64, s.kind, s.id);
}

static enum queue_sale_state state_of(enum show_sale s)
{
	switch (s) {
	case SALE_OPEN:
		return QUEUE_SALE_OPEN;
	case SALE_HIDDEN:
	case SALE_NOT_YET:
		return QUEUE_SALE_SOON;
	case SALE_CLOSED:
	case SALE_OVER:
	case SALE_CANCELLED:
	case SALE_WITHDRAWN:
		break;
	}
	return QUEUE_SALE_OVER;
}

struct err *queue_sale_load(struct db *db, struct arena *a, struct queue_sale s, int64_t now, bool fresh,
    struct queue_sale_info **ret)
{
	struct performance_id id = { s.id };
	struct show_performance *p = NULL;
	struct show_grade *grades;
	size_t n;
	if (s.kind == 'p')
		TRY(show_performance_load(db, a, id, fresh, &p));
	if (!p) {
		*ret = NULL;
		return NULL;
	}
	TRY(show_grades(db, a, id, &grades, &n));
	struct queue_sale_info *info = arena_one(a, struct queue_sale_info);
	enum show_sale sale = show_sale_state(p, now);
	*info = (struct queue_sale_info){ .sale = s, .title = p->title, .title_en = p->title_en,
		.buy_path = arena_printf(a, "/performances/%" PRId64 "/seats", s.id), .back_path = arena_printf(a, "/shows/%s", p->slug),
		.organizer = p->organizer_id, .starts_at = p->starts_at, .state = state_of(sale), .room = p->room_id,
		.hidden = sale == SALE_HIDDEN };
	int64_t sold = 0;
	for (size_t i = 0; i < n; i++) {
		info->capacity += grades[i].capacity;
		info->left += grades[i].capacity - grades[i].taken;
		sold += grades[i].sold;
	}
	info->sold_out = info->capacity > 0 && sold >= info->capacity;
	*ret = info;
	return NULL;
}

DB_EXEC(performance_shut, "UPDATE performance SET room_id = ? WHERE id = ?")
DB_EXEC(performance_open, "UPDATE performance SET room_id = NULL WHERE id = ? AND room_id = ?")

struct err *queue_sale_door(struct db *db, struct queue_sale s, int64_t room, bool there)
{
	if (s.kind != 'p')
		return err_new(ERR_INTERNAL, "no kind of sale: %c", s.kind);
	return there ? performance_shut_run(db, NULL, DB_ARGS(room, s.id)) : performance_open_run(db, NULL, DB_ARGS(s.id, room));
}
