#include "web/web_domain.h"

#include "base/buf.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/redis.h"
#include "web/web_priv.h"

#include <string.h>

enum { LANG_AGE = 365 * 24 * 3600 };

/* GET /lang/{code}?next=/shows */
#define LANG_FORM(F) F(text, next, .max = 1000)
FORM(lang_form, LANG_FORM)

/* The language stands in the address (/en/…) and in a cookie for addresses without. */
static struct err *lang_switch(struct req *r)
{
	const struct lang_form *f = r->form;
	const char *code = req_param(r, "code");
	bool english = strcmp(code, "en") == 0;
	if (!english && strcmp(code, "ko") != 0)
		return err_new(ERR_NOT_FOUND, "no such language");
	const char *next = req_next(r, f->next, "/").s;
	if (strcmp(next, "/en") == 0 || str_starts(next, "/en/"))
		next = next[3] ? next + 3 : "/";
	cookie_set(r, "lang", code, LANG_AGE);
	return answer_location(r, 303, english ? arena_printf(r->a, "/en%s", strcmp(next, "/") == 0 ? "" : next) : next);
}

static struct err *healthz(struct req *r)
{
	return respond(r, 200, "text/plain; charset=utf-8", (struct bytes){ "ok\n", 3 });
}

#define ONE_ROW(F) F(i64, one)
DB_ROW(one_row, ONE_ROW)
DB_QUERY(ping_primary, one_row, "SELECT 1 AS one")

static bool up(const char *what, struct err *e)
{
	bool ok = !e;
	log_err(LOG_WARN, what, e);
	return ok;
}

static struct err *readyz(struct req *r)
{
	struct one_row *row;
	struct redis_reply reply;
	bool db = up("readyz: the primary does not answer", ping_primary_one(r->db, r->a, &row, DB_NO_ARGS));
	bool redis = up("readyz: Redis does not answer", REDIS(r->a, &reply, "PING"));
	const char *text = arena_printf(r->a, "{\"ready\":%s,\"primary\":%s,\"redis\":%s}\n", db && redis ? "true" : "false",
	    db ? "true" : "false", redis ? "true" : "false");
	return respond(r, db && redis ? 200 : 503, "application/json", (struct bytes){ text, strlen(text) });
}

static struct err *robots(struct req *r)
{
	static const char text[] =
		"User-agent: *\n"
		"Disallow: /me\n" "Disallow: /desk\n" "Disallow: /admin\n" "Disallow: /gate\n" "Disallow: /checkout\n"
		"Disallow: /orders\n" "Disallow: /tickets\n" "Disallow: /pay\n" "Disallow: /sandbox\n" "Disallow: /lang\n";
	return respond(r, 200, "text/plain; charset=utf-8", (struct bytes){ text, sizeof text - 1 });
}

static const struct route routes[] = {
	{ GET, "/lang/{code}", lang_switch, ACCESS_ANYONE, .form = FORM_OF(lang_form), .budget = 2 },
	{ GET, "/healthz", healthz, ACCESS_ANYONE, .budget = 2 },
	{ GET, "/readyz", readyz, ACCESS_LOOPBACK, .budget = 2 },
	{ GET, "/robots.txt", robots, ACCESS_ANYONE, .cache_s = 60, .budget = 2 },
	{ 0 }
};

static const struct job jobs[] = {
	{ "forms.forget", 86400, once_forget, N_("What forms made more than a day ago is forgotten.") },
	{ 0 }
};

const struct domain web_domain = { .name = "web", .routes = routes, .jobs = jobs };
