/* What the files of web/ share among themselves. */
#ifndef FOYER_WEB_PRIV_H
#define FOYER_WEB_PRIV_H

#include "web/frame.h"
#include "web/req.h"
#include "web/serve.h"
#include "web/session.h"

struct header { const char *name, *value; struct header *next; };
struct cookie { const char *name, *value; int max_age_s; struct cookie *next; };
struct name_value { const char *name, *value; };

static inline int hex_value(char c) /* -1: no hexadecimal digit */
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum session_state { SESSION_NONE, SESSION_OK, SESSION_UNKNOWN /* Redis is away */ };

/* A session as Redis keeps it. */
struct session {
	enum session_state state;
	const char *key;                /* SHA-256 of the token, hex: the last part of the Redis key */
	int64_t person, staff, organizer, started_at;
	bool member, second_factor;
	const char *ip, *user_agent;
};

struct req_priv {
	const struct web_transport *t;
	struct route_match match;
	struct name_value *cookies;
	size_t n_cookies;
	bool head;                      /* HEAD: the answer's body is not sent */
	bool lang_known;                /* the language is part of the cache key (prefix or FOYER_LANG) */
	bool wants_json;
	struct bytes body;
	struct form_input input;
	struct session session;
	bool who_later;                 /* r->who is what the session says, the rest is looked up when a page begins */
	const uint8_t *once_hash;       /* of the form; NULL: not asked yet, or it has no key */
	bool once_made;                 /* by this very request */
	const char *csrf;               /* token given out in this request */
	bool personal;                  /* the answer is for this browser alone: never cached */

	/* the answer */
	bool answered;
	int status, again_status;       /* again_status: a form shown again carries this one */
	const char *content_type;
	struct bytes answer;
	struct header *headers;
	struct cookie *set_cookies;
	int cache_s;
	bool cache_everyone;            /* the handler says: the same for everyone, signed in or not */
	const char *allowed_origin;     /* req_allow_origin */
	struct out out;
	const struct page *page;
	struct frame *frame;
	struct frame_flash *flash;      /* to be shown by the next page */
	size_t n_flash;
};

/* ---- request.c ---- */
/* Splits REQUEST_URI into language prefix, path and query; false when it cannot be read. */
bool request_read_target(struct req *r);
void request_choose_lang(struct req *r, const char *foyer_lang, const char *accept_language);
const char *lang_accepted(const char *accept_language); /* "ko" or "en", by weight; NULL when neither is named */
/* The address as a group for limits: IPv4 whole, IPv6 its /64. */
char *address_group(struct arena *a, const char *ip);
bool address_allowed(const char *list, const char *ip); /* list: comma-separated addresses */

/* ---- route.c ---- */
void route_table_set(const struct domain *const *list); /* for tests; routes.c's domains otherwise */

/* ---- cookie.c ---- */
/* A cookie under its plain name, which nginx reads too. */
void cookie_set(struct req *r, const char *full_name, const char *value, int max_age_s);
size_t cookie_parse(struct arena *a, const char *header, struct name_value **ret);
bool cookie_value_ok(const char *s);
/* The name as sent: with the prefix __Host- where the site is on https. */
const char *cookie_name(struct arena *a, const char *name);
bool site_is_https(void);
char *cookie_header(struct arena *a, const struct cookie *c);

/* ---- session.c, access.c, csrf.c, flash.c ---- */
/* Stores a new session (all but state and key filled in) under a fresh token: what the browser's cookie carries. */
struct err *session_store(struct arena *a, struct session *s, const char **ret_token);
struct err *who_load(struct req *r);
/* Whether the asker may call the route; otherwise answers (redirect, 401, 403, 503) and *ret_stop is set. */
struct err *access_check(struct req *r, bool *ret_stop);
bool access_allows(const struct route *route, const struct who *who);
enum csrf_result { CSRF_OK, CSRF_STALE /* our own page, an old token */, CSRF_FOREIGN };
enum csrf_result csrf_check(struct req *r);
void csrf_browser(const struct req *r, uint8_t ret[32]); /* tells this browser and session from all others */
void csrf_rotate(struct req *r);
void flash_take(struct req *r, const struct frame_flash **ret, size_t *ret_n); /* what the request before left */
void flash_store(struct req *r);

/* ---- once.c ---- */
struct err *once_run(struct req *r);         /* the route's handler, unless the same form was carried out before */
struct err *once_forget(struct job_ctx *j);  /* what forms made, after a day */

/* ---- next.c ---- */
/* Whether s, which came from outside, is a path of this site. */
bool path_is_local(const char *s);
/* What every Location of ours must be: "/…" that no browser takes for another site. */
bool path_is_ours(const char *s);

/* ---- form.c ---- */
/* Puts the texts of errors into the person's language. */
void form_errors_translate(struct arena *a, const char *lang, struct form_error *e);

/* ---- answer.c, error_page.c ---- */
bool answer_write(struct req *r);            /* false: the peer had gone */
const char *position_read(struct req *r);      /* the position this browser last wrote at; NULL */
void answer_discard(struct req *r);          /* forgets what was begun, keeps cookies and headers */
struct err *answer_location(struct req *r, int status, const char *location); /* as it is: no prefix, no check */
/* An error page; title, what, todo: English msgids.  back, back_label: the button; NULL: the home page. */
void error_answer(struct req *r, int status, const char *what, const char *todo, const char *back, const char *back_label);
/* The input was refused and the route cannot show its form again. */
void error_answer_form(struct req *r);
void error_answer_err(struct req *r, struct err *e); /* logs and frees e */
const char *status_text(int status);

#endif
