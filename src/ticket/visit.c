#include "ticket/visit.h"

#include "base/clock.h"
#include "base/conf.h"
#include "ticket/ics.h"
#include "venue/venue.h"

#include <string.h>

static struct err *visit_of(struct db *db, struct arena *a, const char *lang, struct ticket_order *o, struct ticket_visit **ret)
{
	struct ticket_visit *v = arena_one(a, struct ticket_visit);
	struct show_performance *p;
	TRY(show_performance_load(db, a, o->performance_id, false, &p));
	if (!p)
		return err_new(ERR_NOT_FOUND, "performance of order %s", o->code);
	TRY(ticket_list(db, a, o->id, &v->tickets, &v->n));
	v->order = o;
	v->performance = p;
	v->title = tr_pick(lang, p->title, p->title_en);
	v->venue = venue_place(a, lang, p->venue, p->venue_en, p->hall, p->hall_en);
	v->address = tr_pick(lang, p->address, p->address_en);
	v->link = notify_link(a, lang, arena_printf(a, "/orders/%s", o->code));
	v->when = clock_long(a, lang, p->starts_at);
	v->ends_at = p->starts_at + (p->minutes ? p->minutes : 120) * US_MINUTE;
	*ret = v;
	return NULL;
}

#define ORDER_FIELDS "o.id, o.code, o.performance_id, o.lang, o.contact_name, o.contact_email, o.total, o.refunded, o.paid_at, o.refund_grid_id"
DB_QUERY(order_by_code, ticket_order, "SELECT " ORDER_FIELDS " FROM orders o WHERE o.code = ? AND (? = 0 OR o.person_id = ?)")
DB_QUERY(order_of_ticket, ticket_order,
    "SELECT " ORDER_FIELDS " FROM ticket t JOIN orders o ON o.id = t.order_id WHERE t.code = ? AND o.person_id = ?")

struct err *ticket_visit_load(struct db *db, struct arena *a, const char *lang, const char *order_code, struct person_id person,
    struct ticket_visit **ret)
{
	struct ticket_order *o;
	TRY(order_by_code_one(db, a, &o, DB_ARGS(order_code, person.v, person.v)));
	*ret = NULL;
	return o ? visit_of(db, a, lang, o, ret) : NULL;
}

struct err *ticket_visit_of_ticket(struct db *db, struct arena *a, const char *lang, const char *ticket_code,
    struct person_id person, struct ticket_visit **ret, struct ticket_row **ret_ticket)
{
	struct ticket_order *o;
	TRY(order_of_ticket_one(db, a, &o, DB_ARGS(ticket_code, person.v)));
	*ret = NULL;
	if (!o)
		return NULL;
	TRY(visit_of(db, a, lang, o, ret));
	for (size_t i = 0; i < (*ret)->n; i++)
		if (str_eq((*ret)->tickets[i].code, ticket_code))
			*ret_ticket = &(*ret)->tickets[i];
	return NULL;
}

const char *ticket_state_name(const char *lang, const char *state)
{
	return str_eq(state, "issued") ? tr(lang, N_("Valid")) : str_eq(state, "used") ? tr(lang, N_("Used")) : tr(lang, N_("Cancelled"));
}

const char *ticket_code_groups(struct arena *a, const char *code)
{
	return arena_printf(a, "%.4s-%.4s-%.4s-%.4s", code, code + 4, code + 8, code + 12);
}

struct bytes ticket_calendar(struct arena *a, const struct ticket_visit *v, int64_t now)
{
	const char *host = strstr(conf()->base_url, "://");
	struct buf seats;
	buf_init(&seats, a);
	bool live = false;
	for (size_t i = 0; i < v->n; i++) {
		live |= !str_eq(v->tickets[i].state, "void");
		if (!str_eq(v->tickets[i].state, "void"))
			buf_printf(&seats, "%s %s\n", v->tickets[i].grade, v->tickets[i].label);
	}
	buf_str(&seats, v->order->code);
	const struct ics_event e = {
		.uid = arena_printf(a, "%s@%s", v->order->code, host ? host + 3 : "foyer"),
		.stamp_at = now, .starts_at = v->performance->starts_at, .ends_at = v->ends_at,
		.sequence = v->order->refunded > 0, .cancelled = !live, .summary = v->title,
		.location = str_empty(v->address) ? v->venue : arena_printf(a, "%s, %s", v->venue, v->address), .description = buf_cstr(&seats),
		.url = v->link,
	};
	return ics_calendar(a, &e);
}
