#include "show/desk.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *show_desk_times_fault(int64_t view_open, int64_t booking_open, int64_t first_closes, const char **ret_msgid)
{
	if (view_open > booking_open) {
		*ret_msgid = N_("The show must be visible before booking opens: choose a time at or after the one above.");
		return "booking_open_at";
	}
	if (first_closes && booking_open >= first_closes) {
		*ret_msgid = N_("Booking would open after it has closed for the first performance: choose an earlier time.");
		return "booking_open_at";
	}
	return NULL;
}

/* "19:30", "9:00"; false where it is none. */
static bool read_time(const char *s, size_t n, int *ret_minutes)
{
	const char *colon = memchr(s, ':', n);
	if (!colon || n > 5 || colon == s || colon - s > 2 || s + n - colon != 3)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s + i != colon && (s[i] < '0' || s[i] > '9'))
			return false;
	int h = colon - s == 2 ? (s[0] - '0') * 10 + s[1] - '0' : s[0] - '0', m = (colon[1] - '0') * 10 + colon[2] - '0';
	*ret_minutes = h * 60 + m;
	return h < 24 && m < 60;
}

static int compare_int(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

/* The times of a day, sorted, each once; -1: one cannot be read. */
static int read_times(const char *s, int *ret, int cap)
{
	int n = 0, k = 0;
	for (s += strspn(s, " ,"); *s; s += strspn(s, " ,")) {
		size_t len = strcspn(s, " ,");
		if (n == cap || !read_time(s, len, &ret[n]))
			return -1;
		n++;
		s += len;
	}
	if (n > 0)
		qsort(ret, (size_t)n, sizeof *ret, compare_int);
	for (int i = 0; i < n; i++)
		if (i == 0 || ret[i] != ret[i - 1])
			ret[k++] = ret[i];
	return k;
}

int show_desk_series(struct arena *a, int64_t first, int64_t last, unsigned weekdays, const char *times, int64_t *ret, int cap)
{
	int minutes[12], n_times = read_times(times, minutes, ARRAY_LEN(minutes)), n = 0;
	if (n_times <= 0)
		return -1;
	for (int64_t at = first; at <= last && n <= cap; at = clock_day_start(clock_day(at + 36 * US_HOUR))) {
		struct day d = clock_day(at);
		if (weekdays && !(weekdays & 1U << clock_weekday(d)))
			continue;
		for (int i = 0; i < n_times; i++) {
			int64_t us;
			if (!clock_parse_local(arena_printf(a, "%04d-%02d-%02dT%02d:%02d", d.year, d.month, d.day, minutes[i] / 60,
			        minutes[i] % 60), &us))
				continue; /* an hour that the change of the clocks leaves out */
			if (n < cap)
				ret[n] = us;
			n++;
		}
	}
	return n;
}

const char *show_desk_slug(struct arena *a, const char *title, const char *title_en, const char *unique)
{
	enum { MOST = 80 };
	char *slug = str_slug(a, str_empty(title_en) ? title : title_en);
	if (strlen(slug) > MOST) { /* not in the middle of a character */
		size_t n = MOST;
		while (n > 0 && ((unsigned char)slug[n] & 0xc0) == 0x80)
			n--;
		slug[n] = '\0';
	}
	return *slug ? arena_printf(a, "%s-%s", slug, unique) : unique;
}
