/* The list: everything the map can do, in plain HTML.  Sections → rows of check boxes → back to the sections with the
 * chosen seats in the address. */
#include "booking/booking_view.h"
#include "booking/booking_web.h"

#include "tmpl/booking/seats.h"
#include "web/text.h"

static bool is_in(const struct form_ids *ids, int64_t v)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->v[i] == v)
			return true;
	return false;
}

/* Seats of one section, row by row. */
static void fill_rows(struct req *r, const struct form_ids *chosen, const struct seats_seat *seats, size_t n,
    struct seats_rows_view *v)
{
	struct seats_row *rows = arena_array(r->a, struct seats_row, n + 1);
	struct seats_box *boxes = arena_array(r->a, struct seats_box, n + 1);
	int64_t *elsewhere = arena_array(r->a, int64_t, chosen->n + 1);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !str_eq(seats[i].row_label, seats[i - 1].row_label))
			rows[v->n_rows++] = (struct seats_row){ seats[i].row_label, &boxes[i], 0 };
		boxes[i] = (struct seats_box){ &seats[i], booking_seat_note(r, &seats[i]), is_in(chosen, seats[i].idx) && !seats[i].taken };
		rows[v->n_rows - 1].n++;
		v->left += !seats[i].taken;
	}
	for (size_t k = 0; k < chosen->n; k++)
		if (n == 0 || chosen->v[k] < seats[0].idx || chosen->v[k] > seats[n - 1].idx)
			elsewhere[v->n_elsewhere++] = chosen->v[k];
	v->rows = rows;
	v->elsewhere = elsewhere;
	v->csv = booking_csv(r->a, chosen->v, chosen->n);
}

static struct err *section_page(struct req *r, const struct booking_event *e, const struct seats_section *sections, size_t n)
{
	const struct booking_seats_form *f = r->form;
	struct seats_rows_view v = { .e = *e };
	for (size_t i = 0; i < n; i++)
		if (sections[i].id.v == f->section && sections[i].grade_id.v && !sections[i].standing)
			v.section = &sections[i];
	if (!v.section)
		return err_new(ERR_NOT_FOUND, "no such section");
	struct seats_seat *seats;
	size_t n_seats;
	TRY(seats_of_section(r->db, r->a, e->p, v.section->id, &seats, &n_seats));
	fill_rows(r, &f->seat, seats, n_seats, &v);
	struct out *o = page_begin(r, &(struct page){ .title = arena_printf(r->a, "%s – %s", v.section->name, e->title),
		.style = "seatmap", .nav = NAV_SHOWS, .no_index = true });
	tmpl_seats_rows_page(o, &v);
	return page_end(r, 200);
}

struct err *booking_list_get(struct req *r)
{
	const struct booking_seats_form *f = r->form;
	const struct show_performance *p;
	struct seats_list_view l = { 0 };
	struct queue_pass *pass;
	TRY(booking_enter(r, &p, &pass));
	if (!p)
		return NULL;
	l.v.pass = pass;
	booking_event_fill(r, p, &l.v.e);
	if (!booking_sale_open(r, &l.v))
		return booking_closed_page(r, &l.v);
	struct seats_section *sections;
	struct seats_state state;
	size_t n;
	TRY(seats_sections(r->db, r->a, p, &sections, &n));
	if (f->section)
		return section_page(r, &l.v.e, sections, n);
	TRY(seats_state(r->db, r->a, p, sections, n, &state));
	TRY(booking_seats_fill(r, f, "list", sections, n, &state, &l.v));
	struct seats_section_view *views = arena_array(r->a, struct seats_section_view, n + 1);
	for (size_t i = 0; i < n; i++)
		if (sections[i].grade_id.v && !sections[i].standing)
			views[l.n_sections++] = (struct seats_section_view){ &sections[i], state.left[i] };
	l.sections = views;
	struct out *o = page_begin(r, &(struct page){ .title = arena_printf(r->a, "%s – %s", _("Choose your seats"), l.v.e.title),
		.style = "seatmap", .script = pass ? "pass" : NULL, .nav = NAV_SHOWS, .no_index = true });
	tmpl_seats_list_page(o, &l);
	return page_end(r, 200);
}
