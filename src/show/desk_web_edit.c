/* A show's words, times and poster. */
#include "show/catalogue.h"
#include "show/desk_view.h"

#include "base/clock.h"
#include "ext/blob.h"
#include "ext/crypto.h"
#include "ext/image.h"
#include "setting/setting.h"
#include "tmpl/desk_show/edit.h"
#include "tmpl/desk_show/show.h"
#include "web/audit.h"
#include "web/once.h"
#include "web/text.h"

#include <inttypes.h>

/* ---- the page -------------------------------------------------------------------------------------------------------------- */
#define GRID_ROW(F) F(i64, id) F(str, name) F(flag, is_default)
DB_ROW(desk_grid, GRID_ROW)
DB_QUERY_F(refund_grids, desk_grid, DB_SCAN_OK, "SELECT id, name, is_default FROM refund_grid WHERE replaced_by IS NULL ORDER BY id")

static struct err *grid_options(struct req *r, const struct option **ret)
{
	struct desk_grid *rows;
	size_t n;
	TRY(refund_grids_all(r->db, r->a, &rows, &n, DB_NO_ARGS));
	struct option *options = arena_array(r->a, struct option, n + 2);
	options[0] = (struct option){ "0", _("The house's standard rules") };
	for (size_t i = 0; i < n; i++)
		options[i + 1] = (struct option){ arena_printf(r->a, "%" PRId64, rows[i].id), rows[i].name };
	*ret = options;
	return NULL;
}

static const char *number(struct req *r, int64_t n)
{
	return arena_printf(r->a, "%" PRId64, n);
}

/* The most an organizer may charge, in words. */
static const char *most_text(struct req *r, const struct settings *house)
{
	struct out o;
	out_init(&o, r->a, r->lang, r);
	return out_fmt(&o, tr(r->lang, N_("At most %s.")), out_money(&o, house->v[SETTING_booking_fee_most]));
}

static void fill_edit(struct req *r, const struct desk_show *s, const struct settings *house, struct desk_edit_view *v)
{
	int64_t today = clock_day_start(clock_day(r->now));
	v->minutes = s ? number(r, s->minutes) : "120";
	v->ticket_limit = s ? number(r, s->ticket_limit) : "4";
	v->fee = number(r, s ? s->fee_per_ticket : house->v[SETTING_booking_fee]);
	v->fee_hint = most_text(r, house);
	v->close_minutes = s ? number(r, s->close_minutes) : "60";
	v->age = s ? number(r, s->age_limit) : "0";
	v->grid = s ? number(r, s->refund_grid_id) : "0";
	v->view_open = clock_local_input(r->a, s ? s->view_open_at : today + US_DAY + 10 * US_HOUR);
	v->booking_open = clock_local_input(r->a, s ? s->booking_open_at : today + 7 * US_DAY + 14 * US_HOUR);
	v->image = s ? show_image_url(r->a, s->image, 400) : NULL;
}

static struct err *edit_page(struct req *r, const struct desk_show *s, int status)
{
	struct option *genres = arena_array(r->a, struct option, 9), *ages = arena_array(r->a, struct option, 6);
	static const int limits[] = { 0, 7, 12, 15, 19 };
	struct desk_edit_view v = { .s = s, .genres = genres, .ages = ages };
	for (size_t i = 0; show_genres[i]; i++)
		genres[i] = (struct option){ show_genres[i], show_genre_name(r->lang, show_genres[i]) };
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		ages[i] = (struct option){ number(r, limits[i]), show_age_text(r->a, r->lang, limits[i]) };
	struct settings house;
	TRY(grid_options(r, &v.grids));
	TRY(settings_load(r->db, r->a, &house));
	fill_edit(r, s, &house, &v);
	struct out *o = s ? desk_show_begin(r, s, TAB_DETAILS, _("Details")) : desk_begin(r, &(struct page){ .title = _("New show") }, DESK_SHOWS);
	tmpl_desk_show_edit(o, &v);
	return desk_end(o, status);
}

struct err *desk_new_get(struct req *r)
{
	if (r->who.staff_show.v)
		return err_user(err_new(ERR_FORBIDDEN, "staff code for one show"), "%s", N_("Your staff code is for one show only."));
	return edit_page(r, NULL, r->form_errors ? 422 : 200);
}

struct err *desk_edit_get(struct req *r)
{
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	return edit_page(r, s, r->form_errors ? 422 : 200);
}

/* ---- saving ---------------------------------------------------------------------------------------------------------------- */
DB_EXEC(show_insert,
    "INSERT INTO shows (organizer_id, slug, title, title_en, genre, synopsis, synopsis_en, notice, notice_en, minutes, age_limit,"
    " ticket_limit, fee_per_ticket, view_open_at, booking_open_at, close_minutes, refund_grid_id, created_at, search_text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')")
DB_EXEC(show_update,
    "UPDATE shows s SET s.title = ?, s.title_en = ?, s.genre = ?, s.synopsis = ?, s.synopsis_en = ?, s.notice = ?, s.notice_en = ?,"
    " s.minutes = ?, s.age_limit = ?, s.ticket_limit = ?, s.fee_per_ticket = ?, s.view_open_at = ?, s.booking_open_at = ?,"
    " s.close_minutes = ?, s.refund_grid_id = ? WHERE s.id = ? AND " DESK_OWN)
DB_EXEC(runs_close,
    "UPDATE performance SET booking_closes_at = starts_at - INTERVAL ? MINUTE WHERE show_id = ? AND state NOT IN ('done', 'cancelled')")
#define FIRST_ROW(F) F(time, starts_at)
DB_ROW(desk_first, FIRST_ROW)
DB_QUERY(first_run, desk_first,
    "SELECT MIN(starts_at) AS starts_at FROM performance WHERE show_id = ? AND state <> 'cancelled'")
DB_QUERY(grid_there, desk_grid, "SELECT id, name, is_default FROM refund_grid WHERE id = ?")
#define SUCCESSOR_ROW(F) F(i64, id) F(i64, replaced_by)
DB_ROW(grid_successor, SUCCESSOR_ROW)
DB_QUERY(grid_stands, grid_successor, "SELECT id, COALESCE(replaced_by, 0) AS replaced_by FROM refund_grid WHERE id = ? FOR UPDATE")

static const char *text(const char *s) { return s ? s : ""; }

struct save_ctx { struct req *r; const struct desk_edit_form *f; const struct desk_show *s; struct show_id id; };

/* Rules that were changed while the form was open: those that stand in their place now.  The lock makes who changes them
 * wait, so that no show is forgotten. */
static struct err *standing_grid(struct db *db, struct arena *a, int64_t id, int64_t *ret)
{
	while (id) {
		struct grid_successor *g;
		TRY(grid_stands_one(db, a, &g, DB_ARGS(id)));
		if (!g)
			return err_new(ERR_NOT_FOUND, "refund grid %" PRId64, id);
		if (!g->replaced_by)
			break;
		id = g->replaced_by;
	}
	*ret = id;
	return NULL;
}

static struct url saved_url(const struct save_ctx *c)
{
	return url_fmt(c->r->a, c->s ? "/desk/shows/%lld/edit" : "/desk/shows/%lld", (long long)c->id.v);
}

static struct err *save_tx(struct db *db, void *ctx)
{
	struct save_ctx *c = ctx;
	struct req *r = c->r;
	const struct desk_edit_form *f = c->f;
	int64_t age = 0, grid = 0;
	str_to_i64(f->age_limit, &age);
	TRY(standing_grid(db, r->a, f->refund_grid_id, &grid));
	if (c->s) {
		c->id = c->s->id;
		TRY(show_update_run(db, NULL, DB_ARGS(f->title, text(f->title_en), f->genre, text(f->synopsis), text(f->synopsis_en),
		    text(f->notice), text(f->notice_en), f->minutes, age, f->ticket_limit, f->fee_per_ticket, db_time(f->view_open_at),
		    db_time(f->booking_open_at), f->close_minutes, db_i64_or_null(grid), c->id.v, DESK_OWNER(r))));
		TRY(runs_close_run(db, NULL, DB_ARGS(f->close_minutes, c->id.v)));
	} else {
		const char *slug = show_desk_slug(r->a, f->title, text(f->title_en), str_lower_ascii(r->a, crypto_code(r->a, 5)));
		TRY(show_insert_run(db, NULL, DB_ARGS(r->who.organizer.v, slug, f->title, text(f->title_en), f->genre, text(f->synopsis),
		    text(f->synopsis_en), text(f->notice), text(f->notice_en), f->minutes, age, f->ticket_limit, f->fee_per_ticket,
		    db_time(f->view_open_at), db_time(f->booking_open_at), f->close_minutes, db_i64_or_null(grid),
		    db_time(r->now))));
		c->id.v = db_last_id(db);
	}
	TRY(show_facts_refresh(db, c->id));
	TRY(audit(r, db, c->s ? "show.edit" : "show.create", arena_printf(r->a, "show:%" PRId64, c->id.v), NULL));
	return c->s ? NULL : once_made(r, db, saved_url(c));
}

DB_QUERY(most_held, db_count,
    "SELECT COALESCE(MAX(h.n), 0) AS n FROM (SELECT COUNT(*) AS n FROM performance p JOIN claim c ON c.performance_id = p.id WHERE p.show_id = ?"
    " GROUP BY c.performance_id, c.person_id) h")

/* The limit does not fall below what somebody has. */
static struct err *refuse_limit(struct req *r, const struct desk_edit_form *f, const struct desk_show *s, bool *ret)
{
	struct db_count *held;
	if (!s || f->ticket_limit >= s->ticket_limit)
		return NULL;
	TRY(most_held_one(r->db, r->a, &held, DB_ARGS(s->id.v)));
	if (held->n <= f->ticket_limit)
		return NULL;
	struct out o;
	out_init(&o, r->a, r->lang, r);
	req_field_error(r, "ticket_limit", out_fmt(&o, tr(r->lang, N_("Somebody has %lld tickets for one performance already: the limit cannot be lower.")),
	    (long long)held->n));
	*ret = true;
	return NULL;
}

/* What needs more than one field, or the database. */
static struct err *refuse(struct req *r, const struct desk_edit_form *f, const struct desk_show *s, bool *ret)
{
	struct desk_first *first = NULL;
	struct desk_grid *grid = NULL;
	struct settings house;
	TRY(settings_load(r->db, r->a, &house));
	/* A fee that was allowed when it was set may stay. */
	bool dear = f->fee_per_ticket > house.v[SETTING_booking_fee_most] && (!s || f->fee_per_ticket != s->fee_per_ticket);
	if (s)
		TRY(first_run_one(r->db, r->a, &first, DB_ARGS(s->id.v)));
	if (f->refund_grid_id)
		TRY(grid_there_one(r->db, r->a, &grid, DB_ARGS(f->refund_grid_id)));
	int64_t closes = first && first->starts_at ? first->starts_at - f->close_minutes * US_MINUTE : 0;
	const char *msgid, *field = show_desk_times_fault(f->view_open_at, f->booking_open_at, closes, &msgid);
	if (field)
		req_field_error(r, field, msgid);
	if (f->refund_grid_id && !grid)
		req_field_error(r, "refund_grid_id", N_("Please choose one of the options offered."));
	if (dear) {
		struct out o;
		out_init(&o, r->a, r->lang, r);
		req_field_error(r, "fee_per_ticket", out_fmt(&o, tr(r->lang, N_("The booking fee may be %s per ticket at most.")),
		    out_money(&o, house.v[SETTING_booking_fee_most])));
	}
	*ret = field || dear || (f->refund_grid_id && !grid);
	return refuse_limit(r, f, s, ret);
}

static struct err *save(struct req *r, const struct desk_show *s)
{
	bool refused;
	TRY(refuse(r, r->form, s, &refused));
	if (refused)
		return req_again(r);
	struct save_ctx c = { .r = r, .f = r->form, .s = s };
	TRY(db_tx(r->db, save_tx, &c));
	req_flash(r, "success", s ? _("Saved.") : _("The show is there, as a draft. Go on with its poster and prices."));
	return redirect(r, saved_url(&c));
}

struct err *desk_new_post(struct req *r)
{
	if (r->who.staff_show.v)
		return desk_new_get(r);
	return save(r, NULL);
}

struct err *desk_edit_post(struct req *r)
{
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	return save(r, s);
}

/* ---- poster ---------------------------------------------------------------------------------------------------------------- */
DB_EXEC(image_insert, "INSERT INTO image (organizer_id, name, width, height, created_at) VALUES (?, ?, ?, ?, ?)")
DB_EXEC(image_delete, "DELETE FROM image WHERE id = ? AND organizer_id = ?")
DB_EXEC(show_image, "UPDATE shows s SET s.image_id = ? WHERE s.id = ? AND " DESK_OWN)

static const struct poster_size { const char *suffix; int w, h; } poster_sizes[] = {
	{ "", 800, 1120 }, { "-400", 400, 560 }, { "-200", 200, 280 },
};

/* Locked: of two posters sent at once the first one goes again with its files. */
#define POSTER_ROW(F) F(i64, id) F(str, name)
DB_ROW(desk_poster, POSTER_ROW)
DB_QUERY(poster_now, desk_poster,
    "SELECT i.id, i.name FROM shows s LEFT JOIN image i ON i.id = s.image_id WHERE s.id = ? AND " DESK_OWN " FOR UPDATE")

struct poster_ctx { struct req *r; const struct desk_show *s; const char *name, *old; struct image_size size; };

static struct err *poster_tx(struct db *db, void *ctx)
{
	struct poster_ctx *c = ctx;
	struct req *r = c->r;
	struct desk_poster *old;
	int64_t id = 0;
	TRY(poster_now_one(db, r->a, &old, DB_ARGS(c->s->id.v, DESK_OWNER(r))));
	if (!old)
		return err_new(ERR_NOT_FOUND, "the show is gone");
	c->old = old->name;
	if (c->name) {
		TRY(image_insert_run(db, NULL, DB_ARGS(r->who.organizer.v, c->name, c->size.w, c->size.h, db_time(r->now))));
		id = db_last_id(db);
	}
	TRY(show_image_run(db, NULL, DB_ARGS(db_i64_or_null(id), c->s->id.v, DESK_OWNER(r))));
	if (old->id)
		TRY(image_delete_run(db, NULL, DB_ARGS(old->id, r->who.organizer.v)));
	return audit(r, db, c->name ? "show.poster" : "show.poster_remove", arena_printf(r->a, "show:%" PRId64, c->s->id.v), NULL);
}

/* The files of a poster that no row names any more; one that cannot be deleted now does no harm. */
static void drop_files(struct arena *a, const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(poster_sizes); i++)
		err_free(blob_delete(a, arena_printf(a, "%s%s.jpg", name, poster_sizes[i].suffix)));
}

static struct err *store_files(struct req *r, struct bytes in, struct poster_ctx *c)
{
	for (size_t i = 0; i < ARRAY_LEN(poster_sizes); i++) {
		const struct poster_size *p = &poster_sizes[i];
		struct image_size size;
		struct bytes jpeg;
		TRY(image_jpeg(r->a, in, p->w, p->h, false, &jpeg, &size));
		if (i == 0)
			c->size = size;
		TRY(blob_put(r->a, arena_printf(r->a, "%s%s.jpg", c->name, p->suffix), "image/jpeg", jpeg));
	}
	return NULL;
}

struct err *desk_poster_post(struct req *r)
{
	const struct desk_poster_form *f = r->form;
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	struct poster_ctx c = { .r = r, .s = s, .name = arena_printf(r->a, "posters/%s", str_lower_ascii(r->a, crypto_code(r->a, 16))) };
	struct err *e = store_files(r, f->poster.data, &c);
	bool unreadable = err_is(e, ERR_INVALID);
	if (!e)
		e = db_tx(r->db, poster_tx, &c);
	if (e)
		drop_files(r->a, c.name);
	if (unreadable) {
		req_field_error(r, "poster", err_user_text(e));
		err_free(e);
		return req_again(r);
	}
	TRY(e);
	drop_files(r->a, c.old);
	req_flash(r, "success", _("The poster is in its place."));
	return redirect(r, url_fmt(r->a, "/desk/shows/%lld/edit", (long long)s->id.v));
}

struct err *desk_poster_remove(struct req *r)
{
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	struct poster_ctx c = { .r = r, .s = s };
	if (s->image_id) {
		TRY(db_tx(r->db, poster_tx, &c));
		drop_files(r->a, c.old);
		req_flash(r, "success", _("The poster is gone."));
	}
	return redirect(r, url_fmt(r->a, "/desk/shows/%lld/edit", (long long)s->id.v));
}
