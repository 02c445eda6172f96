/* The sandbox's API: confirm, retrieve, cancel, as the Toss contract says.  Basic authentication, Idempotency-Key on
 * POSTs (replayed, 409 while the first is running), error bodies {code, message}. */
#include "sandbox/books.h"

#include "base/clock.h"
#include "ext/crypto.h"
#include "web/req.h"

#include <string.h>
#include <unistd.h>

struct reply { int status; const char *body; bool lost; };

static void say_error(struct arena *a, struct reply *ret, int status, const char *code, const char *message)
{
	*ret = (struct reply){ .status = status,
		.body = json_text(a, json_pack("{s:s, s:s, s:n}", "code", code, "message", message, "data")) };
}

static struct err *answer(struct req *r, const struct reply *reply)
{
	if (reply->lost) /* what a broken line between them would leave of the answer */
		return respond(r, 502, "text/html", (struct bytes){ "<html>Bad Gateway</html>", 24 });
	return respond(r, reply->status, "application/json;charset=UTF-8", (struct bytes){ reply->body, strlen(reply->body) });
}

static struct err *say_payment(struct req *r, const struct sandbox_payment *p, struct reply *ret)
{
	json_t *object;
	TRY(sandbox_object(r->db, r->a, p, clock_now(), &object));
	*ret = (struct reply){ .status = 200, .body = json_text(r->a, object) };
	return NULL;
}

/* ---- who calls ---------------------------------------------------------------------------------------------------------- */
static bool key_ok(struct req *r)
{
	const char *header = req_header(r, "HTTP_AUTHORIZATION");
	if (!header || !str_starts(header, "Basic ") || strlen(header) > 500)
		return false;
	char *text = arena_strdup(r->a, header + 6);
	for (char *s = text; *s; s++)
		*s = *s == '+' ? '-' : *s == '/' ? '_' : *s;
	text[strcspn(text, "=")] = '\0';
	const char *want = arena_printf(r->a, "%s:", sandbox_key(r->a));
	struct bytes got;
	return str_unbase64url(r->a, text, &got) && got.n == strlen(want) && crypto_equal(got.p, want, got.n);
}

static struct err *refuse_key(struct req *r)
{
	struct reply reply;
	say_error(r->a, &reply, 401, "UNAUTHORIZED_KEY", "인증되지 않은 시크릿 키 혹은 클라이언트 키 입니다.");
	return answer(r, &reply);
}

/* ---- idempotency -------------------------------------------------------------------------------------------------------- */
DB_EXEC(idem_begin, "INSERT INTO sandbox_idempotency (idem_key, path, status, body, at) VALUES (?, ?, 0, '', ?)")
DB_EXEC(idem_whole, "INSERT INTO sandbox_idempotency (idem_key, path, status, body, at) VALUES (?, ?, ?, ?, ?)")
DB_EXEC(idem_end, "UPDATE sandbox_idempotency SET status = ?, body = ? WHERE idem_key = ? AND path = ?")
DB_EXEC(idem_drop, "DELETE FROM sandbox_idempotency WHERE idem_key = ? AND path = ? AND status = 0")
DB_EXEC(idem_take_over, "UPDATE sandbox_idempotency SET at = ? WHERE idem_key = ? AND path = ? AND status = 0 AND at < ?")
#define IDEM_ROW(F) F(i64, status) F(str, body)
DB_ROW(idem_row, IDEM_ROW)
DB_QUERY(idem_known, idem_row, "SELECT status, body FROM sandbox_idempotency WHERE idem_key = ? AND path = ?")
/* A first request that has left no answer after so long died with its worker. */
#define RUNNING_US US_MINUTE

typedef struct err *call_fn(struct req *r, const json_t *body, struct reply *ret);

/* Another request came with this key before: its answer, or 409.  ret_mine: the first one died, this one does it. */
static struct err *seen_before(struct req *r, const char *key, struct reply *ret, bool *ret_mine)
{
	struct idem_row *known;
	int64_t now = clock_now(), changed = 0;
	TRY(idem_known_one(r->db, r->a, &known, DB_ARGS(key, r->path)));
	if (known && known->status) {
		*ret = (struct reply){ .status = (int)known->status, .body = known->body };
		return NULL;
	}
	TRY(idem_take_over_run(r->db, &changed, DB_ARGS(db_time(now), key, r->path, db_time(now - RUNNING_US))));
	*ret_mine = changed == 1;
	if (!*ret_mine)
		say_error(r->a, ret, 409, "IDEMPOTENT_REQUEST_PROCESSING", "이전 멱등 요청이 처리중입니다.");
	return NULL;
}

static struct err *with_key(struct req *r, const char *key, call_fn *fn, const json_t *body, struct reply *ret)
{
	bool mine = true;
	struct err *e = idem_begin_run(r->db, NULL, DB_ARGS(key, r->path, db_time(clock_now())));
	if (err_is(e, ERR_DUPLICATE)) {
		err_free(e);
		mine = false;
		e = seen_before(r, key, ret, &mine);
	}
	if (e || !mine)
		return e;
	e = fn(r, body, ret);
	if (e) { /* nothing was answered: the same key may try again */
		err_free(idem_drop_run(r->db, NULL, DB_ARGS(key, r->path)));
		return e;
	}
	return idem_end_run(r->db, NULL, DB_ARGS(ret->status, ret->body, key, r->path));
}

static struct err *post(struct req *r, call_fn *fn)
{
	struct reply reply;
	if (!key_ok(r))
		return refuse_key(r);
	struct bytes text = req_body(r);
	json_t *body = json_keep(r->a, json_loadb(text.p, text.n, 0, NULL));
	const char *key = req_header(r, "HTTP_IDEMPOTENCY_KEY");
	if (!json_is_object(body))
		say_error(r->a, &reply, 400, "INVALID_REQUEST", "잘못된 요청입니다.");
	else if (key && (!*key || strlen(key) > 300))
		say_error(r->a, &reply, 400, "INVALID_IDEMPOTENCY_KEY", "멱등키는 300자 이하여야 합니다.");
	else
		TRY(key ? with_key(r, key, fn, body, &reply) : fn(r, body, &reply));
	return answer(r, &reply);
}

/* ---- confirm ------------------------------------------------------------------------------------------------------------ */
#define SLOW_US (5 * US_SECOND)

static struct err *capture(struct req *r, const struct sandbox_payment *p, struct reply *ret)
{
	struct sandbox_payment *after;
	bool done;
	TRY(sandbox_capture(r->db, r->a, p, clock_now(), &done));
	if (!done) {
		say_error(r->a, ret, 400, "ALREADY_PROCESSED_PAYMENT", "이미 처리된 결제 입니다.");
		return NULL;
	}
	TRY(sandbox_load(r->db, r->a, p->payment_key, clock_now(), &after));
	TRY(say_payment(r, after, ret));
	ret->lost = str_eq(p->scenario, "silent");
	return NULL;
}

static struct err *confirm(struct req *r, const json_t *body, struct reply *ret)
{
	const char *key = json_string_value(json_object_get(body, "paymentKey")), *ref = json_string_value(json_object_get(body, "orderId"));
	const json_t *amount = json_object_get(body, "amount");
	struct sandbox_payment *p = NULL, *other;
	bool done;
	if (!key || !ref || !json_is_integer(amount)) {
		say_error(r->a, ret, 400, "INVALID_REQUEST", "잘못된 요청입니다.");
		return NULL;
	}
	TRY(sandbox_load(r->db, r->a, key, clock_now(), &p));
	if (!p || !str_eq(p->order_ref, ref)) {
		say_error(r->a, ret, 404, "NOT_FOUND_PAYMENT", "존재하지 않는 결제 정보 입니다.");
		return NULL;
	}
	if (str_eq(p->status, "EXPIRED")) {
		say_error(r->a, ret, 404, "NOT_FOUND_PAYMENT_SESSION", "결제 시간이 만료되어 결제 진행 데이터가 존재하지 않습니다.");
		return NULL;
	}
	TRY(sandbox_load_by_order(r->db, r->a, ref, clock_now(), &other));
	if (!str_eq(p->status, "IN_PROGRESS")) {
		say_error(r->a, ret, 400, "ALREADY_PROCESSED_PAYMENT", "이미 처리된 결제 입니다.");
	} else if (!str_eq(other->payment_key, key) && !str_eq(other->status, "IN_PROGRESS") && !str_eq(other->status, "ABORTED") &&
	    !str_eq(other->status, "EXPIRED")) {
		say_error(r->a, ret, 400, "DUPLICATED_ORDER_ID", "이미 승인 및 취소가 진행된 중복된 주문번호 입니다.");
	} else if (json_integer_value(amount) != p->amount) {
		say_error(r->a, ret, 400, "INVALID_REQUEST", "결제 금액이 일치하지 않습니다.");
	} else if (str_eq(p->scenario, "declined")) {
		TRY(sandbox_refuse(r->db, r->a, p, clock_now(), &done));
		say_error(r->a, ret, 403, "REJECT_CARD_COMPANY", "결제 승인이 거절되었습니다.");
	} else if (str_eq(p->scenario, "error")) {
		TRY(sandbox_forget_scenario(r->db, key));
		say_error(r->a, ret, 500, "FAILED_INTERNAL_SYSTEM_PROCESSING", "내부 시스템 처리 작업이 실패했습니다.");
	} else {
		if (str_eq(p->scenario, "delay"))
			usleep((useconds_t)SLOW_US);
		return capture(r, p, ret);
	}
	return NULL;
}

/* ---- confirming at once: a card that nothing is known against, captured with its answer in one transaction ----------------- */
struct at_once { struct req *r; const char *key; const struct sandbox_payment *p; const char *body; };

static struct err *at_once_tx(struct db *db, void *ctx)
{
	struct at_once *c = ctx;
	int64_t now = clock_now();
	TRY(sandbox_capture_card(db, c->r->a, c->p, now, &c->body));
	return idem_whole_run(db, NULL, DB_ARGS(c->key, c->r->path, 200, c->body, db_time(now)));
}

static bool asks_for(const json_t *body, const struct sandbox_payment *p)
{
	const json_t *amount = json_object_get(body, "amount");
	return str_eq(json_string_value(json_object_get(body, "orderId")), p->order_ref) && json_is_integer(amount) &&
	    json_integer_value(amount) == p->amount;
}

/* ret_done false: whatever else there is to it is looked at step by step. */
static struct err *confirm_at_once(struct req *r, struct reply *ret, bool *ret_done)
{
	const json_t *body = json_keep(r->a, json_loadb(req_body(r).p, req_body(r).n, 0, NULL));
	const char *key = req_header(r, "HTTP_IDEMPOTENCY_KEY"), *payment = json_string_value(json_object_get(body, "paymentKey"));
	struct sandbox_payment *p = NULL, *other;
	if (!key || !*key || strlen(key) > 300 || !payment)
		return NULL;
	TRY(sandbox_load(r->db, r->a, payment, clock_now(), &p));
	if (!p || !str_eq(p->status, "IN_PROGRESS") || !str_eq(p->method, "card") || !str_eq(p->scenario, "") || !asks_for(body, p))
		return NULL;
	TRY(sandbox_load_by_order(r->db, r->a, p->order_ref, clock_now(), &other));
	if (!str_eq(other->payment_key, p->payment_key))
		return NULL;
	struct at_once c = { .r = r, .key = key, .p = p };
	struct err *e = db_tx(r->db, at_once_tx, &c);
	if (err_is(e, ERR_DUPLICATE) || err_is(e, ERR_CONFLICT)) {
		err_free(e);
		return NULL;
	}
	TRY(e);
	*ret = (struct reply){ .status = 200, .body = c.body };
	*ret_done = true;
	return NULL;
}

struct err *sandbox_api_confirm(struct req *r)
{
	struct reply reply;
	bool done = false;
	if (!key_ok(r))
		return refuse_key(r);
	TRY(confirm_at_once(r, &reply, &done));
	return done ? answer(r, &reply) : post(r, confirm);
}

/* ---- cancel ------------------------------------------------------------------------------------------------------------- */
static int status_of(const char *code)
{
	static const char *const bad[] = { "ALREADY_CANCELED_PAYMENT", "INVALID_REFUND_ACCOUNT_INFO" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (str_eq(code, bad[i]))
			return 400;
	return str_eq(code, "NOT_FOUND_PAYMENT") ? 404 : 403;
}

static struct err *cancel(struct req *r, const json_t *body, struct reply *ret)
{
	const char *reason = json_string_value(json_object_get(body, "cancelReason"));
	const json_t *amount = json_object_get(body, "cancelAmount"), *account = json_object_get(body, "refundReceiveAccount");
	bool amount_ok = !amount || (json_is_integer(amount) && json_integer_value(amount) > 0);
	bool account_ok = json_is_string(json_object_get(account, "bank")) && json_is_string(json_object_get(account, "accountNumber")) &&
	    json_is_string(json_object_get(account, "holderName"));
	if (str_empty(reason) || str_utf8_len(reason) > 200 || !amount_ok) {
		say_error(r->a, ret, 400, "INVALID_REQUEST", "잘못된 요청입니다.");
		return NULL;
	}
	const char *key = req_param(r, "key"), *code;
	TRY(sandbox_give_back(r->db, r->a, key, amount ? json_integer_value(amount) : 0, reason, account_ok, clock_now(), &code));
	if (code) {
		say_error(r->a, ret, status_of(code), code, "취소할 수 없는 결제 입니다.");
		return NULL;
	}
	struct sandbox_payment *p;
	TRY(sandbox_load(r->db, r->a, key, clock_now(), &p));
	return say_payment(r, p, ret);
}

struct err *sandbox_api_cancel(struct req *r)
{
	return post(r, cancel);
}

/* ---- retrieve ----------------------------------------------------------------------------------------------------------- */
static struct err *found(struct req *r, const struct sandbox_payment *p)
{
	struct reply reply;
	if (p)
		TRY(say_payment(r, p, &reply));
	else
		say_error(r->a, &reply, 404, "NOT_FOUND_PAYMENT", "존재하지 않는 결제 정보 입니다.");
	return answer(r, &reply);
}

struct err *sandbox_api_get(struct req *r)
{
	struct sandbox_payment *p;
	if (!key_ok(r))
		return refuse_key(r);
	TRY(sandbox_load(r->db, r->a, req_param(r, "key"), clock_now(), &p));
	return found(r, p);
}

struct err *sandbox_api_get_by_order(struct req *r)
{
	struct sandbox_payment *p;
	if (!key_ok(r))
		return refuse_key(r);
	TRY(sandbox_load_by_order(r->db, r->a, req_param(r, "order"), clock_now(), &p));
	return found(r, p);
}
