/* Paying an order: the page before, the start, the way back from the provider, the wait while the outcome is open. */
#include "pay/pay_web.h"
#include "pay/rules.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "tmpl/pay/pay.h"

#include <inttypes.h>
#include <string.h>

/* On the way back the hold is given at least so long. */
#define CONFIRM_US (3 * US_MINUTE)

/* ---- loading ------------------------------------------------------------------------------------------------------------ */
struct err *pay_order_of_path(struct req *r, struct booking_order **ret)
{
	const char *code = req_param(r, "order");
	TRY(booking_order_of(r->db, r->a, code, r->who.person, ret));
	return *ret ? NULL : err_new(ERR_NOT_FOUND, "no order %.20s of this person", code);
}

struct err *pay_order_title(struct req *r, const struct booking_order *o, const struct show_performance **ret_performance,
    const char **ret_title)
{
	struct show_performance *p;
	TRY(show_performance_load(r->db, r->a, o->performance_id, false, &p));
	if (!p)
		return err_new(ERR_NOT_FOUND, "performance of order %s", o->code);
	*ret_title = tr_pick(r->lang, p->title, p->title_en);
	*ret_performance = p;
	return NULL;
}

static bool open_state(const struct pay_attempt *at)
{
	return str_eq(at->state, "confirming") || str_eq(at->state, "unknown");
}

/* The attempt of which the outcome is open; not always the newest: another window may have been opened meanwhile. */
static const struct pay_attempt *open_one(const struct pay_attempt *tries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (open_state(&tries[i]))
			return &tries[i];
	return NULL;
}

static bool gave_back(const struct pay_attempt *tries, size_t n)
{
	bool any = false;
	for (size_t i = 0; i < n; i++)
		any |= str_eq(tries[i].state, "returned");
	return any;
}

static bool pays_no_more(const struct booking_order *o)
{
	return o->paid_at || str_eq(o->state, "awaiting_deposit");
}

/* Where somebody belongs who has this order, as things stand. */
static struct url next_page(struct req *r, const struct booking_order *o, const struct pay_attempt *at)
{
	if (pays_no_more(o))
		return url_fmt(r->a, "/orders/%s", o->code);
	if (at && open_state(at))
		return url_fmt(r->a, "/pay/%s/wait", o->code);
	return url_fmt(r->a, "/pay/%s", o->code);
}

/* ---- words -------------------------------------------------------------------------------------------------------------- */
const char *pay_fail_text(const char *code)
{
	static const struct { const char *code, *text; } words[] = {
		{ "PAY_PROCESS_CANCELED", N_("You left the payment. Nothing was charged, and your seats are still held.") },
		{ "REJECT_CARD_COMPANY", N_("The card company refused the card. Nothing was charged, and your seats are still held. Please try another card.") },
		{ "REJECT_CARD_PAYMENT", N_("The card's limit or balance does not suffice. Nothing was charged, and your seats are still held. Please try another card.") },
		{ "REJECT_ACCOUNT_PAYMENT", N_("The account's balance does not suffice. Nothing was charged, and your seats are still held. Please pay in another way.") },
		{ "INVALID_CARD_EXPIRATION", N_("The card's expiry date is not right. Nothing was charged, and your seats are still held. Please try again.") },
		{ "INVALID_STOPPED_CARD", N_("This card is blocked. Nothing was charged, and your seats are still held. Please try another card.") },
		{ "EXCEED_MAX_DAILY_PAYMENT_COUNT", N_("This card has reached its limit for today. Nothing was charged, and your seats are still held. Please try another card.") },
		{ "MISMATCH", N_("The amount did not fit your order, so nothing was charged. Your seats are still held. Please try again.") },
		{ "NOT_FOUND_PAYMENT_SESSION", N_("The payment was not finished within ten minutes, so nothing was charged. Please try again.") },
		{ "EXPIRED", N_("The payment was not finished within ten minutes, so nothing was charged. Please try again.") },
		{ "NOT_CONFIRMED", N_("The payment was not finished in time, so nothing was charged. Please try again.") },
	};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(code, words[i].code))
			return words[i].text;
	return N_("The payment did not go through. Nothing was charged, and your seats are still held. Please try again or pay in another way.");
}

/* ---- the page before ---------------------------------------------------------------------------------------------------- */
static const char *provider_for(const struct booking_order *o)
{
	return o->total == 0 ? "free" : conf()->pay_provider;
}

static struct err *show_over(struct req *r, const struct booking_order *o, bool returned)
{
	struct pay_over_view v = { .order = o, .returned = returned };
	const struct show_performance *p;
	TRY(pay_order_title(r, o, &p, &v.title));
	struct out *out = page_begin(r, &(struct page){ .title = tr(r->lang, N_("The time is over")), .no_index = true });
	tmpl_pay_over(out, &v);
	return page_end(r, 410);
}

static bool hold_over(const struct booking_order *o, int64_t now)
{
	return !str_eq(o->state, "pending") || o->expires_at <= now;
}

struct err *pay_page(struct req *r)
{
	static const struct pay_method methods[] = { { "CARD", N_("Card or easy pay") }, { "TRANSFER", N_("Bank transfer") },
		{ "VIRTUAL_ACCOUNT", N_("Virtual account") }, { "MOBILE_PHONE", N_("Mobile phone bill") } };
	struct booking_order *o;
	struct pay_attempt *tries;
	struct booking_line *lines;
	size_t n_tries;
	TRY(pay_order_of_path(r, &o));
	TRY(pay_attempts(r->db, r->a, o->id, &tries, &n_tries));
	const struct pay_attempt *open = open_one(tries, n_tries);
	if (pays_no_more(o) || open)
		return redirect(r, next_page(r, o, open));
	if (hold_over(o, r->now))
		return show_over(r, o, gave_back(tries, n_tries));
	if (str_empty(o->contact_email))
		return redirect(r, url_fmt(r->a, "/checkout/%s", o->code));
	bool toss = str_eq(provider_for(o), "toss"), failed = n_tries && str_eq(tries->state, "failed");
	struct pay_view v = { .order = o, .failed = failed ? tr(r->lang, pay_fail_text(tries->fail_code)) : NULL,
		.failed_kind = failed && str_eq(tries->fail_code, "PAY_PROCESS_CANCELED") ? "info" : "error", .methods = methods,
		.n_methods = toss ? ARRAY_LEN(methods) : 0, .sandbox = str_eq(provider_for(o), "sandbox"),
		.extend_minutes = conf()->hold_extend_seconds / 60 };
	TRY(pay_order_title(r, o, &v.performance, &v.title));
	TRY(booking_lines(r->db, r->a, o->id, &lines, &v.n_lines));
	v.lines = lines;
	struct out *out = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Payment")), .no_index = true, .script = "checkout" });
	tmpl_pay_page(out, &v);
	return page_end(r, 200);
}

/* ---- start -------------------------------------------------------------------------------------------------------------- */
static const char *return_url(struct req *r, const char *provider, const char *path)
{
	/* Within the house addresses stay relative: the person may have come by another name than base_url. */
	const char *base = str_eq(provider, "toss") ? arena_printf(r->a, "%s%s", conf()->base_url, r->url_prefix) : "";
	return arena_printf(r->a, "%s/pay/%s/%s", base, provider, path);
}

static const char *order_name(struct req *r, const struct booking_order *o, const char *title)
{
	return arena_printf(r->a, "%s × %" PRId64, pay_clip(r->a, title, 90), o->tickets);
}

struct err *pay_start(struct req *r)
{
	const struct pay_start_form *f = r->form;
	struct booking_order *o;
	struct pay_attempt *at;
	const struct show_performance *p;
	const char *title, *url;
	TRY(pay_order_of_path(r, &o));
	const char *name = provider_for(o);
	const struct pay_provider *provider = pay_provider_find(name);
	if (!provider)
		return err_new(ERR_INTERNAL, "payment provider '%s' is not there", name);
	if (pays_no_more(o) || hold_over(o, r->now) || str_empty(o->contact_email))
		return redirect(r, url_fmt(r->a, "/pay/%s", o->code)); /* it tells why */
	struct err *e = pay_attempt_begin(r->db, r->a, o, name, str_eq(name, "toss") ? f->method : "", r->now, &at);
	if (err_is(e, ERR_GONE)) { /* over, or paid in another tab, this very moment */
		err_free(e);
		return redirect(r, url_fmt(r->a, "/pay/%s", o->code));
	}
	TRY(e);
	if (!str_eq(at->state, "created"))
		return redirect(r, next_page(r, o, at));
	TRY(pay_order_title(r, o, &p, &title));
	TRY(provider->start(r->a, at, o, order_name(r, o, title), return_url(r, name, "return"),
	    return_url(r, name, arena_printf(r->a, "fail/%s", at->provider_order)), &url));
	return *url == '/' ? redirect(r, (struct url){ url }) : redirect_outside(r, url);
}

/* ---- Toss: its window is opened by its script, on a page of its own ------------------------------------------------------ */
struct err *pay_toss_page(struct req *r)
{
	const struct pay_window_form *f = r->form;
	struct booking_order *o;
	struct pay_attempt *at;
	const struct show_performance *p;
	const char *title;
	TRY(pay_order_of_path(r, &o));
	TRY(pay_attempt_by_ref(r->db, r->a, f->attempt, &at));
	if (!at || at->order_id.v != o->id.v || !str_eq(at->provider, "toss"))
		return err_new(ERR_NOT_FOUND, "no such attempt of order %s", o->code);
	if (!str_eq(at->state, "created") || hold_over(o, r->now))
		return redirect(r, next_page(r, o, at));
	TRY(pay_order_title(r, o, &p, &title));
	struct pay_window_view v = { .client_key = conf()->toss_client_key, .order_ref = at->provider_order,
		.order_name = order_name(r, o, title), .amount = arena_printf(r->a, "%" PRId64, at->amount), .method = at->method,
		.success = return_url(r, "toss", "return"), .fail = return_url(r, "toss", arena_printf(r->a, "fail/%s", at->provider_order)),
		.name = o->contact_name, .email = o->contact_email, .phone = o->contact_phone, .order = o };
	req_allow_origin(r, "https://*.tosspayments.com");
	struct out *out = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Payment")), .no_index = true, .script = "toss" });
	tmpl_pay_toss(out, &v);
	return page_end(r, 200);
}

/* ---- back from the provider ---------------------------------------------------------------------------------------------- */
/* The attempt that an address names, if it is this person's and of this provider. */
static struct err *attempt_named(struct req *r, const char *ref, struct pay_attempt **ret, struct booking_order **ret_order)
{
	TRY(pay_attempt_by_ref(r->db, r->a, ref, ret));
	if (*ret)
		TRY(booking_order_by_id(r->db, r->a, (*ret)->order_id, ret_order));
	if (!*ret || !str_eq((*ret)->provider, req_param(r, "provider")) || (*ret_order)->person_id.v != r->who.person.v)
		return err_new(ERR_NOT_FOUND, "no such attempt of this person");
	return NULL;
}

static bool key_ok(const char *s)
{
	for (; *s; s++)
		if (*s < 0x21 || *s > 0x7e)
			return false;
	return true;
}

/* Whatever the way back brings is a hint; the confirmation's answer and the order as it stands decide. */
static struct err *take_up(struct req *r, const struct pay_return_form *f, const struct pay_attempt *at, const struct booking_order *o,
    bool *ret_bought)
{
	bool go = false;
	if (f->amount != at->amount || !key_ok(f->paymentKey))
		return pay_attempt_refused(r->db, at->id, "MISMATCH", "", r->now);
	if (pays_no_more(o))
		return pay_attempt_refused(r->db, at->id, "PAID_BEFORE", "", r->now);
	/* Anybody can come back with an invented payment: the hold must not live on that for ever.  Mostly the start has seen
	 * to it that it lasts. */
	int64_t until = pay_hold_until(o->created_at, r->now, CONFIRM_US);
	bool lasts = str_eq(o->state, "pending") && o->expires_at >= until && o->expires_at > r->now;
	struct err *e = lasts ? NULL : booking_keep_alive(r->db, o->id, until, r->now);
	if (err_is(e, ERR_GONE)) {
		err_free(e);
		return pay_attempt_refused(r->db, at->id, "HOLD_OVER", "", r->now);
	}
	TRY(e);
	TRY(pay_attempt_confirming(r->db, at->id, f->paymentKey, r->now, &go));
	if (!go)
		return NULL;
	const struct pay_provider *p = pay_provider_find(at->provider);
	struct pay_result result = { 0 };
	TRY(p->confirm(r->a, at, f->paymentKey, &result));
	return pay_settle_now(r->db, at->id, &result, clock_now(), ret_bought);
}

static struct err *go_on(struct req *r, struct attempt_id id)
{
	struct pay_attempt *at;
	struct booking_order *o;
	TRY(pay_attempt_by_id(r->db, r->a, id, &at));
	TRY(booking_order_by_id(r->db, r->a, at->order_id, &o));
	return redirect(r, next_page(r, o, at));
}

struct err *pay_return(struct req *r)
{
	const struct pay_return_form *f = r->form;
	struct pay_attempt *at;
	struct booking_order *o;
	TRY(attempt_named(r, f->orderId, &at, &o));
	if (!pay_provider_find(at->provider))
		return err_new(ERR_UNAVAILABLE, "payment provider '%s' is switched off", at->provider);
	bool bought = false;
	TRY(take_up(r, f, at, o, &bought));
	return bought ? redirect(r, url_fmt(r->a, "/orders/%s", o->code)) : go_on(r, at->id);
}

struct err *pay_failed(struct req *r)
{
	const struct pay_fail_form *f = r->form;
	struct pay_attempt *at;
	struct booking_order *o;
	TRY(attempt_named(r, req_param(r, "attempt"), &at, &o));
	TRY(pay_attempt_refused(r->db, at->id, str_empty(f->code) ? "PAY_PROCESS_ABORTED" : f->code, "", r->now));
	return go_on(r, at->id);
}

/* ---- while the outcome is open ------------------------------------------------------------------------------------------- */
enum { LOOK_AGAIN_S = 3, LOOK_LATER_S = 20 };

struct err *pay_wait(struct req *r)
{
	struct pay_wait_view v = { 0 };
	struct booking_order *o;
	struct pay_attempt *tries;
	const struct show_performance *p;
	size_t n;
	TRY(pay_order_of_path(r, &o));
	TRY(pay_attempts(r->db, r->a, o->id, &tries, &n));
	const struct pay_attempt *open = open_one(tries, n);
	if (pays_no_more(o) || !open)
		return redirect(r, next_page(r, o, open));
	v.order = o;
	v.long_ago = r->now > open->created_at + PAY_HOLD_MOST_US;
	TRY(pay_order_title(r, o, &p, &v.title));
	struct out *out = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Your payment is being checked")), .no_index = true,
		.refresh_s = v.long_ago ? LOOK_LATER_S : LOOK_AGAIN_S });
	tmpl_pay_wait(out, &v);
	return page_end(r, 200);
}
