#include "base/arena.h"

#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK ((size_t)16 * 1024)
#define LARGEST_BLOCK ((size_t)256 * 1024)
#define ALIGN _Alignof(max_align_t)

struct defer {
	struct defer *next;
	void (*fn)(void *);
	void *p;
};

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *blocks; /* the newest regular block first; large ones behind it */
	struct defer *defers;
	size_t cap, used;
};

static _Noreturn void out_of_memory(const char *why, size_t used, size_t wanted)
{
	char used_text[24], wanted_text[24];

	snprintf(used_text, sizeof used_text, "%zu", used);
	snprintf(wanted_text, sizeof wanted_text, "%zu", wanted);
	log_msg(LOG_ERROR, why, "used", used_text, "wanted", wanted_text, NULL);
	abort();
}

struct arena *arena_new(size_t cap)
{
	struct arena *a = calloc(1, sizeof *a);

	if (!a)
		out_of_memory("out of memory", 0, sizeof *a);
	a->cap = cap;
	return a;
}

static void run_defers(struct arena *a)
{
	while (a->defers) {
		struct defer *d = a->defers;
		a->defers = d->next;
		d->fn(d->p);
	}
}

static void free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	run_defers(a);
	free_blocks(a->blocks);
	free(a);
}

void arena_reset(struct arena *a)
{
	run_defers(a);
#ifdef FOYER_ARENA_MALLOC
	free_blocks(a->blocks);
	a->blocks = NULL;
#else
	if (a->blocks) {
		free_blocks(a->blocks->next);
		a->blocks->next = NULL;
		a->blocks->used = 0;
	}
#endif
	a->used = 0;
}

static struct block *new_block(struct arena *a, size_t size)
{
	struct block *b = malloc(sizeof *b + size);

	if (!b)
		out_of_memory("out of memory", a->used, size);
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

/* A block with room for n bytes: the current one, a new regular one in front, or one of its own for a large wish. */
static struct block *room_for(struct arena *a, size_t n)
{
	struct block *head = a->blocks;

#ifdef FOYER_ARENA_MALLOC
	struct block *own = new_block(a, n);
	own->next = head;
	a->blocks = own;
	return own;
#else
	if (head && head->size - head->used >= n)
		return head;
	size_t size = head && head->size >= FIRST_BLOCK ? head->size * 2 : FIRST_BLOCK;
	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (n > size / 4 && head) {
		struct block *own = new_block(a, n);
		own->next = head->next;
		head->next = own;
		return own;
	}
	struct block *b = new_block(a, n > size ? n : size);
	b->next = head;
	a->blocks = b;
	return b;
#endif
}

/* Uncleared memory; n bytes plus what the alignment takes. */
static void *take(struct arena *a, size_t n)
{
	if (n > PTRDIFF_MAX / 2 || n > a->cap || a->used > a->cap - n)
		out_of_memory("arena cap passed", a->used, n);
#ifdef FOYER_ARENA_MALLOC
	size_t rounded = n;
#else
	size_t rounded = (n + ALIGN - 1) & ~(ALIGN - 1);
#endif
	struct block *b = room_for(a, rounded);
	void *p = b->data + b->used;
	b->used += rounded;
	a->used += rounded;
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

void *arena_array_(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		out_of_memory("array too large", a->used, n);
	return arena_alloc(a, total);
}

void *arena_bytes(struct arena *a, size_t n)
{
	return take(a, n);
}

void *arena_copy(struct arena *a, const void *p, size_t n)
{
	void *copy = take(a, n);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	if (!s)
		return NULL;
	n = strnlen(s, n);
	char *copy = take(a, n + 1);
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(small, sizeof small, fmt, ap);
	if (n < 0)
		out_of_memory("text cannot be formatted", a->used, 0);
	char *text;
	if ((size_t)n < sizeof small) {
		text = arena_copy(a, small, (size_t)n + 1);
	} else {
		text = take(a, (size_t)n + 1);
		vsnprintf(text, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return text;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
	struct defer *d = arena_one(a, struct defer);

	d->fn = fn;
	d->p = p;
	d->next = a->defers;
	a->defers = d;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
