#include "live/request.h"

#include <string.h>
#include <strings.h>

static struct bytes trimmed(const char *p, size_t n)
{
	while (n && (*p == ' ' || *p == '\t'))
		p++, n--;
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r'))
		n--;
	return (struct bytes){ p, n };
}

static bool same(struct bytes b, const char *s)
{
	return b.n == strlen(s) && memcmp(b.p, s, b.n) == 0;
}

static void read_query(const char *p, size_t n, struct live_request *ret)
{
	while (n > 0) {
		const char *amp = memchr(p, '&', n);
		size_t len = amp ? (size_t)(amp - p) : n;
		if (len >= 2 && memcmp(p, "c=", 2) == 0)
			ret->token = (struct bytes){ p + 2, len - 2 };
		else if (len >= 6 && memcmp(p, "after=", 6) == 0)
			ret->positions = (struct bytes){ p + 6, len - 6 };
		p += amp ? len + 1 : len;
		n -= amp ? len + 1 : len;
	}
}

static bool read_first_line(const char *p, size_t n, struct live_request *ret)
{
	if (n < 14 || memcmp(p, "GET /", 5) != 0)
		return false;
	const char *target = p + 4, *end = memchr(target, ' ', n - 4);
	if (!end || (size_t)(p + n - end) < 9 || memcmp(end, " HTTP/1.", 8) != 0)
		return false;
	const char *question = memchr(target, '?', (size_t)(end - target));
	struct bytes path = { target, (size_t)((question ? question : end) - target) };
	if (same(path, "/_live"))
		ret->target = LIVE_STREAM;
	else if (same(path, "/metrics-part"))
		ret->target = LIVE_METRICS;
	if (question)
		read_query(question + 1, (size_t)(end - question - 1), ret);
	return true;
}

enum live_parse live_request_parse(const char *p, size_t n, struct live_request *ret)
{
	if (!memmem(p, n, "\r\n\r\n", 4))
		return n >= LIVE_REQUEST_MAX ? LIVE_PARSE_BAD : LIVE_PARSE_MORE;
	struct live_request q = { .target = LIVE_NOWHERE };
	const char *end = memchr(p, '\n', n);
	if (!read_first_line(p, (size_t)(end - p), &q))
		return LIVE_PARSE_BAD;
	for (const char *line = end + 1; line < p + n; line = end + 1) {
		end = memchr(line, '\n', (size_t)(p + n - line));
		if (!end || end - line <= 1)
			break;
		static const char name[] = "last-event-id:";
		if ((size_t)(end - line) > strlen(name) && strncasecmp(line, name, strlen(name)) == 0) {
			struct bytes value = trimmed(line + strlen(name), (size_t)(end - line) - strlen(name));
			if (value.n)
				q.positions = value;
		}
	}
	*ret = q;
	return LIVE_PARSE_OK;
}
