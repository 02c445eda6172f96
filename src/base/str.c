#include "base/str.h"

#include <string.h>

bool str_eq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_empty(const char *s)
{
	return !s || !*s;
}

bool str_starts(const char *s, const char *prefix)
{
	return s && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = s ? strlen(s) : 0, m = strlen(suffix);

	return s && n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool str_to_i64(const char *s, int64_t *ret)
{
	if (!s)
		return false;
	bool negative = *s == '-';
	int64_t v = 0;

	s += negative;
	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		int digit = *s - '0';
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, digit, &v)) /* negative reaches further */
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, v, &v))
		return false;
	*ret = v;
	return true;
}

static bool ascii_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *str_trim(struct arena *a, const char *s)
{
	if (!s)
		return NULL;
	while (ascii_space(*s))
		s++;
	size_t n = strlen(s);
	while (n && ascii_space(s[n - 1]))
		n--;
	return arena_strndup(a, s, n);
}

char *str_lower_ascii(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	for (char *p = copy; p && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

static const char hex_digits[] = "0123456789abcdef";

char *str_hex(struct arena *a, const void *p, size_t n)
{
	const unsigned char *bytes = p;
	char *text = arena_array(a, char, n * 2 + 1);

	for (size_t i = 0; i < n; i++) {
		text[i * 2] = hex_digits[bytes[i] >> 4];
		text[i * 2 + 1] = hex_digits[bytes[i] & 15];
	}
	return text;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool str_unhex(const char *s, void *ret, size_t n)
{
	if (!s || strlen(s) != n * 2)
		return false;
	for (size_t i = 0; i < n * 2; i++)
		if (hex_value(s[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		((unsigned char *)ret)[i] = (unsigned char)((unsigned)hex_value(s[i * 2]) << 4 | (unsigned)hex_value(s[i * 2 + 1]));
	return true;
}

static bool unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	    c == '_' || c == '~';
}

char *str_url_encode(struct arena *a, const char *s)
{
	size_t n = strlen(s);
	char *text = arena_bytes(a, n * 3 + 1), *to = text;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (unreserved(c)) {
			*to++ = (char)c;
		} else {
			*to++ = '%';
			*to++ = (char)(hex_digits[c >> 4] & ~(c >> 4 > 9 ? 0x20 : 0));
			*to++ = (char)(hex_digits[c & 15] & ~((c & 15) > 9 ? 0x20 : 0));
		}
	}
	*to = '\0';
	return text;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *str_base64url(struct arena *a, const void *p, size_t n)
{
	const unsigned char *bytes = p;
	char *text = arena_array(a, char, n / 3 * 4 + 5), *to = text;
	uint32_t bits = 0;
	int held = 0;

	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | bytes[i]) & 0xffffff;
		for (held += 8; held >= 6; held -= 6)
			*to++ = base64_digits[bits >> (held - 6) & 63];
	}
	if (held)
		*to = base64_digits[bits << (6 - held) & 63];
	return text;
}

bool str_unbase64url(struct arena *a, const char *s, struct bytes *ret)
{
	size_t n = s ? strlen(s) : 0;

	if (!s || n % 4 == 1)
		return false;
	unsigned char *bytes = arena_alloc(a, n / 4 * 3 + 3), *to = bytes;
	uint32_t bits = 0;
	int held = 0;
	for (; *s; s++) {
		const char *digit = strchr(base64_digits, *s);
		if (!digit)
			return false;
		bits = (bits << 6 | (uint32_t)(digit - base64_digits)) & 0xffffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			*to++ = (unsigned char)(bits >> held);
		}
	}
	if (bits & ((1U << held) - 1))
		return false; /* a second spelling of the same bytes */
	*ret = (struct bytes){ bytes, (size_t)(to - bytes) };
	return true;
}

char *str_join(struct arena *a, const char *sep, const char *const *parts, size_t n)
{
	size_t total = 1, sep_n = strlen(sep);

	for (size_t i = 0; i < n; i++)
		total += strlen(parts[i]) + (i ? sep_n : 0);
	char *text = arena_alloc(a, total), *to = text;
	for (size_t i = 0; i < n; i++) {
		if (i)
			to = mempcpy(to, sep, sep_n);
		to = mempcpy(to, parts[i], strlen(parts[i]));
	}
	return text;
}
