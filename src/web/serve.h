/* The entry of the web: one request from its transport to its answer.  The worker loop of proc/ accepts and calls
 * web_serve_fcgx; unit tests and fuzzers call web_handle with a transport of their own.
 *
 * FastCGI parameters read, beside the usual ones (REQUEST_METHOD, REQUEST_URI, CONTENT_LENGTH, CONTENT_TYPE,
 * REMOTE_ADDR, HTTP_…): FOYER_REQUEST_ID (nginx' $request_id) and FOYER_LANG (ko or en, by a map of cookie and
 * Accept-Language; part of the cache key there).  nginx must bypass its page cache when a cookie named foyer,
 * foyer_flash or foyer_pos (each also with the prefix __Host-) is present. */
#ifndef FOYER_WEB_SERVE_H
#define FOYER_WEB_SERVE_H

#include "web/route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct web_transport {
	void *ctx;
	const char *(*param)(void *ctx, const char *name);   /* NULL when absent; lives as long as the request */
	size_t (*read)(void *ctx, void *p, size_t n);        /* bytes of the body; 0 at its end */
	bool (*write)(void *ctx, const void *p, size_t n);   /* the whole answer, once; false: the peer has gone */
};

enum serve_stage { SERVE_READ, SERVE_RUN, SERVE_WRITE };

/* What the scoreboard is told; every member may be NULL. */
struct serve_hooks {
	void (*begin)(const struct route *route);            /* routed, work begins; NULL: no such page */
	void (*stage)(enum serve_stage stage);
	void (*end)(int status, int64_t us);                 /* answered (0: the peer had gone), microseconds spent */
};

/* What a worker keeps between requests.  Made after the fork. */
struct web_worker;
struct web_worker *web_worker_new(const struct serve_hooks *hooks); /* hooks outlive it; may be NULL */
void web_worker_free(struct web_worker *w);              /* takes NULL */

/* Answers one request completely: page, error page, access log line.  Never fails. */
void web_handle(struct web_worker *w, const struct web_transport *t);
/* The same for an accepted FastCGI request.  The answer goes past libfcgi's streams: the caller calls FCGX_Free afterwards,
 * not FCGX_Finish_r. */
struct FCGX_Request;
void web_serve_fcgx(struct web_worker *w, struct FCGX_Request *q);
/* Sends a whole answer, header and body, with the end of the request behind it; false: the peer has gone. */
bool web_fcgx_answer(struct FCGX_Request *q, const void *p, size_t n);

#endif
