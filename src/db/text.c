/* The parts of src/db that need no server: statement texts, patterns and times. */
#include "db/db_internal.h"

#include "base/clock.h"

#include <string.h>

/* Where a quoted string, quoted name or comment that begins at p ends (behind it); p itself when none begins there. */
static const char *skip_opaque(const char *p)
{
	if (*p == '\'' || *p == '"' || *p == '`') {
		char quote = *p++;
		while (*p && *p != quote)
			p += *p == '\\' && quote != '`' && p[1] ? 2 : 1;
		return *p ? p + 1 : p; /* a doubled quote is two strings in a row: the same for our purpose */
	}
	if (*p == '#' || (p[0] == '-' && p[1] == '-' && (p[2] == '\0' || strchr(" \t\r\n", p[2])))) {
		size_t n = strcspn(p, "\n");
		return p + n;
	}
	if (p[0] == '/' && p[1] == '*') {
		const char *end = strstr(p + 2, "*/");
		return end ? end + 2 : p + strlen(p);
	}
	return p;
}

void db_expand(struct buf *out, const char *sql, size_t n)
{
	const char *group = NULL;
	for (const char *p = sql; *p;) {
		const char *end = skip_opaque(p);
		if (end == p)
			end++;
		if (*p == '{' && !group) {
			group = p + 1;
		} else if (*p == '}' && group) {
			for (size_t i = 0; i < n; i++) {
				if (i)
					buf_chr(out, ',');
				buf_add(out, group, (size_t)(p - group));
			}
			group = NULL;
		} else if (!group) {
			buf_add(out, p, (size_t)(end - p));
		}
		p = end;
	}
}

char *db_next_statement(struct arena *a, const char **at)
{
	const char *p = *at;
	for (;;) { /* comments and white space before it; a version comment is part of a statement */
		const char *end = p;
		if (*p && (strchr(" \t\r\n;", *p)))
			end++;
		else if (*p == '#' || *p == '-' || (*p == '/' && p[1] == '*' && p[2] != '!'))
			end = skip_opaque(p);
		if (end == p)
			break;
		p = end;
	}
	const char *begin = p;
	while (*p && *p != ';') {
		const char *end = skip_opaque(p);
		p = end == p ? p + 1 : end;
	}
	*at = p;
	while (p > begin && strchr(" \t\r\n", p[-1]))
		p--;
	return p == begin ? NULL : arena_strndup(a, begin, (size_t)(p - begin));
}

/* Days since 1970-01-01 of a day of the Gregorian calendar, and back; eras of 400 years, years from March. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

MYSQL_TIME db_time_out(int64_t us)
{
	int64_t days = us / US_DAY, rest = us % US_DAY;
	if (rest < 0) {
		rest += US_DAY;
		days--;
	}
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t month = mp + (mp < 10 ? 3 : -9);
	return (MYSQL_TIME){
		.year = (unsigned)(yoe + era * 400 + (month <= 2)), .month = (unsigned)month,
		.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1), .hour = (unsigned)(rest / US_HOUR),
		.minute = (unsigned)(rest / US_MINUTE % 60), .second = (unsigned)(rest / US_SECOND % 60),
		.second_part = (unsigned long)(rest % US_SECOND), .time_type = MYSQL_TIMESTAMP_DATETIME,
	};
}

int64_t db_time_in(const MYSQL_TIME *t)
{
	return days_of(t->year, t->month, t->day) * US_DAY + (int64_t)t->hour * US_HOUR + (int64_t)t->minute * US_MINUTE +
	    (int64_t)t->second * US_SECOND + (int64_t)t->second_part;
}

char *db_like(struct arena *a, const char *text)
{
	char *pattern = arena_alloc(a, 2 * strlen(text) + 3), *to = pattern;
	*to++ = '%';
	for (; *text; text++) {
		if (strchr("%_\\", *text))
			*to++ = '\\';
		*to++ = *text;
	}
	*to++ = '%';
	*to = '\0';
	return pattern;
}
