/* Staff codes: an organizer issues them, whoever enters one opens exactly the pages ticked for it. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "base/clock.h"
#include "ext/crypto.h"
#include "tmpl/account/staff.h"
#include "web/audit.h"
#include "web/once.h"
#include "web/desk_frame.h"

#include <string.h>

enum { CODE_N = 12, FRESH_S = 300 };

/* 60 random bits; the hash is keyed like that of other short codes. */
struct bytes account_staff_hash(struct arena *a, const char *typed)
{
	const char *plain = account_code_plain(a, typed);
	uint8_t mac[32];
	crypto_mac("staff-code", plain, strlen(plain), mac);
	return (struct bytes){ arena_copy(a, mac, sizeof mac), sizeof mac };
}

/* ---- entering ---------------------------------------------------------------------------------------------------------- */
#define STAFF_CODE_ROW(F) F(staff_id, id) F(organizer_id, organizer_id) F(i64, perms)
DB_ROW(staff_code_row, STAFF_CODE_ROW)
DB_QUERY(staff_by_code, staff_code_row,
    "SELECT s.id, s.organizer_id, s.perms FROM staff_code s JOIN organizer o ON o.id = s.organizer_id AND o.state = 'approved' "
    "WHERE s.code_hash = ? AND s.revoked_at IS NULL AND s.expires_at > ?")
DB_EXEC(staff_used, "UPDATE staff_code SET used_at = ? WHERE id = ?")

struct err *staff_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Staff code"), .no_index = true });
	tmpl_staff_enter(o);
	return page_end(r, 200);
}

struct err *staff_enter(struct req *r)
{
	const struct staff_form *f = r->form;
	struct staff_code_row *s;
	TRY(throttle_try(r, "staff", NULL));
	TRY(staff_by_code_one(r->db, r->a, &s, DB_ARGS(account_staff_hash(r->a, f->code), db_time(r->now))));
	if (!s) {
		req_field_error(r, "code", N_("This code is not good: mistyped, run out, or taken back by the organizer."));
		return req_again(r);
	}
	throttle_forgive(r, "staff", NULL);
	TRY(staff_used_run(r->db, NULL, DB_ARGS(db_time(r->now), s->id.v)));
	TRY(session_begin_staff(r, s->id, s->organizer_id));
	return redirect(r, (struct url){ s->perms == PERM_GATE ? "/gate" : "/desk" });
}

/* ---- the organizer's list ------------------------------------------------------------------------------------------------ */
static const struct { unsigned perm; const char *name; } pages[] = {
	{ PERM_GATE, N_("Gate") }, { PERM_ORDERS, N_("Orders") }, { PERM_SHOWS, N_("Shows") }, { PERM_VENUES, N_("Venues") },
	{ PERM_SALES, N_("Sales") }
};

#define DESK_STAFF_ROW(F)                                                                                              \
	F(i64, id) F(str, label) F(str, title) F(i64, perms) F(time, expires_at) F(time, revoked_at) F(time, used_at)
DB_ROW(desk_staff_row, DESK_STAFF_ROW)
DB_QUERY(desk_staff_rows, desk_staff_row,
    "SELECT c.id, c.label, s.title, c.perms, c.expires_at, c.revoked_at, c.used_at FROM staff_code c "
    "LEFT JOIN shows s ON s.id = c.show_id WHERE c.organizer_id = ? ORDER BY c.id DESC LIMIT 200")
#define STAFF_SHOW_ROW(F) F(show_id, id) F(str, title) F(time, last_at)
DB_ROW(staff_show_row, STAFF_SHOW_ROW)
DB_QUERY(staff_shows, staff_show_row,
    "SELECT id, title, last_at FROM shows WHERE organizer_id = ? AND state <> 'withdrawn' ORDER BY id DESC LIMIT 200")
DB_QUERY(staff_show, staff_show_row, "SELECT id, title, last_at FROM shows WHERE organizer_id = ? AND id = ?")

static const char *perm_names(struct req *r, int64_t perms)
{
	const char *names[ARRAY_LEN(pages)];
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if ((unsigned)perms & pages[i].perm)
			names[n++] = tr(r->lang, pages[i].name);
	return str_join(r->a, ", ", names, n);
}

static struct staff_row staff_row(struct req *r, const struct desk_staff_row *c)
{
	bool over = c->expires_at <= r->now, live = !over && !c->revoked_at;
	struct staff_row row = { .id = c->id, .label = c->label, .show = c->title ? c->title : tr(r->lang, N_("all shows")),
		.perms = perm_names(r, c->perms), .expires_at = c->expires_at, .used_at = c->used_at, .live = live,
		.badge_kind = live ? "ok" : "info" };
	row.badge = live ? tr(r->lang, N_("good")) : c->revoked_at ? tr(r->lang, N_("taken back")) : tr(r->lang, N_("run out"));
	const char *id = arena_printf(r->a, "%lld", (long long)c->id);
	row.revoke = (struct ui_confirm){ .button = tr(r->lang, N_("Take back")), .name = "id", .value = id,
		.question = tr(r->lang, N_("Whoever uses this code is signed out at once.")), .yes = tr(r->lang, N_("Take the code back")),
		.action = { arena_printf(r->a, "%s/desk/staff/revoke", r->url_prefix) } };
	return row;
}

static struct err *show_options(struct req *r, struct option **ret)
{
	struct staff_show_row *shows;
	size_t n;
	TRY(staff_shows_all(r->db, r->a, &shows, &n, DB_ARGS(r->who.organizer.v)));
	struct option *list = arena_array(r->a, struct option, n + 2);
	list[0] = (struct option){ "0", tr(r->lang, N_("all shows")) };
	for (size_t i = 0; i < n; i++)
		list[i + 1] = (struct option){ arena_printf(r->a, "%lld", (long long)shows[i].id.v), shows[i].title };
	*ret = list;
	return NULL;
}

struct err *desk_staff_page(struct req *r)
{
	struct desk_staff_view v = { 0 };
	struct desk_staff_row *codes;
	TRY(desk_staff_rows_all(r->db, r->a, &codes, &v.n, DB_ARGS(r->who.organizer.v)));
	TRY(show_options(r, &v.shows));
	v.rows = arena_array(r->a, struct staff_row, v.n + 1);
	for (size_t i = 0; i < v.n; i++)
		v.rows[i] = staff_row(r, &codes[i]);
	v.fresh = step_get(r, "staff-code");
	if (v.fresh)
		step_clear(r); /* shown once */
	struct out *o = desk_begin(r, &(struct page){ .title = tr(r->lang, "Staff codes") }, DESK_STAFF);
	tmpl_desk_staff(o, &v);
	return desk_end(o, 200);
}

/* ---- issuing, taking back ---------------------------------------------------------------------------------------------- */
DB_EXEC(staff_issue,
    "INSERT INTO staff_code (organizer_id, label, code_hash, perms, show_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(staff_revoke, "UPDATE staff_code SET revoked_at = ? WHERE id = ? AND organizer_id = ? AND revoked_at IS NULL")

struct issue_tx { struct req *r; unsigned perms; int64_t show, expires_at; const char *code; };

static struct err *issue_run(struct db *db, void *ctx)
{
	struct issue_tx *t = ctx;
	struct req *r = t->r;
	const struct staff_issue_form *f = r->form;
	TRY(staff_issue_run(db, NULL, DB_ARGS(r->who.organizer.v, f->label, account_staff_hash(r->a, t->code), t->perms,
	    db_i64_or_null(t->show), db_time(r->now), db_time(t->expires_at))));
	TRY(audit(r, db, "staff.issue", arena_printf(r->a, "staff:%lld", (long long)db_last_id(db)), NULL));
	return once_made(r, db, (struct url){ "/desk/staff" });
}

struct err *desk_staff_issue(struct req *r)
{
	const struct staff_issue_form *f = r->form;
	struct issue_tx t = { .r = r, .expires_at = r->now, .code = crypto_code(r->a, CODE_N) };
	t.perms = (f->gate ? PERM_GATE : 0u) | (f->orders ? PERM_ORDERS : 0u) | (f->shows ? PERM_SHOWS : 0u) |
	    (f->venues ? PERM_VENUES : 0u) | (f->sales ? PERM_SALES : 0u);
	if (!t.perms) {
		req_field_error(r, "gate", N_("Please tick at least one page."));
		return req_again(r);
	}
	if (f->show && f->venues) {
		req_field_error(r, "venues", N_("Venues belong to all shows: choose \"all shows\", or leave them out."));
		return req_again(r);
	}
	if (f->show) {
		struct staff_show_row *show;
		TRY(staff_show_one(r->db, r->a, &show, DB_ARGS(r->who.organizer.v, f->show)));
		if (!show)
			return err_new(ERR_NOT_FOUND, "show %lld is not this organizer's", (long long)f->show);
		t.show = show->id.v;
		if (show->last_at > t.expires_at)
			t.expires_at = show->last_at; /* the days count from the last performance */
	}
	t.expires_at += f->days * US_DAY;
	TRY(db_tx(r->db, issue_run, &t));
	step_set(r, "staff-code", arena_printf(r->a, "%.4s-%.4s-%.4s", t.code, t.code + 4, t.code + 8), FRESH_S);
	return redirect(r, (struct url){ "/desk/staff" });
}

struct revoke_tx { struct req *r; int64_t id, changed; };

static struct err *revoke_run(struct db *db, void *ctx)
{
	struct revoke_tx *t = ctx;
	struct req *r = t->r;
	TRY(staff_revoke_run(db, &t->changed, DB_ARGS(db_time(r->now), t->id, r->who.organizer.v)));
	if (!t->changed)
		return NULL;
	return audit(r, db, "staff.revoke", arena_printf(r->a, "staff:%lld", (long long)t->id), NULL);
}

struct err *desk_staff_revoke(struct req *r)
{
	const struct staff_revoke_form *f = r->form;
	struct revoke_tx t = { .r = r, .id = f->id };
	TRY(db_tx(r->db, revoke_run, &t));
	req_flash(r, t.changed ? "success" : "info",
	    t.changed ? tr(r->lang, N_("The code is taken back.")) : tr(r->lang, N_("This code was not in use any more.")));
	return redirect(r, (struct url){ "/desk/staff" });
}
