/* Refunds are decided and stored in one transaction; the consumer of topic "refund" carries them out (refund_do.c). */
#include "pay/refund.h"
#include "pay/rules.h"

#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ledger/ledger.h"
#include "notify/notify.h"
#include "proc/outbox.h"

#include <inttypes.h>

DB_QUERY(refunds_of, pay_refund,
    "SELECT id, order_id, attempt_id, amount, kept, reason, state, fail_text, tries, created_at, done_at FROM pay_refund"
    " WHERE order_id = ? ORDER BY id")
struct err *pay_refunds(struct db *db, struct arena *a, struct order_id id, struct pay_refund **ret, size_t *ret_n)
{
	return refunds_of_all(db, a, ret, ret_n, DB_ARGS(id.v));
}

/* ---- storing ------------------------------------------------------------------------------------------------------------ */
DB_EXEC(refund_insert,
    "INSERT INTO pay_refund (order_id, attempt_id, amount, kept, reason, idem_key, account, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(refund_line_insert, "INSERT INTO refund_line (refund_id, order_id, line, amount, kept) VALUES {(?, ?, ?, ?, ?)}")
#define CAPTURED_ROW(F) F(attempt_id, id)
DB_ROW(captured_row, CAPTURED_ROW)
DB_QUERY(captured_attempt, captured_row, "SELECT id FROM pay_attempt WHERE order_id = ? AND state = 'done' ORDER BY id LIMIT 1")

static struct err *refund_store(struct db *db, struct arena *a, struct attempt_id attempt, struct order_id order,
    int64_t amount, int64_t kept, const char *why, const char *account, int64_t now, struct refund_id *ret)
{
	TRY(refund_insert_run(db, NULL, DB_ARGS(order.v, attempt.v, amount, kept, why, crypto_uuid(a),
	    account ? account : "", db_time(now))));
	ret->v = db_last_id(db);
	const char *key = arena_printf(a, "%" PRId64, ret->v);
	return outbox_add(db, "refund", key, arena_printf(a, "refund:%s", key), key, 0);
}

struct err *refund_whole_attempt(struct db *db, struct arena *a, struct attempt_id id, struct order_id order, int64_t amount,
    const char *why, int64_t now)
{
	struct refund_id refund;
	return refund_store(db, a, id, order, amount, 0, why, NULL, now, &refund);
}

struct refund_ctx {
	struct arena *a;
	struct order_id id;
	const int64_t *lines;
	size_t n;
	bool full;
	const char *reason, *account;
	int64_t now, amount;
};

/* The fee that counts for this order now; ERR_CONFLICT when nothing comes back any more. */
static struct err *permille_now(struct db *db, struct refund_ctx *c, const struct booking_order *o, int *ret)
{
	struct show_performance *p;
	TRY(show_performance_load(db, c->a, o->performance_id, true, &p));
	if (!p)
		return err_new(ERR_NOT_FOUND, "performance of order %s", o->code);
	struct refund_grid grid;
	TRY(show_refund_terms(db, c->a, o->refund_grid_id, p, &grid));
	int permille = show_refund_permille(&grid, o->paid_at, p->starts_at, c->now);
	if (permille < 0)
		return err_user(err_new(ERR_CONFLICT, "event of order %s has begun", o->code),
		    N_("The event has begun: tickets cannot be cancelled any more."));
	*ret = permille;
	return NULL;
}

static struct err *refund_tx(struct db *db, void *ctx)
{
	struct refund_ctx *c = ctx;
	struct booking_order *o;
	TRY(booking_order_by_id(db, c->a, c->id, &o));
	if (!o)
		return err_new(ERR_NOT_FOUND, "order %" PRId64, c->id.v);
	int permille = 0;
	if (!c->full)
		TRY(permille_now(db, c, o, &permille));
	struct captured_row *at;
	TRY(captured_attempt_one(db, c->a, &at, DB_ARGS(c->id.v)));
	if (!at)
		return err_user(err_new(ERR_CONFLICT, "order %s was not paid", o->code), N_("This order cannot be cancelled any more."));
	struct booking_line *all;
	size_t n_all;
	TRY(booking_lines(db, c->a, c->id, &all, &n_all));
	struct db_arg *args = arena_array(c->a, struct db_arg, c->n * 5 + 1);
	int64_t amount = 0, kept = 0;
	size_t k = 0;
	for (size_t i = 0; i < n_all; i++)
		for (size_t j = 0; j < c->n; j++) {
			if (all[i].line != c->lines[j])
				continue;
			struct refund_split s = pay_refund_split(all[i].price, all[i].fee, permille, c->full);
			amount += s.amount;
			kept += s.kept;
			const struct db_arg row[] = { DB_ARG(0), DB_ARG(c->id.v), DB_ARG(all[i].line), DB_ARG(s.amount), DB_ARG(s.kept) };
			for (size_t m = 0; m < ARRAY_LEN(row); m++)
				args[k++] = row[m];
		}
	TRY(booking_cancel_lines(db, c->id, c->lines, c->n, amount, c->reason, c->now));
	struct refund_id refund;
	TRY(refund_store(db, c->a, at->id, c->id, amount, kept, c->reason, c->account, c->now, &refund));
	for (size_t i = 0; i < k; i += 5)
		args[i] = DB_ARG(refund.v);
	c->amount = amount;
	return refund_line_insert_many(db, NULL, c->n, args, k);
}

struct err *pay_refund_lines(struct db *db, struct arena *a, struct order_id id, const int64_t *lines, size_t n, bool full,
    const char *reason, const char *account, int64_t now, int64_t *ret_amount)
{
	struct refund_ctx c = { .a = a, .id = id, .lines = lines, .n = n, .full = full, .reason = reason, .account = account,
		.now = now };
	struct booking_order *o;
	TRY(db_tx(db, refund_tx, &c));
	TRY(booking_order_by_id(db, a, id, &o));
	booking_changed(o->performance_id);
	*ret_amount = c.amount;
	return NULL;
}
