/* Consuming the outbox.
 *
 *   pending ──take──▶ taken ──────────▶ done (or deleted)      at least once: a lease that runs out leads back to pending
 *           ──take──▶ handing_over ───▶ done                   `once`: a lease that runs out leads to unsure
 *   either ──delivery failed──▶ pending (later) │ failed │ unsure
 *
 * An ordered topic is delivered by the one process that holds its lock, from the smallest id on, and needs no lease. */
#include "proc/consume.h"

#include "base/clock.h"
#include "base/log.h"
#include "proc/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DUE_ROW(F) F(i64, id) F(str, about) F(str, payload) F(str, request_id) F(i64, tries) F(time, created_at) F(time, due_at)
DB_ROW(due_row, DUE_ROW)
#define FOUND_ROW(F) F(i64, id)
DB_ROW(found_row, FOUND_ROW)

DB_QUERY(outbox_peek, found_row, "SELECT id FROM outbox WHERE topic = ? AND state = 'pending' AND due_at <= ? LIMIT 1")
DB_QUERY(outbox_take, due_row,
    "SELECT id, about, payload, request_id, tries, created_at, due_at FROM outbox "
    "WHERE topic = ? AND state = 'pending' AND due_at <= ? ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED")
DB_QUERY(outbox_next, due_row,
    "SELECT id, about, payload, request_id, tries, created_at, due_at FROM outbox "
    "WHERE topic = ? AND state = 'pending' ORDER BY id LIMIT ?")
DB_EXEC(outbox_mark, "UPDATE outbox SET state = ?, taken_until = ?, tries = tries + 1 WHERE id IN ({?})")
/* The lease is the proof that the row is still ours (NULL in ordered topics). */
DB_EXEC(outbox_done,
    "UPDATE outbox SET state = 'done', done_at = ?, taken_until = NULL, last_error = '' "
    "WHERE taken_until <=> ? AND state IN ('pending', 'taken', 'handing_over') AND id IN ({?})")
DB_EXEC(outbox_forget,
    "DELETE FROM outbox WHERE taken_until <=> ? AND state IN ('pending', 'taken', 'handing_over') AND id IN ({?})")
DB_EXEC(outbox_fail,
    "UPDATE outbox SET state = ?, tries = ?, due_at = ?, taken_until = NULL, last_error = ? "
    "WHERE id = ? AND taken_until <=> ? AND state IN ('pending', 'taken', 'handing_over')")
DB_EXEC(outbox_return,
    "UPDATE outbox SET state = CASE WHEN tries >= ? THEN 'failed' ELSE 'pending' END, taken_until = NULL, "
    "last_error = 'the consumer died while delivering' WHERE topic = ? AND state = 'taken' AND taken_until < ?")
DB_EXEC(outbox_unsure,
    "UPDATE outbox SET state = 'unsure', taken_until = NULL, "
    "last_error = 'the consumer died while handing over: it may have been delivered' "
    "WHERE topic = ? AND state = 'handing_over' AND taken_until < ?")

struct batch {
	const struct consumer *c;
	struct arena *a;
	int64_t now, lease; /* lease 0: ordered */
	struct outbox_row *rows;
	size_t n;
};

/* ---- taking ------------------------------------------------------------------------------------------------------- */
static size_t batch_size(const struct consumer *c)
{
	return c->batch > 0 ? (size_t)c->batch : 1;
}

static void keep_rows(struct batch *b, const struct due_row *due, size_t n)
{
	b->rows = arena_array(b->a, struct outbox_row, n ? n : 1);
	b->n = n;
	for (size_t i = 0; i < n; i++)
		b->rows[i] = (struct outbox_row){ .id = due[i].id, .topic = b->c->topic, .key = due[i].about,
			.payload = due[i].payload, .request_id = due[i].request_id, .tries = due[i].tries + 1,
			.created_at = due[i].created_at };
}

/* Arguments: the given ones, then the ids of the rows. */
static const struct db_arg *with_ids(const struct batch *b, const struct db_arg *first, size_t n_first, size_t *ret_n)
{
	struct db_arg *args = arena_array(b->a, struct db_arg, n_first + b->n);
	for (size_t i = 0; i < n_first; i++)
		args[i] = first[i];
	for (size_t i = 0; i < b->n; i++)
		args[n_first + i] = db_i64(b->rows[i].id);
	*ret_n = n_first + b->n;
	return args;
}

static struct err *take(struct db *db, void *ctx)
{
	struct batch *b = ctx;
	struct due_row *due;
	size_t n, n_args;
	TRY(outbox_take_all(db, b->a, &due, &n, DB_ARGS(b->c->topic, db_time(b->now), batch_size(b->c))));
	keep_rows(b, due, n);
	if (!n)
		return NULL;
	const struct db_arg first[] = { db_str(b->c->once ? "handing_over" : "taken"), db_time(b->lease) };
	const struct db_arg *args = with_ids(b, first, ARRAY_LEN(first), &n_args);
	return outbox_mark_many(db, NULL, n, args, n_args);
}

/* The rows of an ordered topic up to the first that is not due. */
static struct err *take_ordered(struct db *db, struct batch *b)
{
	struct due_row *due;
	size_t n, due_now = 0;
	TRY(outbox_next_all(db, b->a, &due, &n, DB_ARGS(b->c->topic, batch_size(b->c))));
	while (due_now < n && due[due_now].due_at <= b->now)
		due_now++;
	keep_rows(b, due, due_now);
	return NULL;
}

struct err *consume_return_leases(struct db *db, const struct consumer *c, int64_t now)
{
	int64_t unsure = 0;
	if (c->once)
		TRY(outbox_unsure_run(db, &unsure, DB_ARGS(c->topic, db_time(now))));
	if (unsure) {
		char count[24];
		snprintf(count, sizeof count, "%" PRId64, unsure);
		log_msg(LOG_ERROR, "outbox rows of which nobody knows whether they were delivered", "topic", c->topic, "rows",
		    count, NULL);
	}
	return outbox_return_run(db, NULL, DB_ARGS(c->max_tries ? c->max_tries : 10, c->topic, db_time(now)));
}

/* ---- settling ----------------------------------------------------------------------------------------------------- */
static struct err *settle_done(struct db *db, const struct batch *b)
{
	size_t n_args;
	const struct db_arg done[] = { db_time(clock_now()), db_time(b->lease) };
	if (b->c->forget) {
		const struct db_arg *args = with_ids(b, done + 1, 1, &n_args);
		return outbox_forget_many(db, NULL, b->n, args, n_args);
	}
	const struct db_arg *args = with_ids(b, done, ARRAY_LEN(done), &n_args);
	return outbox_done_many(db, NULL, b->n, args, n_args);
}

/* What was delivered shall not be delivered again because the database stumbled just now. */
static struct err *settle_done_surely(struct db *db, const struct batch *b)
{
	struct err *e = NULL;
	for (int i = 0; i < 10; i++) {
		e = settle_done(db, b);
		if (!err_is(e, ERR_UNAVAILABLE) && !err_is(e, ERR_RETRY))
			return e;
		if (i < 9)
			err_free(e);
		usleep(500 * 1000);
	}
	return e;
}

/* Text for last_error: at most 480 bytes, valid UTF-8 whatever the other side said. */
static const char *error_text(struct arena *a, const struct err *e)
{
	char *s = arena_strndup(a, err_text(e), 480);
	size_t n = strlen(s);
	if (!str_utf8_valid(s, n))
		for (size_t i = 0; i < n; i++)
			if (s[i] & 0x80)
				s[i] = '?';
	return s;
}

static struct err *settle_failed(struct db *db, const struct batch *b, const struct outbox_row *row, struct err *why)
{
	static const char *const states[] = { [OUTBOX_AGAIN] = "pending", [OUTBOX_FAILED] = "failed",
		[OUTBOX_UNSURE] = "unsure" };
	int64_t now = clock_now();
	enum err_code code = err_code(why);
	enum outbox_fate fate = plan_outbox_fate(code, row->tries, b->c->max_tries, b->c->once, now - row->created_at);
	const char *text = error_text(b->a, why);
	char id[24], tries[24];
	snprintf(id, sizeof id, "%" PRId64, row->id);
	snprintf(tries, sizeof tries, "%" PRId64, row->tries);
	log_msg(fate == OUTBOX_AGAIN ? LOG_WARN : LOG_ERROR, "delivery failed", "topic", row->topic, "row", id, "about",
	    row->key, "tries", tries, "then", states[fate], "error", text, NULL);
	return outbox_fail_run(db, NULL, DB_ARGS(states[fate], row->tries,
	    db_time(now + plan_outbox_pause_us(code, row->tries, b->c->ordered)), text, row->id, db_time(b->lease)));
}

/* ---- delivering --------------------------------------------------------------------------------------------------- */
static struct err *deliver(struct db *db, const struct batch *b, const struct outbox_row *rows, size_t n)
{
	struct consumer_ctx ctx = { .db = db, .a = b->a };
	log_request_id(n == 1 ? rows->request_id : NULL);
	db_unit_begin(db, NULL);
	struct err *e = b->c->deliver(&ctx, rows, n);
	return e;
}

static bool away(enum err_code code)
{
	return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT;
}

static void note_failure(struct topic *t, enum err_code code)
{
	if (!away(code))
		return;
	t->failures++;
	t->paused_until = clock_monotonic() + plan_outbox_pause_us(code, t->failures - 1, true);
}

/* Row by row, so that one bad row does not fail its neighbours; an ordered topic stops at the first bad one. */
static struct err *deliver_singly(struct db *db, const struct batch *b, struct topic *t)
{
	for (size_t i = 0; i < b->n; i++) {
		struct batch one = *b;
		one.rows = &b->rows[i];
		one.n = 1;
		struct err *why = deliver(db, b, one.rows, 1);
		struct err *e;
		if (!why) {
			e = settle_done_surely(db, &one);
		} else {
			e = settle_failed(db, b, one.rows, why);
			note_failure(t, err_code(why));
			err_free(why);
			if (!e && b->c->ordered)
				break;
		}
		TRY(e);
	}
	return NULL;
}

static struct err *deliver_batch(struct db *db, const struct batch *b, struct topic *t)
{
	struct err *why = deliver(db, b, b->rows, b->n);
	if (!why) {
		t->failures = 0;
		return settle_done_surely(db, b);
	}
	enum err_code code = err_code(why);
	/* A `once` batch may be half delivered: repeating its rows one by one could deliver some twice. */
	if (b->n > 1 && !b->c->once && !away(code)) {
		err_free(why);
		return deliver_singly(db, b, t);
	}
	struct err *e = NULL;
	for (size_t i = 0; i < (b->c->ordered ? 1 : b->n) && !e; i++)
		e = settle_failed(db, b, &b->rows[i], why);
	note_failure(t, code);
	err_free(why);
	return e;
}

struct err *consume_batch(struct db *db, struct arena *a, struct topic *t, struct slot *slot, size_t *ret_taken)
{
	int64_t now = clock_now();
	struct batch b = { .c = t->c, .a = a, .now = now, .lease = t->c->ordered ? 0 : now + CONSUME_LEASE_US };
	db_unit_begin(db, NULL);
	if (t->c->ordered) {
		TRY(take_ordered(db, &b));
	} else {
		struct found_row *found;
		TRY(outbox_peek_one(db, a, &found, DB_ARGS(t->c->topic, db_time(now))));
		if (found)
			TRY(db_tx(db, take, &b));
	}
	*ret_taken = b.n;
	if (!b.n)
		return NULL;
	slot_busy(slot, CONSUME_DEADLINE_US, clock_monotonic());
	slot_what(slot, t->c->topic, b.n == 1 ? b.rows->request_id : "");
	struct err *e = deliver_batch(db, &b, t);
	log_request_id(NULL);
	slot_idle(slot);
	return e;
}
