/* The desk's frame and its first page: how the house is, and what waits for a person. */
#include "admin/admin_web.h"

#include "base/clock.h"
#include "tmpl/admin/desk.h"
#include "web/text.h"

#include <assert.h>

struct out *admin_begin(struct req *r, const char *title, const char *section)
{
	struct out *o = page_begin(r, &(struct page){ .title = title, .nav = NAV_ADMIN, .no_index = true });
	tmpl_admin_open(o, section, title);
	return o;
}

struct out *admin_out(struct req *r)
{
	struct out *o = arena_one(r->a, struct out);
	out_init(o, r->a, r->lang, r);
	return o;
}

struct err *admin_end(struct req *r, struct out *o)
{
	tmpl_admin_close(o);
	return page_end(r, 200);
}

int64_t admin_before(int64_t before)
{
	return before > 0 ? before : INT64_MAX;
}

bool admin_more(size_t *n)
{
	if (*n <= ADMIN_ROWS)
		return false;
	*n = ADMIN_ROWS;
	return true;
}

DB_QUERY_F(home_now, admin_home_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT (SELECT COUNT(*) FROM organizer WHERE state = 'pending_approval') AS applications,"
    " (SELECT COUNT(*) FROM pay_attempt WHERE state = 'unknown') AS unknown,"
    " (SELECT COUNT(*) FROM pay_refund WHERE state = 'failed') AS refunds_failed,"
    " (SELECT COUNT(*) FROM outbox WHERE state IN ('failed', 'unsure') AND topic IN " NOTIFY_TOPICS ") AS mails_failed,"
    " (SELECT COUNT(*) FROM outbox WHERE state IN ('failed', 'unsure') AND topic NOT IN " NOTIFY_TOPICS ") AS rows_failed,"
    " (SELECT COUNT(*) FROM performance WHERE state = 'on_sale') AS on_sale,"
    " (SELECT COUNT(*) FROM person WHERE password_hash IS NOT NULL AND deleted_at IS NULL) AS members,"
    " (SELECT COUNT(*) FROM organizer WHERE state = 'approved') AS organizers,"
    " (SELECT COUNT(*) FROM orders WHERE state IN ('pending', 'awaiting_deposit')) AS waiting")
DB_QUERY_F(home_today, admin_today_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT COUNT(*) AS orders, CAST(COALESCE(SUM(tickets), 0) AS SIGNED) AS tickets,"
    " CAST(COALESCE(SUM(total), 0) AS SIGNED) AS money FROM orders WHERE paid_at >= ?")
/* Jobs whose last finished run went wrong. */
DB_QUERY_F(home_failing, admin_failing_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT j.job, j.started_at, j.note FROM job_run j JOIN (SELECT job, MAX(id) AS id FROM job_run"
    " WHERE finished_at IS NOT NULL GROUP BY job) l ON l.id = j.id WHERE j.ok = 0 ORDER BY j.job")

static void add_task(struct admin_home *v, int64_t n, const char *kind, const char *text, struct url href, const char *label)
{
	if (n > 0)
		v->tasks[v->n_tasks++] = (struct admin_task){ kind, text, href, label };
}

static const char *counted(struct req *r, const char *one, const char *many, int64_t n)
{
	return out_fmt(admin_out(r), tr(r->lang, n == 1 ? one : many), (long long)n);
}

static void list_tasks(struct req *r, struct admin_home *v, int64_t failing)
{
	const struct admin_home_row *h = v->now;
	add_task(v, h->unknown, "error", counted(r, N_("The outcome of %lld payment is unknown."),
	    N_("The outcome of %lld payments is unknown."), h->unknown), LINK("/admin/payments?state=unknown"), _("Ask the provider"));
	add_task(v, h->refunds_failed, "error", counted(r, N_("%lld refund was refused by the provider."),
	    N_("%lld refunds were refused by the provider."), h->refunds_failed), LINK("/admin/payments"), _("See refunds"));
	add_task(v, failing, "error", counted(r, N_("%lld job failed the last time it ran."), N_("%lld jobs failed the last time they ran."),
	    failing), LINK("/admin/jobs"), _("See jobs"));
	add_task(v, h->rows_failed, "warn", counted(r, N_("%lld message to other services could not be delivered."),
	    N_("%lld messages to other services could not be delivered."), h->rows_failed), LINK("/admin/mail?state=other"), _("See messages"));
	add_task(v, h->mails_failed, "warn", counted(r, N_("%lld mail could not be sent."), N_("%lld mails could not be sent."),
	    h->mails_failed), LINK("/admin/mail"), _("See mails"));
	add_task(v, h->applications, "info", counted(r, N_("%lld organizer waits for a decision."),
	    N_("%lld organizers wait for a decision."), h->applications), LINK("/admin/organizers?state=pending_approval"), _("Decide"));
}

struct err *admin_home_get(struct req *r)
{
	struct admin_home v = { 0 };
	struct admin_home_row *now;
	struct admin_today_row *today;
	struct admin_failing_row *failing;
	size_t n_failing;
	TRY(home_now_one(r->db, r->a, &now, DB_NO_ARGS));
	TRY(home_today_one(r->db, r->a, &today, DB_ARGS(db_time(clock_day_start(clock_day(r->now))))));
	TRY(home_failing_all(r->db, r->a, &failing, &n_failing, DB_NO_ARGS));
	assert(now && today); /* counts always have their row */
	v.now = now;
	v.today = today;
	list_tasks(r, &v, (int64_t)n_failing);
	struct out *o = admin_begin(r, _("The house today"), "home");
	tmpl_admin_home(o, &v);
	return admin_end(r, o);
}
