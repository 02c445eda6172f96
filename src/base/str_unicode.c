/* The parts of str.h that know what characters are. */
#include "base/buf.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Length of the well-formed sequence at p (of at most n bytes), 0 when there is none.  Unicode 15, table 3-7. */
static size_t sequence(const unsigned char *p, size_t n)
{
	unsigned char least = 0x80, most = 0xbf;
	size_t need;

	if (p[0] < 0x80)
		return p[0] ? 1 : 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	need = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		least = 0xa0;
	else if (p[0] == 0xed)
		most = 0x9f;
	else if (p[0] == 0xf0)
		least = 0x90;
	else if (p[0] == 0xf4)
		most = 0x8f;
	if (n < need || p[1] < least || p[1] > most)
		return 0;
	for (size_t i = 2; i < need; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return need;
}

bool str_utf8_valid(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	while (n) {
		size_t step = sequence(p, n);
		if (step == 0)
			return false;
		p += step;
		n -= step;
	}
	return true;
}

size_t str_utf8_len(const char *s)
{
	size_t n = 0;

	for (; s && *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

void str_utf8_copy(char *to, size_t size, const char *from)
{
	const unsigned char *p = (const unsigned char *)from;
	size_t left = strlen(from);

	while (left) {
		size_t step = sequence(p, left), n = step ? step : 1;
		if (n >= size)
			break;
		memcpy(to, step ? (const char *)p : "?", n);
		to += n;
		size -= n;
		p += n;
		left -= n;
	}
	*to = '\0';
}

/* The text without control characters; bytes that are no UTF-8 become U+FFFD. */
static char *without_controls(struct arena *a, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t left = strlen(s);
	struct buf b;

	buf_init(&b, a);
	buf_reserve(&b, left);
	while (left) {
		size_t step = sequence(p, left);
		bool control = (p[0] < 0x20 && p[0] != '\n' && p[0] != '\t') || p[0] == 0x7f ||
		    (step == 2 && p[0] == 0xc2 && p[1] < 0xa0);
		if (step == 0) {
			buf_str(&b, "\xef\xbf\xbd");
			step = 1;
		} else if (!control) {
			buf_add(&b, p, step);
		}
		p += step;
		left -= step;
	}
	return b.p;
}

char *str_nfc(struct arena *a, const char *s)
{
	if (!s)
		return NULL;
	char *clean = without_controls(a, s);
	utf8proc_uint8_t *composed = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)clean, 0, &composed,
	    UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n < 0)
		abort(); /* valid UTF-8 fails only for want of memory */
	char *text = arena_strndup(a, (const char *)composed, (size_t)n);
	free(composed);
	return text;
}

static bool word_character(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
	    (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME) ||
	    (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

char *str_slug(struct arena *a, const char *s)
{
	struct buf b;
	bool gap = false;

	buf_init(&b, a);
	buf_reserve(&b, 0);
	if (!s)
		return b.p;
	for (const char *p = str_nfc(a, s); *p;) {
		utf8proc_int32_t c;
		p += utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &c);
		if (!word_character(c)) {
			gap = b.n > 0;
			continue;
		}
		utf8proc_uint8_t bytes[4];
		utf8proc_ssize_t n = utf8proc_encode_char(utf8proc_tolower(c), bytes);
		if (gap)
			buf_chr(&b, '-');
		gap = false;
		buf_add(&b, bytes, (size_t)n);
	}
	return b.p;
}
