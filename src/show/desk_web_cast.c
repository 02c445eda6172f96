/* Who plays: performers of the organizer, chosen or made here. */
#include "show/desk_view.h"

#include "tmpl/desk_show/cast.h"
#include "tmpl/desk_show/show.h"
#include "web/audit.h"
#include "web/once.h"
#include "web/text.h"

#include <inttypes.h>

DB_QUERY(cast_of_show, desk_cast,
    "SELECT m.id, m.name, m.name_en, k.role, k.role_en, k.ord FROM show_cast k JOIN performer m ON m.id = k.performer_id"
    " WHERE k.show_id = ? ORDER BY k.ord, m.id")
DB_QUERY(performers_known, desk_cast,
    "SELECT m.id, m.name, m.name_en, '' AS role, '' AS role_en, 0 AS ord FROM performer m WHERE m.organizer_id = ?"
    " AND NOT EXISTS (SELECT 1 FROM show_cast k WHERE k.show_id = ? AND k.performer_id = m.id) ORDER BY m.name LIMIT 500")

static struct err *cast_page(struct req *r, int status)
{
	struct desk_show *s;
	struct desk_cast *cast, *known;
	struct desk_cast_view v = { 0 };
	TRY(desk_show_of(r, &s));
	TRY(cast_of_show_all(r->db, r->a, &cast, &v.n, DB_ARGS(s->id.v)));
	TRY(performers_known_all(r->db, r->a, &known, &v.n_known, DB_ARGS(r->who.organizer.v, s->id.v)));
	struct option *options = arena_array(r->a, struct option, v.n_known + 2);
	options[0] = (struct option){ "0", _("Somebody new") };
	for (size_t i = 0; i < v.n_known; i++)
		options[i + 1] = (struct option){ arena_printf(r->a, "%" PRId64, known[i].id.v), tr_pick(r->lang, known[i].name, known[i].name_en) };
	v.s = s;
	v.cast = cast;
	v.known = options;
	struct out *o = desk_show_begin(r, s, TAB_CAST, _("Cast"));
	tmpl_desk_show_cast(o, &v);
	return desk_end(o, status);
}

struct err *desk_cast_get(struct req *r)
{
	return cast_page(r, r->form_errors ? 422 : 200);
}

DB_EXEC(performer_insert, "INSERT INTO performer (organizer_id, name, name_en, about) VALUES (?, ?, ?, '')")
DB_EXEC(cast_insert,
    "INSERT INTO show_cast (show_id, performer_id, role, role_en, ord) SELECT ?, m.id, ?, ?, (SELECT COALESCE(MAX(k.ord), -1) + 1"
    " FROM show_cast k WHERE k.show_id = ?) FROM performer m WHERE m.id = ? AND m.organizer_id = ?")
DB_EXEC(cast_delete, "DELETE FROM show_cast WHERE show_id = ? AND performer_id = ?")

struct cast_ctx { struct req *r; const struct desk_show *s; const char *name, *name_en, *role, *role_en; int64_t performer, changed; bool remove; };

static struct url cast_url(struct req *r, const struct desk_show *s)
{
	return url_fmt(r->a, "/desk/shows/%lld/cast", (long long)s->id.v);
}

static struct err *cast_tx(struct db *db, void *ctx)
{
	struct cast_ctx *c = ctx;
	struct req *r = c->r;
	int64_t show = c->s->id.v, performer = c->performer;
	if (c->remove) {
		TRY(cast_delete_run(db, &c->changed, DB_ARGS(show, performer)));
	} else {
		if (!performer) {
			TRY(performer_insert_run(db, NULL, DB_ARGS(r->who.organizer.v, c->name, c->name_en)));
			performer = db_last_id(db);
		}
		TRY(cast_insert_run(db, &c->changed, DB_ARGS(show, c->role, c->role_en, show, performer, r->who.organizer.v)));
	}
	if (!c->changed)
		return NULL;
	TRY(show_facts_refresh(db, c->s->id));
	TRY(audit(r, db, c->remove ? "show.cast_remove" : "show.cast_add", arena_printf(r->a, "show:%" PRId64, show),
	    arena_printf(r->a, "{\"performer\":%" PRId64 "}", performer)));
	return c->remove ? NULL : once_made(r, db, cast_url(r, c->s));
}

static struct err *back(struct req *r, const struct desk_show *s)
{
	return redirect(r, cast_url(r, s));
}

struct err *desk_cast_add(struct req *r)
{
	const struct desk_cast_form *f = r->form;
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	if (!f->performer && str_empty(f->name)) {
		req_field_error(r, "name", N_("Choose somebody above, or give the name of somebody new."));
		return req_again(r);
	}
	struct cast_ctx c = { .r = r, .s = s, .performer = f->performer, .name = f->name, .name_en = f->name_en ? f->name_en : "",
		.role = f->role ? f->role : "", .role_en = f->role_en ? f->role_en : "" };
	struct err *e = db_tx(r->db, cast_tx, &c);
	if (err_is(e, ERR_DUPLICATE)) { /* is in the cast already: the form was sent twice */
		err_free(e);
		return back(r, s);
	}
	TRY(e);
	if (!c.changed)
		return err_new(ERR_NOT_FOUND, "no such performer of this organizer");
	req_flash(r, "success", _("Added to the cast."));
	return back(r, s);
}

struct err *desk_cast_remove(struct req *r)
{
	const struct desk_cast_remove_form *f = r->form;
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	struct cast_ctx c = { .r = r, .s = s, .performer = f->performer, .remove = true };
	TRY(db_tx(r->db, cast_tx, &c));
	return back(r, s);
}
