/* HTTP client on libcurl: no redirects, capped body, TLS verified, one kept handle per process. */
#ifndef FOYER_EXT_HTTP_H
#define FOYER_EXT_HTTP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct http_request {
	const char *method, *url;
	const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
	struct bytes body;
	const char *user;           /* Basic authentication "user:password"; NULL: none */
	const char *aws_sigv4;      /* "aws:amz:region:service" with .user = key:secret; NULL: none */
	int64_t timeout_ms;         /* total; connect at most 5 s */
	size_t max_body;            /* 0: 1 MiB */
	bool allow_plain;           /* http:// allowed: for base URLs on loopback */
};
struct http_answer { int status; struct bytes body; const char *content_type; };
/* An answer of any status is NULL.  ERR_UNAVAILABLE: it certainly was not sent (resolve, connect failed);
 * ERR_TIMEOUT: sent or perhaps sent, no usable answer: the outcome is unknown. */
struct err *http_call(struct arena *a, const struct http_request *q, struct http_answer *ret);

#endif
