/* Invariants for `foyer check`: each is a query that counts its breaches and names one of them. */
#ifndef FOYER_WEB_CHECK_H
#define FOYER_WEB_CHECK_H

#include "db/db.h"
#include "web/route.h"

#define CHECK_BREACH_ROW(F) F(i64, n) F(str, what)
DB_ROW(check_breach, CHECK_BREACH_ROW)

/* CHECK(overdue, DB_NO_ARGS, "SELECT COUNT(*) AS n, MIN(code) AS what FROM …") makes the function check_overdue for the
 * domain's table of checks.  The query may read whole tables. */
#define CHECK(name, args, sql)                                                                                         \
	DB_QUERY_F(name, check_breach, DB_SCAN_OK, sql)                                                                \
	static struct err *check_##name(struct db *db, struct arena *a, int64_t *ret_breaches, const char **ret_first) \
	{                                                                                                              \
		struct check_breach *row;                                                                              \
		TRY(name##_one(db, a, &row, args));                                                                    \
		*ret_breaches = row ? row->n : 0;                                                                      \
		*ret_first = row ? row->what : NULL;                                                                   \
		return NULL;                                                                                           \
	}

#endif
