/* Scans and what the gate looks up. */
#include "gate/gate.h"

#include "base/buf.h"
#include "base/clock.h"
#include "ticket/ticket.h"
#include "web/check.h"

#include <string.h>

enum { FOUND_MOST = 20, TODAY_MOST = 60 };

/* ---- scanning ------------------------------------------------------------------------------------------------------------ */
#define TICKET_SQL                                                                                                     \
	"SELECT t.id, t.code, t.performance_id, s.organizer_id, t.holder, t.state, t.used_at, t.used_by, t.void_at, l.label," \
	" g.ord AS grade_ord, g.code AS grade, p.starts_at, s.title, s.title_en FROM ticket t"                          \
	" JOIN order_line l ON l.order_id = t.order_id AND l.line = t.line JOIN price_grade g ON g.id = l.grade_id"      \
	" JOIN performance p ON p.id = t.performance_id JOIN shows s ON s.id = p.show_id"
DB_QUERY(ticket_by_code, gate_ticket, TICKET_SQL " WHERE t.code = ?")
DB_QUERY(ticket_by_id, gate_ticket, TICKET_SQL " WHERE t.id = ?")
DB_EXEC(scan_insert,
    "INSERT INTO gate_scan (performance_id, ticket_id, at, by_whom, staff_id, person_id, result) VALUES (?, ?, ?, ?, ?, ?, ?)")

static struct err *scan_keep(struct db *db, struct performance_id p, const struct gate_staff *by, int64_t now, struct gate_outcome *o)
{
	TRY(scan_insert_run(db, NULL, DB_ARGS(p.v, db_i64_or_null(o->ticket ? o->ticket->id.v : 0), db_time(now), by->name,
	    db_i64_or_null(by->staff.v), db_i64_or_null(by->person.v), gate_result_name(o->result))));
	o->scan = db_last_id(db);
	o->at = now;
	return NULL;
}

struct scan {
	struct arena *a;
	const struct show_performance *p;
	const struct gate_staff *by;
	const char *text;
	int64_t now;
	struct gate_outcome out;
};

/* The ticket's own statement decides; whoever comes second looks again and sees who was first. */
static struct err *enter(struct db *db, struct scan *s, const char *code)
{
	for (int i = 0; i < 2; i++) {
		bool done = false;
		TRY(ticket_by_code_one(db, s->a, &s->out.ticket, DB_ARGS(code)));
		s->out.result = gate_judge(s->p, s->out.ticket, s->now);
		if (s->out.result != GATE_ENTERED)
			return NULL;
		TRY(ticket_use(db, s->out.ticket->id, s->p->id, s->by->name, s->now, &done));
		if (done) {
			s->out.ticket->state = "used";
			s->out.ticket->used_at = s->now;
			s->out.ticket->used_by = s->by->name;
			return NULL;
		}
	}
	return err_new(ERR_RETRY, "ticket %s changes to and fro", code);
}

static struct err *scan_tx(struct db *db, void *ctx)
{
	struct scan *s = ctx;
	const char *code;
	s->out = (struct gate_outcome){ .result = gate_read(s->a, s->text, &code) };
	if (s->out.result == GATE_ENTERED)
		TRY(enter(db, s, code));
	return scan_keep(db, s->p->id, s->by, s->now, &s->out);
}

struct err *gate_scan(struct db *db, struct arena *a, const struct show_performance *p, const struct gate_staff *by,
    const char *text, int64_t now, struct gate_outcome *ret)
{
	struct scan s = { .a = a, .p = p, .by = by, .text = text, .now = now };
	TRY(db_tx(db, scan_tx, &s));
	*ret = s.out;
	return NULL;
}

/* ---- afterwards ------------------------------------------------------------------------------------------------------------ */
#define SCAN_ROW(F) F(i64, id) F(ticket_id, ticket_id) F(time, at) F(str, result)
DB_ROW(scan_row, SCAN_ROW)
DB_QUERY(scan_of_staff, scan_row,
    "SELECT id, ticket_id, at, result FROM gate_scan WHERE id = ? AND performance_id = ? AND staff_id <=> ? AND person_id <=> ?"
    " AND at >= ?")

struct err *gate_outcome_load(struct db *db, struct arena *a, struct performance_id p, const struct gate_staff *by, int64_t scan,
    int64_t since, struct gate_outcome *ret)
{
	struct scan_row *row;
	*ret = (struct gate_outcome){ 0 };
	TRY(scan_of_staff_one(db, a, &row,
	    DB_ARGS(scan, p.v, db_i64_or_null(by->staff.v), db_i64_or_null(by->person.v), db_time(since))));
	if (!row)
		return NULL;
	if (row->ticket_id.v)
		TRY(ticket_by_id_one(db, a, &ret->ticket, DB_ARGS(row->ticket_id.v)));
	while (!str_eq(gate_result_name(ret->result), row->result))
		ret->result++;
	ret->scan = row->id;
	ret->at = row->at;
	return NULL;
}

struct err *gate_undo(struct db *db, struct arena *a, struct performance_id p, const struct gate_staff *by, int64_t scan,
    int64_t now, struct gate_outcome *ret)
{
	struct gate_outcome o;
	bool done = false;
	TRY(gate_outcome_load(db, a, p, by, scan, now - GATE_UNDO_US, &o));
	if (o.scan && o.ticket && o.result == GATE_ENTERED)
		TRY(ticket_unuse(db, o.ticket->id, o.at, &done));
	if (!done)
		return err_user(err_new(ERR_GONE, "scan %lld cannot be taken back", (long long)scan),
		    N_("This entry cannot be taken back any more: that is possible for one minute, for the one who scanned."));
	o.result = GATE_UNDONE;
	o.ticket->state = "issued";
	TRY(scan_keep(db, p, by, now, &o));
	*ret = o;
	return NULL;
}

/* ---- called off ----------------------------------------------------------------------------------------------------------- */
#define INSIDE_ROW(F) F(ticket_id, id) F(time, used_at)
DB_ROW(inside_row, INSIDE_ROW)
DB_QUERY(tickets_inside, inside_row, "SELECT id, used_at FROM ticket WHERE performance_id = ? AND state = 'used' ORDER BY used_at LIMIT ?")

struct let_out { struct performance_id p; const struct inside_row *ticket; int64_t now; };

static struct err *let_out_tx(struct db *db, void *ctx)
{
	const struct let_out *l = ctx;
	bool done = false;
	TRY(ticket_unuse(db, l->ticket->id, l->ticket->used_at, &done));
	return done ? scan_insert_run(db, NULL, DB_ARGS(l->p.v, l->ticket->id.v, db_time(l->now), "called off", db_i64_or_null(0),
	    db_i64_or_null(0), gate_result_name(GATE_UNDONE))) : NULL;
}

struct err *gate_let_out(struct db *db, struct arena *a, struct performance_id p, int64_t now, int max)
{
	struct inside_row *inside;
	size_t n;
	TRY(tickets_inside_all(db, a, &inside, &n, DB_ARGS(p.v, max)));
	for (size_t i = 0; i < n; i++)
		TRY(db_tx(db, let_out_tx, &(struct let_out){ p, &inside[i], now }));
	return NULL;
}

/* ---- looking up ------------------------------------------------------------------------------------------------------------ */
#define COUNT_ROW(F) F(i64, entered) F(i64, sold)
DB_ROW(gate_count_row, COUNT_ROW)
DB_QUERY(tickets_counted, gate_count_row,
    "SELECT COALESCE(SUM(state = 'used'), 0) AS entered, COUNT(*) AS sold FROM ticket"
    " WHERE performance_id = ? AND state IN ('issued', 'used')")
DB_QUERY(tickets_found, gate_found,
    "SELECT t.code, t.holder, t.state, t.used_at, l.label, g.ord AS grade_ord, g.code AS grade, o.code AS order_code FROM ticket t"
    " JOIN orders o ON o.id = t.order_id JOIN order_line l ON l.order_id = t.order_id AND l.line = t.line"
    " JOIN price_grade g ON g.id = l.grade_id WHERE t.performance_id = ? AND (t.holder LIKE ? OR o.contact_name LIKE ?"
    " OR o.code = ? OR o.contact_phone LIKE ?) ORDER BY t.holder, t.order_id, t.line LIMIT ?")
DB_QUERY_F(performances_of_today, gate_today, DB_STALE_OK,
    "SELECT p.id, p.starts_at, p.state, s.minutes, s.title, s.title_en, v.name AS venue, v.name_en AS venue_en, h.name AS hall,"
    " h.name_en AS hall_en FROM shows s JOIN performance p ON p.show_id = s.id JOIN hall h ON h.id = p.hall_id"
    " JOIN venue v ON v.id = h.venue_id WHERE s.organizer_id = ? AND (s.id = ? OR ? = 0) AND p.starts_at >= ? AND p.starts_at < ?"
    " ORDER BY p.starts_at, p.id LIMIT ?")

struct err *gate_count(struct db *db, struct arena *a, struct performance_id p, struct gate_counts *ret)
{
	struct gate_count_row *row;
	TRY(tickets_counted_one(db, a, &row, DB_ARGS(p.v)));
	*ret = row ? (struct gate_counts){ row->entered, row->sold } : (struct gate_counts){ 0 };
	return NULL;
}

/* A part of a name, an order code with or without its hyphens, a phone number however it is written: its last four digits
 * count. */
struct err *gate_find(struct db *db, struct arena *a, struct performance_id p, const char *text, struct gate_found **ret, size_t *ret_n)
{
	const char *name = db_like(a, text);
	struct buf order;
	char phone[] = "%0000";
	size_t digits = 0;
	bool plain = true; /* order codes are ASCII: other text cannot be compared with them */
	buf_init(&order, a);
	for (const char *c = text; *c; c++) {
		if (*c >= '0' && *c <= '9') {
			memmove(phone + 1, phone + 2, 3);
			phone[4] = *c;
			digits++;
		}
		plain &= *c > 0;
		if (!strchr(" -", *c))
			buf_chr(&order, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
	}
	return tickets_found_all(db, a, ret, ret_n,
	    DB_ARGS(p.v, name, name, plain ? buf_cstr(&order) : NULL, digits >= 4 ? phone : NULL, FOUND_MOST));
}

struct err *gate_list(struct db *db, struct arena *a, struct organizer_id organizer, struct show_id show, int64_t from,
    int64_t until, struct gate_today **ret, size_t *ret_n)
{
	return performances_of_today_all(db, a, ret, ret_n,
	    DB_ARGS(organizer.v, show.v, show.v, db_time(from), db_time(until), TODAY_MOST));
}

/* ---- checks ---------------------------------------------------------------------------------------------------------------- */
CHECK(entries_odd, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(CONCAT('ticket ', t.id)) AS what FROM ticket t LEFT JOIN"
    " (SELECT ticket_id, SUM(result = 'entered') - SUM(result = 'undone') AS inside FROM gate_scan"
    " WHERE result IN ('entered', 'undone') GROUP BY ticket_id) s ON s.ticket_id = t.id"
    " WHERE (t.state = 'used') <> COALESCE(s.inside, 0)")
CHECK(entries_elsewhere, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(CONCAT('scan ', s.id)) AS what FROM gate_scan s LEFT JOIN ticket t ON t.id = s.ticket_id"
    " WHERE s.result IN ('entered', 'undone') AND (t.id IS NULL OR t.performance_id <> s.performance_id)")

const struct check gate_checks[] = {
	{ "every used ticket entered once", check_entries_odd },
	{ "nobody entered with another performance's ticket", check_entries_elsewhere },
	{ 0 }
};
