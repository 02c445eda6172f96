#include "web/once.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/redis.h"
#include "web/web_priv.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum { ANSWER_S = 120, LOOKS = 4, LOOK_MS = 20, LOCATION_MAX = 300 };
#define LIVES_US (15 * US_MINUTE) /* later somebody means it */
#define KEEP_US US_DAY
#define AT_ONCE_US (2 * US_SECOND)

DB_EXEC(made_insert, "INSERT INTO form_made (form_hash, location, at) VALUES (?, ?, ?)")
#define MADE_ROW(F) F(str, location) F(time, at)
DB_ROW(made_row, MADE_ROW)
DB_QUERY(made_by, made_row, "SELECT location, at FROM form_made WHERE form_hash = ?")
DB_EXEC(made_over, "DELETE FROM form_made WHERE form_hash = ? AND at <= ?")
DB_EXEC(made_forget, "DELETE FROM form_made WHERE at < ? LIMIT 1000")

/* NULL where the form has no key. */
static const uint8_t *form_hash(struct req *r)
{
	struct req_priv *p = r->priv;
	if (p->once_hash || str_empty(req_typed(r, "idem")))
		return p->once_hash;
	struct buf b;
	uint8_t hash[32];
	buf_init(&b, r->a);
	csrf_browser(r, hash);
	buf_add(&b, hash, sizeof hash);
	buf_str(&b, r->path);
	for (size_t i = 0; i < p->input.n; i++) {
		const struct form_pair *f = &p->input.v[i];
		if (strcmp(f->name, "csrf") == 0) /* another one whenever the same page is made anew */
			continue;
		crypto_sha256(f->value, f->value_n, hash);
		buf_add(&b, f->name, strlen(f->name) + 1);
		buf_add(&b, hash, sizeof hash);
	}
	uint8_t *all = arena_alloc(r->a, 32);
	crypto_mac("once", b.p, b.n, all);
	return p->once_hash = all;
}

struct err *once_made(struct req *r, struct db *db, struct url where)
{
	const uint8_t *hash = form_hash(r);
	assert(r->route->once);
	r->priv->once_made = false; /* a transaction may be run again */
	if (!hash || strlen(where.s) > LOCATION_MAX) /* rather twice than not at all */
		return NULL;
	TRY(made_insert_run(db, NULL, DB_ARGS(((struct bytes){ (const char *)hash, 32 }), where.s, db_time(r->now))));
	r->priv->once_made = true;
	return NULL;
}

/* ---- the answer --------------------------------------------------------------------------------------------------------- */
/* What else the first answer gave the browser – a message, a code that is shown once – it gives the second time, too, since
 * the first answer may never have been seen.  Kept sealed in Redis for as long as somebody may press a button twice; without
 * it the page alone is shown. */
static const char *redis_key(struct req *r)
{
	return arena_printf(r->a, "once:%s", str_hex(r->a, form_hash(r), 32));
}

static bool keeps(struct req *r, const struct cookie *c)
{
	return !str_eq(c->name, cookie_name(r->a, "foyer")) && !str_eq(c->name, cookie_name(r->a, "foyer_csrf"));
}

static struct err *answer_keep(struct req *r)
{
	struct buf b;
	buf_init(&b, r->a);
	flash_store(r);
	for (const struct cookie *c = r->priv->set_cookies; c; c = c->next)
		if (keeps(r, c))
			buf_printf(&b, "%s\x1f%d\x1f%s\x1e", c->name, c->max_age_s, c->value);
	struct bytes sealed = crypto_seal(r->a, "once", (struct bytes){ buf_cstr(&b), b.n });
	return REDIS(r->a, NULL, "SET", redis_key(r), str_base64url(r->a, sealed.p, sealed.n), "EX", arena_printf(r->a, "%d", ANSWER_S));
}

/* made_at: where it was made this very moment, its answer is perhaps still being written. */
static struct err *answer_find(struct req *r, int64_t made_at, struct bytes *ret)
{
	struct redis_reply reply = { 0 };
	struct bytes sealed;
	int looks = clock_now() - made_at < AT_ONCE_US ? LOOKS : 1;
	for (int i = 0; i < looks && reply.kind != REDIS_STR; i++) {
		if (i > 0)
			nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
		TRY(REDIS(r->a, &reply, "GET", redis_key(r)));
	}
	if (reply.kind == REDIS_STR && (!str_unbase64url(r->a, reply.s, &sealed) || !crypto_open(r->a, "once", sealed, ret)))
		*ret = (struct bytes){ 0 };
	return NULL;
}

static void answer_again(struct req *r, int64_t made_at)
{
	struct bytes clear = { 0 };
	log_err(LOG_WARN, "what the first answer told is not told again", answer_find(r, made_at, &clear));
	char *s = clear.p ? arena_strndup(r->a, clear.p, clear.n) : arena_strdup(r->a, "");
	while (*s) {
		char *age = strchr(s, '\x1f'), *value = age ? strchr(age + 1, '\x1f') : NULL, *end = value ? strchr(value, '\x1e') : NULL;
		int64_t seconds;
		if (!end)
			return;
		*age++ = *value++ = *end++ = '\0';
		if (str_to_i64(age, &seconds))
			cookie_set(r, s, value, (int)seconds);
		s = end;
	}
}

/* *ret: the form has made something before, and the request is answered accordingly. */
static struct err *made_before(struct req *r, bool *ret)
{
	struct made_row *made;
	struct bytes hash = { (const char *)form_hash(r), 32 };
	int64_t over = r->now - LIVES_US;
	*ret = false;
	TRY(made_by_one(r->db, r->a, &made, DB_ARGS(hash)));
	if (!made)
		return NULL;
	if (made->at <= over)
		return made_over_run(r->db, NULL, DB_ARGS(hash, db_time(over)));
	answer_discard(r);
	r->priv->headers = NULL;
	r->priv->n_flash = 0;
	r->priv->again_status = 0;
	answer_again(r, made->at);
	*ret = true;
	return redirect(r, (struct url){ made->location });
}

struct err *once_run(struct req *r)
{
	bool done;
	if (!form_hash(r))
		return r->route->run(r);
	TRY(made_before(r, &done));
	if (done)
		return NULL;
	struct err *e = r->route->run(r);
	if (!e && r->priv->once_made) {
		log_err(LOG_WARN, "the answer to a form is not kept", answer_keep(r));
		return NULL;
	}
	/* Refused, failed, or nothing to be done: perhaps because the same form was quicker. */
	struct err *look = made_before(r, &done);
	if (look) {
		log_err(LOG_WARN, "whether a form came twice is not known", look);
		return e;
	}
	if (!done)
		return e;
	err_free(e);
	return NULL;
}

/* ---- upkeep --------------------------------------------------------------------------------------------------------------- */
struct err *once_forget(struct job_ctx *j)
{
	int64_t changed;
	do
		TRY(made_forget_run(j->db, &changed, DB_ARGS(db_time(j->now - KEEP_US))));
	while (changed);
	return NULL;
}
