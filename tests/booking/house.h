/* A performance on sale for the database tests of booking: one show with a limit of 4, a section of `seats` seats, and a
 * standing section of `standing` places. */
#ifndef FOYER_TESTS_BOOKING_HOUSE_H
#define FOYER_TESTS_BOOKING_HOUSE_H

#include "../support/testdb.h"
#include "base/clock.h"
#include "booking/booking.h"
#include "booking/booking_jobs.h"
#include "booking/rules.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int64_t house_now;
static const struct show_performance *house_show;
static struct section_id house_floor; /* the standing section */
static int house_count;

#define HOUSE_SQL(...)                                                                                                 \
	do {                                                                                                           \
		char house_sql_[4096];                                                                                 \
		snprintf(house_sql_, sizeof house_sql_, __VA_ARGS__);                                                  \
		testdb_sql(house_sql_);                                                                                \
	} while (0)

DB_QUERY(house_last_floor, db_count, "SELECT COALESCE(MAX(id), 0) AS n FROM section WHERE kind = 'standing'")

/* Makes a new hall and performance; earlier ones stay. */
static inline void house_open(struct arena *a, int seats, int standing)
{
	struct db *db = testdb();
	struct db_count *row = NULL;
	int k = ++house_count;
	house_now = clock_now();
	HOUSE_SQL("INSERT IGNORE INTO person (id, email, name, created_at) VALUES (1, 'o@example.com', 'O', UTC_TIMESTAMP())");
	HOUSE_SQL("INSERT IGNORE INTO organizer (id, person_id, name, about, state, applied_at) VALUES (1, 1, 'O', '', 'approved', UTC_TIMESTAMP())");
	HOUSE_SQL("INSERT INTO venue (id, organizer_id, name, region, created_at) VALUES (%d, 1, 'V', 'seoul', UTC_TIMESTAMP())", k);
	HOUSE_SQL("INSERT INTO hall (id, venue_id, name, seats, standing, created_at) VALUES (%d, %d, 'H', %d, %d, UTC_TIMESTAMP())", k, k, seats, standing);
	HOUSE_SQL("INSERT INTO section (id, hall_id, ord, name, kind, capacity) VALUES (%d, %d, 0, 'A', 'seated', %d)", k * 10, k, seats);
	HOUSE_SQL("INSERT INTO seat (hall_id, idx, section_id, row_label, label, x, y) WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL"
	    " SELECT i + 1 FROM n WHERE i + 1 < %d) SELECT %d, i, %d, i DIV 10 + 1, i MOD 10 + 1, i MOD 10 * 20, i DIV 10 * 20 FROM n", seats, k, k * 10);
	HOUSE_SQL("INSERT INTO shows (id, organizer_id, slug, title, genre, synopsis, synopsis_en, notice, notice_en, ticket_limit,"
	    " fee_per_ticket, view_open_at, booking_open_at, state, created_at, search_text) VALUES (%d, 1, 's%d', 'S', 'concert', '', '', '', '', 4,"
	    " 1000, UTC_TIMESTAMP() - INTERVAL 2 DAY, UTC_TIMESTAMP() - INTERVAL 1 DAY, 'published', UTC_TIMESTAMP(), '')", k, k);
	HOUSE_SQL("INSERT INTO price_grade (id, show_id, ord, code, price) VALUES (%d, %d, 0, 'R', 50000), (%d, %d, 1, 'ST', 30000)", k * 10, k, k * 10 + 1, k);
	HOUSE_SQL("INSERT INTO section_grade (show_id, section_id, grade_id) VALUES (%d, %d, %d)", k, k * 10, k * 10);
	if (standing) {
		HOUSE_SQL("INSERT INTO section (id, hall_id, ord, name, kind, capacity) VALUES (%d, %d, 1, 'Floor', 'standing', %d)", k * 10 + 1, k, standing);
		HOUSE_SQL("INSERT INTO section_grade (show_id, section_id, grade_id) VALUES (%d, %d, %d)", k, k * 10 + 1, k * 10 + 1);
	}
	HOUSE_SQL("INSERT INTO performance (id, show_id, hall_id, starts_at, booking_closes_at, state, created_at) VALUES (%d, %d, %d,"
	    " UTC_TIMESTAMP() + INTERVAL 20 DAY, UTC_TIMESTAMP() + INTERVAL 19 DAY, 'on_sale', UTC_TIMESTAMP())", k, k, k);
	OK(show_performance_stock(db, (struct performance_id){ k }));
	struct show_performance *p;
	OK(show_performance_load(db, a, (struct performance_id){ k }, true, &p));
	house_show = p;
	OK(house_last_floor_one(db, a, &row, DB_NO_ARGS));
	house_floor = (struct section_id){ row->n };
}

static inline struct person_id house_person(int n)
{
	HOUSE_SQL("INSERT IGNORE INTO person (id, email, name, created_at) VALUES (%d, 'p%d@example.com', 'P', UTC_TIMESTAMP())", 100 + n, n);
	return (struct person_id){ 100 + n };
}

static inline struct err *house_hold(struct db *db, struct arena *a, struct person_id who, const int64_t *seats, size_t n, int standing,
    const char *key, int64_t now, struct booking_hold *ret)
{
	*ret = (struct booking_hold){ 0 };
	struct booking_want want = { seats, n, house_floor, standing };
	return booking_hold(db, a, house_show, who, false, &want, key, "en", now, ret);
}

/* All invariants of booking hold. */
static inline void house_check(struct db *db, struct arena *a)
{
	for (const struct check *c = booking_checks; c->name; c++) {
		int64_t breaches = 0;
		const char *first = NULL;
		OK(c->run(db, a, &breaches, &first));
		if (breaches)
			fail_msg("%s: %s", c->name, first);
	}
}

#endif
