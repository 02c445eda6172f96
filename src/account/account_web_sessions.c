/* Where a member is signed in, and leaving for good. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "tmpl/account/sessions.h"
#include "web/audit.h"

#include <string.h>

/* "Chrome, Windows": enough to recognise one's own devices. */
static const char *device_of(struct arena *a, const char *ua, const char *lang)
{
	static const char *const browsers[][2] = { { "Edg", "Edge" }, { "SamsungBrowser", "Samsung Internet" }, { "Whale", "Whale" },
		{ "KAKAOTALK", "KakaoTalk" }, { "OPR/", "Opera" }, { "Firefox/", "Firefox" }, { "CriOS", "Chrome" }, { "Chrome/", "Chrome" },
		{ "Safari/", "Safari" } };
	static const char *const systems[][2] = { { "iPhone", "iPhone" }, { "iPad", "iPad" }, { "Android", "Android" },
		{ "Windows", "Windows" }, { "Mac OS", "Mac" }, { "CrOS", "ChromeOS" }, { "Linux", "Linux" } };
	const char *browser = NULL, *system = NULL;
	for (size_t i = 0; i < ARRAY_LEN(browsers) && !browser; i++)
		browser = strstr(ua, browsers[i][0]) ? browsers[i][1] : NULL;
	for (size_t i = 0; i < ARRAY_LEN(systems) && !system; i++)
		system = strstr(ua, systems[i][0]) ? systems[i][1] : NULL;
	if (browser && system)
		return arena_printf(a, "%s, %s", browser, system);
	return browser ? browser : system ? system : tr(lang, N_("Unknown device"));
}

struct err *sessions_page(struct req *r)
{
	struct session_info *list;
	struct sessions_view v = { 0 };
	TRY(session_list(r, r->who.person, &list, &v.n));
	v.rows = arena_array(r->a, struct session_row, v.n + 1);
	for (size_t i = 0; i < v.n; i++)
		v.rows[i] = (struct session_row){ .id = list[i].id, .device = device_of(r->a, list[i].user_agent, r->lang), .ip = list[i].ip,
			.started_at = list[i].started_at, .seen_at = list[i].seen_at, .current = list[i].current };
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Where you are signed in"), .nav = NAV_ME, .no_index = true });
	tmpl_sessions(o, &v);
	return page_end(r, 200);
}

struct err *session_end_form(struct req *r)
{
	const struct session_form *f = r->form;
	if (str_eq(f->id, r->who.session_id))
		return sign_out(r);
	TRY(session_end_one(r, r->who.person, f->id));
	req_flash(r, "success", tr(r->lang, N_("That device is signed out.")));
	return redirect(r, (struct url){ "/me/sessions" });
}

struct err *session_end_others_form(struct req *r)
{
	TRY(session_end_others(r, r->who.person, r->who.session_id));
	req_flash(r, "success", tr(r->lang, N_("All other devices are signed out.")));
	return redirect(r, (struct url){ "/me/sessions" });
}

/* ---- deletion ---------------------------------------------------------------------------------------------------------- */
#define UPCOMING_ROW(F) F(i64, tickets)
DB_ROW(upcoming_row, UPCOMING_ROW)
DB_QUERY(upcoming_tickets, upcoming_row,
    "SELECT COUNT(*) AS tickets FROM orders o JOIN ticket t ON t.order_id = o.id AND t.state = 'issued' "
    "JOIN performance p ON p.id = t.performance_id AND p.starts_at > ? AND p.state <> 'cancelled' WHERE o.person_id = ?")
struct err *delete_page(struct req *r)
{
	struct upcoming_row *upcoming;
	TRY(upcoming_tickets_one(r->db, r->a, &upcoming, DB_ARGS(db_time(r->now), r->who.person.v)));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Delete my account"), .nav = NAV_ME, .no_index = true });
	tmpl_delete_account(o, &(struct delete_view){ .upcoming = upcoming->tickets, .organizer = r->who.organizer.v != 0,
	    .admin = r->who.admin });
	return page_end(r, 200);
}

struct delete_tx { struct req *r; struct person_id person; bool done; };

static struct err *delete_run(struct db *db, void *ctx)
{
	struct delete_tx *t = ctx;
	TRY(account_anonymise(db, t->person, t->r->now, &t->done));
	TRY(orders_forget(db, t->person, t->r->now));
	TRY(audit(t->r, db, "account.delete", arena_printf(t->r->a, "person:%lld", (long long)t->person.v), NULL));
	return audit_forget(db, t->person);
}

struct err *delete_account(struct req *r)
{
	const struct delete_form *f = r->form;
	struct account_person *p;
	TRY(account_by_id(r->db, r->a, r->who.person, &p));
	if (!p)
		return err_new(ERR_NOT_FOUND, "the account is gone");
	if (r->who.organizer.v || p->admin)
		return err_user(err_new(ERR_FORBIDDEN, "organizers and admins are deleted by hand"), "%s",
		    N_("Your account runs part of the site. Please write to us: we hand over or close that part first."));
	bool right;
	TRY(account_password_try(r, p, f->password, &right));
	if (!right) {
		req_field_error(r, "password", N_("This is not your present password."));
		return req_again(r);
	}
	struct delete_tx t = { .r = r, .person = p->id };
	TRY(db_tx(r->db, delete_run, &t));
	TRY(session_end_others(r, p->id, NULL));
	TRY(session_end(r));
	req_flash(r, "info", tr(r->lang, N_("Your account is deleted. Thank you for having been with us.")));
	return redirect(r, (struct url){ "/" });
}
