/* Raw form input: urlencoded and multipart bodies into name/value pairs. */
#include "base/str.h"
#include "tmplc/out.h"
#include "web/form.h"
#include "web/web_priv.h"

#include <string.h>
#include <strings.h>

enum { PAIRS_MAX = 1000, PART_HEADER_MAX = 4096, BOUNDARY_MAX = 70 };

#define DAMAGED N_("The form arrived damaged. Please go back and send it again.")
#define TOO_MANY N_("The form has more fields than we accept. Please go back and choose less.")

static struct err *damaged(const char *why)
{
	return err_user(err_new(ERR_INVALID, "form input: %s", why), "%s", DAMAGED);
}

struct pairs { struct arena *a; struct form_pair *v; size_t n, cap; };

static struct err *add_pair(struct pairs *p, struct form_pair pair)
{
	if (p->n == PAIRS_MAX)
		return err_user(err_new(ERR_INVALID, "more than %d fields", PAIRS_MAX), "%s", TOO_MANY);
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 16;
		struct form_pair *v = arena_array(p->a, struct form_pair, cap);
		if (p->n)
			memcpy(v, p->v, p->n * sizeof *v);
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n++] = pair;
	return NULL;
}

/* Percent-decodes; NULL when an escape is broken or a NUL is hidden in it. */
static char *decode(struct arena *a, const char *p, size_t n, size_t *ret_n)
{
	char *s = arena_alloc(a, n + 1), *to = s;
	for (size_t i = 0; i < n; i++) {
		char c = p[i];
		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = i + 2 < n ? hex_value(p[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_value(p[i + 2]);
			if (low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0')
			return NULL;
		*to++ = c;
	}
	*ret_n = (size_t)(to - s);
	return s;
}

struct err *form_parse_urlencoded(struct arena *a, const char *p, size_t n, struct form_input *ret)
{
	struct pairs pairs = { .a = a };
	for (size_t at = 0; at < n;) {
		const char *end = memchr(p + at, '&', n - at);
		size_t len = end ? (size_t)(end - p) - at : n - at;
		if (len > 0) {
			const char *eq = memchr(p + at, '=', len);
			size_t name_n = eq ? (size_t)(eq - p) - at : len, name_len, value_n = 0;
			const char *name = decode(a, p + at, name_n, &name_len);
			const char *value = eq ? decode(a, eq + 1, len - name_n - 1, &value_n) : "";
			if (!name || !value)
				return damaged("broken escape");
			TRY(add_pair(&pairs, (struct form_pair){ .name = name, .value = value, .value_n = value_n }));
		}
		at += len + 1;
	}
	*ret = (struct form_input){ pairs.v, pairs.n };
	return NULL;
}

/* The value of a parameter of a header: boundary=x, name="y".  Quoted values may hold %22 (as browsers send a quote)
 * or \" ; NULL when absent or unterminated. */
static char *header_param(struct arena *a, const char *s, size_t n, const char *param)
{
	size_t param_n = strlen(param);
	for (size_t i = 0; i < n;) {
		const char *semi = memchr(s + i, ';', n - i);
		if (!semi)
			return NULL;
		i = (size_t)(semi - s) + 1;
		while (i < n && (s[i] == ' ' || s[i] == '\t'))
			i++;
		bool wanted = n - i > param_n && strncasecmp(s + i, param, param_n) == 0 && s[i + param_n] == '=';
		size_t name_n = 0;
		while (i + name_n < n && s[i + name_n] != '=' && s[i + name_n] != ';')
			name_n++;
		i += name_n;
		if (i == n || s[i] == ';')
			continue;
		i++;
		char *value = arena_alloc(a, n - i + 1);
		size_t len = 0;
		if (i < n && s[i] == '"') {
			for (i++; i < n && s[i] != '"'; i++) {
				if (s[i] == '\\' && i + 1 < n && (s[i + 1] == '"' || s[i + 1] == '\\'))
					i++;
				value[len++] = s[i];
			}
			if (i == n)
				return NULL;
			i++;
		} else {
			while (i < n && s[i] != ';' && s[i] != ' ' && s[i] != '\t')
				value[len++] = s[i++];
		}
		if (wanted)
			return memchr(value, '\0', len) ? NULL : value;
	}
	return NULL;
}

static const char *find_bytes(const char *p, size_t n, const char *what, size_t what_n)
{
	return n >= what_n ? memmem(p, n, what, what_n) : NULL;
}

/* Reads the header lines of one part up to the empty line.  *ret_disposition: the Content-Disposition line. */
static bool part_headers(const char *p, size_t n, const char **ret_disposition, size_t *ret_disposition_n)
{
	for (size_t at = 0; at < n;) {
		const char *end = find_bytes(p + at, n - at, "\r\n", 2);
		size_t len = end ? (size_t)(end - p) - at : n - at;
		static const char wanted[] = "content-disposition:";
		if (len >= sizeof wanted - 1 && strncasecmp(p + at, wanted, sizeof wanted - 1) == 0) {
			if (*ret_disposition)
				return false;
			*ret_disposition = p + at;
			*ret_disposition_n = len;
		}
		at += len + 2;
	}
	return *ret_disposition != NULL;
}

static struct err *add_part(struct pairs *pairs, const char *head, size_t head_n, const char *body, size_t body_n)
{
	const char *disposition = NULL;
	size_t disposition_n = 0;
	if (head_n > PART_HEADER_MAX || !part_headers(head, head_n, &disposition, &disposition_n))
		return damaged("a part without Content-Disposition");
	const char *name = header_param(pairs->a, disposition, disposition_n, "name");
	if (!name)
		return damaged("a part without a name");
	const char *file_name = header_param(pairs->a, disposition, disposition_n, "filename");
	if (!file_name && memchr(body, '\0', body_n))
		return damaged("a NUL in a text field");
	/* A text gets its terminator, a file stays where it is: it may be large. */
	const char *value = file_name ? body : arena_strndup(pairs->a, body, body_n);
	return add_pair(pairs, (struct form_pair){ name, value, body_n, file_name });
}

struct err *form_parse_multipart(struct arena *a, const char *content_type, const char *p, size_t n,
    struct form_input *ret)
{
	const char *boundary = header_param(a, content_type, strlen(content_type), "boundary");
	size_t boundary_n = boundary ? strlen(boundary) : 0;
	if (boundary_n == 0 || boundary_n > BOUNDARY_MAX)
		return damaged("no usable boundary");
	char *mark = arena_printf(a, "\r\n--%s", boundary);
	size_t mark_n = boundary_n + 4;
	struct pairs pairs = { .a = a };
	/* The first boundary has no line break in front when nothing precedes it. */
	const char *end = p + n;
	const char *at = find_bytes(p, n, mark + 2, mark_n - 2);
	if (!at || (at != p && (at - p < 2 || memcmp(at - 2, "\r\n", 2) != 0)))
		return damaged("no first boundary");
	at += mark_n - 2;
	for (;;) {
		if (end - at >= 2 && memcmp(at, "--", 2) == 0)
			break;
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (end - at < 2 || memcmp(at, "\r\n", 2) != 0)
			return damaged("a boundary runs on");
		at += 2;
		const char *head_end = find_bytes(at, (size_t)(end - at), "\r\n\r\n", 4);
		if (!head_end || find_bytes(at, (size_t)(head_end - at), mark + 2, mark_n - 2))
			return damaged("a part without a body");
		const char *body = head_end + 4;
		/* An empty body shares its line break with the end of the head. */
		const char *next = find_bytes(body - 2, (size_t)(end - body) + 2, mark, mark_n);
		if (!next)
			return damaged("the end is missing");
		size_t body_n = next > body ? (size_t)(next - body) : 0;
		TRY(add_part(&pairs, at, (size_t)(head_end - at), body, body_n));
		at = next + mark_n;
	}
	*ret = (struct form_input){ pairs.v, pairs.n };
	return NULL;
}
