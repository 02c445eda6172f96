/* Statements: prepared once per connection, arguments bound, rows fetched into the caller's structs. */
#include "db/db_internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each prepared statement costs the server some 20 KB, and all connections share its max_prepared_stmt_count. */
#define KEPT_STATEMENTS 200
#define KEPT_PARAMS 16384
#define SLOTS 512 /* a power of two, well above KEPT_STATEMENTS */
#define TEXT_CELL 256 /* longer texts are fetched a second time, straight into the arena */
#define SLOW_US (500 * INT64_C(1000))

/* ---- the cache of a connection ------------------------------------------------------------------------------------ */
static size_t slot_of(const struct db_conn *c, const struct db_stmt *s, size_t repeat)
{
	size_t h = ((uintptr_t)s >> 4) * 0x9E3779B97F4A7C15u ^ repeat * 0xC2B2AE3D27D4EB4Fu;
	size_t i = (h >> 20) & (c->n_slots - 1);
	while (c->slots[i] && (c->slots[i]->s != s || c->slots[i]->repeat != repeat))
		i = (i + 1) & (c->n_slots - 1);
	return i;
}

static void prepared_free(struct db_prepared *p)
{
	if (p->st)
		mysql_stmt_close(p->st);
	free(p->cells);
	free(p->text);
	free(p);
}

void db_forget_prepared(struct db_conn *c)
{
	for (size_t i = 0; i < c->n_slots; i++)
		if (c->slots[i]) {
			prepared_free(c->slots[i]);
			c->slots[i] = NULL;
		}
	c->n_prepared = c->n_params = 0;
}

static void evict_oldest(struct db_conn *c)
{
	size_t oldest = 0;
	struct db_prepared *p = NULL;
	for (size_t i = 0; i < c->n_slots; i++)
		if (c->slots[i] && (!p || c->slots[i]->used_at < p->used_at)) {
			p = c->slots[i];
			oldest = i;
		}
	assert(p);
	c->slots[oldest] = NULL;
	c->n_prepared--;
	c->n_params -= p->n_params;
	prepared_free(p);
	/* what stood behind the gap may have been pushed there by its row of collisions: put it in anew */
	for (size_t i = (oldest + 1) & (c->n_slots - 1); c->slots[i]; i = (i + 1) & (c->n_slots - 1)) {
		struct db_prepared *moved = c->slots[i];
		c->slots[i] = NULL;
		c->slots[slot_of(c, moved->s, moved->repeat)] = moved;
	}
}

static void keep(struct db_conn *c, struct db_prepared *p)
{
	while (c->n_prepared && (c->n_prepared >= KEPT_STATEMENTS || c->n_params + p->n_params > KEPT_PARAMS))
		evict_oldest(c);
	c->slots[slot_of(c, p->s, p->repeat)] = p;
	c->n_prepared++;
	c->n_params += p->n_params;
}

/* ---- preparing ---------------------------------------------------------------------------------------------------- */
static struct err *column_error(const struct db_stmt *s, const struct db_rowtype *t, const char *what)
{
	return err_new(ERR_INTERNAL, "%s (%s:%d): its columns are not the fields of %s: %s", s->name, s->file, s->line,
	    t->name, what);
}

/* The row struct and the statement must tell the same columns in the same order; and a kind of field takes only what it
 * can hold without loss. */
static struct err *compare_columns(const struct db_stmt *s, const MYSQL_FIELD *fields, size_t n)
{
	const struct db_rowtype *t = s->row_type();
	char what[300];
	for (size_t i = 0; i < n || i < t->n; i++) {
		const char *column = i < n ? fields[i].name : "(nothing)", *field = i < t->n ? t->cols[i].name : "(nothing)";
		if (i >= n || i >= t->n || strcmp(column, field) != 0) {
			snprintf(what, sizeof what, "column %zu is '%s', the field is '%s'", i + 1, column, field);
			return column_error(s, t, what);
		}
		enum enum_field_types type = fields[i].type;
		bool fraction = type == MYSQL_TYPE_FLOAT || type == MYSQL_TYPE_DOUBLE ||
		    (type == MYSQL_TYPE_NEWDECIMAL && fields[i].decimals > 0);
		bool moment = type == MYSQL_TYPE_DATETIME || type == MYSQL_TYPE_TIMESTAMP || type == MYSQL_TYPE_DATE;
		enum db_col_kind kind = t->cols[i].kind;
		bool number = kind == DB_COL_i64 || kind == DB_COL_flag;
		bool no_moment = IS_NUM(type) && type != MYSQL_TYPE_NULL;
		if ((number && (fraction || moment)) || (kind == DB_COL_time && (fraction || no_moment))) {
			snprintf(what, sizeof what, "'%s' is a %s, which column %zu is not: convert it (CAST … AS SIGNED)", field,
			    number ? "whole number" : "time", i + 1);
			return column_error(s, t, what);
		}
	}
	return NULL;
}

static enum enum_field_types wire_type(enum db_col_kind kind)
{
	switch (kind) {
	case DB_COL_i64: case DB_COL_flag: return MYSQL_TYPE_LONGLONG;
	case DB_COL_time: return MYSQL_TYPE_DATETIME;
	case DB_COL_str: return MYSQL_TYPE_STRING;
	case DB_COL_bytes: return MYSQL_TYPE_BLOB;
	}
	abort();
}

/* Buffers for one row; bound once, they serve every execution. */
static void make_cells(struct db_prepared *p, const MYSQL_FIELD *fields)
{
	const struct db_rowtype *t = p->s->row_type();
	size_t room = 0;
	p->cells = calloc(t->n, sizeof *p->cells);
	MYSQL_BIND *binds = calloc(t->n, sizeof *binds);
	if (!p->cells || !binds)
		abort();
	for (size_t i = 0; i < t->n; i++)
		if (t->cols[i].kind == DB_COL_str || t->cols[i].kind == DB_COL_bytes) {
			p->cells[i].text_size = fields[i].length < TEXT_CELL ? fields[i].length + 1 : TEXT_CELL;
			room += p->cells[i].text_size;
		}
	p->text = malloc(room + 1);
	if (!p->text)
		abort();
	char *next = p->text;
	for (size_t i = 0; i < t->n; i++) {
		struct db_cell *cell = &p->cells[i];
		MYSQL_BIND *b = &binds[i];
		b->buffer_type = wire_type(t->cols[i].kind);
		b->length = &cell->length;
		b->is_null = &cell->is_null;
		b->error = &cell->error;
		b->buffer = &cell->v;
		b->buffer_length = sizeof cell->v;
		if (cell->text_size) {
			b->buffer = cell->text = next;
			b->buffer_length = cell->text_size;
			next += cell->text_size;
		}
	}
	mysql_stmt_bind_result(p->st, binds);
	free(binds);
}

static struct err *stmt_error(struct db *db, struct db_conn *c, struct db_prepared *p, bool changing)
{
	char doing[160];
	snprintf(doing, sizeof doing, "%s (%s:%d)", p->s->name, p->s->file, p->s->line);
	unsigned no = mysql_stmt_errno(p->st);
	if (no)
		return db_conn_error(db, c, no, mysql_stmt_error(p->st), doing, changing);
	/* What goes wrong between two rows of an answer is told by the connection alone, and a silence means it is gone. */
	no = mysql_errno(c->my);
	return db_conn_error(db, c, no ? no : CR_SERVER_LOST, mysql_error(c->my), doing, changing);
}

/* All connections share the server's max_prepared_stmt_count.  Where it is reached, this one gives up half of its own. */
static bool prepare_text(struct db_conn *c, MYSQL_STMT *st, const struct buf *text)
{
	if (mysql_stmt_prepare(st, text->p, (unsigned long)text->n) == 0)
		return true;
	if (mysql_stmt_errno(st) != ER_MAX_PREPARED_STMT_COUNT_REACHED || c->n_prepared == 0)
		return false;
	for (size_t rest = c->n_prepared / 2; c->n_prepared > rest;)
		evict_oldest(c);
	return mysql_stmt_prepare(st, text->p, (unsigned long)text->n) == 0;
}

static struct err *prepare(struct db *db, struct db_conn *c, const struct db_stmt *s, size_t repeat,
    struct db_prepared **ret)
{
	struct buf text;
	struct db_prepared *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	p->s = s;
	p->repeat = repeat;
	p->st = mysql_stmt_init(c->my);
	if (!p->st)
		abort();
	buf_init(&text, NULL);
	db_expand(&text, s->sql, repeat);
	struct err *e = NULL;
	if (prepare_text(c, p->st, &text)) {
		p->n_params = mysql_stmt_param_count(p->st);
		p->n_cols = s->row_type ? mysql_stmt_field_count(p->st) : 0;
	} else {
		e = stmt_error(db, c, p, false);
	}
	buf_free(&text);
	if (!e && s->row_type) {
		MYSQL_RES *meta = mysql_stmt_result_metadata(p->st);
		const MYSQL_FIELD *fields = meta ? mysql_fetch_fields(meta) : NULL;
		e = fields ? compare_columns(s, fields, p->n_cols) : column_error(s, s->row_type(), "it has no result");
		if (!e)
			make_cells(p, fields);
		if (meta)
			mysql_free_result(meta);
	}
	if (e) {
		prepared_free(p);
		return e;
	}
	keep(c, p);
	*ret = p;
	return NULL;
}

static struct err *find_prepared(struct db *db, struct db_conn *c, const struct db_stmt *s, size_t repeat,
    struct db_prepared **ret)
{
	if (!c->slots) {
		c->n_slots = SLOTS;
		c->slots = calloc(c->n_slots, sizeof *c->slots);
		if (!c->slots)
			abort();
	}
	*ret = c->slots[slot_of(c, s, repeat)];
	if (!*ret)
		TRY(prepare(db, c, s, repeat, ret));
	(*ret)->used_at = ++c->tick;
	return NULL;
}

struct err *db_prepare_only(struct db *db, const struct db_stmt *s)
{
	struct db_prepared *p;
	return find_prepared(db, &db->primary, s, 1, &p);
}

/* ---- executing ---------------------------------------------------------------------------------------------------- */
static void need_scratch(struct db *db, size_t n)
{
	if (n <= db->n_scratch)
		return;
	n = n < 64 ? 64 : n;
	db->params = reallocarray(db->params, n, sizeof *db->params);
	db->times = reallocarray(db->times, n, sizeof *db->times);
	if (!db->params || !db->times)
		abort();
	db->n_scratch = n;
}

static void bind_arg(MYSQL_BIND *b, MYSQL_TIME *time, const struct db_arg *arg)
{
	memset(b, 0, sizeof *b);
	switch (arg->type) {
	case DB_NULL:
		b->buffer_type = MYSQL_TYPE_NULL;
		return;
	case DB_I64:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = (void *)(uintptr_t)&arg->i;
		return;
	case DB_STR:
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer = (void *)(uintptr_t)arg->s;
		b->buffer_length = (unsigned long)strlen(arg->s);
		break;
	case DB_BYTES:
		b->buffer_type = MYSQL_TYPE_BLOB;
		b->buffer = (void *)(uintptr_t)arg->b.p;
		b->buffer_length = (unsigned long)arg->b.n;
		break;
	case DB_TIME:
		*time = db_time_out(arg->i);
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = time;
		b->buffer_length = sizeof *time;
		return;
	}
	b->length = &b->buffer_length;
}

/* A text compared with a column whose character set cannot hold it (an order code out of a URL, in Hangul): it equals no
 * value of the column, so a query finds nothing.  A change is an error: it must not be lost in silence. */
static bool is_foreign_text(const struct db_stmt *s, unsigned no)
{
	return s->row_type && (no == ER_CANT_AGGREGATE_2COLLATIONS || no == 3854); /* ER_CANNOT_CONVERT_STRING of MySQL */
}

/* Executes; ret is NULL when nothing can match (is_foreign_text). */
static struct err *run(struct db *db, struct db_conn *c, const struct db_stmt *s, size_t repeat,
    const struct db_arg *args, size_t n_args, struct db_prepared **ret)
{
	struct db_prepared *p;
	TRY(find_prepared(db, c, s, repeat, &p));
	if (p->n_params != n_args)
		return err_new(ERR_INTERNAL, "%s (%s:%d) takes %zu arguments, %zu were given", s->name, s->file, s->line,
		    p->n_params, n_args);
	need_scratch(db, n_args);
	for (size_t i = 0; i < n_args; i++)
		bind_arg(&db->params[i], &db->times[i], &args[i]);
	/* b->length points into the scratch: the library keeps a copy of the binds, but not for longer than this call */
	if (n_args && mysql_stmt_bind_param(p->st, db->params))
		return stmt_error(db, c, p, false);
	int64_t begun = clock_monotonic();
	db->unit.queries++;
	if (mysql_stmt_execute(p->st)) {
		*ret = NULL;
		if (is_foreign_text(s, mysql_stmt_errno(p->st)))
			return NULL;
		return stmt_error(db, c, p, !s->row_type && !db->in_tx);
	}
	int64_t took = clock_monotonic() - begun;
	if (took >= SLOW_US) {
		char ms[24], id[24];
		snprintf(ms, sizeof ms, "%lld", (long long)(took / 1000));
		snprintf(id, sizeof id, "%lu", mysql_thread_id(c->my));
		log_msg(LOG_WARN, "slow statement", "statement", s->name, "ms", ms, "server", c->name, "connection", id, NULL);
	}
	*ret = p;
	return NULL;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */
static struct err *long_text(struct db *db, struct db_conn *c, struct db_prepared *p, size_t col, char *to)
{
	unsigned long length;
	db_bool is_null, error;
	MYSQL_BIND b = { .buffer_type = wire_type(p->s->row_type()->cols[col].kind), .buffer = to,
		.buffer_length = p->cells[col].length, .length = &length, .is_null = &is_null, .error = &error };
	if (mysql_stmt_fetch_column(p->st, &b, (unsigned)col, 0))
		return stmt_error(db, c, p, false);
	return NULL;
}

static struct err *take_cell(struct db *db, struct db_conn *c, struct db_prepared *p, size_t i, struct arena *a, char *row)
{
	const struct db_rowtype *t = p->s->row_type();
	const struct db_cell *cell = &p->cells[i];
	void *to = row + t->cols[i].offset;
	if (cell->is_null)
		return NULL; /* the row is zeroed */
	char *text;
	switch (t->cols[i].kind) {
	case DB_COL_i64:
	case DB_COL_flag:
		if (cell->error)
			return column_error(p->s, t, t->cols[i].name);
		if (t->cols[i].kind == DB_COL_flag)
			*(bool *)to = cell->v.i != 0;
		else
			*(int64_t *)to = cell->v.i;
		return NULL;
	case DB_COL_time:
		*(int64_t *)to = db_time_in(&cell->v.t);
		return NULL;
	case DB_COL_str:
	case DB_COL_bytes:
		text = arena_alloc(a, cell->length + 1);
		if (cell->length <= cell->text_size)
			memcpy(text, cell->text, cell->length);
		else
			TRY(long_text(db, c, p, i, text));
		if (t->cols[i].kind == DB_COL_str)
			*(const char **)to = text;
		else
			*(struct bytes *)to = (struct bytes){ .p = text, .n = cell->length };
		return NULL;
	}
	abort();
}

static struct err *fetch(struct db *db, struct db_conn *c, struct db_prepared *p, struct arena *a, size_t max,
    void **ret_rows, size_t *ret_n)
{
	const struct db_rowtype *t = p->s->row_type();
	size_t n = 0, room = max ? max : 16;
	char *rows = NULL;
	while (!max || n < max) {
		int got = mysql_stmt_fetch(p->st);
		if (got == MYSQL_NO_DATA)
			break;
		if (got != 0 && got != MYSQL_DATA_TRUNCATED)
			return stmt_error(db, c, p, false);
		if (!rows || n == room) {
			char *more = arena_array_(a, rows ? room * 4 : room, t->size);
			if (rows) {
				memcpy(more, rows, n * t->size);
				room *= 4;
			}
			rows = more;
		}
		for (size_t i = 0; i < t->n; i++)
			TRY(take_cell(db, c, p, i, a, rows + n * t->size));
		n++;
	}
	*ret_rows = rows;
	*ret_n = n;
	return NULL;
}

static struct err *select_on(struct db *db, struct db_conn *c, const struct db_stmt *s, struct arena *a, void **ret_rows,
    size_t *ret_n, size_t max, size_t repeat, const struct db_arg *args, size_t n_args)
{
	struct db_prepared *p = NULL;
	TRY(run(db, c, s, repeat, args, n_args, &p));
	if (!p)
		return NULL;
	struct err *e = fetch(db, c, p, a, max, ret_rows, ret_n);
	if (c->my)
		mysql_stmt_free_result(p->st); /* reads what is left of the answer */
	return e;
}

struct err *db_select(struct db *db, const struct db_stmt *s, struct arena *a, void *ret_rows, size_t *ret_n, size_t max,
    size_t repeat, const struct db_arg *args, size_t n_args)
{
	void *rows = NULL;
	size_t n = 0;
	if (db_memo_find(db, s, max, args, n_args, a, ret_rows, ret_n))
		return NULL;
	for (int turn = 0; repeat; turn++) {
		struct db_conn *c;
		TRY(db_route(db, s->flags, &c));
		struct err *e = select_on(db, c, s, a, &rows, &n, max, repeat, args, n_args);
		if (!e)
			break;
		/* What the replica refuses the primary is asked (a table it does not have yet); what was lost with its connection
		 * is read again. */
		if (db->in_tx || turn == 2 || !(c->replica || !c->my))
			return e;
		if (c->replica)
			db->unit.on_primary = true;
		log_err(LOG_WARN, "read again", e);
	}
	db_memo_keep(db, s, max, args, n_args, rows, n);
	*(void **)ret_rows = rows;
	*ret_n = n;
	return NULL;
}

static struct err *exec_once(struct db *db, const struct db_stmt *s, int64_t *ret_changed, size_t repeat, const struct db_arg *args,
    size_t n_args)
{
	struct db_prepared *p = NULL;
	TRY(db_conn_ready(db, &db->primary));
	db->unit.wrote = true;
	TRY(run(db, &db->primary, s, repeat, args, n_args, &p));
	if (!p)
		return NULL;
	*ret_changed = (int64_t)mysql_stmt_affected_rows(p->st);
	db->last_id = (int64_t)mysql_stmt_insert_id(p->st);
	if (mysql_stmt_field_count(p->st))
		mysql_stmt_free_result(p->st);
	if (!db->in_tx)
		db_note_position(db, &db->primary);
	return NULL;
}

struct err *db_exec(struct db *db, const struct db_stmt *s, int64_t *ret_changed, size_t repeat,
    const struct db_arg *args, size_t n_args)
{
	int64_t changed = 0;
	if (!db->in_tx)
		db->lock_waits = 0;
	struct err *e = repeat ? exec_once(db, s, &changed, repeat, args, n_args) : NULL;
	/* By itself a statement is a transaction of its own: the victim of a deadlock, or who waited in vain, has changed nothing. */
	for (int run = 1; err_is(e, ERR_RETRY) && !db->in_tx && db_pause(db, run); run++) {
		err_free(e);
		e = exec_once(db, s, &changed, repeat, args, n_args);
	}
	if (!e && ret_changed)
		*ret_changed = changed;
	return e;
}

int64_t db_last_id(const struct db *db)
{
	return db->last_id;
}
