/* Payments: what hangs is on top and can be asked about; refunds that were refused can be tried again. */
#include "admin/admin_web.h"

#include "tmpl/admin/payments.h"
#include "web/audit.h"
#include "web/text.h"

#include <inttypes.h>

#define ATTEMPTS_SQL                                                                                                   \
	"SELECT t.id, t.provider, t.provider_order, t.method, t.amount, t.refunded, t.state, t.fail_code, t.fail_text,"    \
	" t.created_at, t.next_check_at, t.checks, o.code FROM pay_attempt t JOIN orders o ON o.id = t.order_id "
DB_QUERY_F(attempts_latest, admin_attempt_row, DB_STALE_OK, ATTEMPTS_SQL "WHERE t.id < ? ORDER BY t.id DESC LIMIT ?")
DB_QUERY_F(attempts_of_state, admin_attempt_row, DB_STALE_OK | DB_SCAN_OK,
    ATTEMPTS_SQL "WHERE t.id < ? AND t.state = ? ORDER BY t.id DESC LIMIT ?")
DB_QUERY_F(attempts_open, admin_attempt_row, DB_STALE_OK,
    ATTEMPTS_SQL "WHERE t.next_check_at IS NOT NULL AND t.state IN ('unknown', 'confirming') ORDER BY t.id DESC LIMIT 20")
DB_QUERY_F(refunds_open, admin_refund_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT r.id, o.code, r.amount, r.kept, r.reason, r.state, r.fail_text, r.tries, r.created_at FROM pay_refund r"
    " JOIN orders o ON o.id = r.order_id WHERE r.state <> 'done' ORDER BY r.state = 'failed' DESC, r.id DESC LIMIT 50")

static struct err *load_attempts(struct req *r, const char *state, int64_t before, struct admin_attempt_row **ret, size_t *ret_n)
{
	if (!str_empty(state))
		return attempts_of_state_all(r->db, r->a, ret, ret_n, DB_ARGS(before, state, ADMIN_READ));
	return attempts_latest_all(r->db, r->a, ret, ret_n, DB_ARGS(before, ADMIN_READ));
}

/* The unknown ones first, then the latest. */
static struct err *put_open_first(struct req *r, struct admin_attempt_row **rows, size_t *n)
{
	struct admin_attempt_row *open;
	size_t n_open, k = 0;
	TRY(attempts_open_all(r->db, r->a, &open, &n_open, DB_NO_ARGS));
	if (n_open == 0)
		return NULL;
	struct admin_attempt_row *all = arena_array(r->a, struct admin_attempt_row, *n + n_open);
	for (size_t i = 0; i < n_open; i++)
		all[k++] = open[i];
	for (size_t i = 0; i < *n; i++) {
		bool again = false;
		for (size_t j = 0; j < n_open; j++)
			again |= open[j].id.v == (*rows)[i].id.v;
		if (!again)
			all[k++] = (*rows)[i];
	}
	*rows = all;
	*n = k;
	return NULL;
}

struct err *admin_payments_get(struct req *r)
{
	static const char *const states[] = { "", "unknown", "confirming", "waiting_deposit", "created", "done", "failed", "returned" };
	const struct admin_state_form *f = r->form;
	const char *state = f->state ? f->state : "";
	struct admin_payments v = { .n_filters = ARRAY_LEN(states), .state = state };
	struct admin_attempt_row *rows;
	struct admin_refund_row *refunds;
	TRY(load_attempts(r, state, admin_before(f->before), &rows, &v.n));
	if (admin_more(&v.n))
		v.older = LINK("/admin/payments?state=%s&before=%lld", state, (long long)rows[v.n - 1].id.v);
	if (str_empty(state) && f->before <= 0)
		TRY(put_open_first(r, &rows, &v.n));
	TRY(refunds_open_all(r->db, r->a, &refunds, &v.n_refunds, DB_NO_ARGS));
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		v.filters[i] = (struct ui_link){ LINK("/admin/payments?state=%s", states[i]),
			i ? _(admin_state_word(states[i])) : _("All"), str_eq(states[i], state) };
	v.rows = rows;
	v.refunds = refunds;
	struct out *o = admin_begin(r, _("Payments"), "payments");
	tmpl_admin_payments(o, &v);
	return admin_end(r, o);
}

struct err *admin_payment_ask_post(struct req *r)
{
	struct attempt_id id = { req_param_id(r, "id") };
	TRY(audit(r, r->db, "payment.ask", arena_printf(r->a, "attempt:%" PRId64, id.v), NULL));
	TRY(pay_look(r->db, r->a, id, r->now));
	req_flash(r, "success", _("The provider was asked. The list shows what it said."));
	return redirect(r, url_fmt(r->a, "/admin/payments"));
}

struct err *admin_refund_retry_post(struct req *r)
{
	struct refund_id id = { req_param_id(r, "id") };
	bool done;
	TRY(pay_refund_retry(r->db, r->a, id, NULL, &done));
	if (done)
		TRY(audit(r, r->db, "refund.retry", arena_printf(r->a, "refund:%" PRId64, id.v), NULL));
	if (done)
		req_flash(r, "success", _("The refund is on its way to the provider again."));
	else
		req_flash(r, "info", _("This refund is not listed as failed any more."));
	return redirect(r, url_fmt(r->a, "/admin/payments"));
}
