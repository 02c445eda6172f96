/* Requests without a server: a transport from memory, and a browser that keeps its cookies. */
#ifndef FOYER_TESTS_WEB_FAKE_H
#define FOYER_TESTS_WEB_FAKE_H

#include "base/buf.h"
#include "web/web_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fake {
	const char *param[40][2];
	size_t n_params;
	const char *body;
	size_t body_n;
	struct buf out;
};

static struct arena *fake_arena;     /* of one test */
static struct web_worker *fake_worker;
static struct fake last;             /* the latest request and its answer */
static char jar[4096];               /* the browser's Cookie header */

static inline const char *fake_param(void *ctx, const char *name)
{
	const struct fake *f = ctx;
	for (size_t i = f->n_params; i-- > 0;)
		if (strcmp(f->param[i][0], name) == 0)
			return f->param[i][1];
	return NULL;
}

static inline size_t fake_read(void *ctx, void *p, size_t n)
{
	struct fake *f = ctx;
	size_t some = n < 7 ? n : 7; /* in small pieces */
	some = some < f->body_n ? some : f->body_n;
	memcpy(p, f->body, some);
	f->body += some;
	f->body_n -= some;
	return some;
}

static inline bool fake_write(void *ctx, const void *p, size_t n)
{
	buf_add(&((struct fake *)ctx)->out, p, n);
	return true;
}

static inline void with(const char *name, const char *value)
{
	last.param[last.n_params][0] = name;
	last.param[last.n_params++][1] = value;
}

/* Begins a request; with(…) adds to it, send_it() sends it. */
static inline void ask(const char *method, const char *uri)
{
	last = (struct fake){ 0 };
	buf_init(&last.out, fake_arena);
	with("REQUEST_METHOD", method);
	with("REQUEST_URI", uri);
	with("REMOTE_ADDR", "192.0.2.1");
	with("HTTP_HOST", "localhost:8080");
	with("FOYER_REQUEST_ID", "request-1");
	if (*jar)
		with("HTTP_COOKIE", arena_strdup(fake_arena, jar));
}

static inline const char *header_of(const char *name)
{
	const char *s = strstr(last.out.p, arena_printf(fake_arena, "\r\n%s: ", name)), *end = strstr(last.out.p, "\r\n\r\n");
	if (!s || s > end)
		return NULL;
	s += strlen(name) + 4;
	return arena_strndup(fake_arena, s, strcspn(s, "\r"));
}

static inline const char *body_of(void)
{
	return strstr(last.out.p, "\r\n\r\n") + 4;
}

static inline int status_of(void)
{
	return (int)strtol(last.out.p + strlen("Status: "), NULL, 10);
}

/* Takes the answer's cookies into the jar. */
static inline void keep_cookies(void)
{
	for (const char *s = last.out.p; (s = strstr(s, "\r\nSet-Cookie: "));) {
		s += strlen("\r\nSet-Cookie: ");
		size_t name_n = strcspn(s, "="), all_n = strcspn(s, ";");
		bool gone = strstr(arena_strndup(fake_arena, s, strcspn(s, "\r")), "Max-Age=0") != NULL;
		char *name = arena_printf(fake_arena, "%.*s=", (int)name_n, s), rest[sizeof jar] = "";
		const char *c = jar;
		while (*c) { /* all but the one that is replaced */
			c += strspn(c, "; ");
			size_t n = strcspn(c, ";");
			if (n && strncmp(c, name, strlen(name)) != 0)
				snprintf(rest + strlen(rest), sizeof rest - strlen(rest), "%s%.*s", *rest ? "; " : "", (int)n, c);
			c += n;
		}
		if (!gone)
			snprintf(rest + strlen(rest), sizeof rest - strlen(rest), "%s%.*s", *rest ? "; " : "", (int)all_n, s);
		memcpy(jar, rest, sizeof jar);
	}
}

static inline int send_it(void)
{
	web_handle(fake_worker, &(struct web_transport){ &last, fake_param, fake_read, fake_write });
	buf_cstr(&last.out);
	keep_cookies();
	return status_of();
}

static inline int get(const char *uri)
{
	ask("GET", uri);
	return send_it();
}

static inline void with_body(const char *type, const char *body)
{
	last.body = body;
	last.body_n = strlen(body);
	with("CONTENT_TYPE", type);
	with("CONTENT_LENGTH", arena_printf(fake_arena, "%zu", last.body_n));
}

static inline int post(const char *uri, const char *body)
{
	ask("POST", uri);
	with_body("application/x-www-form-urlencoded", body);
	return send_it();
}

/* The token of the form on the page that was just shown. */
static inline const char *token_of(void)
{
	const char *s = strstr(body_of(), "name=\"csrf\" value=\"");
	assert_non_null(s);
	s += strlen("name=\"csrf\" value=\"");
	return arena_strndup(fake_arena, s, strcspn(s, "\""));
}

#endif
