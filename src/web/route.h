/* Routes, and what else a domain brings into the house: one struct domain each, listed in routes.c.
 * The zero value of every member is the strict one: platform admin only, CSRF checked, 64 KiB of body, 10 s. */
#ifndef FOYER_WEB_ROUTE_H
#define FOYER_WEB_ROUTE_H

#include "base/err.h"
#include "web/form.h"

struct req;
struct db;
struct arena;

enum method { GET, POST }; /* HEAD is served as GET */
enum access {
	ACCESS_ADMIN = 0,  /* platform admin with a verified second factor */
	ACCESS_ANYONE,
	ACCESS_BUYER,      /* member, or guest whose e-mail is verified */
	ACCESS_MEMBER,
	ACCESS_ORGANIZER,  /* approved organizer; with .perm also staff whose code has it ticked */
	ACCESS_PROVIDER,   /* machine callers: the handler verifies (webhooks, the sandbox API) */
	ACCESS_LOOPBACK    /* /metrics, /readyz: conf metrics_allow */
};
enum perm { PERM_NONE = 0, PERM_GATE = 1, PERM_ORDERS = 2, PERM_SHOWS = 4, PERM_VENUES = 8, PERM_SALES = 16,
	PERM_DESK = PERM_ORDERS | PERM_SHOWS | PERM_VENUES | PERM_SALES /* as .perm of a route: any one of them */ };
enum pool { POOL_WEB = 0, POOL_PAY, POOL_SANDBOX, POOL_SALE, POOL_QUEUE, POOL_TILL, POOL_N }; /* nginx leads there; one pool's crowd leaves the others alone */

typedef struct err *handler_fn(struct req *r);
struct route {
	enum method method;
	const char *path;            /* "/shows/{slug}": {name} is one segment, req_param(r, "name") */
	handler_fn *run;
	enum access access;
	const struct form_spec *(*form)(void); /* FORM_OF(x): typed input in r->form */
	handler_fn *again;           /* shows the form again when its input was refused (r->form_errors); else a plain 422 page */
	unsigned perm;
	enum pool pool;
	bool no_csrf;                /* machine callers only */
	bool once;                   /* POST: makes something, and only once however often the form comes (web/once.h) */
	bool raw_body;               /* webhooks: body in req_body(r), not parsed as a form */
	int body_kib;                /* body limit; 0: 64 */
	int deadline_ms;             /* 0: conf request_deadline_ms */
	int cache_s;                 /* anonymous answers may be micro-cached by nginx for so long; no cookies then */
	bool step;                   /* of a purchase, whose steps all write: nobody waits for a replica in between, and of who
	                                asks only person and member are known until a page begins (req_who) */
	int budget;                  /* most database round trips of one request; 0: 12.  Tested. */
};

/* ---- jobs: run by the one leading `foyer clock`; catch up after downtime; each run recorded in job_run ------------ */
struct job_ctx { struct db *db; struct arena *a; int64_t now; int64_t last_ok_at; int64_t fence; const char *note; };
struct job {
	const char *name;
	int every_s;
	struct err *(*run)(struct job_ctx *j);
	const char *doc; /* a sentence: N_("…") */
	int limit_s;     /* a run is killed after so long; 0: 300 */
};

/* ---- outbox consumers: rows written by outbox_add (proc/outbox.h) in the transaction of their cause --------------- */
struct outbox_row { int64_t id; const char *topic, *key, *payload, *request_id; int64_t tries, created_at; };
struct consumer_ctx { struct db *db; struct arena *a; };
struct consumer {
	const char *topic;
	struct err *(*deliver)(struct consumer_ctx *c, const struct outbox_row *rows, size_t n); /* all or an error for all */
	int batch;       /* rows per call (`once`: rows taken together, delivered one per call); 0: 1 */
	bool ordered;    /* one process of all hosts delivers this topic, in id order */
	bool once;       /* marked "handing over" before delivery: after a crash the row is listed, not repeated */
	bool forget;     /* delivered rows are deleted instead of kept as done for 30 days */
	int max_tries;   /* 0: 10 (back-off 2^n seconds, at most an hour), then listed as failed; while the other side is
	                    away (ERR_UNAVAILABLE: the topic rests), or cannot take just this row now (ERR_LIMIT: the others go on),
	                    it is tried for three days */
};

/* ---- invariants of `foyer check`; web/check.h makes one of a query ------------------------------------------------- */
struct check { const char *name; struct err *(*run)(struct db *db, struct arena *a, int64_t *ret_breaches, const char **ret_first); };

/* ---- metrics a domain adds: written at scrape time ---------------------------------------------------------------- */
struct buf;
typedef struct err *metrics_fn(struct db *db, struct arena *a, struct buf *out);

/* ---- subcommands of the binary: `foyer NAME …` -------------------------------------------------------------------- */
struct command { const char *name, *usage, *doc; int (*run)(int argc, char **argv); };

/* ---- live channels: who may listen (live/live.h tells more).  may: NULL, or the error the listener gets; rest: the name
 * behind the prefix --------------------------------------------------------------------------------------------------- */
struct live_rule { const char *prefix; struct err *(*may)(struct req *r, const char *rest); };

struct mail_kind; /* notify/notify.h */
struct domain {
	const char *name;
	const struct route *routes;       /* each array ends with a zero element; NULL: none */
	const struct job *jobs;
	const struct consumer *consumers;
	const struct check *checks;
	const struct command *commands;
	metrics_fn *metrics;
	const struct mail_kind *mails;
	const struct live_rule *live;
	struct err *(*share)(void);       /* in the masters, before they fork: maps what all processes of the host share; best effort */
};
extern const struct domain *const domains[]; /* routes.c; ends with NULL */

/* Finds the route of a method and path; literal segments win over {parameters}.  ret_params: name/value pairs. */
struct route_match { const struct route *route; const char *names[8], *values[8]; size_t n; bool other_method; };
void route_find(struct arena *a, enum method m, const char *path, struct route_match *ret);

#endif
