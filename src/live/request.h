/* The one request a stream begins with, as nginx hands it on.  Pure. */
#ifndef FOYER_LIVE_REQUEST_H
#define FOYER_LIVE_REQUEST_H

#include "base/str.h"

#define LIVE_REQUEST_MAX 16384

enum live_target { LIVE_NOWHERE, LIVE_STREAM, LIVE_METRICS };
struct live_request {
	enum live_target target;
	struct bytes token;     /* of the query: c= */
	struct bytes positions; /* header Last-Event-ID, else of the query: after=; n is 0 without */
};
enum live_parse { LIVE_PARSE_MORE, LIVE_PARSE_OK, LIVE_PARSE_BAD };
/* ret points into p. */
enum live_parse live_request_parse(const char *p, size_t n, struct live_request *ret);

#endif
