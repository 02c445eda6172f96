/* Webhooks: stored once, answered, looked into afterwards. */
#include "pay/hook.h"
#include "pay/pay_jobs.h"
#include "pay/pay_web.h"
#include "pay/rules.h"

#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "proc/outbox.h"
#include "web/session.h"

#include <inttypes.h>
#include <string.h>

enum { HOOKS_PER_HOUR = 60 }; /* about one attempt */

DB_EXEC(hook_insert, "INSERT INTO pay_webhook (provider, event_id, body, received_at, processed_at, outcome) VALUES (?, ?, ?, ?, ?, ?)")
DB_EXEC(hook_done, "UPDATE pay_webhook SET processed_at = ?, outcome = ? WHERE id = ?")
#define HOOK_ROW(F) F(i64, id) F(str, provider) F(str, body) F(time, processed_at)
DB_ROW(hook_row, HOOK_ROW)
DB_QUERY(hook_by_id, hook_row, "SELECT id, provider, body, processed_at FROM pay_webhook WHERE id = ?")

/* While our own confirmation is under way its answer tells all; the webhook is looked into afterwards. */
#define CONFIRMING_US (3 * US_SECOND)

struct store_ctx { const char *provider, *event, *body; const struct pay_attempt *at; struct arena *a; int64_t now; };

/* Nothing that a provider could tell changes an attempt any more whose payment was captured: what is given back of it is
 * ours to say. */
static bool is_settled(const struct pay_attempt *at)
{
	return str_eq(at->state, "done") || str_eq(at->state, "returned");
}

static struct err *store(struct db *db, const struct store_ctx *c, bool *ret_new)
{
	bool settled = is_settled(c->at);
	struct err *e = hook_insert_run(db, NULL, DB_ARGS(c->provider, c->event, c->body, db_time(c->now), db_time(settled ? c->now : 0),
	    settled ? c->at->state : ""));
	*ret_new = !e;
	if (!err_is(e, ERR_DUPLICATE))
		return e;
	err_free(e); /* told again: answered alike */
	return NULL;
}

static struct err *store_tx(struct db *db, void *ctx)
{
	struct store_ctx *c = ctx;
	bool new;
	TRY(store(db, c, &new));
	if (!new)
		return NULL;
	const char *id = arena_printf(c->a, "%" PRId64, db_last_id(db));
	return outbox_add(db, "pay_webhook", id, NULL, id, str_eq(c->at->state, "confirming") ? c->now + CONFIRMING_US : 0);
}

/* The event's id; of a message without one the hash of what it says. */
static const char *event_of(struct req *r, struct bytes body)
{
	const char *id = req_header(r, "HTTP_TOSSPAYMENTS_WEBHOOK_TRANSMISSION_ID");
	if (id && *id && strlen(id) <= 100 && strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:") == strlen(id))
		return id;
	uint8_t hash[32];
	crypto_sha256(body.p, body.n, hash);
	return arena_printf(r->a, "sha256:%s", str_hex(r->a, hash, sizeof hash));
}

/* Anybody can send these: only what names an attempt of ours is kept, everything is answered with 200. */
struct err *pay_webhook(struct req *r)
{
	static const struct bytes ok = { "ok\n", 3 };
	struct bytes body = req_body(r);
	struct pay_hook hook;
	struct pay_attempt *at = NULL;
	const char *provider = req_param(r, "provider");
	if (!pay_provider_find(provider))
		return err_new(ERR_NOT_FOUND, "no payment provider of this name");
	if (!str_utf8_valid(body.p, body.n) || !pay_hook_read(r->a, body, &hook))
		return respond(r, 400, "text/plain", (struct bytes){ "not a webhook\n", 14 });
	if (hook.order_ref)
		TRY(pay_attempt_by_ref(r->db, r->a, hook.order_ref, &at));
	if (!at || !str_eq(at->provider, provider)) {
		log_msg(LOG_WARN, "webhook about no payment of ours", "provider", provider, "kind", hook.kind, NULL);
		return respond(r, 200, "text/plain", ok);
	}
	/* Each one may have the provider asked.  A message that is refused for once is not lost: the sweeper asks, too. */
	TRY(rate_limit("webhook", hook.order_ref, HOOKS_PER_HOUR, 3600));
	struct store_ctx c = { .provider = provider, .event = event_of(r, body), .body = arena_strndup(r->a, body.p, body.n), .at = at,
		.a = r->a, .now = r->now };
	bool ignored;
	TRY(is_settled(at) ? store(r->db, &c, &ignored) : db_tx(r->db, store_tx, &c));
	outbox_wake();
	return respond(r, 200, "text/plain", ok);
}

/* ---- looking into it ------------------------------------------------------------------------------------------------------ */
static bool secret_ok(const struct pay_attempt *at, const struct pay_hook *hook)
{
	if (!str_eq(hook->kind, "DEPOSIT_CALLBACK") || str_empty(at->secret)) /* told before the confirmation's answer was stored */
		return true;
	return hook->secret && strlen(hook->secret) == strlen(at->secret) && crypto_equal(hook->secret, at->secret, strlen(at->secret));
}

static struct err *look_into(struct db *db, struct arena *a, const struct hook_row *row, const char **ret_outcome)
{
	struct pay_hook hook;
	struct pay_attempt *at = NULL;
	if (pay_hook_read(a, (struct bytes){ row->body, strlen(row->body) }, &hook) && hook.order_ref)
		TRY(pay_attempt_by_ref(db, a, hook.order_ref, &at));
	if (!at) {
		*ret_outcome = "no attempt";
	} else if (!secret_ok(at, &hook)) {
		log_msg(LOG_WARN, "webhook with a wrong secret", "attempt", at->provider_order, NULL);
		*ret_outcome = "wrong secret";
	} else {
		if (!is_settled(at)) {
			TRY(pay_look(db, a, at->id, clock_now()));
			TRY(pay_attempt_by_id(db, a, at->id, &at));
		}
		*ret_outcome = at->state;
	}
	return NULL;
}

struct err *pay_webhook_deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t id;
		struct hook_row *row;
		const char *outcome = "";
		if (!str_to_i64(rows[i].payload, &id))
			return err_new(ERR_INVALID, "'%.40s' is no webhook's number", rows[i].payload);
		TRY(hook_by_id_one(c->db, c->a, &row, DB_ARGS(id)));
		if (!row || row->processed_at)
			continue;
		TRY(look_into(c->db, c->a, row, &outcome));
		TRY(hook_done_run(c->db, NULL, DB_ARGS(db_time(clock_now()), outcome, id)));
	}
	return NULL;
}
