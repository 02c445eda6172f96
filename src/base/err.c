#include "base/err.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct err {
	enum err_code code;
	const char *file; /* a literal: __FILE__ */
	int line;
	char *text, *user;
	char *full; /* made by err_text */
	struct err *cause;
};

static char *format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	return text;
}

static struct err *new_err(const char *file, int line, enum err_code code, const char *fmt, va_list ap)
{
	struct err *e = calloc(1, sizeof *e);

	if (!e)
		abort();
	e->code = code;
	e->file = file;
	e->line = line;
	e->text = format(fmt, ap);
	return e;
}

struct err *err_new_at(const char *file, int line, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	struct err *e = new_err(file, line, code, fmt, ap);
	va_end(ap);
	return e;
}

struct err *err_wrap_at(const char *file, int line, struct err *cause, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	struct err *e = new_err(file, line, cause ? cause->code : ERR_INTERNAL, fmt, ap);
	va_end(ap);
	e->cause = cause;
	return e;
}

struct err *(err_user)(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	free(e->user);
	e->user = format(fmt, ap);
	va_end(ap);
	return e;
}

enum err_code err_code(const struct err *e)
{
	return e->code;
}

const char *err_user_text(const struct err *e)
{
	const char *text = NULL;

	for (; e; e = e->cause)
		if (e->user)
			text = e->user;
	return text;
}

const char *err_text(const struct err *e)
{
	if (e->full)
		return e->full;
	struct buf b;
	buf_init(&b, NULL);
	const struct err *inner = e;
	for (const struct err *at = e; at; at = at->cause) {
		if (at != e)
			buf_str(&b, ": ");
		buf_str(&b, at->text);
		inner = at;
	}
	buf_printf(&b, " (%s:%d)", inner->file, inner->line);
	((struct err *)e)->full = b.p; /* a cache: what e means does not change */
	return e->full;
}

void err_free(struct err *e)
{
	while (e) {
		struct err *cause = e->cause;
		free(e->text);
		free(e->user);
		free(e->full);
		free(e);
		e = cause;
	}
}
