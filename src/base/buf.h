/* A growing byte buffer, always NUL-terminated behind its length.  Lives in an arena or on the heap. */
#ifndef FOYER_BASE_BUF_H
#define FOYER_BASE_BUF_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *p;         /* NULL while empty */
	size_t n, cap;
	struct arena *a; /* NULL: heap, then buf_free */
};

void buf_init(struct buf *b, struct arena *a);
void buf_free(struct buf *b);  /* heap buffers only; no-op for an arena's */
void buf_clear(struct buf *b); /* length 0, keeps the memory */
void buf_reserve(struct buf *b, size_t more);
static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (n >= b->cap - b->n) /* a NUL behind it */
		buf_reserve(b, n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}
void buf_str(struct buf *b, const char *s);
void buf_chr(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t v);
/* A JSON string with its quotes; NULL like "".  Bytes that are no UTF-8 become U+FFFD. */
void buf_json(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *buf_cstr(struct buf *b); /* "" while empty */

#endif
