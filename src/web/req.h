/* One request: what came in, who asks, and the ways to answer.  A handler reads top-down in four steps: typed form →
 * load → decide (pure function) → render or redirect, and ends in exactly one answer call. */
#ifndef FOYER_WEB_REQ_H
#define FOYER_WEB_REQ_H

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "db/db.h"
#include "ids.h"
#include "web/form.h"
#include "web/out_page.h"
#include "web/route.h"

#include <stdbool.h>

/* Who asks.  A person is one row of `person`: a member (has a password) or a guest (an e-mail verified by code).  Loaded
 * once per request. */
struct who {
	struct person_id person;        /* .v 0: nobody */
	bool member, admin, second_factor;
	const char *name, *email;
	struct organizer_id organizer;  /* the approved organizer this person is; .v 0: none */
	struct staff_id staff;          /* signed in with a staff code; organizer is then the one who issued it */
	struct show_id staff_show;      /* of the staff code: the one show it is for; .v 0: all of the organizer's */
	unsigned perms;                 /* of the staff code; everything for the organizer himself */
	const char *session_id;         /* public handle of the session, for the sessions list */
};

struct req {
	struct arena *a;
	struct db *db;
	const struct route *route;
	enum method method;
	const char *path;               /* without language prefix and query; as sent (percent-encoded) */
	const char *query;              /* raw, "" when none */
	const char *lang;               /* "ko" or "en" */
	const char *url_prefix;         /* "" or "/en" */
	const char *ip, *user_agent, *id; /* id: request id from nginx */
	struct who who;
	const void *form;               /* struct of the route's form */
	const struct form_error *form_errors; /* set while route->again runs */
	int64_t now;
	struct req_priv *priv;
};

/* Who asks, with name and rights also where the route is a step of a purchase. */
const struct who *req_who(struct req *r);
const char *req_param(const struct req *r, const char *name);  /* path parameter; asserts that the pattern has it */
/* Path parameter as an id; 0 where it is not a positive number (load with it, and find nothing). */
int64_t req_param_id(const struct req *r, const char *name);
const char *req_cookie(const struct req *r, const char *name);
/* A cookie of ours, by the name it was given to req_set_cookie under, also within the same request. */
const char *req_own_cookie(const struct req *r, const char *name);
bool req_wants_json(const struct req *r);                      /* a script asks (Accept: application/json), not a person */
const char *req_header(const struct req *r, const char *cgi_name); /* "HTTP_IF_NONE_MATCH" */
struct bytes req_body(const struct req *r);                    /* raw_body routes */
const char *req_typed(const struct req *r, const char *name);  /* what was typed into a field; NULL when absent */
/* Refuses a field from within a handler (a rule that needs the database), then: return req_again(r).  msgid is copied:
 * it may be an error's that is freed. */
void req_field_error(struct req *r, const char *name, const char *msgid);
struct err *req_again(struct req *r);                          /* status 422, the form as it was filled, with errors */

/* ---- answers ----------------------------------------------------------------------------------------------------- */
enum nav { NAV_NONE, NAV_HOME, NAV_SHOWS, NAV_CALENDAR, NAV_ME, NAV_DESK, NAV_ADMIN, NAV_GATE };
struct page {
	const char *title;              /* translated; the house's name is appended */
	const char *description, *image_url, *canonical;
	const char *script;             /* one ES module of static/js, without ".js"; NULL: none beside the frame's */
	const char *style;              /* one stylesheet of static/css beside the house's, without ".css"; NULL: none */
	const char *body_class;
	enum nav nav;
	bool bare;                      /* no header and footer (gate, sandbox payment page) */
	bool no_index;
	int refresh_s;                  /* <meta http-equiv=refresh>; 0: none */
};
/* page_begin … templates write to the returned out … page_end(r, 200). */
struct out *page_begin(struct req *r, const struct page *p);
struct err *page_end(struct req *r, int status);
struct err *redirect(struct req *r, struct url to);            /* 303; language prefix kept; same site only (asserted) */
struct err *redirect_outside(struct req *r, const char *https_url); /* a provider's page: from configuration, never from input */
/* A same-site path from input (?next=…); fallback where it is missing or points elsewhere. */
struct url req_next(const struct req *r, const char *candidate, const char *fallback);
struct err *respond(struct req *r, int status, const char *content_type, struct bytes body);
struct err *respond_download(struct req *r, const char *content_type, const char *file_name, struct bytes body);
struct err *respond_accel(struct req *r, const char *internal_path); /* X-Accel-Redirect */
void req_set_header(struct req *r, const char *name, const char *value); /* CR, LF refused */
void req_set_cookie(struct req *r, const char *name, const char *value, int max_age_s); /* HttpOnly, SameSite=Lax, Secure on https */
/* This page may also run scripts of, talk to, frame and send forms to another origin ("https://…": a provider whose window
 * opens from its own script), and that window may talk back. */
void req_allow_origin(struct req *r, const char *origin);
void req_cache_public(struct req *r, int seconds);             /* for answers that are the same for everyone */
/* One message shown at the top of the next page this person sees (after a redirect).  kind: "success", "error", "info";
 * text: translated. */
void req_flash(struct req *r, const char *kind, const char *text);

#endif
