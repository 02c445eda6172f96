/* Venues at the desk: list, page, form. */
#include "venue/venue_web.h"

#include "tmpl/venue/venues.h"
#include "web/text.h"

#include <inttypes.h>

enum { PER_PAGE = 20 };

struct err *again_with(struct req *r, const char *field, struct err *e)
{
	if (!err_is(e, ERR_INVALID) || !err_user_text(e))
		return e;
	req_field_error(r, field, tr_text(r->a, r->lang, arena_strdup(r->a, err_user_text(e))));
	err_free(e);
	return req_again(r);
}

struct url venue_url(struct req *r, int64_t id)
{
	return url_fmt(r->a, "/desk/venues/%lld", (long long)id);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static struct err *venue_of_path(struct req *r, struct venue_row **ret)
{
	TRY(venue_find(r->db, r->a, r->who.organizer, req_param_id(r, "id"), ret));
	return *ret ? NULL : err_new(ERR_NOT_FOUND, "no such venue");
}

/* ---- list ------------------------------------------------------------------------------------------------------------------- */
struct err *venue_list_get(struct req *r)
{
	const struct venue_find_form *f = r->form;
	const char *q = r->form_errors ? "" : or_empty(f->q);
	int64_t page = r->form_errors ? 1 : f->page;
	struct venue_row *rows;
	struct venue_list_view v = { .q = q };
	TRY(venue_list(r->db, r->a, r->who.organizer, q, PER_PAGE, (page - 1) * PER_PAGE, &rows, &v.n, &v.total));
	struct out *o = desk_begin(r, &(struct page){ .title = _("Venues") }, DESK_VENUES);
	v.items = arena_array(r->a, struct venue_item, v.n + 1);
	for (size_t i = 0; i < v.n; i++)
		v.items[i] = (struct venue_item){ .name = tr_pick(r->lang, rows[i].name, rows[i].name_en),
			.region = venue_region_name(r->lang, rows[i].region), .address = tr_pick(r->lang, rows[i].address, rows[i].address_en),
			.href = U("/desk/venues/%lld", (long long)rows[i].id.v), .halls = rows[i].halls, .places = rows[i].places };
	v.any = v.total > 0 || *q;
	v.pager = ui_pager(r->a, *q ? U("/desk/venues?q=%s", q) : U("/desk/venues"), page, PER_PAGE, v.total);
	tmpl_venue_list(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

/* ---- form ------------------------------------------------------------------------------------------------------------------- */
static struct err *form_page(struct req *r, const struct venue_row *venue)
{
	struct option *regions = arena_array(r->a, struct option, 32);
	for (size_t i = 0; venue_regions[i]; i++)
		regions[i] = (struct option){ venue_regions[i], venue_region_name(r->lang, venue_regions[i]) };
	struct out *o = desk_begin(r, &(struct page){ .title = venue ? _("Edit the venue") : _(N_("New venue")) }, DESK_VENUES);
	struct venue_form_view v = { .v = venue, .regions = regions };
	v.action = venue ? U("/desk/venues/%lld/edit", (long long)venue->id.v) : U("/desk/venues/new");
	v.back = venue ? U("/desk/venues/%lld", (long long)venue->id.v) : U("/desk/venues");
	tmpl_venue_form(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

static struct venue_facts facts_of(const struct venue_form *f)
{
	return (struct venue_facts){ .name = f->name, .name_en = or_empty(f->name_en), .region = f->region,
		.address = or_empty(f->address), .address_en = or_empty(f->address_en) };
}

struct err *venue_new_get(struct req *r)
{
	return form_page(r, NULL);
}

struct err *venue_new_post(struct req *r)
{
	struct venue_facts f = facts_of(r->form);
	struct venue_id id;
	TRY(venue_create(r, &f, &id));
	req_flash(r, "success", _("The venue is there. Now give it a hall."));
	return redirect(r, venue_url(r, id.v));
}

struct err *venue_edit_get(struct req *r)
{
	struct venue_row *venue;
	TRY(venue_of_path(r, &venue));
	return form_page(r, venue);
}

struct err *venue_edit_post(struct req *r)
{
	struct venue_facts f = facts_of(r->form);
	TRY(venue_update(r, req_param_id(r, "id"), &f));
	req_flash(r, "success", _("Saved."));
	return redirect(r, venue_url(r, req_param_id(r, "id")));
}

struct err *venue_delete_post(struct req *r)
{
	TRY(venue_delete(r, req_param_id(r, "id")));
	req_flash(r, "success", _("The venue is deleted."));
	return redirect(r, (struct url){ "/desk/venues" });
}

/* ---- page ------------------------------------------------------------------------------------------------------------------- */
struct err *venue_get(struct req *r)
{
	struct venue_row *venue;
	struct hall_row *halls;
	struct venue_page_view v = { 0 };
	TRY(venue_of_path(r, &venue));
	TRY(venue_halls(r->db, r->a, r->who.organizer, venue->id.v, &halls, &v.n));
	long long id = (long long)venue->id.v;
	v.name = tr_pick(r->lang, venue->name, venue->name_en);
	struct out *o = desk_begin(r, &(struct page){ .title = v.name }, DESK_VENUES);
	v.other_name = str_eq(v.name, venue->name) ? venue->name_en : venue->name;
	v.region = venue_region_name(r->lang, venue->region);
	v.address = tr_pick(r->lang, venue->address, venue->address_en);
	v.edit = U("/desk/venues/%lld/edit", id);
	v.add_hall = U("/desk/venues/%lld/halls/new", id);
	v.public_page = U("/venues/%lld", id);
	v.halls = arena_array(r->a, struct hall_item, v.n + 1);
	for (size_t i = 0; i < v.n; i++)
		v.halls[i] = (struct hall_item){ .name = tr_pick(r->lang, halls[i].name, halls[i].name_en),
			.href = U("/desk/halls/%lld", (long long)halls[i].id.v), .seats = halls[i].seats, .standing = halls[i].standing,
			.performances = halls[i].performances };
	struct ui_confirm remove = { .button = _("Delete the venue"), .question = _("Delete this venue for good?"), .yes = _("Delete it"),
		.action = U("/desk/venues/%lld/delete", id) };
	v.remove = v.n == 0 ? &remove : NULL;
	tmpl_venue_page(o, &v);
	return desk_end(o, 200);
}
