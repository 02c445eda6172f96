/* Applications of organizers. */
#include "admin/admin_web.h"

#include "account/account.h"
#include "tmpl/admin/organizers.h"
#include "web/text.h"

DB_QUERY_F(organizers_list, admin_organizer_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT o.id, o.name, o.registration_no, o.phone, o.about, o.state, o.reason, o.applied_at, o.decided_at, p.name AS person,"
    " p.email, (SELECT COUNT(*) FROM shows s WHERE s.organizer_id = o.id) AS shows FROM organizer o JOIN person p ON p.id = o.person_id"
    " WHERE (? = 0 OR o.state = ?) ORDER BY o.state = 'pending_approval' DESC, o.applied_at DESC LIMIT ? OFFSET ?")
DB_QUERY_F(organizers_count, db_count, DB_STALE_OK | DB_SCAN_OK, "SELECT COUNT(*) AS n FROM organizer WHERE (? = 0 OR state = ?)")

struct err *admin_organizers_get(struct req *r)
{
	static const struct { const char *state, *label; } filters[] = { { "", N_("All") }, { "pending_approval", N_("to be decided") },
		{ "approved", N_("approved") }, { "rejected", N_("rejected") } };
	const struct admin_state_form *f = r->form;
	const char *state = f->state ? f->state : "";
	struct admin_organizers v = { .n_filters = ARRAY_LEN(filters) };
	struct admin_organizer_row *rows;
	struct db_count *count;
	TRY(organizers_list_all(r->db, r->a, &rows, &v.n, DB_ARGS(*state != '\0', state, (int64_t)ADMIN_ROWS, (f->page - 1) * ADMIN_ROWS)));
	TRY(organizers_count_one(r->db, r->a, &count, DB_ARGS(*state != '\0', state)));
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		v.filters[i] = (struct ui_link){ LINK("/admin/organizers?state=%s", filters[i].state), _(filters[i].label),
			str_eq(filters[i].state, state) };
	v.rows = rows;
	v.pager = ui_pager(r->a, LINK("/admin/organizers?state=%s", state), f->page, ADMIN_ROWS, count->n);
	struct out *o = admin_begin(r, _("Organizers"), "organizers");
	tmpl_admin_organizers(o, &v);
	return admin_end(r, o);
}

static struct err *decide(struct req *r, bool approve, const char *reason, const char *done)
{
	struct err *e = account_organizer_decide(r, (struct organizer_id){ req_param_id(r, "id") }, approve, reason);
	if (err_is(e, ERR_CONFLICT)) {
		err_free(e);
		req_flash(r, "error", _("Somebody has decided this application already."));
		return redirect(r, url_fmt(r->a, "/admin/organizers"));
	}
	TRY(e);
	req_flash(r, "success", done);
	return redirect(r, url_fmt(r->a, "/admin/organizers"));
}

struct err *admin_approve_post(struct req *r)
{
	return decide(r, true, "", _("Approved. The organizer has been told by mail and can begin."));
}

struct err *admin_reject_post(struct req *r)
{
	const struct admin_reason_form *f = r->form;
	if (str_empty(f->reason)) {
		req_flash(r, "error", _("Say why, so that the applicant knows what to change. Nothing was decided."));
		return redirect(r, url_fmt(r->a, "/admin/organizers"));
	}
	return decide(r, false, f->reason, _("Rejected. The reason has been sent to the applicant."));
}
