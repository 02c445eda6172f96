/* One section at the desk: its name, the marks of its seats, its end. */
#include "venue/venue_web.h"

#include "tmpl/venue/section.h"
#include "web/text.h"

#include <inttypes.h>

enum { PER_PAGE = 400 };

static struct err *section_of_path(struct req *r, struct hall_row **ret_hall, struct hall_section **ret)
{
	struct hall_section *rows;
	size_t n;
	TRY(hall_of_path(r, ret_hall));
	TRY(hall_sections_of(r->db, r->a, (*ret_hall)->id, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (rows[i].id.v == req_param_id(r, "section")) {
			*ret = &rows[i];
			return NULL;
		}
	return err_new(ERR_NOT_FOUND, "no such section");
}

/* "Row 3, seat 12: wheelchair", what a check box is called. */
static const char *seat_says(struct out *o, const struct hall_seat *s)
{
	const char *says = out_fmt(o, tr(o->lang, N_("Row %s, seat %s")), s->row_label, s->label);
	if (s->flags & SEAT_WHEELCHAIR)
		says = arena_printf(o->a, "%s, %s", says, tr(o->lang, N_("wheelchair space")));
	if (s->flags & SEAT_COMPANION)
		says = arena_printf(o->a, "%s, %s", says, tr(o->lang, N_("companion seat")));
	if (s->flags & SEAT_RESTRICTED)
		says = arena_printf(o->a, "%s, %s", says, tr(o->lang, N_("restricted view")));
	return says;
}

static void fill_rows(struct out *o, const struct hall_seat *seats, size_t n, struct section_page_view *v)
{
	v->rows = arena_array(o->a, struct marked_row, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !str_eq(seats[i].row_label, seats[i - 1].row_label))
			v->rows[v->n++] = (struct marked_row){ .label = seats[i].row_label, .seats = arena_array(o->a, struct marked_seat, n - i) };
		struct marked_row *row = &v->rows[v->n - 1];
		row->seats[row->n++] = (struct marked_seat){ .idx = seats[i].idx, .label = seats[i].label, .flags = (unsigned)seats[i].flags,
			.says = seat_says(o, &seats[i]) };
	}
}

/* The page number of the address, or of the form that is shown again. */
static int64_t page_of(struct req *r)
{
	int64_t page;
	const char *typed = req_typed(r, "page");
	return typed && str_to_i64(typed, &page) && page >= 1 && page <= 1000 ? page : 1;
}

struct err *section_get(struct req *r)
{
	struct hall_row *h;
	struct hall_section *s;
	struct hall_seat *seats;
	size_t n;
	int64_t page = page_of(r);
	TRY(section_of_path(r, &h, &s));
	TRY(hall_seats_of(r->db, r->a, h->id, s->id.v, PER_PAGE, (page - 1) * PER_PAGE, &seats, &n));
	struct out *o = desk_begin(r, &(struct page){ .title = s->name, .style = "venue", .script = "venue-editor" }, DESK_VENUES);
	struct section_page_view v = { .name = s->name, .hall = tr_pick(r->lang, h->name, h->name_en), .capacity = s->capacity,
		.standing = str_eq(s->kind, "standing"), .locked = h->performances > 0, .page = page };
	const char *here = U("/desk/halls/%lld/sections/%lld", (long long)h->id.v, (long long)s->id.v).s;
	v.venues = U("/desk/venues/%lld", (long long)h->venue_id.v);
	v.hall_href = U("/desk/halls/%lld", (long long)h->id.v);
	v.rename = (struct url){ arena_printf(r->a, "%s/name", here) };
	v.mark = (struct url){ arena_printf(r->a, "%s/marks", here) };
	v.pager = ui_pager(r->a, (struct url){ here }, page, PER_PAGE, v.standing ? 0 : s->capacity);
	struct ui_confirm remove = { .button = _("Delete the section"), .question = _("Delete this section and its seats for good?"),
		.yes = _("Delete it"), .action = { arena_printf(r->a, "%s/delete", here) } };
	v.remove = v.locked ? NULL : &remove;
	fill_rows(o, seats, n, &v);
	tmpl_section_page(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

static struct url section_url(struct req *r, int64_t page)
{
	long long hall = (long long)req_param_id(r, "id"), section = (long long)req_param_id(r, "section");
	return page > 1 ? url_fmt(r->a, "/desk/halls/%lld/sections/%lld?page=%lld", hall, section, (long long)page)
	    : url_fmt(r->a, "/desk/halls/%lld/sections/%lld", hall, section);
}

struct err *section_name_post(struct req *r)
{
	const struct section_name_form *f = r->form;
	struct err *e = hall_rename_section(r, req_param_id(r, "id"), req_param_id(r, "section"), f->name);
	if (e)
		return again_with(r, "name", e);
	req_flash(r, "success", _("Saved."));
	return redirect(r, section_url(r, 1));
}

struct err *section_mark_post(struct req *r)
{
	const struct mark_form *f = r->form;
	unsigned flags = (f->wheelchair ? SEAT_WHEELCHAIR : 0u) | (f->companion ? SEAT_COMPANION : 0u) | (f->restricted ? SEAT_RESTRICTED : 0u);
	TRY(hall_mark_seats(r, req_param_id(r, "id"), req_param_id(r, "section"), flags, f->seat.v, f->seat.n));
	struct out *o = &(struct out){ .a = r->a, .lang = r->lang };
	req_flash(r, "success", out_fmt(o, f->seat.n == 1 ? _("%lld seat is marked.") : _(N_("%lld seats are marked.")), (long long)f->seat.n));
	return redirect(r, section_url(r, f->page));
}

struct err *section_delete_post(struct req *r)
{
	TRY(hall_remove_section(r, req_param_id(r, "id"), req_param_id(r, "section")));
	req_flash(r, "success", _("The section is deleted."));
	return redirect(r, hall_url(r, req_param_id(r, "id")));
}
