/* People: found by name, e-mail or phone; their sessions can be ended. */
#include "admin/admin_web.h"

#include "tmpl/admin/members.h"
#include "web/audit.h"
#include "web/session.h"
#include "web/text.h"

#include <inttypes.h>

#define PERSON_SQL                                                                                                     \
	"SELECT id, email, name, phone, admin, password_hash IS NULL AS guest, created_at, seen_at, totp_on_at, deleted_at, lang" \
	" FROM person "
DB_QUERY_F(members_latest, admin_member_row, DB_STALE_OK, PERSON_SQL "WHERE id < ? AND password_hash IS NOT NULL ORDER BY id DESC LIMIT ?")
DB_QUERY_F(members_found, admin_member_row, DB_STALE_OK | DB_SCAN_OK,
    PERSON_SQL "WHERE id < ? AND (email LIKE ? OR name LIKE ? OR phone LIKE ?) ORDER BY id DESC LIMIT ?")
DB_QUERY(member_by_id, admin_member_row, PERSON_SQL "WHERE id = ?")
DB_QUERY_F(member_orders, admin_order_row, DB_STALE_OK,
    "SELECT o.id, o.code, o.state, o.created_at, o.paid_at, o.tickets, o.total, o.refunded, o.contact_name, o.contact_email,"
    " o.contact_phone, s.title, s.title_en, p.starts_at, g.name AS organizer FROM orders o JOIN performance p ON p.id = o.performance_id"
    " JOIN shows s ON s.id = p.show_id JOIN organizer g ON g.id = s.organizer_id WHERE o.person_id = ? ORDER BY o.id DESC LIMIT 20")
DB_QUERY_F(member_deeds, admin_audit_row, DB_STALE_OK,
    "SELECT id, at, person_id, actor, action, object, detail, ip, request_id FROM audit_log WHERE person_id = ?"
    " ORDER BY id DESC LIMIT 20")

struct err *admin_members_get(struct req *r)
{
	const struct admin_find_form *f = r->form;
	struct admin_members v = { .q = f->q ? f->q : "" };
	struct admin_member_row *rows;
	int64_t before = admin_before(f->before);
	const char *like = db_like(r->a, v.q);
	if (str_empty(v.q))
		TRY(members_latest_all(r->db, r->a, &rows, &v.n, DB_ARGS(before, ADMIN_READ)));
	else
		TRY(members_found_all(r->db, r->a, &rows, &v.n, DB_ARGS(before, like, like, like, ADMIN_READ)));
	if (admin_more(&v.n))
		v.older = LINK("/admin/members?q=%s&before=%lld", v.q, (long long)rows[v.n - 1].id.v);
	v.rows = rows;
	struct out *o = admin_begin(r, _("Members"), "members");
	tmpl_admin_members(o, &v);
	return admin_end(r, o);
}

static struct err *load_person(struct req *r, struct admin_member_row **ret)
{
	TRY(member_by_id_one(r->db, r->a, ret, DB_ARGS(req_param_id(r, "id"))));
	return *ret ? NULL : err_new(ERR_NOT_FOUND, "no such person");
}

struct err *admin_member_get(struct req *r)
{
	struct admin_member_row *person;
	struct admin_member v = { 0 };
	struct session_info *sessions;
	struct admin_order_row *orders;
	struct admin_audit_row *deeds;
	TRY(load_person(r, &person));
	TRY(member_orders_all(r->db, r->a, &orders, &v.n_orders, DB_ARGS(person->id.v)));
	TRY(member_deeds_all(r->db, r->a, &deeds, &v.n_deeds, DB_ARGS(person->id.v)));
	TRY(session_list(r, person->id, &sessions, &v.n_sessions));
	v.person = person;
	v.orders = orders;
	v.deeds = deeds;
	v.sessions = sessions;
	v.end_sessions = (struct ui_confirm){ .button = _("End all sessions"), .yes = _("Yes, sign them out everywhere"),
		.question = _("This person is signed out on every device and has to sign in again. Holds and orders stay."),
		.action = LINK("/admin/members/%lld/sessions", (long long)person->id.v) };
	struct out *o = admin_begin(r, str_empty(person->name) ? _("Member") : person->name, "members");
	tmpl_admin_member(o, &v);
	return admin_end(r, o);
}

struct err *admin_member_sessions_post(struct req *r)
{
	struct admin_member_row *person;
	TRY(load_person(r, &person));
	TRY(audit(r, r->db, "member.sessions_end", arena_printf(r->a, "person:%" PRId64, person->id.v), NULL));
	TRY(session_end_others(r, person->id, person->id.v == r->who.person.v ? r->who.session_id : NULL));
	req_flash(r, "success", _("All sessions were ended."));
	return redirect(r, url_fmt(r->a, "/admin/members/%lld", (long long)person->id.v));
}
