#include "base/buf.h"

#include "base/log.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE ((size_t)256)
#define PRINTED ((size_t)128) /* most of what is printed is shorter, and is printed once */

void buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){ .a = a };
}

void buf_free(struct buf *b)
{
	if (b->a)
		return;
	free(b->p);
	*b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	if (b->p)
		b->p[0] = '\0';
}

static _Noreturn void give_up(void)
{
	log_msg(LOG_ERROR, "out of memory", "where", "buf", NULL);
	abort();
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t need;

	if (__builtin_add_overflow(b->n, more, &need) || __builtin_add_overflow(need, 1, &need))
		give_up();
	if (need <= b->cap)
		return;
	size_t cap = b->cap ? b->cap : FIRST_SIZE;
	while (cap < need)
		if (__builtin_mul_overflow(cap, 2, &cap))
			give_up();
	char *p = b->a ? arena_bytes(b->a, cap) : realloc(b->p, cap);
	if (!p)
		give_up();
	if (b->a && b->n)
		memcpy(p, b->p, b->n);
	p[b->n] = '\0';
	b->p = p;
	b->cap = cap;
}

void buf_str(struct buf *b, const char *s)
{
	if (s)
		buf_add(b, s, strlen(s));
}

void buf_chr(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_i64(struct buf *b, int64_t v)
{
	char digits[20], *p = digits + sizeof digits;
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;

	buf_reserve(b, PRINTED);
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(b->p + b->n, b->cap - b->n, fmt, ap);
	if (n < 0)
		give_up();
	if ((size_t)n >= b->cap - b->n) {
		buf_reserve(b, (size_t)n);
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	va_end(ap);
	b->n += (size_t)n;
}

const char *buf_cstr(struct buf *b)
{
	return b->p ? b->p : "";
}

/* Bytes of the well-formed UTF-8 sequence at s, 0 when it is none. */
static size_t sequence_length(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	return strnlen(s, n) == n && str_utf8_valid(s, n) ? n : 0;
}

void buf_json(struct buf *b, const char *s)
{
	buf_chr(b, '"');
	while (s && *s) {
		unsigned char c = (unsigned char)*s;
		size_t n = sequence_length(s);
		if (n == 0) {
			buf_str(b, "\\ufffd");
			n = 1;
		} else if (c == '"' || c == '\\') {
			buf_chr(b, '\\');
			buf_chr(b, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			buf_printf(b, "\\u%04x", c);
		} else {
			buf_add(b, s, n);
		}
		s += n;
	}
	buf_chr(b, '"');
}
