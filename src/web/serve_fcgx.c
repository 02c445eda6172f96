/* FastCGI as a transport. */
#include "web/serve.h"

#include <fcgiapp.h>
#include <limits.h>

static const char *param(void *ctx, const char *name)
{
	return FCGX_GetParam(name, ((FCGX_Request *)ctx)->envp);
}

static size_t read_some(void *ctx, void *p, size_t n)
{
	int got = FCGX_GetStr(p, n > INT_MAX ? INT_MAX : (int)n, ((FCGX_Request *)ctx)->in);
	return got > 0 ? (size_t)got : 0;
}

static bool write_all(void *ctx, const void *p, size_t n)
{
	FCGX_Stream *out = ((FCGX_Request *)ctx)->out;
	const char *s = p;
	while (n > 0) {
		int part = n > INT_MAX ? INT_MAX : (int)n;
		if (FCGX_PutStr(s, part, out) != part)
			return false;
		s += part;
		n -= (size_t)part;
	}
	return true; /* the rest leaves with the end of the request, in one write */
}

void web_serve_fcgx(struct web_worker *w, struct FCGX_Request *q)
{
	web_handle(w, &(struct web_transport){ .ctx = q, .param = param, .read = read_some, .write = write_all });
}
