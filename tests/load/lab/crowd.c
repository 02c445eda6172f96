#include "crowd.h"

#include "base/clock.h"
#include "web/web_priv.h"

#include <stdio.h>

enum { ROWS = 500 };

#define MEMBER_ROW(F) F(i64, id)
DB_ROW(crowd_row, MEMBER_ROW)
DB_QUERY(crowd_members, crowd_row,
    "SELECT id FROM person WHERE email LIKE ? ORDER BY id LIMIT ?")
DB_EXEC(crowd_insert,
    "INSERT IGNORE INTO person (email, email_verified_at, password_hash, name, created_at) VALUES {(?, ?, ?, ?, ?)}")
DB_QUERY(crowd_seats, crowd_row,
    "SELECT s.idx AS id FROM performance p JOIN seat s ON s.hall_id = p.hall_id"
    " JOIN section_grade g ON g.show_id = p.show_id AND g.section_id = s.section_id"
    " LEFT JOIN claim c ON c.performance_id = p.id AND c.seat_idx = s.idx"
    " WHERE p.id = ? AND c.seat_idx IS NULL ORDER BY s.idx LIMIT ?")

static struct err *insert_people(struct db *db, const char *kind, size_t n)
{
	struct arena *a = arena_new(64 << 20);
	struct err *e = NULL;
	int64_t now = clock_now();
	for (size_t at = 0; !e && at < n; at += ROWS) {
		struct db_arg args[ROWS * 5];
		size_t rows = n - at < ROWS ? n - at : ROWS, k = 0;
		for (size_t i = 0; i < rows; i++) {
			args[k++] = DB_ARG(arena_printf(a, "%s-%zu@lab.example", kind, at + i));
			args[k++] = db_time(now);
			args[k++] = db_str(*kind == 'g' ? NULL : "-");
			args[k++] = DB_ARG(arena_printf(a, "Lab %zu", at + i));
			args[k++] = db_time(now);
		}
		e = crowd_insert_many(db, NULL, rows, args, k);
	}
	arena_free(a);
	return e;
}

static struct err *find_or_make(struct db *db, struct arena *a, const char *kind, size_t n, struct crowd_member **ret)
{
	struct crowd_row *rows;
	size_t found;
	const char *like = arena_printf(a, "%s-%%@lab.example", kind);
	TRY(crowd_members_all(db, a, &rows, &found, DB_ARGS(like, (int64_t)n)));
	if (found < n) {
		TRY(insert_people(db, kind, n));
		TRY(crowd_members_all(db, a, &rows, &found, DB_ARGS(like, (int64_t)n)));
	}
	struct crowd_member *m = arena_array(a, struct crowd_member, n);
	for (size_t i = 0; i < found; i++)
		m[i].person = rows[i].id;
	*ret = m;
	return found == n ? NULL : err_new(ERR_INTERNAL, "%zu of %zu people", found, n);
}

static struct err *give_sessions(struct arena *a, bool members, size_t n, struct crowd_member *m)
{
	for (size_t i = 0; i < n; i++) {
		struct session s = { .person = m[i].person, .member = members, .started_at = clock_now(), .ip = "127.0.0.1",
			.user_agent = "foyer-lab" };
		TRY(session_store(a, &s, &m[i].session));
	}
	return NULL;
}

struct err *crowd_people(struct db *db, struct arena *a, size_t n, struct crowd_member **ret)
{
	return find_or_make(db, a, "lab", n, ret);
}

struct err *crowd_make(struct db *db, struct arena *a, size_t n, struct crowd_member **ret)
{
	TRY(find_or_make(db, a, "lab", n, ret));
	return give_sessions(a, true, n, *ret);
}

struct err *crowd_make_guests(struct db *db, struct arena *a, size_t n, struct crowd_member **ret)
{
	TRY(find_or_make(db, a, "guest", n, ret));
	return give_sessions(a, false, n, *ret);
}

struct err *crowd_free_seats(struct db *db, struct arena *a, int64_t performance, size_t n, int64_t **ret, size_t *ret_n)
{
	struct crowd_row *rows;
	TRY(crowd_seats_all(db, a, &rows, ret_n, DB_ARGS(performance, (int64_t)n)));
	int64_t *seats = arena_array(a, int64_t, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++)
		seats[i] = rows[i].id;
	*ret = seats;
	return NULL;
}
