/* What the house does by itself: mails and other messages, jobs, the audit log. */
#include "admin/admin_web.h"

#include "proc/outbox.h"
#include "tmpl/admin/house.h"
#include "web/audit.h"
#include "web/text.h"

#include <inttypes.h>

/* ---- mails and messages ------------------------------------------------------------------------------------------------- */
DB_QUERY_F(outbox_listed, admin_outbox_row, DB_SCAN_OK,
    ADMIN_OUTBOX_SQL " WHERE state IN ('failed', 'unsure') AND (topic IN " NOTIFY_TOPICS ") = ? AND id < ? ORDER BY id DESC LIMIT ?")
DB_QUERY_F(mails_latest, admin_outbox_row, DB_STALE_OK | DB_SCAN_OK,
    ADMIN_OUTBOX_SQL " WHERE topic IN " NOTIFY_TOPICS " AND state = ? AND id < ? ORDER BY id DESC LIMIT ?")

struct err *admin_mails_get(struct req *r)
{
	static const struct { const char *state, *label; } filters[] = { { "listed", N_("Needs attention") }, { "pending", N_("Waiting") },
		{ "done", N_("Sent") }, { "other", N_("Other messages") } };
	const struct admin_state_form *f = r->form;
	const char *state = str_empty(f->state) ? "listed" : f->state;
	int64_t before = admin_before(f->before);
	struct admin_mails v = { .n_filters = ARRAY_LEN(filters) };
	struct admin_outbox_row *rows;
	if (str_eq(state, "pending") || str_eq(state, "done"))
		TRY(mails_latest_all(r->db, r->a, &rows, &v.n, DB_ARGS(state, before, ADMIN_READ)));
	else
		TRY(outbox_listed_all(r->db, r->a, &rows, &v.n, DB_ARGS(!str_eq(state, "other"), before, ADMIN_READ)));
	if (admin_more(&v.n))
		v.older = LINK("/admin/mail?state=%s&before=%lld", state, (long long)rows[v.n - 1].id);
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		v.filters[i] = (struct ui_link){ LINK("/admin/mail?state=%s", filters[i].state), _(filters[i].label),
			str_eq(filters[i].state, state) };
	v.rows = rows;
	struct out *o = admin_begin(r, _("Mail"), "mail");
	tmpl_admin_mails(o, &v);
	return admin_end(r, o);
}

struct err *admin_mail_resend_post(struct req *r)
{
	int64_t id = req_param_id(r, "id");
	bool done;
	TRY(outbox_retry(r->db, id, r->now, &done));
	if (done) {
		TRY(audit(r, r->db, "mail.resend", arena_printf(r->a, "outbox:%" PRId64, id), NULL));
		outbox_wake();
		req_flash(r, "success", _("It is being sent again."));
	} else {
		req_flash(r, "info", _("It is not listed any more: somebody has sent it again already."));
	}
	return redirect(r, url_fmt(r->a, "/admin/mail"));
}

/* ---- jobs ------------------------------------------------------------------------------------------------------------------ */
DB_QUERY_F(jobs_seen, admin_job_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT job, MAX(IF(ok = 1, started_at, NULL)) AS last_ok, MAX(IF(ok = 0, started_at, NULL)) AS last_failed, COUNT(*) AS runs,"
    " CAST(SUM(COALESCE(ok, 1) = 0) AS SIGNED) AS failed FROM job_run GROUP BY job")
DB_QUERY_F(runs_latest, admin_run_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT id, job, host, started_at, finished_at, ok IS NULL AS open, COALESCE(ok, 0) AS ok, note FROM job_run"
    " WHERE (? = 0 OR job = ?) ORDER BY id DESC LIMIT 60")

static const struct admin_job_row *job_seen(const struct admin_job_row *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].job, name))
			return &rows[i];
	return NULL;
}

static struct admin_job tell_job(struct req *r, const struct job *job, const struct admin_job_row *seen)
{
	struct admin_job v = { job->name, _(job->doc), job->every_s, seen, "neutral", _("never ran") };
	if (!seen)
		return v;
	bool failing = seen->last_failed > seen->last_ok;
	bool late = r->now - seen->last_ok > (int64_t)job->every_s * 3000000 + 180000000;
	v.kind = failing ? "bad" : late ? "warn" : "ok";
	v.word = failing ? _("failing") : late ? _("late") : _("fine");
	return v;
}

struct err *admin_jobs_get(struct req *r)
{
	const struct admin_jobs_form *f = r->form;
	struct admin_jobs v = { .job = f->job ? f->job : "" };
	struct admin_job_row *seen;
	struct admin_run_row *runs;
	size_t n_seen;
	TRY(jobs_seen_all(r->db, r->a, &seen, &n_seen, DB_NO_ARGS));
	TRY(runs_latest_all(r->db, r->a, &runs, &v.n_runs, DB_ARGS(!str_empty(v.job), v.job)));
	for (size_t d = 0; domains[d]; d++)
		for (const struct job *job = domains[d]->jobs; job && job->name; job++)
			v.n_jobs++;
	struct admin_job *jobs = arena_array(r->a, struct admin_job, v.n_jobs + 1);
	size_t k = 0;
	for (size_t d = 0; domains[d]; d++)
		for (const struct job *job = domains[d]->jobs; job && job->name; job++)
			jobs[k++] = tell_job(r, job, job_seen(seen, n_seen, job->name));
	v.jobs = jobs;
	v.runs = runs;
	struct out *o = admin_begin(r, _("Jobs"), "jobs");
	tmpl_admin_jobs(o, &v);
	return admin_end(r, o);
}

/* ---- audit log --------------------------------------------------------------------------------------------------------------- */
#define AUDIT_SQL "SELECT id, at, person_id, actor, action, object, detail, ip, request_id FROM audit_log "
DB_QUERY_F(audit_latest, admin_audit_row, DB_STALE_OK,
    AUDIT_SQL "WHERE id < ? ORDER BY id DESC LIMIT ?")
DB_QUERY_F(audit_found, admin_audit_row, DB_STALE_OK | DB_SCAN_OK,
    AUDIT_SQL "WHERE id < ? AND (? = 0 OR action LIKE ?) AND (? = 0 OR actor LIKE ? OR object LIKE ? OR ip = ? OR request_id = ?)"
    " ORDER BY id DESC LIMIT ?")

struct err *admin_audit_get(struct req *r)
{
	const struct admin_audit_form *f = r->form;
	struct admin_audit v = { .q = f->q ? f->q : "", .action = f->action ? f->action : "" };
	struct admin_audit_row *rows;
	int64_t before = admin_before(f->before);
	const char *like = db_like(r->a, v.q);
	if (str_empty(v.q) && str_empty(v.action))
		TRY(audit_latest_all(r->db, r->a, &rows, &v.n, DB_ARGS(before, ADMIN_READ)));
	else
		TRY(audit_found_all(r->db, r->a, &rows, &v.n, DB_ARGS(before, !str_empty(v.action), db_like(r->a, v.action), !str_empty(v.q), like, like, v.q,
		    v.q, ADMIN_READ)));
	if (admin_more(&v.n))
		v.older = LINK("/admin/audit?q=%s&action=%s&before=%lld", v.q, v.action, (long long)rows[v.n - 1].id);
	v.rows = rows;
	struct out *o = admin_begin(r, _("Audit log"), "audit");
	tmpl_admin_audit(o, &v);
	return admin_end(r, o);
}
