/* Answers: everything is kept until the handler is done, then headers and body go out at once. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "ext/crypto.h"
#include "tmpl/web/frame.h"
#include "tmpl/web/leave.h"
#include "tmplc/out.h"
#include "web/web_priv.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define POSITION_COOKIE "foyer_pos"
enum { POSITION_AGE = 30, PAGE_ROOM = 24 * 1024, HEAD_ROOM = 2048 }; /* rooms: what is usual, so that buffers need not grow */

/* ---- headers and cookies ------------------------------------------------------------------------------------------ */
void req_set_header(struct req *r, const char *name, const char *value)
{
	for (const char *s = value; *s; s++)
		if (*s == '\r' || *s == '\n')
			return;
	struct header *h = arena_one(r->a, struct header);
	*h = (struct header){ name, arena_strdup(r->a, value), r->priv->headers };
	r->priv->headers = h;
}

void cookie_set(struct req *r, const char *full_name, const char *value, int max_age_s)
{
	assert(cookie_value_ok(value));
	struct cookie *c = r->priv->set_cookies;
	while (c && strcmp(c->name, full_name) != 0)
		c = c->next;
	if (!c) {
		c = arena_one(r->a, struct cookie);
		c->next = r->priv->set_cookies;
		c->name = full_name;
		r->priv->set_cookies = c;
	}
	c->value = arena_strdup(r->a, value);
	c->max_age_s = max_age_s;
}

void req_set_cookie(struct req *r, const char *name, const char *value, int max_age_s)
{
	cookie_set(r, cookie_name(r->a, name), value, max_age_s);
}

void req_allow_origin(struct req *r, const char *origin)
{
	r->priv->allowed_origin = origin;
}

void req_cache_public(struct req *r, int seconds)
{
	r->priv->cache_s = seconds;
	r->priv->cache_everyone = true;
}

void answer_discard(struct req *r)
{
	struct req_priv *p = r->priv;
	p->answered = false;
	p->status = 0;
	p->answer = (struct bytes){ 0 };
	p->page = NULL;
}

static void answer_set(struct req *r, int status, const char *content_type, struct bytes body)
{
	struct req_priv *p = r->priv;
	assert(!p->answered);
	p->answered = true;
	p->status = status;
	p->content_type = content_type;
	p->answer = body;
}

struct err *respond(struct req *r, int status, const char *content_type, struct bytes body)
{
	answer_set(r, status, content_type, body);
	return NULL;
}

struct err *respond_download(struct req *r, const char *content_type, const char *file_name, struct bytes body)
{
	char *ascii = arena_strdup(r->a, file_name);
	for (char *s = ascii; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f || *s == '"' || *s == '\\' || *s == '/')
			*s = '_';
	req_set_header(r, "Content-Disposition", arena_printf(r->a, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii,
	    str_url_encode(r->a, file_name)));
	return respond(r, 200, content_type, body);
}

struct err *respond_accel(struct req *r, const char *internal_path)
{
	req_set_header(r, "X-Accel-Redirect", internal_path);
	answer_set(r, 200, "application/octet-stream", (struct bytes){ "", 0 });
	return NULL;
}

/* ---- redirects ---------------------------------------------------------------------------------------------------- */
struct err *answer_location(struct req *r, int status, const char *location)
{
	req_set_header(r, "Location", location);
	answer_set(r, status, NULL, (struct bytes){ "", 0 });
	return NULL;
}

struct err *redirect(struct req *r, struct url to)
{
	assert(to.s && path_is_ours(to.s));
	bool has_prefix = strcmp(to.s, "/en") == 0 || str_starts(to.s, "/en/") || str_starts(to.s, "/en?");
	const char *prefix = has_prefix ? "" : r->url_prefix;
	/* "/en" + "/" is "/en". */
	const char *rest = *prefix && to.s[0] == '/' && (!to.s[1] || to.s[1] == '?' || to.s[1] == '#') ? to.s + 1 : to.s;
	return answer_location(r, 303, arena_printf(r->a, "%s%s", prefix, rest));
}

/* After a form was sent, browsers hold a redirect against the form-action of the page it stood on, so that a POST cannot
 * be redirected to another site.  A page that moves on by itself can. */
struct err *redirect_outside(struct req *r, const char *https_url)
{
	bool https = str_starts(https_url, "https://");
	assert(https || (str_starts(https_url, "http://") && !site_is_https()));
	size_t base_n = strlen(conf()->base_url);
	bool own = strncmp(https_url, conf()->base_url, base_n) == 0 && (https_url[base_n] == '/' || !https_url[base_n]);
	if (own || r->method == GET)
		return answer_location(r, 303, https_url);
	req_set_header(r, "Refresh", arena_printf(r->a, "0; url=%s", https_url));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, N_("One moment")), .bare = true, .no_index = true });
	tmpl_leave_page(o, https_url);
	return page_end(r, 200);
}

/* ---- pages -------------------------------------------------------------------------------------------------------- */
static const char *absolute(struct req *r, const char *prefix, const char *path)
{
	return arena_printf(r->a, "%s%s%s", conf()->base_url, prefix, *prefix && strcmp(path, "/") == 0 ? "" : path);
}

/* Where the language switch comes back to: this address, if it can be visited. */
static const char *comes_back(struct req *r)
{
	struct route_match m = r->priv->match;
	if (r->method != GET)
		route_find(r->a, GET, r->path, &m);
	if (!m.route)
		return "/";
	const char *here = r->method == GET && *r->query ? arena_printf(r->a, "%s?%s", r->path, r->query) : r->path;
	return path_is_local(here) ? here : "/";
}

static void frame_addresses(struct req *r, struct frame *f)
{
	const struct page *p = f->page;
	const char *back = comes_back(r);
	f->other_lang_code = strcmp(r->lang, "ko") == 0 ? "en" : "ko";
	f->other_lang = url_fmt(r->a, "/lang/%s?next=%s", f->other_lang_code, back);
	f->sign_in = out_url(&r->priv->out, "/sign-in?next=%s", back);
	if (p->no_index || r->method != GET || !r->route)
		return;
	f->href_ko = absolute(r, "", r->path);
	f->href_en = absolute(r, "/en", r->path);
	if (!p->canonical)
		f->canonical = absolute(r, strcmp(r->lang, "en") == 0 ? "/en" : "", r->path);
	else
		f->canonical = p->canonical[0] == '/' ? absolute(r, r->url_prefix, p->canonical) : p->canonical;
}

struct out *page_begin(struct req *r, const struct page *p)
{
	struct req_priv *priv = r->priv;
	req_who(r);
	out_init(&priv->out, r->a, r->lang, r);
	buf_reserve(&priv->out.b, PAGE_ROOM);
	struct frame *f = arena_one(r->a, struct frame);
	struct page *page = arena_one(r->a, struct page);
	*page = *p; /* the handler's may be gone when the frame is closed */
	priv->page = page;
	priv->frame = f;
	f->page = page;
	f->site_name = conf()->site_name;
	f->title = str_empty(p->title) ? f->site_name : arena_printf(r->a, "%s · %s", p->title, f->site_name);
	f->lang = r->lang;
	f->who = &r->who;
	f->signed_in = r->who.person.v || r->who.staff.v;
	f->organizer = r->who.organizer.v && (r->who.perms & ~(unsigned)PERM_GATE);
	f->gate = r->who.organizer.v && (r->who.perms & PERM_GATE);
	f->csrf = f->signed_in ? csrf_token(r) : NULL;
	frame_addresses(r, f);
	flash_take(r, &f->flash, &f->n_flash);
	tmpl_frame_open(&priv->out, f);
	return &priv->out;
}

struct err *page_end(struct req *r, int status)
{
	struct req_priv *p = r->priv;
	assert(p->page);
	tmpl_frame_close(&p->out, p->frame);
	answer_set(r, p->again_status ? p->again_status : status, "text/html; charset=utf-8",
	    (struct bytes){ p->out.b.p, p->out.b.n });
	return NULL;
}

/* ---- forms shown again -------------------------------------------------------------------------------------------- */
void req_field_error(struct req *r, const char *name, const char *msgid)
{
	struct form_error *e = arena_one(r->a, struct form_error);
	*e = (struct form_error){ .name = name, .msgid = arena_strdup(r->a, msgid) };
	form_errors_translate(r->a, r->lang, e);
	const struct form_error **end = &r->form_errors;
	while (*end)
		end = (const struct form_error **)(const void *)&(*end)->next;
	*end = e;
}

struct err *req_again(struct req *r)
{
	if (r->priv->again_status) /* the page that shows the form refused it itself */
		return err_new(ERR_INTERNAL, "req_again within a form shown again");
	r->priv->again_status = 422;
	if (r->route->again)
		return r->route->again(r);
	error_answer_form(r);
	return NULL;
}

/* ---- out it goes -------------------------------------------------------------------------------------------------- */
static const char security_headers[] =
	"X-Content-Type-Options: nosniff\r\n"
	"Referrer-Policy: strict-origin-when-cross-origin\r\n"
	"Permissions-Policy: camera=(self), microphone=(), geolocation=(), browsing-topics=()\r\n";
static const char usual_policy[] =
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; manifest-src 'self'; "
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n";

static void policy_headers(const struct req *r, struct buf *b)
{
	const char *also = r->priv->allowed_origin ? r->priv->allowed_origin : "", *gap = *also ? " " : "";
	if (!*also && str_eq(r->priv->content_type, "text/html; charset=utf-8")) {
		buf_str(b, usual_policy);
		return;
	}
	buf_printf(b, "Cross-Origin-Opener-Policy: same-origin%s\r\n", *also ? "-allow-popups" : "");
	if (r->priv->content_type && strcmp(r->priv->content_type, "application/pdf") == 0) /* viewers of browsers fail under it */
		return;
	buf_printf(b, "Content-Security-Policy: default-src 'none'; script-src 'self'%s%s; style-src 'self'; img-src 'self' data:%s%s; "
	    "manifest-src 'self'; connect-src 'self'%s%s; form-action 'self'%s%s; ", gap, also, gap, also, gap, also, gap, also);
	if (*also)
		buf_printf(b, "frame-src %s; ", also);
	buf_str(b, "frame-ancestors 'none'; base-uri 'none'\r\n");
}

/* Shared answers are the same for everyone and carry no cookie; everything else stays with the one who asked. */
static bool may_be_shared(const struct req *r)
{
	const struct req_priv *p = r->priv;
	if (p->cache_s <= 0 || r->method != GET || p->status != 200 || p->set_cookies || p->personal)
		return false;
	return p->cache_everyone || p->session.state == SESSION_NONE;
}

static void cache_headers(struct req *r, struct buf *b)
{
	const struct req_priv *p = r->priv;
	if (may_be_shared(r)) {
		buf_printf(b, "X-Accel-Expires: %d\r\nCache-Control: public, max-age=0\r\n", p->cache_s);
		if (!p->lang_known)
			buf_str(b, "Vary: Accept-Language, Cookie\r\n");
	} else if (p->session.state == SESSION_NONE) {
		buf_str(b, "Cache-Control: private, no-cache\r\n");
	} else {
		buf_str(b, "Cache-Control: private, no-store\r\n");
	}
}

/* A page that wrote tells the browser how far the primary was, so that its next reads are not older. */
static void position_cookie(struct req *r)
{
	const char *position = r->db ? db_unit_position(r->db) : NULL;
	if (!position)
		return;
	uint8_t mac[32];
	struct buf b;
	crypto_mac("position", position, strlen(position), mac);
	buf_init(&b, r->a);
	buf_add(&b, mac, 16);
	buf_str(&b, position);
	req_set_cookie(r, POSITION_COOKIE, str_base64url(r->a, b.p, b.n), POSITION_AGE);
}

const char *position_read(struct req *r)
{
	const char *cookie = req_cookie(r, cookie_name(r->a, POSITION_COOKIE));
	struct bytes b;
	uint8_t mac[32];
	if (!cookie || !str_unbase64url(r->a, cookie, &b) || b.n <= 16)
		return NULL;
	const char *position = arena_strndup(r->a, (const char *)b.p + 16, b.n - 16);
	crypto_mac("position", position, strlen(position), mac);
	return crypto_equal(mac, b.p, 16) ? position : NULL;
}

static void debug_headers(struct req *r, struct buf *b)
{
	if (!conf()->debug)
		return;
	buf_printf(b, "X-Foyer-Queries: %u\r\n", r->db ? db_unit_queries(r->db) : 0);
	buf_printf(b, "X-Foyer-Route: %s\r\n", r->route ? r->route->path : "-");
}

bool answer_write(struct req *r)
{
	struct req_priv *p = r->priv;
	struct buf b;
	position_cookie(r);
	flash_store(r);
	buf_init(&b, r->a);
	buf_reserve(&b, HEAD_ROOM + (p->head ? 0 : p->answer.n));
	buf_printf(&b, "Status: %d %s\r\n", p->status, status_text(p->status));
	if (p->content_type)
		buf_printf(&b, "Content-Type: %s\r\n", p->content_type);
	/* nginx takes the length of an internal redirect from its target. */
	bool elsewhere = false;
	for (const struct header *h = p->headers; h; h = h->next) {
		buf_printf(&b, "%s: %s\r\n", h->name, h->value);
		elsewhere = elsewhere || strcmp(h->name, "X-Accel-Redirect") == 0;
	}
	if (!elsewhere)
		buf_printf(&b, "Content-Length: %zu\r\n", p->answer.n);
	for (const struct cookie *c = p->set_cookies; c; c = c->next)
		buf_printf(&b, "Set-Cookie: %s\r\n", cookie_header(r->a, c));
	cache_headers(r, &b);
	buf_str(&b, security_headers);
	policy_headers(r, &b);
	if (site_is_https())
		buf_str(&b, "Strict-Transport-Security: max-age=31536000\r\n");
	debug_headers(r, &b);
	buf_str(&b, "\r\n");
	if (!p->head)
		buf_add(&b, p->answer.p, p->answer.n);
	return p->t->write(p->t->ctx, b.p, b.n);
}
