/* Time.  Instants are microseconds since 1970 UTC in an int64_t named …_at or …_us; NULL columns are 0.
 * Shown in the house's zone (conf: timezone, Asia/Seoul by default). */
#ifndef FOYER_BASE_CLOCK_H
#define FOYER_BASE_CLOCK_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define US_SECOND INT64_C(1000000)
#define US_MINUTE (60 * US_SECOND)
#define US_HOUR (60 * US_MINUTE)
#define US_DAY (24 * US_HOUR)

int64_t clock_now(void);       /* wall clock; clock_set_for_test shifts it */
int64_t clock_monotonic(void); /* for measuring spans */
void clock_set_for_test(int64_t now_us); /* 0 returns to the real clock */
void clock_zone(const char *tz);         /* sets TZ for localtime_r; conf_load does it, else the first use */

struct day { int year, month, day; }; /* a calendar day in the house's zone */
struct day clock_day(int64_t us);
int64_t clock_day_start(struct day d);          /* instant at which that day begins */
int clock_weekday(struct day d);                /* 0: Sunday */
int clock_days_between(int64_t from, int64_t to); /* calendar days in the house's zone, may be negative */
bool clock_parse_local(const char *s, int64_t *ret); /* "2026-11-20T19:30" or "2026-11-20 19:30[:ss]", house's zone */
bool clock_parse_date(const char *s, struct day *ret); /* "2026-11-20" */
char *clock_iso(struct arena *a, int64_t us);        /* 2026-11-20T10:30:00Z */
/* The texts below are "" for 0, the NULL column. */
char *clock_local_input(struct arena *a, int64_t us); /* 2026-11-20T19:30 for <input type=datetime-local> */
/* As people say it. lang "ko": 2026년 11월 20일 (금) 19:30; "en": Fri, 20 Nov 2026, 19:30 */
char *clock_long(struct arena *a, const char *lang, int64_t us);
char *clock_short(struct arena *a, const char *lang, int64_t us); /* 11.20 (금) 19:30 / 20 Nov, 19:30 */
char *clock_date(struct arena *a, const char *lang, int64_t us);  /* 2026.11.20 (금) / Fri, 20 Nov 2026 */
char *clock_days(struct arena *a, const char *lang, int64_t first, int64_t last); /* of two days: 2026.11.20 – 12.03 / 20 Nov – 3 Dec 2026 */

#endif
