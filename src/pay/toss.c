/* The Toss Payments contract over HTTP, for Toss itself and for the built-in sandbox, which answers alike.
 * Contract: confirm, retrieve, cancel; Basic authentication with the secret key and an empty password; Idempotency-Key on
 * every POST.  What an answer means is decided by its code and status, never by its message. */
#include "pay/pay.h"
#include "pay/rules.h"
#include "pay/toss.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/http.h"
#include "ext/json.h"
#include "sandbox/sandbox.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct toss_site { const char *name, *base_url, *secret_key; };

static struct toss_site site_of(struct arena *a, const char *provider)
{
	return str_eq(provider, "sandbox") ? (struct toss_site){ provider, conf()->sandbox_base_url, sandbox_key(a) }
	    : (struct toss_site){ provider, conf()->toss_base_url, conf()->toss_secret_key };
}

/* ---- reading answers ------------------------------------------------------------------------------------------------------- */
/* At most `max` characters, as many as the columns hold. */
static const char *text_of(struct arena *a, const json_t *o, const char *key, size_t max)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? pay_clip(a, s, max) : NULL;
}

/* "2026-01-02T12:00:41[.123][Z|+09:00]" → µs UTC, Korean time where no zone is given; 0 when it is no time. */
static int64_t time_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	int y, mo, d, h, mi, sec, zh = 9, zm = 0, n = 0;
	if (!s || sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d%n", &y, &mo, &d, &h, &mi, &sec, &n) != 6)
		return 0;
	s += n;
	s += *s == '.' ? 1 + strspn(s + 1, "0123456789") : 0;
	bool west = *s == '-';
	if (*s == 'Z')
		zh = 0;
	else if (*s && ((!west && *s != '+') || sscanf(s + 1, "%2d:%2d", &zh, &zm) < 1))
		return 0;
	struct tm t = { .tm_year = y - 1900, .tm_mon = mo - 1, .tm_mday = d, .tm_hour = h, .tm_min = mi, .tm_sec = sec };
	int64_t offset = (zh * 60 + zm) * 60;
	return ((int64_t)timegm(&t) - (west ? -offset : offset)) * US_SECOND;
}

static bool one_of(const char *s, const char *const *list)
{
	for (; s && *list; list++)
		if (str_eq(s, *list))
			return true;
	return false;
}

enum pay_outcome toss_outcome_of_status(const char *status)
{
	static const char *const pending[] = { "READY", "IN_PROGRESS", NULL }, *const failed[] = { "ABORTED", "EXPIRED", NULL },
	    *const cancelled[] = { "CANCELED", NULL }, *const done[] = { "DONE", "PARTIAL_CANCELED", NULL };
	return one_of(status, done) ? PAY_DONE : str_eq(status, "WAITING_FOR_DEPOSIT") ? PAY_WAITING_DEPOSIT
	    : one_of(status, pending) ? PAY_PENDING : one_of(status, failed) ? PAY_FAILED
	    : one_of(status, cancelled) ? PAY_CANCELLED : PAY_UNKNOWN;
}

enum pay_outcome toss_outcome_of_error(int status, const char *code)
{
	/* These say that something else happened before, or is happening: only a query tells what. */
	static const char *const ask[] = { "ALREADY_PROCESSED_PAYMENT", "PROVIDER_ERROR", "IDEMPOTENT_REQUEST_PROCESSING",
		"ALREADY_CANCELED_PAYMENT", "ALREADY_REFUND_PAYMENT", "ALREADY_REFUNDING_PAYMENT", "FORBIDDEN_CONSECUTIVE_REQUEST", NULL };
	if (!code || status >= 500 || status < 400 || status == 401 || status == 408 || status == 429 || one_of(code, ask))
		return PAY_UNKNOWN;
	return PAY_FAILED;
}

static bool whole_number(const json_t *v, int64_t *ret)
{
	if (json_is_integer(v))
		*ret = json_integer_value(v);
	else if (json_is_real(v) && fabs(json_real_value(v)) < 1e15 && json_real_value(v) == floor(json_real_value(v)))
		*ret = (int64_t)json_real_value(v);
	else
		return false;
	return *ret >= 0;
}

/* Our words for the methods, which the contract tells in Korean. */
static const char *method_of(struct arena *a, const json_t *o)
{
	static const char *const words[][2] = { { "카드", "card" }, { "가상계좌", "virtual_account" }, { "간편결제", "easy_pay" },
		{ "휴대폰", "mobile" }, { "계좌이체", "transfer" }, { "문화상품권", "gift" }, { "도서문화상품권", "gift" },
		{ "게임문화상품권", "gift" } };
	const char *said = json_string_value(json_object_get(o, "method"));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(said, words[i][0]))
			return words[i][1];
	return text_of(a, o, "method", 20);
}

static void read_cancels(struct arena *a, const json_t *list, struct pay_result *ret)
{
	struct pay_cancel *all = arena_array(a, struct pay_cancel, json_array_size(list) + 1);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		const char *status = json_string_value(json_object_get(c, "cancelStatus"));
		if ((!status || str_eq(status, "DONE")) && whole_number(json_object_get(c, "cancelAmount"), &all[ret->n_cancels].amount)) {
			all[ret->n_cancels].reason = text_of(a, c, "cancelReason", 200);
			all[ret->n_cancels++].key = text_of(a, c, "transactionKey", 64);
		}
	}
	ret->cancels = all;
}

void toss_read_payment(struct arena *a, struct bytes body, struct pay_result *ret)
{
	json_t *o = json_loadb(body.p, body.n, 0, NULL);
	struct pay_result r = { .outcome = PAY_UNKNOWN };
	int64_t total = 0, balance = 0;
	if (json_is_object(o) && whole_number(json_object_get(o, "totalAmount"), &total) &&
	    whole_number(json_object_get(o, "balanceAmount"), &balance)) {
		r.outcome = toss_outcome_of_status(json_string_value(json_object_get(o, "status")));
		r.payment_key = text_of(a, o, "paymentKey", 200);
		r.order_ref = text_of(a, o, "orderId", 64);
		r.currency = text_of(a, o, "currency", 3);
		r.method = method_of(a, o);
		r.secret = text_of(a, o, "secret", 50);
		r.provider_key = text_of(a, o, "lastTransactionKey", 64);
		read_cancels(a, json_object_get(o, "cancels"), &r);
		r.amount = total;
		r.balance = balance;
		const json_t *account = json_object_get(o, "virtualAccount"), *failure = json_object_get(o, "failure");
		r.bank = text_of(a, account, "bankCode", 40);
		r.account = text_of(a, account, "accountNumber", 40);
		r.due_at = time_of(account, "dueDate");
		r.code = text_of(a, failure, "code", 60);
		r.text = text_of(a, failure, "message", 300);
		if (r.outcome == PAY_FAILED && !r.code)
			r.code = text_of(a, o, "status", 60);
	}
	if (r.outcome == PAY_UNKNOWN)
		r.code = "UNREADABLE";
	json_decref(o);
	*ret = r;
}

static void read_answer(struct arena *a, const struct http_answer *h, struct pay_result *ret)
{
	if (h->status == 200) {
		toss_read_payment(a, h->body, ret);
		return;
	}
	json_t *o = json_loadb(h->body.p, h->body.n, 0, NULL);
	const char *code = text_of(a, o, "code", 60);
	*ret = (struct pay_result){ .outcome = toss_outcome_of_error(h->status, code),
		.code = code ? code : arena_printf(a, "HTTP_%d", h->status), .text = text_of(a, o, "message", 300) };
	json_decref(o);
}

/* ---- calling ----------------------------------------------------------------------------------------------------------------- */
/* body NULL: GET.  A call that failed or timed out is PAY_UNKNOWN, but one that certainly never left the house is no
 * harm either: it too is asked about again. */
static struct err *call(struct arena *a, const struct toss_site *site, const char *path, json_t *body, const char *idem_key,
    struct pay_result *ret)
{
	bool post = body != NULL;
	const char *text = json_text(a, body);
	const char *headers[] = { "Content-Type: application/json", idem_key ? arena_printf(a, "Idempotency-Key: %s", idem_key) : NULL,
		NULL };
	struct http_request q = { .method = post ? "POST" : "GET", .url = arena_printf(a, "%s%s", site->base_url, path),
		.headers = post ? headers : NULL, .body = { text, text ? strlen(text) : 0 },
		.user = arena_printf(a, "%s:", site->secret_key), .timeout_ms = conf()->pay_timeout_ms,
		.allow_plain = str_starts(site->base_url, "http://127.0.0.1") || str_starts(site->base_url, "http://localhost") };
	struct http_answer answer;
	struct err *e = http_call(a, &q, &answer);
	if (e) {
		*ret = (struct pay_result){ .outcome = PAY_UNKNOWN, .code = err_is(e, ERR_TIMEOUT) ? "TIMEOUT" : "UNREACHABLE" };
		log_err(LOG_WARN, "payment provider did not answer", e);
		return NULL;
	}
	read_answer(a, &answer, ret);
	return NULL;
}

static struct err *retrieve(struct arena *a, const struct pay_attempt *at, struct pay_result *ret)
{
	struct toss_site site = site_of(a, at->provider);
	const char *path = str_empty(at->payment_key) ? arena_printf(a, "/v1/payments/orders/%s", str_url_encode(a, at->provider_order))
	    : arena_printf(a, "/v1/payments/%s", str_url_encode(a, at->payment_key));
	TRY(call(a, &site, path, NULL, NULL, ret));
	/* Who is not answered, for a wrong key of ours say, has learned nothing about the payment. */
	bool refused = ret->outcome == PAY_FAILED && !ret->payment_key;
	if (refused && !str_eq(ret->code, "NOT_FOUND_PAYMENT") && !str_eq(ret->code, "NOT_FOUND_PAYMENT_SESSION"))
		ret->outcome = PAY_UNKNOWN;
	return NULL;
}

static struct err *confirm(struct arena *a, const struct pay_attempt *at, const char *payment_key, struct pay_result *ret)
{
	struct toss_site site = site_of(a, at->provider);
	json_t *body = json_pack("{s:s, s:s, s:I}", "paymentKey", payment_key, "orderId", at->provider_order, "amount",
	    (json_int_t)at->amount);
	TRY(call(a, &site, "/v1/payments/confirm", body, at->idem_key, ret));
	/* "Already processed" and the like: ask what became of it.  A provider that is away is asked later. */
	if (ret->outcome == PAY_UNKNOWN && pay_answered(ret->code)) {
		struct pay_attempt with_key = *at;
		struct pay_result asked;
		with_key.payment_key = payment_key;
		TRY(retrieve(a, &with_key, &asked));
		if (asked.outcome != PAY_PENDING && asked.outcome != PAY_UNKNOWN)
			*ret = asked;
	}
	return NULL;
}

/* Sealed refund account: bank code, number and holder, one a line. */
static json_t *refund_account(struct arena *a, const char *sealed_hex)
{
	size_t n = strlen(sealed_hex) / 2;
	void *sealed = arena_alloc(a, n + 1);
	struct bytes clear;
	if (!str_unhex(sealed_hex, sealed, n) || !crypto_open(a, "refund-account", (struct bytes){ sealed, n }, &clear))
		return NULL;
	char *bank = arena_strndup(a, clear.p, clear.n), *number = strchr(bank, '\n'), *holder = number ? strchr(number + 1, '\n') : NULL;
	if (!holder)
		return NULL;
	*number++ = '\0';
	*holder++ = '\0';
	return json_pack("{s:s, s:s, s:s}", "bank", bank, "accountNumber", number, "holderName", holder);
}

static struct err *cancel(struct arena *a, const struct pay_attempt *at, int64_t amount, const char *reason, const char *idem_key,
    const char *account, struct pay_result *ret)
{
	struct toss_site site = site_of(a, at->provider);
	json_t *body = json_pack("{s:s}", "cancelReason", reason);
	if (!str_eq(at->state, "waiting_deposit")) /* an undeposited account is cancelled whole, without an amount */
		json_object_set_new(body, "cancelAmount", json_integer((json_int_t)amount));
	if (account) {
		json_t *to = refund_account(a, account);
		if (!to) {
			json_decref(body);
			return err_new(ERR_INTERNAL, "refund account of attempt %s cannot be opened", at->provider_order);
		}
		json_object_set_new(body, "refundReceiveAccount", to);
	}
	TRY(call(a, &site, arena_printf(a, "/v1/payments/%s/cancel", str_url_encode(a, at->payment_key)), body, idem_key, ret));
	/* A partial cancel leaves the payment partly captured: its status is not the outcome of this call. */
	if (ret->outcome == PAY_DONE && ret->balance < at->amount)
		ret->outcome = PAY_CANCELLED;
	return NULL;
}

/* ---- opening the window --------------------------------------------------------------------------------------------------------- */
static struct err *start_sandbox(struct arena *a, const struct pay_attempt *at, const struct booking_order *o, const char *order_name,
    const char *success_url, const char *fail_url, const char **ret_url)
{
	(void)o;
	*ret_url = sandbox_window(a, at->provider_order, at->amount, order_name, success_url, fail_url);
	return NULL;
}

/* Toss opens its window from a script on a page of ours. */
static struct err *start_toss(struct arena *a, const struct pay_attempt *at, const struct booking_order *o, const char *order_name,
    const char *success_url, const char *fail_url, const char **ret_url)
{
	(void)order_name, (void)success_url, (void)fail_url;
	*ret_url = arena_printf(a, "/pay/%s/window?attempt=%s", o->code, at->provider_order);
	return NULL;
}

const struct pay_provider toss_provider = { "toss", start_toss, confirm, retrieve, cancel };
const struct pay_provider sandbox_provider = { "sandbox", start_sandbox, confirm, retrieve, cancel };
