/* Strings: UTF-8, NUL-terminated, checked where they come in. */
#ifndef FOYER_BASE_STR_H
#define FOYER_BASE_STR_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define N_(msgid) msgid /* marks a text for the catalogues; it is translated where it is shown */

struct bytes { const void *p; size_t n; };

bool str_eq(const char *a, const char *b);          /* NULL equals NULL only */
bool str_empty(const char *s);                      /* NULL or "" */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_to_i64(const char *s, int64_t *ret);       /* whole string, decimal, no overflow */
bool str_utf8_valid(const char *s, size_t n);       /* no surrogates, no overlong forms, no NUL */
size_t str_utf8_len(const char *s);                 /* code points */
/* Copies at most size - 1 bytes, without cutting a character in two.  Whatever is no UTF-8 becomes '?'. */
void str_utf8_copy(char *to, size_t size, const char *from);
char *str_trim(struct arena *a, const char *s);     /* white space off both ends, inner runs kept */
char *str_lower_ascii(struct arena *a, const char *s);
char *str_nfc(struct arena *a, const char *s);      /* Unicode NFC, control characters but \n \t removed */
/* A slug for URLs: letters and digits of any script kept (lower case), runs of the rest become one '-'. */
char *str_slug(struct arena *a, const char *s);
/* Percent-encodes everything but RFC 3986 unreserved characters. */
char *str_url_encode(struct arena *a, const char *s);
char *str_hex(struct arena *a, const void *p, size_t n);       /* lower case */
bool str_unhex(const char *s, void *ret, size_t n);            /* exactly 2n digits */
char *str_base64url(struct arena *a, const void *p, size_t n); /* no padding */
bool str_unbase64url(struct arena *a, const char *s, struct bytes *ret);
/* The texts one after the other: STR_CAT(a, "/uploads/", name, ".jpg"); none may be NULL. */
#define STR_CAT(a, ...) str_join((a), "", (const char *const[]){ __VA_ARGS__ },                                          \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))
char *str_join(struct arena *a, const char *sep, const char *const *parts, size_t n);

#endif
