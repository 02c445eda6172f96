/* Consuming the outbox.
 *
 *   pending ──take──▶ taken ──────────────────▶ done (or deleted)   at least once: a lease that runs out leads back to pending
 *           ──take──▶ taken ─▶ handing_over ──▶ done                `once`: the one row that is being handed over becomes unsure
 *   either ──delivery failed──▶ pending (later) │ failed │ unsure
 *
 * A `once` row is handed over when that is on disk; the statement that says so also says that the row before it is done,
 * so that a row of a batch costs one commit.
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
enum { PEEK_ROWS = 50 };
#define FOUND_ROW(F) F(str, topic)
DB_ROW(found_row, FOUND_ROW)

/* The index is named: what is pending now is nothing like what the statistics remember of it. */
DB_QUERY(outbox_peek, found_row,
    "SELECT topic FROM outbox FORCE INDEX (outbox_due) WHERE state = 'pending' AND due_at <= ? AND topic IN ({?}) LIMIT 50")
DB_QUERY(outbox_take, due_row,
    "SELECT id, about, payload, request_id, tries, created_at, due_at FROM outbox FORCE INDEX (outbox_due) "
    "WHERE topic = ? AND state = 'pending' AND due_at <= ? ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED")
DB_QUERY(outbox_next, due_row,
    "SELECT id, about, payload, request_id, tries, created_at, due_at FROM outbox FORCE INDEX (outbox_due) "
    "WHERE topic = ? AND state = 'pending' ORDER BY id LIMIT ?")
DB_EXEC(outbox_mark,
    "UPDATE outbox SET state = IF(id = ?, 'handing_over', 'taken'), taken_until = IF(id = ?, ?, ?), tries = tries + 1"
    " WHERE id IN ({?})")
/* One row of a `once` batch is delivered, the next is about to be.  The assignments are made from left to right. */
DB_EXEC(outbox_step,
    "UPDATE outbox SET done_at = IF(id = ?, ?, NULL), taken_until = IF(id = ?, NULL, ?),"
    " last_error = IF(id = ?, '', last_error), state = IF(id = ?, 'done', 'handing_over')"
    " WHERE id IN (?, ?) AND IF(id = ?, state = 'taken' AND taken_until = ?, state = 'handing_over' AND taken_until = ?)")
DB_QUERY(outbox_begun, db_count, "SELECT COUNT(*) AS n FROM outbox WHERE id = ? AND state = 'handing_over' AND taken_until = ?")
/* What was taken and not begun. */
DB_EXEC(outbox_untake,
    "UPDATE outbox SET state = 'pending', tries = tries - 1, taken_until = NULL"
    " WHERE taken_until = ? AND state = 'taken' AND id IN ({?})")
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
/* Of a `once` topic, what is taken was not begun: somebody before it took long. */
DB_EXEC(outbox_release,
    "UPDATE outbox SET state = 'pending', tries = tries - 1, taken_until = NULL"
    " WHERE topic = ? AND state = 'taken' AND taken_until < ?")
DB_EXEC(outbox_unsure,
    "UPDATE outbox SET state = 'unsure', taken_until = NULL, "
    "last_error = 'the consumer died while handing over: it may have been delivered' "
    "WHERE topic = ? AND state = 'handing_over' AND taken_until < ?")

struct batch {
	const struct consumer *c;
	struct arena *a;
	int64_t now, lease; /* lease 0: ordered */
	int64_t reserved;   /* the lease of what is not begun */
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
	int64_t begun = b->c->once ? b->rows[0].id : 0;
	const struct db_arg first[] = { db_i64(begun), db_i64(begun), db_time(b->lease), db_time(b->reserved) };
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
	int64_t unsure;
	if (!c->once)
		return outbox_return_run(db, NULL, DB_ARGS(c->max_tries ? c->max_tries : 10, c->topic, db_time(now)));
	TRY(outbox_unsure_run(db, &unsure, DB_ARGS(c->topic, db_time(now))));
	if (unsure) {
		char count[24];
		snprintf(count, sizeof count, "%" PRId64, unsure);
		log_msg(LOG_ERROR, "outbox rows of which nobody knows whether they were delivered", "topic", c->topic, "rows",
		    count, NULL);
	}
	return outbox_release_run(db, NULL, DB_ARGS(c->topic, db_time(now)));
}

static bool away(enum err_code code)
{
	return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT;
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

/* Of a `once` batch: row i is delivered (done) or settled otherwise, the next one is begun.  ret_ours false: the lease has
 * run out, the rest is no longer ours. */
static struct err *settle_step(struct db *db, const struct batch *b, size_t i, bool done, bool *ret_ours)
{
	int64_t changed, id = done ? b->rows[i].id : 0, next = b->rows[i + 1].id;
	TRY(outbox_step_run(db, &changed, DB_ARGS(id, db_time(clock_now()), id, db_time(b->lease), id, id, id, next, next,
	    db_time(b->reserved), db_time(b->lease))));
	*ret_ours = changed == 1 + done;
	if (*ret_ours)
		return NULL;
	/* Perhaps an earlier try was done after all, and only its answer was lost. */
	struct db_count *begun;
	TRY(outbox_begun_one(db, b->a, &begun, DB_ARGS(next, db_time(b->lease))));
	*ret_ours = begun->n == 1;
	return NULL;
}

/* What was delivered shall not be delivered again because the database stumbled just now, or is being started anew: until
 * then there is nothing else to do.  Each of the statements may be done twice.  ret_ours NULL: no row follows. */
static struct err *settle_done_surely(struct db *db, const struct batch *b, size_t row, bool *ret_ours)
{
	for (;;) {
		struct err *e = ret_ours ? settle_step(db, b, row, true, ret_ours) : settle_done(db, b);
		bool passing = e && (away(err_code(e)) || err_is(e, ERR_RETRY));
		if (!passing || clock_now() - b->now > CONSUME_SETTLE_US)
			return e;
		err_free(e);
		usleep(500 * 1000);
	}
}

static struct err *settle_failed(struct db *db, const struct batch *b, const struct outbox_row *row, struct err *why)
{
	static const char *const states[] = { [OUTBOX_AGAIN] = "pending", [OUTBOX_FAILED] = "failed",
		[OUTBOX_UNSURE] = "unsure" };
	int64_t now = clock_now();
	enum err_code code = err_code(why);
	enum outbox_fate fate = plan_outbox_fate(code, row->tries, b->c->max_tries, b->c->once, now - row->created_at);
	char id[24], tries[24], text[481]; /* valid UTF-8 whatever the other side said */
	str_utf8_copy(text, sizeof text, err_text(why));
	snprintf(id, sizeof id, "%" PRId64, row->id);
	snprintf(tries, sizeof tries, "%" PRId64, row->tries);
	log_msg(fate == OUTBOX_AGAIN ? LOG_WARN : LOG_ERROR, "delivery failed", "topic", row->topic, "row", id, "about",
	    row->key, "tries", tries, "then", states[fate], "error", text, NULL);
	return outbox_fail_run(db, NULL, DB_ARGS(states[fate], row->tries,
	    db_time(now + plan_outbox_pause_us(code, row->tries, b->c->ordered)), (const char *)text, row->id, db_time(b->lease)));
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
			e = settle_done_surely(db, &one, 0, NULL);
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
		return settle_done_surely(db, b, 0, NULL);
	}
	enum err_code code = err_code(why);
	if (b->n > 1 && !away(code)) {
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

/* The rows behind i go back: others may take them. */
static struct err *give_back_behind(struct db *db, const struct batch *b, size_t i)
{
	struct batch rest = *b;
	size_t n_args;
	rest.rows += i + 1;
	rest.n -= i + 1;
	if (rest.n == 0)
		return NULL;
	const struct db_arg first[] = { db_time(b->reserved) };
	const struct db_arg *args = with_ids(&rest, first, ARRAY_LEN(first), &n_args);
	return outbox_untake_many(db, NULL, rest.n, args, n_args);
}

/* One by one, each on disk as "handing over" before it is begun: a crash leaves at most one of which nobody knows. */
static struct err *deliver_once(struct db *db, const struct batch *b, struct topic *t)
{
	for (size_t i = 0; i < b->n; i++) {
		struct batch one = *b;
		one.rows = &b->rows[i];
		one.n = 1;
		struct err *why = deliver(db, b, one.rows, 1);
		bool done = !why, ours = true;
		bool stop = i + 1 == b->n || (why && away(err_code(why))) || clock_now() - b->now > CONSUME_ONCE_US;
		if (done)
			t->failures = 0;
		else
			note_failure(t, err_code(why));
		struct err *e = why ? settle_failed(db, b, one.rows, why)
		    : stop ? settle_done_surely(db, &one, 0, NULL) : settle_done_surely(db, b, i, &ours);
		err_free(why);
		TRY(e);
		if (stop)
			return give_back_behind(db, b, i);
		if (!done)
			TRY(settle_step(db, b, i, false, &ours));
		if (!ours)
			return NULL;
	}
	return NULL;
}

struct err *consume_due(struct db *db, struct arena *a, const struct topic *t, size_t n, bool *ret_due)
{
	struct db_arg *args = arena_array(a, struct db_arg, n + 1);
	struct found_row *rows;
	size_t n_rows;
	db_unit_begin(db, NULL);
	args[0] = db_time(clock_now());
	for (size_t i = 0; i < n; i++)
		args[1 + i] = db_str(t[i].c->topic);
	TRY(outbox_peek_in(db, a, &rows, &n_rows, n, args, n + 1));
	for (size_t i = 0; i < n; i++) {
		ret_due[i] = n_rows == PEEK_ROWS; /* so many that others may be hidden behind them */
		for (size_t k = 0; k < n_rows; k++)
			ret_due[i] |= str_eq(rows[k].topic, t[i].c->topic);
	}
	return NULL;
}

struct err *consume_batch(struct db *db, struct arena *a, struct topic *t, struct slot *slot, size_t *ret_taken)
{
	int64_t now = clock_now();
	struct batch b = { .c = t->c, .a = a, .now = now, .lease = t->c->ordered ? 0 : now + CONSUME_LEASE_US,
		.reserved = now + (t->c->once ? CONSUME_ONCE_LEASE_US : CONSUME_LEASE_US) };
	db_unit_begin(db, NULL);
	TRY(t->c->ordered ? take_ordered(db, &b) : db_tx(db, take, &b));
	*ret_taken = b.n;
	if (!b.n)
		return NULL;
	slot_busy(slot, CONSUME_DEADLINE_US, clock_monotonic());
	slot_what(slot, t->c->topic, b.n == 1 ? b.rows->request_id : "");
	struct err *e = t->c->once ? deliver_once(db, &b, t) : deliver_batch(db, &b, t);
	log_request_id(NULL);
	slot_idle(slot);
	return e;
}
