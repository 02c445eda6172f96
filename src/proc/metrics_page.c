/* What the house's own processes, its outbox and its jobs tell; and the page of all metrics. */
#include "proc/metrics_page.h"

#include "base/clock.h"
#include "base/log.h"
#include "proc/metrics.h"
#include "web/req.h"

#include <inttypes.h>

/* ---- requests ----------------------------------------------------------------------------------------------------- */
static void route_labels(struct buf *b, const struct route_counts *c)
{
	buf_str(b, "{method=\"");
	metrics_label(b, c->method);
	buf_str(b, "\",route=\"");
	metrics_label(b, c->path);
	buf_chr(b, '"');
}

static void requests(struct buf *b, const struct board *s)
{
	static const char *const classes[] = { "gone", "1xx", "2xx", "3xx", "4xx", "5xx" };
	metrics_head(b, "foyer_requests_total", "counter", "Requests answered, by route and class of status; gone: the peer left.");
	for (int i = 0; i < s->n_routes; i++)
		for (size_t k = 0; k < ARRAY_LEN(classes); k++)
			if (s->routes[i].by_class[k]) {
				buf_str(b, "foyer_requests_total");
				route_labels(b, &s->routes[i]);
				buf_printf(b, ",class=\"%s\"} %" PRId64 "\n", classes[k], (int64_t)s->routes[i].by_class[k]);
			}
}

static void histogram_of(struct buf *b, const struct route_counts *c)
{
	/* The buckets first: a request counted meanwhile may not make the total smaller than a bucket. */
	int64_t upto[BOARD_BUCKETS], sum = 0;
	for (size_t i = 0; i < BOARD_BUCKETS; i++)
		upto[i] = sum += c->bucket[i];
	int64_t total = c->total > sum ? c->total : sum;
	for (size_t i = 0; i < BOARD_BUCKETS; i++) {
		buf_str(b, "foyer_request_duration_seconds_bucket");
		route_labels(b, c);
		buf_printf(b, ",le=\"%g\"} %" PRId64 "\n", (double)board_bounds_us[i] / 1e6, upto[i]);
	}
	buf_str(b, "foyer_request_duration_seconds_bucket");
	route_labels(b, c);
	buf_printf(b, ",le=\"+Inf\"} %" PRId64 "\n", total);
	buf_str(b, "foyer_request_duration_seconds_sum");
	route_labels(b, c);
	buf_printf(b, "} %.6f\n", (double)c->sum_us / 1e6);
	buf_str(b, "foyer_request_duration_seconds_count");
	route_labels(b, c);
	buf_printf(b, "} %" PRId64 "\n", total);
}

/* ---- workers ------------------------------------------------------------------------------------------------------ */
static void workers(struct buf *b, const struct board *s)
{
	int idle[BOARD_POOLS] = { 0 }, busy[BOARD_POOLS] = { 0 };
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		const struct slot *w = &s->slots[i];
		if (w->pid && w->pool < BOARD_POOLS)
			(w->busy_since ? busy : idle)[w->pool]++;
	}
	metrics_head(b, "foyer_workers", "gauge", "Workers by pool and what they do.");
	for (size_t i = 0; i < BOARD_POOLS && s->pools[i].name[0]; i++)
		if (s->pools[i].workers) /* a pool that is switched off is not full */
			buf_printf(b, "foyer_workers{pool=\"%s\",state=\"idle\"} %d\nfoyer_workers{pool=\"%s\",state=\"busy\"} %d\n",
			    s->pools[i].name, idle[i], s->pools[i].name, busy[i]);
	static const char *const ends[] = { [DEATH_LEFT] = "left", [DEATH_CRASHED] = "crashed", [DEATH_DEADLINE] = "deadline" };
	metrics_head(b, "foyer_worker_ends_total", "counter", "Workers replaced: left in order, crashed, or killed past a deadline.");
	for (size_t i = 0; i < BOARD_POOLS && s->pools[i].name[0]; i++)
		for (size_t k = 0; k < DEATH_N; k++)
			buf_printf(b, "foyer_worker_ends_total{pool=\"%s\",how=\"%s\"} %" PRId64 "\n", s->pools[i].name, ends[k],
			    (int64_t)s->pools[i].ended[k]);
	metrics_head(b, "foyer_master_generation", "gauge", "How often the master was started or reloaded.");
	buf_printf(b, "foyer_master_generation %d\n", (int)s->generation);
}

void metrics_board(struct buf *b, const struct board *s)
{
	requests(b, s);
	metrics_head(b, "foyer_request_duration_seconds", "histogram", "Time from the request's head to its answer, by route.");
	for (int i = 0; i < s->n_routes; i++)
		if (s->routes[i].total)
			histogram_of(b, &s->routes[i]);
	workers(b, s);
}

/* ---- outbox and jobs ---------------------------------------------------------------------------------------------- */
#define OUTBOX_COUNT(F) F(i64, n) F(time, oldest)
DB_ROW(outbox_count, OUTBOX_COUNT)
DB_QUERY(outbox_by_state, outbox_count,
    "SELECT COUNT(*) AS n, MIN(due_at) AS oldest FROM outbox WHERE topic = ? AND state = ?")

static struct err *outbox_metrics(struct db *db, struct arena *a, struct buf *b)
{
	static const char *const states[] = { "pending", "taken", "handing_over", "failed", "unsure" };
	struct buf ages;
	buf_init(&ages, a);
	int64_t now = clock_now();
	metrics_head(b, "foyer_outbox_rows", "gauge", "Rows of the outbox that are not delivered, by topic and state.");
	metrics_head(&ages, "foyer_outbox_delay_seconds", "gauge", "How long the longest-waiting pending row has been due.");
	for (size_t d = 0; domains[d]; d++)
		for (const struct consumer *c = domains[d]->consumers; c && c->topic; c++)
			for (size_t i = 0; i < ARRAY_LEN(states); i++) {
				struct outbox_count *row;
				TRY(outbox_by_state_one(db, a, &row, DB_ARGS(c->topic, states[i])));
				buf_printf(b, "foyer_outbox_rows{topic=\"%s\",state=\"%s\"} %" PRId64 "\n", c->topic, states[i], row->n);
				int64_t late = i == 0 && row->oldest && row->oldest < now ? now - row->oldest : 0;
				if (i == 0)
					buf_printf(&ages, "foyer_outbox_delay_seconds{topic=\"%s\"} %.3f\n", c->topic, (double)late / 1e6);
			}
	buf_add(b, ages.p, ages.n);
	return NULL;
}

#define JOB_LAST(F) F(time, last_ok_at) F(time, last_bad_at)
DB_ROW(job_last, JOB_LAST)
DB_QUERY(job_last_runs, job_last,
    "SELECT (SELECT MAX(started_at) FROM job_run WHERE job = ? AND ok = 1) AS last_ok_at, "
    "(SELECT MAX(started_at) FROM job_run WHERE job = ? AND ok = 0) AS last_bad_at")

static struct err *job_metrics(struct db *db, struct arena *a, struct buf *b)
{
	struct buf bad;
	buf_init(&bad, a);
	metrics_head(b, "foyer_job_last_success_timestamp_seconds", "gauge", "Start of a job's last good run; 0: never.");
	metrics_head(&bad, "foyer_job_failing", "gauge", "1 where the job's last recorded run failed.");
	for (size_t d = 0; domains[d]; d++)
		for (const struct job *j = domains[d]->jobs; j && j->name; j++) {
			struct job_last *row;
			TRY(job_last_runs_one(db, a, &row, DB_ARGS(j->name, j->name)));
			buf_printf(b, "foyer_job_last_success_timestamp_seconds{task=\"%s\"} %.3f\n", j->name,
			    (double)row->last_ok_at / 1e6);
			buf_printf(&bad, "foyer_job_failing{task=\"%s\"} %d\n", j->name, row->last_bad_at > row->last_ok_at);
		}
	buf_add(b, bad.p, bad.n);
	return NULL;
}

struct err *metrics_proc(struct db *db, struct arena *a, struct buf *b)
{
	TRY(outbox_metrics(db, a, b));
	return job_metrics(db, a, b);
}

/* ---- the page ----------------------------------------------------------------------------------------------------- */
struct err *metrics_page(struct req *r)
{
	struct buf b;
	buf_init(&b, r->a);
	if (board())
		metrics_board(&b, board());
	int failed = 0;
	for (size_t d = 0; domains[d]; d++) {
		size_t before = b.n;
		struct err *e = domains[d]->metrics ? domains[d]->metrics(r->db, r->a, &b) : NULL;
		if (!e)
			continue;
		/* Half a domain's metrics would be no metrics at all. */
		b.n = before;
		failed++;
		log_err(LOG_WARN, domains[d]->name, e);
	}
	metrics_head(&b, "foyer_metrics_failed", "gauge", "Domains whose metrics could not be read.");
	buf_printf(&b, "foyer_metrics_failed %d\n", failed);
	return respond(r, 200, "text/plain; version=0.0.4; charset=utf-8", (struct bytes){ b.p, b.n });
}
