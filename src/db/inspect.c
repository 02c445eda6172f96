/* Looking at the program's own statements: the list that the linker made, and what the server would do with each. */
#include "db/db_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TINY 200 /* an index read from end to end counts as a scan from so many rows on: a LIMIT reads less */
#define PLAN_TEXT 256
#define PLAN_COLUMNS 16
#define PLAN_LINES 64
#define GUESSES 2

/* The linker's bounds of the section foyer_stmts; weak, because a program may have no statement. */
extern const struct db_stmt *const __start_foyer_stmts[] __attribute__((weak));
extern const struct db_stmt *const __stop_foyer_stmts[] __attribute__((weak));

const struct db_stmt *const *db_statements(size_t *ret_n)
{
	*ret_n = ((uintptr_t)__stop_foyer_stmts - (uintptr_t)__start_foyer_stmts) / sizeof __start_foyer_stmts[0];
	return __start_foyer_stmts;
}

struct plan { size_t n; struct { const char *table; bool scanned; } line[PLAN_LINES]; };
struct plan_cells { char text[PLAN_COLUMNS][PLAN_TEXT]; unsigned long length[PLAN_COLUMNS]; db_bool is_null[PLAN_COLUMNS]; };

static const char *plan_value(struct plan_cells *cells, const MYSQL_FIELD *fields, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcasecmp(fields[i].name, name) == 0 && !cells->is_null[i]) {
			cells->text[i][cells->length[i] < PLAN_TEXT ? cells->length[i] : PLAN_TEXT - 1] = '\0';
			return cells->text[i];
		}
	return "";
}

/* A line of the plan that reads a whole table or index where no key could serve. */
static bool is_scan(struct plan_cells *cells, const MYSQL_FIELD *fields, unsigned n)
{
	int64_t rows = 0;
	const char *type = plan_value(cells, fields, n, "type"), *table = plan_value(cells, fields, n, "table");
	str_to_i64(plan_value(cells, fields, n, "rows"), &rows);
	if (plan_value(cells, fields, n, "possible_keys")[0] || table[0] == '<' || table[0] == '\0' ||
	    str_eq(plan_value(cells, fields, n, "select_type"), "INSERT"))
		return false;
	return str_eq(type, "ALL") || (str_eq(type, "index") && rows >= TINY);
}

static struct err *explain_error(struct db *db, const struct db_stmt *s, MYSQL_STMT *st)
{
	return db_conn_error(db, &db->primary, mysql_stmt_errno(st), mysql_stmt_error(st), s->name, false);
}

static struct err *read_plan(struct db *db, const struct db_stmt *s, MYSQL_STMT *st, struct arena *a, struct plan *plan)
{
	struct plan_cells *cells = arena_one(a, struct plan_cells);
	MYSQL_BIND binds[PLAN_COLUMNS] = { 0 };
	MYSQL_RES *meta = mysql_stmt_result_metadata(st);
	unsigned n = mysql_num_fields(meta);
	const MYSQL_FIELD *fields = mysql_fetch_fields(meta);
	for (unsigned i = 0; i < n && i < PLAN_COLUMNS; i++)
		binds[i] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .buffer = cells->text[i], .buffer_length = PLAN_TEXT,
			.length = &cells->length[i], .is_null = &cells->is_null[i] };
	struct err *e = NULL;
	if (n > PLAN_COLUMNS || mysql_stmt_bind_result(st, binds) || mysql_stmt_store_result(st))
		e = explain_error(db, s, st);
	while (!e && plan->n < PLAN_LINES) {
		int got = mysql_stmt_fetch(st);
		if (got == MYSQL_NO_DATA)
			break;
		if (got == 1)
			e = explain_error(db, s, st);
		if (e || !plan_value(cells, fields, n, "table")[0])
			continue;
		plan->line[plan->n].table = arena_strdup(a, plan_value(cells, fields, n, "table"));
		plan->line[plan->n++].scanned = is_scan(cells, fields, n);
	}
	mysql_free_result(meta);
	return e;
}

/* The plan with every argument bound to the same text. */
static struct err *explain(struct db *db, const struct db_stmt *s, struct arena *a, const char *value, struct plan *plan)
{
	struct buf text;
	buf_init(&text, a);
	buf_str(&text, "EXPLAIN ");
	db_expand(&text, s->sql, 1);
	MYSQL_STMT *st = mysql_stmt_init(db->primary.my);
	if (!st)
		abort();
	struct err *e = NULL;
	if (mysql_stmt_prepare(st, text.p, (unsigned long)text.n)) {
		e = explain_error(db, s, st);
	} else {
		size_t n = mysql_stmt_param_count(st);
		MYSQL_BIND *binds = arena_array(a, MYSQL_BIND, n + 1);
		unsigned long length = (unsigned long)strlen(value);
		for (size_t i = 0; i < n; i++)
			binds[i] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .buffer = (void *)(uintptr_t)value,
				.buffer_length = length, .length = &length };
		if ((n && mysql_stmt_bind_param(st, binds)) || mysql_stmt_execute(st))
			e = explain_error(db, s, st);
		else
			e = read_plan(db, s, st, a, plan);
	}
	mysql_stmt_close(st);
	return e;
}

static bool can_explain(const char *sql)
{
	sql += strspn(sql, " \t\r\n(");
	return strncasecmp(sql, "SELECT", 6) == 0 || strncasecmp(sql, "UPDATE", 6) == 0 ||
	    strncasecmp(sql, "DELETE", 6) == 0 || strncasecmp(sql, "INSERT", 6) == 0 || strncasecmp(sql, "WITH", 4) == 0;
}

static bool is_read_by_key(const struct plan *plan, const char *table)
{
	for (size_t i = 0; i < plan->n; i++)
		if (!plan->line[i].scanned && str_eq(plan->line[i].table, table))
			return true;
	return false;
}

static struct err *explain_all(struct db *db, const struct db_stmt *s, struct arena *a, const char *const *guesses, struct plan *plans)
{
	for (size_t g = 0; g < GUESSES && can_explain(s->sql); g++)
		TRY(explain(db, s, a, guesses[g], &plans[g]));
	return NULL;
}

/* An argument's type is not known beforehand, and a value of the wrong type hides a key, or an impossible one the whole
 * plan.  So each statement is explained with two guesses (a number in a text fits numbers and texts, the other one
 * moments), and a table counts as scanned when it is with one and not read by a key with the other.  The strict mode, in
 * which a change refuses a guess of the wrong type, rests meanwhile. */
struct err *db_stmt_check(struct db *db, const struct db_stmt *s, struct arena *a, const char **ret_scan)
{
	static const char *const guesses[GUESSES] = { "1", "2026-01-01 00:00:00" };
	struct plan plans[GUESSES] = { 0 };
	TRY(db_conn_ready(db, &db->primary));
	TRY(db_prepare_only(db, s));
	if (mysql_query(db->primary.my, "SET @strict = @@sql_mode, sql_mode = ''"))
		return db_conn_error(db, &db->primary, mysql_errno(db->primary.my), mysql_error(db->primary.my), s->name, false);
	struct err *e = explain_all(db, s, a, guesses, plans);
	mysql_query(db->primary.my, "SET sql_mode = @strict");
	if (e)
		return e;
	const char *scan = NULL;
	for (size_t g = 0; g < GUESSES; g++)
		for (size_t i = 0; i < plans[g].n && !scan; i++)
			if (plans[g].line[i].scanned && !is_read_by_key(&plans[GUESSES - 1 - g], plans[g].line[i].table))
				scan = plans[g].line[i].table;
	*ret_scan = scan;
	return NULL;
}
