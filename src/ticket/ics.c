#include "ticket/ics.h"

#include "base/clock.h"
#include "base/str.h"

#include <string.h>
#include <time.h>

enum { LINE_OCTETS = 75 };

/* One content line, folded: what goes on begins with a space, which counts. */
static void line(struct buf *b, const char *text)
{
	size_t n = strlen(text), at = 0, room = LINE_OCTETS;
	while (n - at > room) {
		size_t cut = at + room;
		while (((unsigned char)text[cut] & 0xc0) == 0x80)
			cut--;
		buf_add(b, text + at, cut - at);
		buf_str(b, "\r\n ");
		at = cut;
		room = LINE_OCTETS - 1;
	}
	buf_add(b, text + at, n - at);
	buf_str(b, "\r\n");
}

static void text_line(struct buf *b, struct arena *a, const char *name, const char *value)
{
	if (!value)
		return;
	struct buf t;
	buf_init(&t, a);
	buf_str(&t, name);
	buf_chr(&t, ':');
	for (const char *s = value; *s; s++) {
		if (*s == '\n')
			buf_str(&t, "\\n");
		else if (*s == '\\' || *s == ';' || *s == ',') {
			buf_chr(&t, '\\');
			buf_chr(&t, *s);
		} else if ((unsigned char)*s >= 0x20 && *s != 0x7f)
			buf_chr(&t, *s);
	}
	line(b, buf_cstr(&t));
}

static void time_line(struct buf *b, struct arena *a, const char *name, int64_t us)
{
	struct tm t;
	time_t s = (time_t)(us / US_SECOND);
	gmtime_r(&s, &t);
	line(b, arena_printf(a, "%s:%04d%02d%02dT%02d%02d%02dZ", name, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
	    t.tm_min, t.tm_sec));
}

struct bytes ics_calendar(struct arena *a, const struct ics_event *e)
{
	static const char *const head[] = { "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Foyer//Ticket//KO", "CALSCALE:GREGORIAN",
		"METHOD:PUBLISH", "BEGIN:VEVENT" };
	struct buf b;
	buf_init(&b, a);
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		line(&b, head[i]);
	text_line(&b, a, "UID", e->uid);
	time_line(&b, a, "DTSTAMP", e->stamp_at);
	time_line(&b, a, "DTSTART", e->starts_at);
	time_line(&b, a, "DTEND", e->ends_at);
	line(&b, arena_printf(a, "SEQUENCE:%lld", (long long)e->sequence));
	line(&b, e->cancelled ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
	text_line(&b, a, "SUMMARY", e->summary);
	text_line(&b, a, "LOCATION", e->location);
	text_line(&b, a, "DESCRIPTION", e->description);
	if (e->url)
		line(&b, arena_printf(a, "URL:%s", e->url));
	if (!e->cancelled) {
		line(&b, "BEGIN:VALARM");
		line(&b, "ACTION:DISPLAY");
		line(&b, "TRIGGER:-PT2H");
		text_line(&b, a, "DESCRIPTION", e->summary);
		line(&b, "END:VALARM");
	}
	line(&b, "END:VEVENT");
	line(&b, "END:VCALENDAR");
	return (struct bytes){ buf_cstr(&b), b.n };
}
