/* FastCGI as a transport.  libfcgi reads the request; the answer is framed here, because its end is known: everything leaves
 * in one write, so that nginx wakes up once and reads once. */
#include "web/serve.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <limits.h>
#include <sys/uio.h>

enum { RECORD_MAX = 65528, RECORDS = 32 }; /* the most a record takes, in whole words of eight bytes */

static const char *param(void *ctx, const char *name)
{
	return FCGX_GetParam(name, ((FCGX_Request *)ctx)->envp);
}

static size_t read_some(void *ctx, void *p, size_t n)
{
	int got = FCGX_GetStr(p, n > INT_MAX ? INT_MAX : (int)n, ((FCGX_Request *)ctx)->in);
	return got > 0 ? (size_t)got : 0;
}

/* Writes all of it, in as many turns as the socket wants. */
static bool send_all(int fd, struct iovec *v, int n)
{
	while (n > 0) {
		ssize_t sent = writev(fd, v, n);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false; /* gone, or silent for longer than the socket waits */
		for (; n > 0 && (size_t)sent >= v->iov_len; v++, n--)
			sent -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + sent;
			v->iov_len -= (size_t)sent;
		}
	}
	return true;
}

static FCGI_Header header(int type, int id, size_t n)
{
	return (FCGI_Header){ .version = FCGI_VERSION_1, .type = (unsigned char)type, .requestIdB1 = (unsigned char)(id >> 8),
		.requestIdB0 = (unsigned char)id, .contentLengthB1 = (unsigned char)(n >> 8), .contentLengthB0 = (unsigned char)n };
}

bool web_fcgx_answer(struct FCGX_Request *q, const void *p, size_t n)
{
	struct { FCGI_Header no_more; FCGI_EndRequestRecord end; } tail = { header(FCGI_STDOUT, q->requestId, 0),
		{ header(FCGI_END_REQUEST, q->requestId, sizeof(FCGI_EndRequestBody)), { .protocolStatus = FCGI_REQUEST_COMPLETE } } };
	FCGI_Header heads[RECORDS];
	struct iovec v[2 * RECORDS + 1];
	const char *s = p;
	bool ok = true;
	do {
		int k = 0;
		for (int i = 0; i < RECORDS && n > 0; i++) {
			size_t part = n > RECORD_MAX ? RECORD_MAX : n;
			heads[i] = header(FCGI_STDOUT, q->requestId, part);
			v[k++] = (struct iovec){ &heads[i], sizeof heads[i] };
			v[k++] = (struct iovec){ (void *)(uintptr_t)s, part };
			s += part;
			n -= part;
		}
		if (n == 0)
			v[k++] = (struct iovec){ &tail, sizeof tail };
		ok = send_all(q->ipcFd, v, k);
	} while (ok && n > 0);
	return ok;
}

static bool write_all(void *ctx, const void *p, size_t n)
{
	return web_fcgx_answer(ctx, p, n);
}

void web_serve_fcgx(struct web_worker *w, struct FCGX_Request *q)
{
	web_handle(w, &(struct web_transport){ .ctx = q, .param = param, .read = read_some, .write = write_all });
}
