/* The sandbox's window, where the buyer chooses what shall happen, and the page that deposits on a virtual account. */
#include "sandbox/books.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/http.h"
#include "sandbox/window_view.h"
#include "tmpl/sandbox/window.h"
#include "web/req.h"

#include <inttypes.h>
#include <string.h>

/* The parameters of the window, as sandbox_window wrote them. */
#define WINDOW_FORM(F)                                                                                                 \
	F(text, orderId, .required = true, .min = 6, .max = 64) F(i64, amount, .required = true)                       \
	F(text, orderName, .max = 100) F(text, successUrl, .required = true, .max = 500)                               \
	F(text, failUrl, .required = true, .max = 500) F(text, mac, .required = true, .max = 64)
FORM(window_form, WINDOW_FORM)
#define PAY_FORM(F)                                                                                                    \
	F(text, window, .required = true, .max = 3000) F(text, card, .max = 30) F(text, other, .max = 30)              \
	F(choice, how, .options = "card|account|leave", .def_text = "card")
FORM(pay_form, PAY_FORM)

/* Reads parameters that we wrote ourselves; NULL: somebody else did. */
static struct err *window_read(struct req *r, const char *query, const struct window_form **ret)
{
	uint8_t mac[32], told[32];
	const char *at = strstr(query, "&mac=");
	struct err *forged = err_user(err_new(ERR_INVALID, "the window's parameters are not ours"),
	    N_("This payment window cannot be opened this way. Nothing was charged; please start again from your order."));
	if (!at || !str_unhex(at + 5, told, sizeof told))
		return forged;
	crypto_mac("sandbox-window", query, (size_t)(at - query), mac);
	if (!crypto_equal(mac, told, sizeof mac))
		return forged;
	struct form_input in;
	void *form;
	struct form_error *errors;
	TRY(form_parse_urlencoded(r->a, query, strlen(query), &in));
	form_decode(r->a, window_form_spec(), &in, &form, &errors);
	if (errors)
		return forged;
	err_free(forged);
	*ret = form;
	return NULL;
}

static struct err *back_to_shop(struct req *r, const struct window_form *w, const char *payment_key)
{
	return redirect(r, (struct url){ arena_printf(r->a, "%s?paymentType=NORMAL&paymentKey=%s&orderId=%s&amount=%" PRId64,
	    w->successUrl, str_url_encode(r->a, payment_key), str_url_encode(r->a, w->orderId), w->amount) });
}

static struct err *back_refused(struct req *r, const struct window_form *w, const char *code)
{
	bool closed = str_eq(code, "PAY_PROCESS_CANCELED"); /* the contract leaves the order out then */
	return redirect(r, (struct url){ arena_printf(r->a, "%s?code=%s&message=%s%s%s", w->failUrl, code,
	    str_url_encode(r->a, tr(r->lang, closed ? N_("The payment was cancelled.") : N_("The card was refused."))),
	    closed ? "" : "&orderId=", closed ? "" : str_url_encode(r->a, w->orderId)) });
}

/* An order that was paid in this window before goes back to the shop with that payment. */
static struct err *paid_before(struct req *r, const struct window_form *w, bool *ret_gone)
{
	struct sandbox_payment *p;
	TRY(sandbox_load_by_order(r->db, r->a, w->orderId, r->now, &p));
	*ret_gone = p && !str_eq(p->status, "IN_PROGRESS") && !str_eq(p->status, "ABORTED") && !str_eq(p->status, "EXPIRED");
	return *ret_gone ? back_to_shop(r, w, p->payment_key) : NULL;
}

static struct err *show_window(struct req *r, const char *query, const struct window_form *w)
{
	struct sandbox_window_view v = { .order_name = w->orderName, .order_ref = w->orderId, .amount = w->amount, .query = query,
		.cards = sandbox_cards, .n_cards = sandbox_n_cards };
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Payment sandbox")), .bare = true, .no_index = true });
	tmpl_sandbox_window(o, &v);
	return page_end(r, 200);
}

static struct err *window_page(struct req *r)
{
	const struct window_form *w;
	bool gone;
	TRY(window_read(r, r->query, &w));
	TRY(paid_before(r, w, &gone));
	return gone ? NULL : show_window(r, r->query, w);
}

static struct err *window_again(struct req *r)
{
	const char *query = req_typed(r, "window");
	const struct window_form *w;
	TRY(window_read(r, query ? query : "", &w));
	return show_window(r, query, w);
}

static struct err *window_pay(struct req *r)
{
	const struct pay_form *f = r->form;
	const struct window_form *w;
	bool gone;
	TRY(window_read(r, f->window, &w));
	TRY(paid_before(r, w, &gone));
	if (gone)
		return NULL;
	if (str_eq(f->how, "leave"))
		return back_refused(r, w, "PAY_PROCESS_CANCELED");
	const char *key, *scenario = "", *method = "virtual_account";
	if (str_eq(f->how, "card")) {
		const struct sandbox_card *card = sandbox_card_find(str_empty(f->other) ? f->card : f->other);
		if (!card) {
			req_field_error(r, "other", N_("This is not a test card. Real cards are not taken here; choose one of the list."));
			return req_again(r);
		}
		if (str_eq(card->scenario, "refused"))
			return back_refused(r, w, "REJECT_CARD_COMPANY");
		scenario = card->scenario;
		method = "card";
	}
	TRY(sandbox_begin(r->db, r->a, w->orderId, w->orderName, w->amount, method, scenario, r->now, &key));
	return back_to_shop(r, w, key);
}

/* ---- the bank: a page that deposits ------------------------------------------------------------------------------------- */
#define BANK_FORM(F) F(text, account, .max = 40)
FORM(bank_form, BANK_FORM)

/* The contract's states in words; those that a deposit cannot be in stay as they are. */
static const char *state_word(const char *status)
{
	static const struct { const char *status, *word; } words[] = {
		{ "WAITING_FOR_DEPOSIT", N_("Waiting for the deposit") }, { "DONE", N_("Paid in") }, { "CANCELED", N_("Refunded") },
		{ "PARTIAL_CANCELED", N_("Refunded in part") }, { "EXPIRED", N_("Closed without a deposit") } };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(words[i].status, status))
			return words[i].word;
	return status;
}

static struct err *bank_page(struct req *r)
{
	const struct bank_form *f = r->form;
	struct sandbox_bank_view v = { .account = f->account ? f->account : req_typed(r, "account") };
	if (!str_empty(v.account)) {
		struct sandbox_payment *p;
		TRY(sandbox_load_by_account(r->db, r->a, v.account, &p));
		v.payment = p;
		v.open = p && str_eq(p->status, "WAITING_FOR_DEPOSIT");
		v.late = v.open && r->now > p->due_at;
		v.state = p ? tr(r->lang, state_word(p->status)) : NULL;
	}
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Sandbox bank")), .bare = true, .no_index = true });
	tmpl_sandbox_bank(o, &v);
	return page_end(r, 200);
}

static struct err *bank_deposit(struct req *r)
{
	const struct bank_form *f = r->form;
	struct sandbox_payment *p;
	bool done = false;
	TRY(sandbox_load_by_account(r->db, r->a, f->account ? f->account : "", &p));
	if (p)
		TRY(sandbox_deposit(r->db, r->a, p, r->now, &done));
	if (done)
		req_flash(r, "success", tr(r->lang, N_("The deposit was made; the shop is being told.")));
	else
		req_flash(r, "error", tr(r->lang, N_("This account takes no deposit: it is unknown, paid already or closed.")));
	return redirect(r, url_fmt(r->a, "/sandbox/bank?account=%s", f->account));
}

/* ---- webhooks ------------------------------------------------------------------------------------------------------------- */
/* The shop is reached where its sandbox is: sandbox_base_url without the last segment. */
static const char *shop_url(struct arena *a)
{
	const char *base = conf()->sandbox_base_url, *end = strrchr(base, '/');
	return arena_printf(a, "%.*s/pay/sandbox/webhook", (int)(end ? end - base : (long)strlen(base)), base);
}

struct err *sandbox_webhook_deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_loads(rows[i].payload, 0, NULL);
		const char *id = arena_strdup(c->a, json_string_value(json_object_get(o, "id")));
		const char *body = arena_strdup(c->a, json_string_value(json_object_get(o, "body")));
		json_decref(o);
		if (!id || !body)
			return err_new(ERR_INVALID, "a webhook without its parts");
		const char *headers[] = { "Content-Type: application/json",
			arena_printf(c->a, "tosspayments-webhook-transmission-id: %s", id),
			arena_printf(c->a, "tosspayments-webhook-transmission-time: %s", clock_iso(c->a, clock_now())),
			arena_printf(c->a, "tosspayments-webhook-transmission-retried-count: %" PRId64, rows[i].tries - 1), NULL };
		struct http_answer answer;
		TRY(http_call(c->a, &(struct http_request){ .method = "POST", .url = shop_url(c->a), .headers = headers,
		    .body = { body, strlen(body) }, .timeout_ms = 10000, .allow_plain = true }, &answer));
		if (answer.status != 200)
			return err_new(ERR_UNAVAILABLE, "the shop answered a webhook with %d", answer.status);
	}
	return NULL;
}

/* ---- the domain ----------------------------------------------------------------------------------------------------------- */
/* The contract keeps idempotency keys for fifteen days. */
DB_EXEC_F(idem_forget, DB_SCAN_OK, "DELETE FROM sandbox_idempotency WHERE at < ? LIMIT 5000")

static struct err *forget(struct job_ctx *j)
{
	int64_t changed;
	do
		TRY(idem_forget_run(j->db, &changed, DB_ARGS(db_time(j->now - 15 * US_DAY))));
	while (changed);
	return NULL;
}

static const struct route routes[] = {
	{ GET, "/sandbox/window", window_page, ACCESS_ANYONE, .pool = POOL_SANDBOX, .step = true },
	{ POST, "/sandbox/window", window_pay, ACCESS_ANYONE, .form = FORM_OF(pay_form), .again = window_again, .pool = POOL_SANDBOX,
		.step = true },
	{ GET, "/sandbox/bank", bank_page, ACCESS_ANYONE, .form = FORM_OF(bank_form), .pool = POOL_SANDBOX },
	{ POST, "/sandbox/bank", bank_deposit, ACCESS_ANYONE, .form = FORM_OF(bank_form), .pool = POOL_SANDBOX, .budget = 16 },
	{ POST, "/sandbox/v1/payments/confirm", sandbox_api_confirm, ACCESS_PROVIDER, .pool = POOL_SANDBOX, .no_csrf = true,
		.raw_body = true, .deadline_ms = 20000, .budget = 20 },
	{ GET, "/sandbox/v1/payments/{key}", sandbox_api_get, ACCESS_PROVIDER, .pool = POOL_SANDBOX },
	{ GET, "/sandbox/v1/payments/orders/{order}", sandbox_api_get_by_order, ACCESS_PROVIDER, .pool = POOL_SANDBOX },
	{ POST, "/sandbox/v1/payments/{key}/cancel", sandbox_api_cancel, ACCESS_PROVIDER, .pool = POOL_SANDBOX, .no_csrf = true,
		.raw_body = true, .budget = 20 },
	{ 0 }
};
static const struct consumer consumers[] = {
	{ .topic = "sandbox_webhook", .deliver = sandbox_webhook_deliver, .batch = 8, .forget = true },
	{ 0 }
};
static const struct job jobs[] = {
	{ "sandbox-forget", 24 * 3600, forget, N_("Deletes the payment sandbox's idempotency keys after 15 days.") },
	{ 0 }
};

const struct domain sandbox_domain = { .name = "sandbox", .routes = routes, .consumers = consumers, .jobs = jobs };
