/* Reminders of the day before, and the checks that hold tickets to account. */
#include "ticket/visit.h"

#include "base/clock.h"
#include "notify/notify.h"
#include "web/check.h"

enum { REMIND_HOUR = 9, BATCH = 500 };

#define REMIND_ROW(F) F(order_id, id) F(str, code) F(str, contact_email) F(str, lang)
DB_ROW(remind_row, REMIND_ROW)
DB_QUERY(orders_to_remind, remind_row,
    "SELECT o.id, o.code, o.contact_email, o.lang FROM performance p JOIN orders o ON o.performance_id = p.id"
    " WHERE p.state IN ('on_sale', 'sold_out', 'closed') AND p.starts_at >= ? AND p.starts_at < ?"
    " AND o.state IN ('paid', 'partly_cancelled') AND o.id > ? ORDER BY o.id LIMIT ?")

struct remind { struct arena *a; const struct remind_row *rows; size_t n; };

static struct err *remind_tx(struct db *db, void *ctx)
{
	struct remind *t = ctx;
	for (size_t i = 0; i < t->n; i++) {
		const struct remind_row *o = &t->rows[i];
		TRY(notify_mail(db, "event_tomorrow", o->contact_email, o->lang, o->code, arena_printf(t->a, "event_tomorrow:%s", o->code),
		    arena_printf(t->a, "{\"order\":\"%s\"}", o->code)));
	}
	return NULL;
}

/* At 9 o'clock, everyone whose performance is tomorrow; the mail's once_key makes a second run harmless. */
static struct err *remind(struct job_ctx *j)
{
	/* A day need not have 24 hours. */
	int64_t today = clock_day_start(clock_day(j->now)), tomorrow = clock_day_start(clock_day(today + 36 * US_HOUR)),
	    after = clock_day_start(clock_day(tomorrow + 36 * US_HOUR)), last = 0;
	if (j->now < today + REMIND_HOUR * US_HOUR)
		return NULL;
	size_t n;
	do {
		struct remind_row *rows;
		TRY(orders_to_remind_all(j->db, j->a, &rows, &n, DB_ARGS(db_time(tomorrow), db_time(after), last, BATCH)));
		struct remind t = { j->a, rows, n };
		if (n > 0) {
			TRY(db_tx(j->db, remind_tx, &t));
			last = rows[n - 1].id.v;
		}
	} while (n == BATCH);
	return NULL;
}

const struct job ticket_jobs[] = {
	{ .name = "event_tomorrow", .every_s = 900, .run = remind, .doc = N_("Mails everyone whose performance is tomorrow, at 9 o'clock.") },
	{ 0 }
};

/* ---- checks ------------------------------------------------------------------------------------------------------------- */
CHECK(lines_lacking_ticket, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(CONCAT('order ', o.code, ' line ', l.line)) AS what FROM orders o"
    " JOIN order_line l ON l.order_id = o.id LEFT JOIN ticket t ON t.order_id = l.order_id AND t.line = l.line"
    " WHERE o.state IN ('paid', 'partly_cancelled') AND l.cancelled_at IS NULL AND (t.id IS NULL OR t.state = 'void')")
CHECK(tickets_of_nothing, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(CONCAT('ticket ', t.id)) AS what FROM ticket t JOIN orders o ON o.id = t.order_id"
    " JOIN order_line l ON l.order_id = t.order_id AND l.line = t.line WHERE t.state <> 'void'"
    " AND (o.state NOT IN ('paid', 'partly_cancelled') OR l.cancelled_at IS NOT NULL)")
CHECK(tickets_used_oddly, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(CONCAT('ticket ', t.id)) AS what FROM ticket t WHERE (t.state = 'used') <> (t.used_at IS NOT NULL)"
    " OR (t.state = 'void') <> (t.void_at IS NOT NULL)")

const struct check ticket_checks[] = {
	{ "every paid line has its ticket", check_lines_lacking_ticket },
	{ "no valid ticket without a paid line", check_tickets_of_nothing },
	{ "ticket states agree with their times", check_tickets_used_oddly },
	{ 0 }
};
