/* Answers of DB_MEMO statements, kept in the process for a second; of DB_MEMO_BRIEF ones, for a tenth of it.
 *
 * All of them are thrown away together, at the beginning of the first unit after their second is over: within a unit
 * nothing goes, so that rows handed out share their texts with the memo instead of copying them. */
#include "db/db_internal.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
	SLOTS = 256,            /* a power of two */
	FULL = SLOTS * 3 / 4,
	KEY_MAX = 512,          /* arguments that take more are not remembered */
	BYTES_MAX = 512 * 1024, /* of all answers together */
	CAP = BYTES_MAX + 64 * 1024
};
#define LIFE_US US_SECOND
#define BRIEF_US (US_SECOND / 10)

struct entry {
	const struct db_stmt *s;
	size_t max;
	struct bytes key;
	const char *rows;
	size_t n;
	int64_t at;
};

struct db_memo {
	struct arena *a;
	int64_t begun; /* when the oldest answer came; 0: there is none */
	size_t n;
	struct entry slots[SLOTS];
};

static bool usable(const struct db *db, const struct db_stmt *s)
{
	return (s->flags & DB_MEMO) == DB_MEMO && !db->in_tx && !db->unit.wrote && !db->unit.fresh &&
	    !db->primary_only;
}

static bool over(const struct db_memo *m)
{
	return m->begun && clock_monotonic() - m->begun >= LIFE_US;
}

static bool past(const struct entry *e)
{
	return (e->s->flags & DB_MEMO_BRIEF) == DB_MEMO_BRIEF && clock_monotonic() - e->at >= BRIEF_US;
}

/* The arguments one after the other; false where they take too much room. */
static bool pack(const struct db_arg *args, size_t n, char key[static KEY_MAX], size_t *ret_n)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		const struct db_arg *x = &args[i];
		struct bytes b = { (const char *)&x->i, sizeof x->i };
		if (x->type == DB_STR)
			b = (struct bytes){ x->s, strlen(x->s) };
		else if (x->type == DB_BYTES)
			b = x->b;
		uint32_t head[2] = { x->type, (uint32_t)b.n };
		if (b.n > KEY_MAX || KEY_MAX - at < sizeof head + b.n)
			return false;
		memcpy(key + at, head, sizeof head);
		if (b.n)
			memcpy(key + at + sizeof head, b.p, b.n);
		at += sizeof head + b.n;
	}
	*ret_n = at;
	return true;
}

static struct entry *slot_of(struct db_memo *m, const struct db_stmt *s, size_t max, const char *key, size_t n)
{
	uint64_t h = (uintptr_t)s * 0x9E3779B97F4A7C15u ^ max;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)key[i]) * 0x100000001B3u;
	size_t i = (size_t)(h >> 32) & (SLOTS - 1);
	for (;; i = (i + 1) & (SLOTS - 1)) {
		struct entry *e = &m->slots[i];
		if (!e->s || (e->s == s && e->max == max && e->key.n == n && memcmp(e->key.p, key, n) == 0))
			return e;
	}
}

bool db_memo_find(struct db *db, const struct db_stmt *s, size_t max, const struct db_arg *args,
    size_t n_args, struct arena *a, void **ret_rows, size_t *ret_n)
{
	char key[KEY_MAX];
	size_t n;
	struct db_memo *m = db->memo;
	if (!m || !usable(db, s) || over(m) || !pack(args, n_args, key, &n))
		return false;
	const struct entry *e = slot_of(m, s, max, key, n);
	if (!e->s || past(e))
		return false;
	*ret_rows = e->n ? arena_copy(a, e->rows, e->n * s->row_type()->size) : NULL;
	*ret_n = e->n;
	return true;
}

static size_t weight(const struct db_rowtype *t, const char *rows, size_t n)
{
	size_t sum = n * t->size;
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < t->n; c++) {
			const char *at = rows + i * t->size + t->cols[c].offset;
			if (t->cols[c].kind == DB_COL_str && *(const char *const *)(const void *)at)
				sum += strlen(*(const char *const *)(const void *)at) + 32;
			else if (t->cols[c].kind == DB_COL_bytes)
				sum += ((const struct bytes *)(const void *)at)->n + 32;
		}
	return sum;
}

static const char *copy_rows(struct arena *a, const struct db_rowtype *t, const void *rows, size_t n)
{
	char *copy = arena_copy(a, rows, n * t->size);
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < t->n; c++) {
			void *at = copy + i * t->size + t->cols[c].offset;
			if (t->cols[c].kind == DB_COL_str) {
				*(const char **)at = arena_strdup(a, *(const char **)at);
			} else if (t->cols[c].kind == DB_COL_bytes) {
				struct bytes *b = at;
				b->p = b->p ? arena_copy(a, b->p, b->n) : NULL;
			}
		}
	return copy;
}

void db_memo_keep(struct db *db, const struct db_stmt *s, size_t max, const struct db_arg *args,
    size_t n_args, const void *rows, size_t n_rows)
{
	char key[KEY_MAX];
	size_t n;
	if (!usable(db, s) || !pack(args, n_args, key, &n))
		return;
	struct db_memo *m = db->memo;
	if (!m) {
		m = db->memo = calloc(1, sizeof *m);
		if (!m)
			abort();
		m->a = arena_new(CAP);
	}
	const struct db_rowtype *t = s->row_type();
	if (over(m) || m->n == FULL || arena_used(m->a) + n + weight(t, rows, n_rows) > BYTES_MAX)
		return;
	struct entry *e = slot_of(m, s, max, key, n);
	if (e->s && !past(e))
		return;
	int64_t now = clock_monotonic();
	if (!m->begun)
		m->begun = now;
	m->n += !e->s;
	*e = (struct entry){ .s = s, .max = max, .key = e->s ? e->key : (struct bytes){ arena_copy(m->a, key, n), n },
		.rows = copy_rows(m->a, t, rows, n_rows), .n = n_rows, .at = now };
}

void db_memo_unit(struct db *db)
{
	struct db_memo *m = db->memo;
	if (!m || !over(m))
		return;
	arena_reset(m->a);
	memset(m->slots, 0, sizeof m->slots);
	m->n = 0;
	m->begun = 0;
}

void db_memo_free(struct db_memo *m)
{
	if (!m)
		return;
	arena_free(m->a);
	free(m);
}
