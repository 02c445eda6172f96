#include "base/clock.h"

#include "base/conf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t test_shift;
static bool zone_known;

/* Zones change their offset at the quarters of an hour only.  The library reads the zone's rule anew for every instant it
 * is asked about; a page tells dozens of them, the same ones each time. */
static struct offset { time_t quarter; long seconds; bool known; } offsets[256];

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * US_SECOND + t.tv_nsec / 1000;
}

int64_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME) + test_shift;
}

int64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void clock_set_for_test(int64_t now_us)
{
	test_shift = now_us ? now_us - read_clock(CLOCK_REALTIME) : 0;
}

void clock_zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
	memset(offsets, 0, sizeof offsets);
	zone_known = true;
}

static time_t whole_seconds(int64_t us)
{
	return (time_t)(us / US_SECOND - (us % US_SECOND < 0));
}

static struct tm local(time_t t)
{
	struct tm tm;

	if (!zone_known)
		clock_zone(conf()->timezone);
	time_t quarter = t / 900 - (t % 900 < 0);
	struct offset *o = &offsets[((uint64_t)quarter * 0x9E3779B97F4A7C15u) >> 56]; /* mixed: shows begin at the same hour */
	if (!o->known || o->quarter != quarter) {
		localtime_r(&t, &tm);
		*o = (struct offset){ quarter, tm.tm_gmtoff, true };
		return tm;
	}
	t += o->seconds;
	gmtime_r(&t, &tm);
	return tm;
}

/* Days since 1970-01-01 of a calendar date; months and days beyond their range run over. */
static int64_t day_number(struct day d)
{
	struct tm tm = { .tm_year = d.year - 1900, .tm_mon = d.month - 1, .tm_mday = d.day };

	return timegm(&tm) / 86400;
}

static struct day day_of(const struct tm *tm)
{
	return (struct day){ tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday };
}

static int64_t day_number_at(time_t t)
{
	struct tm tm = local(t);

	return day_number(day_of(&tm));
}

struct day clock_day(int64_t us)
{
	struct tm tm = local(whole_seconds(us));

	return day_of(&tm);
}

/* Midnight may be skipped or repeated where a zone changes its offset: then the first second of the day is searched. */
int64_t clock_day_start(struct day d)
{
	int64_t number = day_number(d);
	struct tm tm = local(0);

	tm = (struct tm){ .tm_year = d.year - 1900, .tm_mon = d.month - 1, .tm_mday = d.day, .tm_isdst = -1 };
	time_t t = mktime(&tm);
	if (day_number_at(t) != number || day_number_at(t - 1) >= number) {
		const time_t most = 14400; /* no zone has ever jumped further */
		time_t before = t - most, within = t + most;
		while (within - before > 1) {
			time_t middle = before + (within - before) / 2;
			if (day_number_at(middle) < number)
				before = middle;
			else
				within = middle;
		}
		t = within;
	}
	return (int64_t)t * US_SECOND;
}

int clock_weekday(struct day d)
{
	return (int)(((day_number(d) + 4) % 7 + 7) % 7); /* day 0 was a Thursday */
}

int clock_days_between(int64_t from, int64_t to)
{
	return (int)(day_number(clock_day(to)) - day_number(clock_day(from)));
}

/* Reads exactly n digits. */
static bool digits(const char **s, int n, int *ret)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*ret = v;
	return true;
}

static bool date_part(const char **s, struct day *ret)
{
	struct day d;

	if (!digits(s, 4, &d.year) || *(*s)++ != '-' || !digits(s, 2, &d.month) || *(*s)++ != '-' || !digits(s, 2, &d.day))
		return false;
	struct tm tm = { .tm_year = d.year - 1900, .tm_mon = d.month - 1, .tm_mday = d.day };
	timegm(&tm); /* normalises: a date that does not exist comes back as another */
	if (d.month < 1 || d.day < 1 || tm.tm_mon != d.month - 1 || tm.tm_mday != d.day)
		return false;
	*ret = d;
	return true;
}

bool clock_parse_date(const char *s, struct day *ret)
{
	struct day d;

	if (!s || !date_part(&s, &d) || *s)
		return false;
	*ret = d;
	return true;
}

bool clock_parse_local(const char *s, int64_t *ret)
{
	struct day d;
	int hour, minute, second = 0;

	if (!s || !date_part(&s, &d) || (*s != 'T' && *s != ' '))
		return false;
	s++;
	if (!digits(&s, 2, &hour) || *s++ != ':' || !digits(&s, 2, &minute))
		return false;
	if (*s == ':' && (s++, !digits(&s, 2, &second)))
		return false;
	if (*s || hour > 23 || minute > 59 || second > 59)
		return false;
	struct tm tm = local(0);
	tm = (struct tm){ .tm_year = d.year - 1900, .tm_mon = d.month - 1, .tm_mday = d.day, .tm_hour = hour,
		.tm_min = minute, .tm_sec = second, .tm_isdst = -1 };
	time_t t = mktime(&tm);
	if (tm.tm_hour != hour || tm.tm_min != minute || tm.tm_mday != d.day)
		return false; /* skipped by a change to summer time */
	*ret = (int64_t)t * US_SECOND;
	return true;
}

/* Texts of instants are put together by hand: a page tells dozens, and printf takes ten times as long. */
struct line { char s[96]; size_t n; };

static void add(struct line *l, const char *s)
{
	size_t n = strlen(s);

	assert(n < sizeof l->s - l->n);
	memcpy(l->s + l->n, s, n);
	l->n += n;
}

/* v ≥ 0 with at least so many digits. */
static void add_number(struct line *l, int v, int width)
{
	char text[12], *p = text + sizeof text - 1;

	*p = '\0';
	for (; v > 0 || width > 0; v /= 10, width--)
		*--p = (char)('0' + v % 10);
	add(l, p);
}

static void add_time(struct line *l, const struct tm *tm)
{
	add_number(l, tm->tm_hour, 2);
	add(l, ":");
	add_number(l, tm->tm_min, 2);
}

static void add_iso_date(struct line *l, const struct tm *tm)
{
	add_number(l, tm->tm_year + 1900, 4);
	add(l, "-");
	add_number(l, tm->tm_mon + 1, 2);
	add(l, "-");
	add_number(l, tm->tm_mday, 2);
	add(l, "T");
	add_time(l, tm);
}

static char *text_of(struct arena *a, const struct line *l)
{
	return arena_strndup(a, l->s, l->n);
}

char *clock_iso(struct arena *a, int64_t us)
{
	time_t t = whole_seconds(us);
	struct tm tm;

	gmtime_r(&t, &tm);
	struct line l = { .n = 0 };
	add_iso_date(&l, &tm);
	add(&l, ":");
	add_number(&l, tm.tm_sec, 2);
	add(&l, "Z");
	return text_of(a, &l);
}

char *clock_local_input(struct arena *a, int64_t us)
{
	if (us == 0)
		return arena_strdup(a, "");
	struct tm tm = local(whole_seconds(us));
	struct line l = { .n = 0 };
	add_iso_date(&l, &tm);
	return text_of(a, &l);
}

static const char *const weekdays_ko[] = { "일", "월", "화", "수", "목", "금", "토" };
static const char *const weekdays_en[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months_en[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
	"Dec" };

static bool korean(const char *lang)
{
	return lang && strcmp(lang, "ko") == 0;
}

/* "14 Dec 2026" */
static void add_date_en(struct line *l, const struct tm *tm)
{
	add_number(l, tm->tm_mday, 1);
	add(l, " ");
	add(l, months_en[tm->tm_mon]);
	add(l, " ");
	add_number(l, tm->tm_year + 1900, 1);
}

static void add_date_ko(struct line *l, const struct tm *tm)
{
	add_number(l, tm->tm_year + 1900, 1);
	add(l, ".");
	add_number(l, tm->tm_mon + 1, 2);
	add(l, ".");
	add_number(l, tm->tm_mday, 2);
}

static void add_weekday_en(struct line *l, const struct tm *tm)
{
	add(l, weekdays_en[tm->tm_wday]);
	add(l, ", ");
}

static void add_weekday_ko(struct line *l, const struct tm *tm)
{
	add(l, " (");
	add(l, weekdays_ko[tm->tm_wday]);
	add(l, ")");
}

char *clock_long(struct arena *a, const char *lang, int64_t us)
{
	if (us == 0)
		return arena_strdup(a, "");
	struct tm tm = local(whole_seconds(us));
	struct line l = { .n = 0 };
	if (korean(lang)) {
		add_number(&l, tm.tm_year + 1900, 1);
		add(&l, "년 ");
		add_number(&l, tm.tm_mon + 1, 1);
		add(&l, "월 ");
		add_number(&l, tm.tm_mday, 1);
		add(&l, "일");
		add_weekday_ko(&l, &tm);
		add(&l, " ");
	} else {
		add_weekday_en(&l, &tm);
		add_date_en(&l, &tm);
		add(&l, ", ");
	}
	add_time(&l, &tm);
	return text_of(a, &l);
}

char *clock_short(struct arena *a, const char *lang, int64_t us)
{
	if (us == 0)
		return arena_strdup(a, "");
	struct tm tm = local(whole_seconds(us));
	struct line l = { .n = 0 };
	if (korean(lang)) {
		add_number(&l, tm.tm_mon + 1, 2);
		add(&l, ".");
		add_number(&l, tm.tm_mday, 2);
		add_weekday_ko(&l, &tm);
		add(&l, " ");
	} else {
		add_number(&l, tm.tm_mday, 1);
		add(&l, " ");
		add(&l, months_en[tm.tm_mon]);
		add(&l, ", ");
	}
	add_time(&l, &tm);
	return text_of(a, &l);
}

char *clock_date(struct arena *a, const char *lang, int64_t us)
{
	if (us == 0)
		return arena_strdup(a, "");
	struct tm tm = local(whole_seconds(us));
	struct line l = { .n = 0 };
	if (korean(lang)) {
		add_date_ko(&l, &tm);
		add_weekday_ko(&l, &tm);
	} else {
		add_weekday_en(&l, &tm);
		add_date_en(&l, &tm);
	}
	return text_of(a, &l);
}

/* What both days share is said once: the year; in English the month too. */
char *clock_days(struct arena *a, const char *lang, int64_t first, int64_t last)
{
	struct tm f = local(whole_seconds(first)), l = local(whole_seconds(last));
	bool one_year = f.tm_year == l.tm_year, one_month = one_year && f.tm_mon == l.tm_mon;
	struct line s = { .n = 0 };
	if (korean(lang)) {
		add_date_ko(&s, &f);
		add(&s, " – ");
		if (!one_year) {
			add_number(&s, l.tm_year + 1900, 1);
			add(&s, ".");
		}
		add_number(&s, l.tm_mon + 1, 2);
		add(&s, ".");
		add_number(&s, l.tm_mday, 2);
		return text_of(a, &s);
	}
	add_number(&s, f.tm_mday, 1);
	if (!one_month) {
		add(&s, " ");
		add(&s, months_en[f.tm_mon]);
	}
	if (!one_year) {
		add(&s, " ");
		add_number(&s, f.tm_year + 1900, 1);
	}
	add(&s, " – ");
	add_date_en(&s, &l);
	return text_of(a, &s);
}
