/* Arena: memory that is freed all at once, and the clean-ups that go with it.  A request, a job run and a transaction
 * allocate from one; it has a hard cap, beyond which the process gives up the request (longjmp-free: the arena aborts
 * the process with a log line, the master replaces the worker; the cap is far above any page).
 * With FOYER_ARENA_MALLOC (set by --enable-asan) every allocation is one malloc, so that the sanitizer sees its edges. */
#ifndef FOYER_BASE_ARENA_H
#define FOYER_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(size_t cap);            /* cap in bytes; never NULL */
void arena_free(struct arena *a);               /* runs the clean-ups, newest first; takes NULL */
void arena_reset(struct arena *a);              /* the same, but keeps one block for the next use */
void *arena_alloc(struct arena *a, size_t n);   /* zeroed, aligned for any type; never NULL */
void *arena_array_(struct arena *a, size_t n, size_t size); /* overflow-checked */
#define arena_array(a, type, n) ((type *)arena_array_((a), (n), sizeof(type)))
#define arena_one(a, type) ((type *)arena_alloc((a), sizeof(type)))
void *arena_bytes(struct arena *a, size_t n);   /* the same without clearing: for what is written at once */
void *arena_copy(struct arena *a, const void *p, size_t n);
char *arena_strdup(struct arena *a, const char *s);            /* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n); /* at most n bytes, always terminated */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Runs fn(p) when the arena is reset or freed: register a resource in the line that acquires it. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);
size_t arena_used(const struct arena *a);

#endif
