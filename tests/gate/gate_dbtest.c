/* Scans against a database: one entry a ticket, whoever is quicker; taking back; what the checks find. */
#include "../support/testdb.h"

#include "base/clock.h"
#include "gate/gate.h"
#include "ticket/ticket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/arena.h"

enum { SCANNERS = 50 };

static struct db *db;
static const struct show_performance *performance;
static const struct gate_staff north = { "North gate", { 7 }, { 0 } }, south = { "South gate", { 8 }, { 0 } };
static int tickets;

/* Two performances, today and tomorrow, of one show. */
static int open_house(void **state)
{
	db = testdb();
	arena_setup(state);
	testdb_sql("INSERT INTO person (id, email, name, created_at) VALUES (1, 'o@example.com', 'O', UTC_TIMESTAMP()), (2, 'k@example.com', 'Kim', UTC_TIMESTAMP())");
	testdb_sql("INSERT INTO organizer (id, person_id, name, about, state, applied_at) VALUES (1, 1, 'O', '', 'approved', UTC_TIMESTAMP())");
	testdb_sql("INSERT INTO venue (id, organizer_id, name, region, created_at) VALUES (1, 1, 'V', 'seoul', UTC_TIMESTAMP())");
	testdb_sql("INSERT INTO hall (id, venue_id, name, created_at) VALUES (1, 1, 'H', UTC_TIMESTAMP())");
	testdb_sql("INSERT INTO shows (id, organizer_id, slug, title, genre, synopsis, synopsis_en, notice, notice_en, minutes, view_open_at,"
	    " booking_open_at, state, created_at, search_text) VALUES (1, 1, 's', 'S', 'concert', '', '', '', '', 100,"
	    " UTC_TIMESTAMP() - INTERVAL 2 DAY, UTC_TIMESTAMP() - INTERVAL 1 DAY, 'published', UTC_TIMESTAMP(), '')");
	testdb_sql("INSERT INTO price_grade (id, show_id, ord, code, price) VALUES (1, 1, 0, 'R', 50000)");
	testdb_sql("INSERT INTO performance (id, show_id, hall_id, starts_at, booking_closes_at, state, created_at) VALUES"
	    " (1, 1, 1, UTC_TIMESTAMP() + INTERVAL 1 HOUR, UTC_TIMESTAMP(), 'closed', UTC_TIMESTAMP()),"
	    " (2, 1, 1, UTC_TIMESTAMP() + INTERVAL 1 DAY, UTC_TIMESTAMP(), 'on_sale', UTC_TIMESTAMP())");
	struct show_performance *p;
	OK(show_performance_load(db, a, (struct performance_id){ 1 }, true, &p));
	performance = p;
	return 0;
}

/* A paid order of one ticket; returns the ticket's code. */
static const char *new_ticket(int p, const char *holder, const char *phone)
{
	struct ticket_row *rows;
	size_t n;
	int id = ++tickets;
	testdb_sql(arena_printf(a, "INSERT INTO orders (id, code, person_id, performance_id, idem_key, state, tickets, subtotal, total, contact_name,"
	    " contact_phone, created_at, paid_at) VALUES (%d, 'ORDER%05d', 2, %d, '%d', 'paid', 1, 50000, 50000, '%s', '%s', UTC_TIMESTAMP(), UTC_TIMESTAMP())",
	    id, id, p, id, holder, phone));
	testdb_sql(arena_printf(a, "INSERT INTO order_line (order_id, line, seat_idx, section_id, grade_id, label, price) VALUES (%d, 1, %d, 1, 1, 'A 1-%d', 50000)",
	    id, id, id));
	OK(ticket_issue(db, a, (struct order_id){ id }, (struct performance_id){ p }, holder, (const int64_t[]){ 1 }, 1, clock_now()));
	OK(ticket_list(db, a, (struct order_id){ id }, &rows, &n));
	assert_int_equal(n, 1);
	return rows[0].code;
}

static struct gate_outcome scan(const char *text, const struct gate_staff *by)
{
	struct gate_outcome g;
	OK(gate_scan(db, a, performance, by, text, clock_now(), &g));
	return g;
}

static void checks_are_clean(void)
{
	for (const struct check *c = gate_checks; c->name; c++) {
		int64_t breaches;
		const char *first;
		OK(c->run(db, a, &breaches, &first));
		if (breaches)
			fail_msg("%s: %s", c->name, first);
	}
}

static int64_t inside(void)
{
	struct gate_counts counts;
	OK(gate_count(db, a, performance->id, &counts));
	return counts.entered;
}

static void enters_once(void **state)
{
	(void)state;
	const char *code = new_ticket(1, "Kim", ""), *qr = ticket_qr_text(a, code, performance->id);
	int64_t before = inside();
	assert_int_equal(scan(qr, &north).result, GATE_ENTERED);
	struct gate_outcome again = scan(code, &south);
	assert_int_equal(again.result, GATE_ALREADY_USED);
	assert_string_equal(again.ticket->used_by, "North gate");
	assert_int_equal(inside(), before + 1);
	checks_are_clean();
}

static void is_refused_for_a_reason(void **state)
{
	(void)state;
	const char *gone = new_ticket(1, "Kim", "");
	OK(ticket_void(db, (struct order_id){ tickets }, (const int64_t[]){ 1 }, 1, clock_now()));
	const char *tomorrow = new_ticket(2, "Kim", ""), *early = new_ticket(1, "Kim", "");
	int64_t before = inside();
	assert_int_equal(scan(gone, &north).result, GATE_VOID);
	assert_int_equal(scan(ticket_qr_text(a, tomorrow, (struct performance_id){ 2 }), &north).result, GATE_WRONG_PERFORMANCE);
	/* A signature for this performance does not move a ticket here. */
	assert_int_equal(scan(ticket_qr_text(a, tomorrow, performance->id), &north).result, GATE_WRONG_PERFORMANCE);
	assert_int_equal(scan("0000000000000000", &north).result, GATE_UNKNOWN);
	assert_int_equal(scan("한글", &north).result, GATE_UNKNOWN);
	assert_int_equal(scan("F1.0000000000000000.1.AAAA", &north).result, GATE_FORGED);
	struct gate_outcome g;
	OK(gate_scan(db, a, performance, &north, early, performance->starts_at - 3 * US_HOUR, &g));
	assert_int_equal(g.result, GATE_TOO_EARLY);
	OK(gate_scan(db, a, performance, &north, early, performance->starts_at + 3 * US_HOUR, &g));
	assert_int_equal(g.result, GATE_TOO_LATE);
	struct show_performance off = *performance;
	off.state = "cancelled";
	OK(gate_scan(db, a, &off, &north, early, clock_now(), &g));
	assert_int_equal(g.result, GATE_CANCELLED);
	assert_int_equal(inside(), before);
	checks_are_clean();
}

/* A used ticket cannot be refunded. */
static void used_is_not_given_back(void **state)
{
	(void)state;
	const char *code = new_ticket(1, "Kim", "");
	assert_int_equal(scan(code, &north).result, GATE_ENTERED);
	struct err *e = ticket_void(db, (struct order_id){ tickets }, (const int64_t[]){ 1 }, 1, clock_now());
	assert_true(err_is(e, ERR_CONFLICT));
	err_free(e);
}

struct undo { const struct gate_staff *by; int64_t scan, now; struct gate_outcome out; };
static struct err *undo_tx(struct db *d, void *ctx)
{
	struct undo *u = ctx;
	return gate_undo(d, a, performance->id, u->by, u->scan, u->now, &u->out);
}

static bool undone(const struct gate_staff *by, int64_t id, int64_t now)
{
	struct undo u = { .by = by, .scan = id, .now = now };
	struct err *e = db_tx(db, undo_tx, &u);
	bool ok = !e;
	if (e && !err_is(e, ERR_GONE))
		testdb_failed(__FILE__, __LINE__, e);
	err_free(e);
	return ok;
}

static void is_taken_back(void **state)
{
	(void)state;
	const char *code = new_ticket(1, "Kim", "");
	struct gate_outcome first = scan(code, &north), refused = scan(code, &north);
	int64_t now = first.at + 30 * US_SECOND;
	assert_false(undone(&south, first.scan, now));
	assert_false(undone(&north, refused.scan, now));
	assert_false(undone(&north, first.scan, first.at + GATE_UNDO_US + 1));
	assert_true(undone(&north, first.scan, now));
	assert_false(undone(&north, first.scan, now));
	checks_are_clean();
	struct gate_outcome second = scan(code, &south);
	assert_int_equal(second.result, GATE_ENTERED);
	assert_false(undone(&north, first.scan, now)); /* that was another entry */
	checks_are_clean();
	struct gate_outcome seen;
	OK(gate_outcome_load(db, a, performance->id, &north, second.scan, 0, &seen));
	assert_int_equal(seen.scan, 0);
	OK(gate_outcome_load(db, a, performance->id, &south, second.scan, 0, &seen));
	assert_int_equal(seen.result, GATE_ENTERED);
}

static void fifty_scanners_one_entry(void **state)
{
	(void)state;
	const char *qr = ticket_qr_text(a, new_ticket(1, "Kim", ""), performance->id);
	int start[2], entered = 0, used = 0;
	pid_t pids[SCANNERS];
	int64_t before = inside();
	assert_int_equal(pipe(start), 0);
	for (int i = 0; i < SCANNERS; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		char c;
		struct gate_outcome g;
		struct gate_staff by = { arena_printf(a, "Gate %d", i), { i + 1 }, { 0 } };
		struct db *mine = testdb_another();
		close(start[1]);
		if (read(start[0], &c, 1) < 0)
			_exit(99);
		struct err *e = gate_scan(mine, a, performance, &by, qr, clock_now(), &g);
		_exit(e ? 99 : (int)g.result);
	}
	close(start[0]);
	usleep(300000);
	close(start[1]);
	for (int i = 0; i < SCANNERS; i++) {
		int status;
		waitpid(pids[i], &status, 0);
		assert_true(WIFEXITED(status));
		entered += WEXITSTATUS(status) == GATE_ENTERED;
		used += WEXITSTATUS(status) == GATE_ALREADY_USED;
	}
	assert_int_equal(entered, 1);
	assert_int_equal(used, SCANNERS - 1);
	db_unit_begin(db, NULL);
	assert_int_equal(inside(), before + 1);
	checks_are_clean();
}

static size_t found(const char *text)
{
	struct gate_found *rows;
	size_t n;
	OK(gate_find(db, a, performance->id, text, &rows, &n));
	return n;
}

static void people_are_found(void **state)
{
	(void)state;
	new_ticket(1, "한지민", "010-1234-8765");
	const char *order = arena_printf(a, "order-%05d", tickets);
	new_ticket(2, "한지민", "010-1234-8765");
	assert_int_equal(found("한지민"), 1);
	assert_int_equal(found("지민"), 1);
	assert_int_equal(found("8765"), 1);
	assert_int_equal(found("01012348765"), 1);
	assert_int_equal(found("010 1234-8765"), 1);
	assert_int_equal(found(order), 1);
	assert_int_equal(found("%"), 0);
	assert_int_equal(found("한%민"), 0);
	assert_int_equal(found("8766"), 0);
}

static void todays_list(void **state)
{
	(void)state;
	struct gate_today *rows;
	size_t n;
	int64_t now = clock_now();
	OK(gate_list(db, a, (struct organizer_id){ 1 }, (struct show_id){ 0 }, now - US_HOUR, now + 2 * US_DAY, &rows, &n));
	assert_int_equal(n, 2);
	OK(gate_list(db, a, (struct organizer_id){ 1 }, (struct show_id){ 2 }, now - US_HOUR, now + 2 * US_DAY, &rows, &n));
	assert_int_equal(n, 0);
	OK(gate_list(db, a, (struct organizer_id){ 2 }, (struct show_id){ 0 }, now - US_HOUR, now + 2 * US_DAY, &rows, &n));
	assert_int_equal(n, 0);
}

static int64_t breaches(size_t which)
{
	int64_t n;
	const char *first;
	OK(gate_checks[which].run(db, a, &n, &first));
	return n;
}

/* The checks see what must not be: last, as they are given what to see. */
static void checks_bite(void **state)
{
	(void)state;
	const char *code = new_ticket(1, "Kim", "");
	testdb_sql(arena_printf(a, "UPDATE ticket SET state = 'used', used_at = UTC_TIMESTAMP() WHERE code = '%s'", code));
	assert_int_equal(breaches(0), 1);
	testdb_sql(arena_printf(a, "INSERT INTO gate_scan (performance_id, ticket_id, at, by_whom, result) SELECT 1, id, used_at, '', 'entered' FROM ticket WHERE code = '%s'", code));
	assert_int_equal(breaches(0), 0);
	testdb_sql(arena_printf(a, "INSERT INTO gate_scan (performance_id, ticket_id, at, by_whom, result) SELECT 2, id, used_at, '', 'entered' FROM ticket WHERE code = '%s'", code));
	assert_int_equal(breaches(0), 1);
	assert_int_equal(breaches(1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(enters_once), cmocka_unit_test(is_refused_for_a_reason),
		cmocka_unit_test(used_is_not_given_back), cmocka_unit_test(is_taken_back), cmocka_unit_test(fifty_scanners_one_entry),
		cmocka_unit_test(people_are_found), cmocka_unit_test(todays_list), cmocka_unit_test(checks_bite) };
	return cmocka_run_group_tests_name("gate database", tests, open_house, arena_teardown);
}
