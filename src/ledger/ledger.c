/* The ledger: posting, and the checks that hold it to account. */
#include "ledger/ledger.h"

#include "web/check.h"

#include <assert.h>
#include <inttypes.h>

enum { LINES_MAX = 12 };

DB_EXEC(tx_insert, "INSERT INTO ledger_tx (kind, ref, order_id, at) VALUES (?, ?, ?, ?)")
DB_EXEC(entry_insert, "INSERT INTO ledger_entry (tx_id, line, account, amount) VALUES {(?, ?, ?, ?)}")

struct err *ledger_post(struct db *db, const char *kind, const char *ref, struct order_id order, int64_t at,
    const struct ledger_line *lines, size_t n, bool *ret_posted)
{
	assert(n <= LINES_MAX);
	int64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += lines[i].amount;
	assert(sum == 0);
	/* A duplicate key fails the statement alone; the caller's transaction goes on. */
	struct err *e = tx_insert_run(db, NULL, DB_ARGS(kind, ref, db_i64_or_null(order.v), db_time(at)));
	if (err_is(e, ERR_DUPLICATE)) {
		err_free(e);
		if (ret_posted)
			*ret_posted = false;
		return NULL;
	}
	TRY(e);
	int64_t tx = db_last_id(db);
	struct db_arg args[LINES_MAX * 4];
	size_t k = 0, used = 0;
	for (size_t i = 0; i < n; i++) {
		if (lines[i].amount == 0)
			continue;
		args[k++] = DB_ARG(tx);
		args[k++] = DB_ARG((int64_t)++used);
		args[k++] = DB_ARG(lines[i].account);
		args[k++] = DB_ARG(lines[i].amount);
	}
	if (used > 0)
		TRY(entry_insert_many(db, NULL, used, args, k));
	if (ret_posted)
		*ret_posted = true;
	return NULL;
}

/* ---- checks --------------------------------------------------------------------------------------------------------- */
CHECK(unbalanced, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM (SELECT CONCAT('transaction ', tx_id, ' sums to ', SUM(amount)) AS what"
    " FROM ledger_entry GROUP BY tx_id HAVING SUM(amount) <> 0) b")
/* What a provider owes us by the ledger, against what was captured and given back by the attempts. */
CHECK(provider_differs, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM (SELECT CONCAT('provider ', t.provider, ': ledger ', COALESCE(l.total, 0),"
    " ', captures less refunds ', t.total) AS what FROM (SELECT p.provider,"
    " SUM(p.amount) - (SELECT COALESCE(SUM(r.amount), 0) FROM pay_refund r JOIN pay_attempt q ON q.id = r.attempt_id"
    " WHERE q.provider = p.provider AND r.state = 'done') AS total"
    " FROM pay_attempt p WHERE p.state IN ('done', 'returned') GROUP BY p.provider) t"
    " LEFT JOIN (SELECT account, SUM(amount) AS total FROM ledger_entry WHERE account LIKE 'provider:%' GROUP BY account) l"
    " ON l.account = CONCAT('provider:', t.provider) WHERE COALESCE(l.total, 0) <> t.total) b")

static const struct check checks[] = {
	{ "ledger transactions sum to 0", check_unbalanced },
	{ "ledger equals captures less refunds, per provider", check_provider_differs },
	{ 0 }
};

const struct domain ledger_domain = { .name = "ledger", .checks = checks };
