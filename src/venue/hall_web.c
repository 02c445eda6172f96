/* A hall at the desk: the editor, names, copies, files. */
#include "venue/venue_web.h"

#include "tmpl/venue/hall.h"
#include "web/text.h"

#include <ctype.h>
#include <inttypes.h>

struct err *hall_of_path(struct req *r, struct hall_row **ret)
{
	TRY(hall_find(r->db, r->a, r->who.organizer, req_param_id(r, "id"), ret));
	return *ret ? NULL : err_new(ERR_NOT_FOUND, "no such hall");
}

struct url hall_url(struct req *r, int64_t id)
{
	return url_fmt(r->a, "/desk/halls/%lld", (long long)id);
}

/* ---- the editor --------------------------------------------------------------------------------------------------------------- */
/* One section as the form says it. */
static struct err *block_plan(struct arena *a, const char *name, const struct draft_form *f, struct plan *ret)
{
	if (str_eq(f->kind, "standing")) {
		struct plan_section *s = arena_one(a, struct plan_section);
		*s = (struct plan_section){ .name = name, .standing = true, .capacity = (int)f->capacity, .x = (int)f->x, .y = (int)f->y,
			.w = (int)f->w, .h = (int)f->h };
		*ret = (struct plan){ .width = s->x + s->w + 40, .height = s->y + s->h + 40, .sections = s, .n_sections = 1 };
		return NULL;
	}
	const struct plan_block b = { .section = name, .first_row = f->first_row, .rows = (int)f->rows, .seats_per_row = (int)f->seats,
		.x = (int)f->x, .y = (int)f->y, .seat_gap = (int)f->seat_gap, .row_gap = (int)f->row_gap, .curve = (int)f->curve,
		.rotate = (int)f->rotate };
	return venue_plan_generate(a, &b, 1, ret);
}

/* The section the person tries out, if any; what is wrong with it is told when it is added. */
static const struct plan_section *draft_of(struct req *r)
{
	const struct draft_form *f = r->form;
	struct plan *p = arena_one(r->a, struct plan);
	if (r->method != GET || r->form_errors || str_empty(f->name))
		return NULL;
	struct err *e = block_plan(r->a, f->name, f, p);
	bool good = !e;
	err_free(e);
	return good ? p->sections : NULL;
}

static void fill_sections(struct out *o, const struct hall_row *h, const struct hall_section *rows, struct hall_page_view *v,
    struct hall_drawing *d)
{
	v->sections = arena_array(o->a, struct section_item, v->n + 1);
	for (size_t i = 0; i < v->n; i++) {
		v->sections[i] = (struct section_item){ .name = rows[i].name, .places = rows[i].capacity,
			.kind = str_eq(rows[i].kind, "standing") ? tr(o->lang, N_("Standing")) : tr(o->lang, N_("Seated")),
			.href = U("/desk/halls/%lld/sections/%lld", (long long)h->id.v, (long long)rows[i].id.v) };
		if (i < d->n)
			d->sections[i].href = v->sections[i].href;
	}
}

static void fill_links(struct out *o, const struct hall_row *h, struct hall_page_view *v)
{
	long long id = (long long)h->id.v;
	v->venue_href = U("/desk/venues/%lld", (long long)h->venue_id.v);
	v->edit = U("/desk/halls/%lld/edit", id);
	v->duplicate = U("/desk/halls/%lld/duplicate", id);
	v->add = U("/desk/halls/%lld/sections", id);
	v->import = U("/desk/halls/%lld/import", id);
	v->json = U("/desk/halls/%lld/plan.json", id);
	v->csv = U("/desk/halls/%lld/plan.csv", id);
}

struct err *hall_get(struct req *r)
{
	struct hall_row *h;
	struct hall_section *rows;
	struct plan plan;
	TRY(hall_of_path(r, &h));
	struct hall_page_view v = { .hall = h, .locked = h->performances > 0 };
	TRY(venue_plan_load(r->db, r->a, h->id, &plan));
	TRY(hall_sections_of(r->db, r->a, h->id, &rows, &v.n));
	v.name = tr_pick(r->lang, h->name, h->name_en);
	v.venue = tr_pick(r->lang, h->venue, h->venue_en);
	struct out *o = desk_begin(r, &(struct page){ .title = v.name, .style = "venue", .script = "venue-editor" }, DESK_VENUES);
	struct hall_drawing *d = hall_draw(r->a, &plan, v.locked ? NULL : draft_of(r));
	const struct option kinds[] = { { "seated", _("Seated, in rows") }, { "standing", _("Standing") }, { NULL, NULL } };
	struct ui_confirm remove = { .button = _("Delete the hall"), .question = _("Delete this hall and all its seats for good?"),
		.yes = _("Delete it"), .action = U("/desk/halls/%lld/delete", (long long)h->id.v) };
	v.drawing = d;
	v.kinds = kinds;
	v.remove = v.locked ? NULL : &remove;
	v.block_y = arena_printf(r->a, "%" PRId64, v.n == 0 ? 150 : d->y + d->h + 20);
	fill_links(o, h, &v);
	fill_sections(o, h, rows, &v, d);
	tmpl_hall_page(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

/* The form of a section as the address that shows it. */
static struct url draft_url(struct req *r, const struct draft_form *f)
{
	return url_fmt(r->a, "/desk/halls/%lld?name=%s&kind=%s&x=%lld&y=%lld&first_row=%s&rows=%lld&seats=%lld&seat_gap=%lld"
	    "&row_gap=%lld&curve=%lld&rotate=%lld&capacity=%lld&w=%lld&h=%lld#plan", (long long)req_param_id(r, "id"), f->name, f->kind,
	    (long long)f->x, (long long)f->y, f->first_row, (long long)f->rows, (long long)f->seats, (long long)f->seat_gap,
	    (long long)f->row_gap, (long long)f->curve, (long long)f->rotate, (long long)f->capacity, (long long)f->w, (long long)f->h);
}

struct err *hall_section_post(struct req *r)
{
	const struct block_form *f = r->form;
	const struct draft_form draft = { .name = f->name, .kind = f->kind, .x = f->x, .y = f->y, .first_row = f->first_row, .rows = f->rows,
		.seats = f->seats, .seat_gap = f->seat_gap, .row_gap = f->row_gap, .curve = f->curve, .rotate = f->rotate,
		.capacity = f->capacity, .w = f->w, .h = f->h };
	struct plan plan;
	struct err *e = block_plan(r->a, f->name, &draft, &plan);
	if (!e && str_eq(f->act, "try"))
		return redirect(r, draft_url(r, &draft));
	if (!e)
		e = hall_add(r, req_param_id(r, "id"), &plan);
	if (e)
		return again_with(r, "name", e);
	struct out *o = &(struct out){ .a = r->a, .lang = r->lang };
	req_flash(r, "success", out_fmt(o, _("Section %s is added."), f->name));
	return redirect(r, hall_url(r, req_param_id(r, "id")));
}

/* ---- names, copies ------------------------------------------------------------------------------------------------------------ */
static const struct option *starts(struct req *r)
{
	struct option *s = arena_array(r->a, struct option, 7);
	s[0] = (struct option){ "empty", _("Empty: I build it from sections or import a file") };
	s[1] = (struct option){ "club", _("Club: standing floor and a balcony (460 places)") };
	s[2] = (struct option){ "theatre", _("Theatre: two floors (492 seats)") };
	s[3] = (struct option){ "concert_hall", _("Concert hall: two floors and choir seats") };
	s[4] = (struct option){ "arena", _("Arena: seats around, standing floor (12,000 places)") };
	s[5] = (struct option){ "stadium", _("Stadium: four tiers around the pitch (50,000 places)") };
	return s;
}

struct err *hall_new_get(struct req *r)
{
	struct venue_row *venue;
	TRY(venue_find(r->db, r->a, r->who.organizer, req_param_id(r, "id"), &venue));
	if (!venue)
		return err_new(ERR_NOT_FOUND, "no such venue");
	struct hall_form_view v = { .title = _("New hall"), .button = _("Make the hall"), .name = "", .name_en = "", .starts = starts(r) };
	struct out *o = desk_begin(r, &(struct page){ .title = v.title }, DESK_VENUES);
	v.venue = tr_pick(r->lang, venue->name, venue->name_en);
	v.venue_href = v.back = U("/desk/venues/%lld", (long long)venue->id.v);
	v.action = U("/desk/venues/%lld/halls/new", (long long)venue->id.v);
	tmpl_hall_form(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

struct err *hall_new_post(struct req *r)
{
	const struct hall_form *f = r->form;
	bool empty = str_eq(f->start, "empty");
	struct plan plan;
	struct hall_id id;
	if (!empty)
		TRY(venue_preset(r->a, f->start, &plan));
	TRY(hall_create(r, req_param_id(r, "id"), f->name, f->name_en ? f->name_en : "", empty ? NULL : &plan, &id));
	req_flash(r, "success", _("The hall is there. Now lay out its seats."));
	return redirect(r, hall_url(r, id.v));
}

/* The page of a hall's two names, for changing them or for a copy's. */
static struct err *names_page(struct req *r, const char *title, const char *button, const char *suffix, const char *path)
{
	struct hall_row *h;
	TRY(hall_of_path(r, &h));
	struct hall_form_view v = { .title = title, .button = button, .venue = tr_pick(r->lang, h->venue, h->venue_en),
		.name = arena_printf(r->a, "%s%s", h->name, suffix),
		.name_en = *h->name_en ? arena_printf(r->a, "%s%s", h->name_en, suffix) : "" };
	struct out *o = desk_begin(r, &(struct page){ .title = title }, DESK_VENUES);
	v.venue_href = U("/desk/venues/%lld", (long long)h->venue_id.v);
	v.back = U("/desk/halls/%lld", (long long)h->id.v);
	v.action = (struct url){ arena_printf(r->a, "%s/%s", v.back.s, path) };
	tmpl_hall_form(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

struct err *hall_edit_get(struct req *r)
{
	return names_page(r, _("Rename the hall"), _("Save"), "", "edit");
}

struct err *hall_edit_post(struct req *r)
{
	const struct hall_form *f = r->form;
	TRY(hall_rename(r, req_param_id(r, "id"), f->name, f->name_en ? f->name_en : ""));
	req_flash(r, "success", _("Saved."));
	return redirect(r, hall_url(r, req_param_id(r, "id")));
}

struct err *hall_copy_get(struct req *r)
{
	return names_page(r, _("Duplicate the hall"), _("Duplicate"), " (2)", "duplicate");
}

struct err *hall_copy_post(struct req *r)
{
	const struct hall_form *f = r->form;
	struct hall_id id;
	TRY(hall_duplicate(r, req_param_id(r, "id"), f->name, f->name_en ? f->name_en : "", &id));
	req_flash(r, "success", _("This is the copy. It can be changed freely."));
	return redirect(r, hall_url(r, id.v));
}

struct err *hall_delete_post(struct req *r)
{
	struct venue_id venue;
	TRY(hall_delete(r, req_param_id(r, "id"), &venue));
	req_flash(r, "success", _("The hall is deleted."));
	return redirect(r, venue_url(r, venue.v));
}

/* ---- files ---------------------------------------------------------------------------------------------------------------------- */
static bool looks_like_json(struct bytes b)
{
	const char *p = b.p;
	size_t i = 0;
	while (i < b.n && isspace((unsigned char)p[i]))
		i++;
	return i < b.n && p[i] == '{';
}

struct err *hall_import_post(struct req *r)
{
	const struct import_form *f = r->form;
	struct bytes file = f->file.data;
	struct plan plan;
	struct err *e = looks_like_json(file) ? venue_plan_from_json(r->a, file, &plan) : venue_plan_from_csv(r->a, file, &plan);
	if (!e)
		e = hall_replace(r, req_param_id(r, "id"), &plan);
	if (e)
		return again_with(r, "file", e);
	req_flash(r, "success", _("The plan is imported. Please look at the drawing."));
	return redirect(r, hall_url(r, req_param_id(r, "id")));
}

static struct err *plan_of_path(struct req *r, struct hall_row **ret_hall, struct plan *ret)
{
	TRY(hall_of_path(r, ret_hall));
	return venue_plan_load(r->db, r->a, (*ret_hall)->id, ret);
}

struct err *hall_json_get(struct req *r)
{
	struct hall_row *h;
	struct plan plan;
	TRY(plan_of_path(r, &h, &plan));
	return respond_download(r, "application/json", arena_printf(r->a, "%s.json", h->name), venue_plan_to_json(r->a, &plan));
}

struct err *hall_csv_get(struct req *r)
{
	struct hall_row *h;
	struct plan plan;
	TRY(plan_of_path(r, &h, &plan));
	return respond_download(r, "text/csv; charset=utf-8", arena_printf(r->a, "%s.csv", h->name), venue_plan_to_csv(r->a, &plan));
}
