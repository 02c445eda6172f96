/* One request from its transport to its answer. */
#include "web/serve.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "tmplc/out.h"
#include "web/web_priv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ARENA_CAP = 128 << 20, BODY_KIB = 64, PATH_LOGGED = 200 };

struct web_worker {
	struct arena *a;
	struct db *db;
	const struct serve_hooks *hooks;
};

struct web_worker *web_worker_new(const struct serve_hooks *hooks)
{
	static const struct serve_hooks none;
	struct web_worker *w = calloc(1, sizeof *w);
	if (!w)
		abort();
	w->a = arena_new(ARENA_CAP);
	w->db = db_open();
	w->hooks = hooks ? hooks : &none;
	return w;
}

void web_worker_free(struct web_worker *w)
{
	if (!w)
		return;
	db_close(w->db);
	arena_free(w->a);
	free(w);
}

static void stage(const struct web_worker *w, enum serve_stage s)
{
	if (w->hooks->stage)
		w->hooks->stage(s);
}

/* ---- what comes in ------------------------------------------------------------------------------------------------ */
static const char *request_id(struct req *r)
{
	const char *id = req_header(r, "FOYER_REQUEST_ID");
	size_t n = id ? strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") : 0;
	if (n > 0 && n < 64 && !id[n])
		return arena_strdup(r->a, id);
	uint8_t random[16];
	crypto_random(random, sizeof random);
	return str_hex(r->a, random, sizeof random);
}

static bool wants_json(const struct req *r)
{
	const char *accept = req_header(r, "HTTP_ACCEPT");
	if (r->path && str_starts(r->path, "/api/"))
		return true;
	return accept && strstr(accept, "application/json") && !strstr(accept, "text/html");
}

/* Fills in what every answer needs, whatever the request is like; false when its address cannot be read. */
static bool read_head(struct web_worker *w, struct req *r, const struct web_transport *t)
{
	struct req_priv *p = r->priv;
	p->t = t;
	r->a = w->a;
	r->now = clock_now();
	r->path = r->query = r->url_prefix = "";
	r->id = request_id(r);
	log_request_id(r->id);
	const char *ip = req_header(r, "REMOTE_ADDR"), *agent = req_header(r, "HTTP_USER_AGENT");
	r->ip = ip && strlen(ip) <= 45 ? ip : "";
	r->user_agent = agent ? agent : "";
	bool ok = request_read_target(r);
	p->n_cookies = cookie_parse(r->a, req_header(r, "HTTP_COOKIE"), &p->cookies);
	request_choose_lang(r, req_header(r, "FOYER_LANG"), req_header(r, "HTTP_ACCEPT_LANGUAGE"));
	p->wants_json = wants_json(r);
	return ok;
}

/* GET for HEAD; false: a method we don't serve. */
static bool read_method(struct req *r)
{
	const char *m = req_header(r, "REQUEST_METHOD");
	r->priv->head = str_eq(m, "HEAD");
	r->method = str_eq(m, "POST") ? POST : GET;
	return r->priv->head || str_eq(m, "GET") || str_eq(m, "POST");
}

/* Answers 413 (*ret_stop) when there is more than the route takes. */
static struct err *read_body(struct req *r, bool *ret_stop)
{
	struct req_priv *p = r->priv;
	const char *text = req_header(r, "CONTENT_LENGTH");
	int64_t length = 0, most = (r->route->body_kib ? r->route->body_kib : BODY_KIB) * INT64_C(1024);
	if (!str_empty(text) && (!str_to_i64(text, &length) || length < 0))
		return err_new(ERR_INVALID, "CONTENT_LENGTH is '%s'", text);
	if (length > most) {
		error_answer(r, 413, N_("What you sent is larger than this form takes. Nothing was changed."),
		    N_("Go back, make it smaller (a picture: reduce its size) and send it again."), NULL, NULL);
		*ret_stop = true;
		return NULL;
	}
	char *body = arena_alloc(r->a, (size_t)length + 1);
	size_t got = 0, n;
	while (got < (size_t)length && (n = p->t->read(p->t->ctx, body + got, (size_t)length - got)) > 0)
		got += n;
	if (got < (size_t)length)
		return err_new(ERR_INVALID, "the body ends after %zu of %lld bytes", got, (long long)length);
	p->body = (struct bytes){ body, got };
	return NULL;
}

static struct err *parse_input(struct req *r)
{
	struct req_priv *p = r->priv;
	if (r->method == GET) {
		struct err *e = form_parse_urlencoded(r->a, r->query, strlen(r->query), &p->input);
		if (!e || r->route->form)
			return e;
		err_free(e); /* what others hang on our links is none of our business */
		return NULL;
	}
	if (r->route->raw_body)
		return NULL;
	const char *header = req_header(r, "CONTENT_TYPE"), *type = header ? header : "";
	if (strncasecmp(type, "multipart/form-data", 19) == 0)
		return form_parse_multipart(r->a, type, p->body.p, p->body.n, &p->input);
	if (!*type || strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0)
		return form_parse_urlencoded(r->a, p->body.p, p->body.n, &p->input);
	return err_user(err_new(ERR_INVALID, "content type '%s'", type), "%s",
	    N_("The form came in a format we cannot read. Nothing was changed."));
}

/* ---- the steps of a request --------------------------------------------------------------------------------------- */
static struct err *refuse_csrf(struct req *r, enum csrf_result result)
{
	if (result == CSRF_STALE && r->route->again && r->route->form) {
		/* Our own page, but an old one (the browser restarted, somebody signed in meanwhile): show it as it was filled. */
		void *form;
		struct form_error *ignored;
		form_decode(r->a, r->route->form(), &r->priv->input, &form, &ignored);
		r->form = form;
		req_field_error(r, "", N_("This page had been open for too long. Nothing was changed; please send it once more."));
		r->priv->again_status = 403;
		struct err *e = r->route->again(r);
		if (!err_is(e, ERR_INVALID))
			return e;
		err_free(e); /* too little came to show it again */
	}
	error_answer(r, 403, N_("This form is no longer valid, or it did not come from our page. Nothing was changed."),
	    N_("Go back, reload the page and send the form again."), NULL, NULL);
	return NULL;
}

static struct err *check_post(struct req *r, bool *ret_stop)
{
	bool machine = r->route->access == ACCESS_PROVIDER || r->route->access == ACCESS_LOOPBACK;
	int64_t most = conf()->rate_per_minute;
	if (!machine && most > 0)
		TRY(rate_limit("post", address_group(r->a, r->ip), most, 60));
	TRY(read_body(r, ret_stop));
	if (*ret_stop)
		return NULL;
	TRY(parse_input(r));
	enum csrf_result result = r->route->no_csrf ? CSRF_OK : csrf_check(r);
	*ret_stop = result != CSRF_OK;
	return *ret_stop ? refuse_csrf(r, result) : NULL;
}

static struct err *decode_form(struct req *r, bool *ret_stop)
{
	if (!r->route->form)
		return NULL;
	void *form;
	struct form_error *errors;
	form_decode(r->a, r->route->form(), &r->priv->input, &form, &errors);
	form_errors_translate(r->a, r->lang, errors);
	r->form = form;
	r->form_errors = errors;
	*ret_stop = errors != NULL;
	return errors ? req_again(r) : NULL;
}

/* Who asks, also for the page that says there is no such page.  Who cannot be recognised is a visitor; a page that needs
 * more says so itself. */
static void recognise(struct web_worker *w, struct req *r)
{
	r->db = w->db;
	db_unit_begin(w->db, position_read(r));
	if (r->route && r->route->step)
		db_unit_without_waiting(w->db);
	if (!r->route || (r->route->access != ACCESS_PROVIDER && r->route->access != ACCESS_LOOPBACK))
		log_err(LOG_WARN, "the session could not be loaded", who_load(r));
}

static struct err *run_route(struct web_worker *w, struct req *r)
{
	bool stop = false;
	r->priv->cache_s = r->route->cache_s;
	TRY(access_check(r, &stop));
	if (stop)
		return NULL;
	if (r->method == POST)
		TRY(check_post(r, &stop));
	else
		TRY(parse_input(r));
	if (!stop)
		TRY(decode_form(r, &stop));
	if (stop)
		return NULL;
	stage(w, SERVE_RUN);
	TRY(r->route->once ? once_run(r) : r->route->run(r));
	return r->priv->answered ? NULL : err_new(ERR_INTERNAL, "%s did not answer", r->route->path);
}

/* No route: a slash too many, another method, or nothing there. */
static void answer_no_route(struct req *r)
{
	size_t n = strlen(r->path);
	if (r->priv->match.other_method) {
		req_set_header(r, "Allow", r->method == GET ? "POST" : "GET, HEAD");
		error_answer(r, 405, N_("This address takes no such request. Nothing was changed."),
		    N_("Start from the home page."), NULL, NULL);
		return;
	}
	if (n > 1 && r->path[n - 1] == '/' && r->method == GET) {
		struct route_match m;
		const char *trimmed = arena_strndup(r->a, r->path, n - 1);
		route_find(r->a, GET, trimmed, &m);
		if (m.route && path_is_ours(trimmed)) {
			struct err *e = answer_location(r, 301, arena_printf(r->a, "%s%s%s%s", r->url_prefix, trimmed,
			    *r->query ? "?" : "", path_is_local(arena_printf(r->a, "/%s", r->query)) ? r->query : ""));
			err_free(e);
			return;
		}
	}
	error_answer(r, 404, N_("The page you asked for does not exist, or not any more."),
	    N_("Check the address, or start from the home page."), NULL, NULL);
}

static void handle(struct web_worker *w, struct req *r, bool target_ok)
{
	if (!target_ok) {
		error_answer(r, 400, N_("The address could not be read."), N_("Check the address, or start from the home page."), NULL, NULL);
		return;
	}
	if (!read_method(r)) {
		req_set_header(r, "Allow", "GET, HEAD, POST");
		error_answer(r, 405, N_("This address takes no such request. Nothing was changed."), N_("Start from the home page."), NULL, NULL);
		return;
	}
	route_find(r->a, r->method, r->path, &r->priv->match);
	r->route = r->priv->match.route;
	if (w->hooks->begin)
		w->hooks->begin(r->route);
	stage(w, SERVE_READ);
	recognise(w, r);
	if (!r->route) {
		answer_no_route(r);
		return;
	}
	struct err *e = run_route(w, r);
	if (e)
		error_answer_err(r, e);
}

static void log_access(const struct req *r, int status, int64_t us)
{
	const char *method = r->priv->head ? "HEAD" : r->method == POST ? "POST" : "GET";
	/* Addresses may hold secrets (links from mails): only those that lead nowhere are written out. */
	const char *path = r->route ? r->route->path : arena_strndup(r->a, r->path, PATH_LOGGED);
	log_msg(LOG_INFO, "request", "method", method, r->route ? "route" : "path", path,
	    "status", arena_printf(r->a, "%d", status), "us", arena_printf(r->a, "%lld", (long long)us),
	    "queries", arena_printf(r->a, "%u", r->db ? db_unit_queries(r->db) : 0),
	    "bytes", arena_printf(r->a, "%zu", r->priv->answer.n), NULL);
}

void web_handle(struct web_worker *w, const struct web_transport *t)
{
	int64_t started = clock_monotonic();
	arena_reset(w->a);
	struct req_priv priv = { 0 };
	struct req r = { .priv = &priv };
	bool target_ok = read_head(w, &r, t);
	handle(w, &r, target_ok);
	stage(w, SERVE_WRITE);
	int status = answer_write(&r) ? priv.status : 0;
	int64_t us = clock_monotonic() - started;
	log_access(&r, status, us);
	if (w->hooks->end)
		w->hooks->end(status, us);
	log_request_id(NULL);
	arena_reset(w->a);
}
