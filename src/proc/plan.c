/* Decisions, pure. */
#include "proc/plan.h"

#include "base/clock.h"

static int64_t doubled(int64_t base, int64_t times, int64_t most)
{
	while (times-- > 0 && base < most)
		base *= 2;
	return base < most ? base : most;
}

int64_t plan_respawn_pause_us(int young_deaths)
{
	if (young_deaths <= 1)
		return 0;
	return doubled(100 * 1000, young_deaths - 2, 10 * US_SECOND);
}

int64_t plan_recycle_after(int64_t worker_requests, uint32_t random)
{
	if (worker_requests <= 0)
		return INT64_MAX;
	return worker_requests - (int64_t)(random % (uint32_t)(worker_requests / 4 + 1));
}

enum outbox_fate plan_outbox_fate(enum err_code code, int64_t tries, int max_tries, bool once, int64_t age_us)
{
	if (once && code == ERR_TIMEOUT)
		return OUTBOX_UNSURE;
	if (code == ERR_INVALID)
		return OUTBOX_FAILED; /* the other side refuses it for good */
	if ((code == ERR_UNAVAILABLE || code == ERR_LIMIT) && age_us < 3 * US_DAY)
		return OUTBOX_AGAIN;
	return tries < (max_tries ? max_tries : 10) ? OUTBOX_AGAIN : OUTBOX_FAILED;
}

int64_t plan_outbox_pause_us(enum err_code code, int64_t tries, bool ordered)
{
	int64_t most = ordered ? 10 * US_SECOND : code == ERR_UNAVAILABLE ? 10 * US_MINUTE : US_HOUR;
	return doubled(US_SECOND, tries, most);
}

static int64_t retry_pause_us(int every_s, int failures)
{
	int64_t every = every_s * US_SECOND;
	int64_t first = every < US_MINUTE ? every : US_MINUTE;
	int64_t most = every < US_MINUTE ? US_MINUTE : every < US_HOUR ? every : US_HOUR;
	return doubled(first, failures - 1, most);
}

int64_t plan_job_due_at(const struct job_state *s, int every_s, int64_t now)
{
	if (s->failures && s->last_try_at <= now)
		return s->last_try_at + retry_pause_us(every_s, s->failures);
	return s->last_ok_at && s->last_ok_at <= now ? s->last_ok_at + every_s * US_SECOND : 0;
}

bool plan_job_due(const struct job_state *s, int every_s, int64_t now)
{
	return !s->running && plan_job_due_at(s, every_s, now) <= now;
}

int64_t plan_job_limit_us(int limit_s)
{
	return (limit_s ? limit_s : 300) * US_SECOND;
}
