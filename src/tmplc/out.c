#include "tmplc/out.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdarg.h>
#include <string.h>

void out_init(struct out *o, struct arena *a, const char *lang, struct req *req)
{
	*o = (struct out){ .a = a, .lang = lang, .req = req };
	buf_init(&o->b, a);
}

void out_raw(struct out *o, const char *s, size_t n) { buf_add(&o->b, s, n); }

/* ---- escaping ---------------------------------------------------------------------------------------------------- */

enum { PLAIN = 0, END, AMP, LESS, GREATER, QUOTE, APOSTROPHE };
static const uint8_t special[256] = { [0] = END, ['&'] = AMP, ['<'] = LESS, ['>'] = GREATER, ['"'] = QUOTE,
	['\''] = APOSTROPHE };
static const struct bytes entities[] = { [AMP] = { "&amp;", 5 }, [LESS] = { "&lt;", 4 }, [GREATER] = { "&gt;", 4 },
	[QUOTE] = { "&#34;", 5 }, [APOSTROPHE] = { "&#39;", 5 } };

/* By runs: most text has nothing to escape, and is copied at once. */
static void escape(struct buf *b, const char *s)
{
	if (!s)
		return;
	for (;;) {
		const char *run = s;
		while (special[(uint8_t)*s] == PLAIN)
			s++;
		buf_add(b, run, (size_t)(s - run));
		uint8_t what = special[(uint8_t)*s++];
		if (what == END)
			return;
		buf_add(b, entities[what].p, entities[what].n);
	}
}

void out_text_str(struct out *o, const char *s) { escape(&o->b, s); }
void out_attr_str(struct out *o, const char *s) { escape(&o->b, s); }
void out_text_i64(struct out *o, int64_t v) { buf_i64(&o->b, v); }
void out_text_url(struct out *o, struct url u) { escape(&o->b, u.s); }

void out_text_html(struct out *o, struct html h)
{
	if (h.safe)
		buf_str(&o->b, h.safe);
}

static bool is_slash(char c) { return c == '/' || c == '\\'; }

/* Browsers drop control characters and read '\' as '/' before they look for the scheme, so neither may hide one. */
static bool link_allowed(struct arena *a, const char *s)
{
	static const char *const schemes[] = { "http", "https", "mailto", "tel", "cid" }; /* cid: a picture within the same mail */
	if (*s == ' ' || (is_slash(s[0]) && is_slash(s[1])))
		return false;
	for (const char *p = s; *p; p++)
		if ((uint8_t)*p < ' ' || *p == 0x7f)
			return false;
	size_t n = strcspn(s, ":/?#\\");
	if (s[n] != ':')
		return true;
	const char *scheme = str_lower_ascii(a, arena_strndup(a, s, n));
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (str_eq(scheme, schemes[i]))
			return true;
	return false;
}

void out_href_str(struct out *o, const char *s)
{
	if (!s)
		return;
	if (link_allowed(o->a, s)) {
		escape(&o->b, s);
		return;
	}
	log_msg(LOG_WARN, "link blocked", "url", s, NULL);
	buf_str(&o->b, "#blocked");
}

void out_href_url(struct out *o, struct url u) { out_href_str(o, u.s); }

/* ---- text made inside templates ---------------------------------------------------------------------------------- */

const char *out_fmt(struct out *o, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *s = arena_vprintf(o->a, fmt, ap);
	va_end(ap);
	return s;
}

/* The digits of |n| in groups of three, with what stands before and behind them (short words). */
static const char *grouped(struct out *o, const char *before, int64_t n, const char *behind)
{
	char text[64];
	size_t at = sizeof text - strlen(behind) - 1;
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
	int count = 0;
	memcpy(text + at, behind, sizeof text - at);
	do {
		if (count > 0 && count % 3 == 0)
			text[--at] = ',';
		text[--at] = (char)('0' + left % 10);
		left /= 10;
		count++;
	} while (left > 0);
	for (size_t i = strlen(before); i > 0; i--)
		text[--at] = before[i - 1];
	if (n < 0)
		text[--at] = '-';
	return arena_copy(o->a, text + at, sizeof text - at);
}

const char *out_number(struct out *o, int64_t n) { return grouped(o, "", n, ""); }

const char *out_count(struct out *o, const char *fmt, int64_t n)
{
	const char *at = strstr(fmt, "%lld");
	return at ? arena_printf(o->a, "%.*s%s%s", (int)(at - fmt), fmt, out_number(o, n), at + strlen("%lld")) : fmt;
}

const char *out_money(struct out *o, int64_t amount)
{
	return str_eq(o->lang, "ko") ? grouped(o, "", amount, "원") : grouped(o, "₩", amount, "");
}

const char *out_when(struct out *o, int64_t us) { return clock_long(o->a, o->lang, us); }
const char *out_when_short(struct out *o, int64_t us) { return clock_short(o->a, o->lang, us); }
const char *out_date(struct out *o, int64_t us) { return clock_date(o->a, o->lang, us); }
const char *out_iso(struct out *o, int64_t us) { return us ? clock_iso(o->a, us) : ""; }

struct html out_paragraphs(struct out *o, const char *s)
{
	struct out text;
	bool open = false;
	out_init(&text, o->a, o->lang, o->req);
	while (s && *s) {
		size_t n = strcspn(s, "\n");
		const char *line = str_trim(o->a, arena_strndup(o->a, s, n));
		s += n + (s[n] == '\n');
		if (*line == 0) {
			if (open)
				buf_str(&text.b, "</p>\n");
			open = false;
			continue;
		}
		buf_str(&text.b, open ? "<br>\n" : "<p>");
		escape(&text.b, line);
		open = true;
	}
	if (open)
		buf_str(&text.b, "</p>\n");
	return (struct html){ buf_cstr(&text.b) };
}
