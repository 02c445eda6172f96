/* The room's jobs: states by the clock, counts after changes, facts and ranks for lists; and its metrics. */
#include "show/show_priv.h"

#include "base/buf.h"
#include "base/clock.h"
#include "ext/redis.h"
#include "proc/metrics.h"
#include "proc/outbox.h"
#include "show/views.h"

#include <inttypes.h>

#define RECENT_US (7 * US_DAY)
enum { BATCH = 200 }; /* rows of the queries below */

/* ---- telling the counts to those who look ------------------------------------------------------------------------------- */
DB_QUERY(counts_now, show_grade,
    "SELECT g.id, g.ord, g.code, g.price, c.capacity, c.taken, c.sold FROM performance_grade c"
    " JOIN price_grade g ON g.id = c.grade_id WHERE c.performance_id = ? ORDER BY g.ord")

static struct err *tell_counts(struct job_ctx *j, struct performance_id id)
{
	struct show_grade *g;
	size_t n;
	struct buf b;
	TRY(counts_now_all(j->db, j->a, &g, &n, DB_ARGS(id.v)));
	if (n == 0)
		return NULL;
	buf_init(&b, j->a);
	buf_printf(&b, "{\"channel\":\"perf:%" PRId64 "\",\"data\":{\"g\":[", id.v);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s[%" PRId64 ",%" PRId64 "]", i ? "," : "", g[i].id.v,
		    g[i].capacity > g[i].taken ? g[i].capacity - g[i].taken : 0);
	buf_str(&b, "]}}");
	return outbox_add(j->db, "live", arena_printf(j->a, "perf:%" PRId64, id.v), NULL, buf_cstr(&b), 0);
}

/* ---- show.counts: what was bought or given back in the last second ---------------------------------------------------- */
#define STALE "booking:changed"

void show_counts_stale(struct performance_id p)
{
	struct arena *a = arena_new(1 << 16);
	struct redis_reply reply;
	err_free(REDIS(a, &reply, "SADD", STALE, arena_printf(a, "%" PRId64, p.v))); /* the minute's recount takes care of it */
	arena_free(a);
}

static struct err *recount(struct job_ctx *j, const char *typed)
{
	struct performance_id id;
	if (!str_to_i64(typed, &id.v))
		return NULL;
	TRY(show_performance_refresh(j->db, id, j->now));
	return tell_counts(j, id);
}

static struct err *recount_changed(struct job_ctx *j)
{
	struct redis_reply reply;
	struct err *e = REDIS(j->a, &reply, "SPOP", STALE, "200");
	if (err_is(e, ERR_UNAVAILABLE)) {
		err_free(e); /* show.recount looks at everything once a minute meanwhile */
		j->note = "Redis is away";
		return NULL;
	}
	TRY(e);
	for (size_t i = 0; i < reply.list_n; i++) {
		e = recount(j, reply.list[i].s);
		for (size_t k = i; e && k < reply.list_n; k++) /* the next run takes them up again */
			err_free(REDIS(j->a, NULL, "SADD", STALE, reply.list[k].s));
		TRY(e);
	}
	outbox_wake();
	return NULL;
}

/* ---- show.states: what the clock changes --------------------------------------------------------------------------------- */
static struct err *states_by_time(struct job_ctx *j)
{
	struct show_performance_ref *p;
	size_t n;
	TRY(show_performances_overdue(j->db, j->a, j->now, &p, &n));
	for (size_t i = 0; i < n; i++)
		TRY(show_performance_refresh(j->db, p[i].id, j->now));
	if (n)
		j->note = arena_printf(j->a, "%zu performances", n);
	return NULL;
}

/* ---- show.recount: everything that is on sale ----------------------------------------------------------------------------- */
DB_QUERY(on_sale_after, show_performance_ref,
    "SELECT p.id FROM performance p WHERE p.id > ? AND p.state IN ('on_sale', 'sold_out') AND (? < 0 OR MOD(p.id, 10) = ?)"
    " ORDER BY p.id LIMIT 200")

/* A tenth of them each minute; all while Redis is away, because then no change is told. */
static int64_t tenth(struct job_ctx *j)
{
	struct redis_reply reply;
	struct err *e = REDIS(j->a, &reply, "PING");
	int64_t which = e ? -1 : j->now / US_MINUTE % 10;
	err_free(e);
	return which;
}

static struct err *recount_all(struct job_ctx *j)
{
	struct show_performance_ref *p;
	size_t n = 0, all = 0;
	int64_t after = 0, which = tenth(j);
	do {
		TRY(on_sale_after_all(j->db, j->a, &p, &n, DB_ARGS(after, which, which)));
		for (size_t i = 0; i < n; i++)
			TRY(show_performance_refresh(j->db, p[i].id, j->now));
		all += n;
		after = n ? p[n - 1].id.v : after;
	} while (n == BATCH);
	j->note = arena_printf(j->a, "%zu performances", all);
	return NULL;
}

/* ---- show.facts, show.ranks: what lists need ------------------------------------------------------------------------------- */
#define SHOW_REF(F) F(show_id, id)
DB_ROW(show_ref, SHOW_REF)
DB_QUERY(shows_current, show_ref,
    "SELECT s.id FROM shows s WHERE s.id > ? AND s.state = 'published' AND (s.last_at IS NULL OR s.last_at >= ?)"
    " ORDER BY s.id LIMIT 200")

static struct err *facts_anew(struct job_ctx *j)
{
	struct show_ref *s;
	size_t n = 0, all = 0;
	int64_t after = 0;
	do {
		TRY(shows_current_all(j->db, j->a, &s, &n, DB_ARGS(after, db_time(j->now - US_DAY))));
		for (size_t i = 0; i < n; i++)
			TRY(show_facts_refresh(j->db, s[i].id));
		all += n;
		after = n ? s[n - 1].id.v : after;
	} while (n == BATCH);
	j->note = arena_printf(j->a, "%zu shows", all);
	return NULL;
}

DB_EXEC(ranks_of_over, "DELETE r FROM show_rank r JOIN shows s ON s.id = r.show_id"
    " WHERE s.state <> 'published' OR s.last_at IS NULL OR s.last_at < ?")
DB_EXEC(ranks_booked,
    "INSERT INTO show_rank (show_id, booked_permille)"
    " SELECT p.show_id, COALESCE(SUM(c.sold) * 1000 DIV NULLIF(SUM(c.capacity), 0), 0)"
    " FROM performance p JOIN performance_grade c ON c.performance_id = p.id JOIN shows s ON s.id = p.show_id"
    " WHERE p.state IN ('scheduled', 'on_sale', 'sold_out') AND s.state = 'published' GROUP BY p.show_id"
    " ON DUPLICATE KEY UPDATE booked_permille = VALUES(booked_permille)")
DB_EXEC(ranks_sold,
    "UPDATE show_rank r LEFT JOIN (SELECT show_id, SUM(tickets) AS n FROM show_sold WHERE hour >= ? GROUP BY show_id) t"
    " ON t.show_id = r.show_id SET r.sold_7d = COALESCE(t.n, 0) WHERE r.show_id > 0")
DB_EXEC(rank_viewed, "UPDATE show_rank SET views_7d = ? WHERE show_id = ?")
DB_QUERY(ranked_after, show_ref, "SELECT r.show_id AS id FROM show_rank r WHERE r.show_id > ? ORDER BY r.show_id LIMIT 200")

static struct err *ranks_viewed(struct job_ctx *j)
{
	struct show_ref *s;
	size_t n = 0;
	int64_t after = 0;
	do {
		TRY(ranked_after_all(j->db, j->a, &s, &n, DB_ARGS(after)));
		int64_t *ids = arena_array(j->a, int64_t, n + 1), *views = arena_array(j->a, int64_t, n + 1);
		for (size_t i = 0; i < n; i++)
			ids[i] = s[i].id.v;
		TRY(show_views_of(j->a, ids, n, j->now, views));
		for (size_t i = 0; i < n; i++)
			TRY(rank_viewed_run(j->db, NULL, DB_ARGS(views[i], ids[i])));
		after = n ? ids[n - 1] : after;
	} while (n == BATCH);
	return NULL;
}

/* ---- tickets sold by hour ------------------------------------------------------------------------------------------------- */
#define HOUR_US (60 * US_MINUTE)
#define SOLD_REF(F) F(time, hour)
DB_ROW(sold_ref, SOLD_REF)
DB_QUERY(sold_newest, sold_ref, "SELECT hour FROM show_sold ORDER BY hour DESC LIMIT 1")
DB_EXEC(sold_forget, "DELETE FROM show_sold WHERE hour < ?")
DB_EXEC(sold_since,
    "INSERT INTO show_sold (show_id, hour, tickets) SELECT p.show_id,"
    " CAST(DATE_FORMAT(o.paid_at, '%Y-%m-%d %H:00:00') AS DATETIME) AS at_hour, SUM(o.tickets)"
    " FROM orders o FORCE INDEX (orders_paid) JOIN performance p ON p.id = o.performance_id"
    " WHERE o.paid_at >= ? AND o.state IN ('paid', 'partly_cancelled') GROUP BY p.show_id, at_hour"
    " ON DUPLICATE KEY UPDATE tickets = VALUES(tickets)")

static int64_t hour_of(int64_t us)
{
	return us - us % HOUR_US;
}

/* The newest hour that has sales is counted anew, and the one before it: what was paid as it ended. */
static struct err *sold_lately(struct job_ctx *j)
{
	struct sold_ref *newest;
	int64_t from = hour_of(j->now - RECENT_US);
	TRY(sold_newest_one(j->db, j->a, &newest, DB_NO_ARGS));
	if (newest && newest->hour - HOUR_US > from)
		from = newest->hour - HOUR_US;
	return sold_since_run(j->db, NULL, DB_ARGS(db_time(from)));
}

static struct err *sold_anew_tx(struct db *db, void *ctx)
{
	struct job_ctx *j = ctx;
	TRY(sold_forget_run(db, NULL, DB_ARGS(db_time(j->now + US_DAY))));
	return sold_since_run(db, NULL, DB_ARGS(db_time(hour_of(j->now - RECENT_US))));
}

/* What was cancelled since, and what has become too old. */
static struct err *sold_anew(struct job_ctx *j)
{
	return db_tx(j->db, sold_anew_tx, j);
}

static struct err *ranks_anew(struct job_ctx *j)
{
	TRY(ranks_of_over_run(j->db, NULL, DB_ARGS(db_time(j->now))));
	TRY(ranks_booked_run(j->db, NULL, DB_NO_ARGS));
	TRY(sold_lately(j));
	TRY(ranks_sold_run(j->db, NULL, DB_ARGS(db_time(hour_of(j->now - RECENT_US)))));
	struct err *e = ranks_viewed(j);
	if (!err_is(e, ERR_UNAVAILABLE))
		return e;
	err_free(e); /* the ranks stand without the views of this minute */
	j->note = "views are not counted: Redis is away";
	return NULL;
}

const struct job show_jobs[] = {
	{ "show.counts", 1, recount_changed, N_("What is left of performances that were just booked is counted and told.") },
	{ "show.states", 5, states_by_time, N_("Performances go on sale, close and end by the clock.") },
	{ "show.recount", 60, recount_all, N_("Everything on sale is counted anew every ten minutes, in case a change was not told.") },
	{ "show.facts", 60, facts_anew, N_("What lists tell about shows is gathered from their performances, prices and cast.") },
	{ "show.sold", 24 * 3600, sold_anew, N_("The tickets sold in the last seven days are counted anew, without what was cancelled since.") },
	{ "show.ranks", 60, ranks_anew, N_("Shows are ranked by what was sold and looked at in seven days.") },
	{ 0 }
};

/* ---- metrics ------------------------------------------------------------------------------------------------------------------ */
DB_QUERY_F(performances_by_state, metrics_state, DB_STALE_OK | DB_SCAN_OK,
    "SELECT state, COUNT(*) AS n FROM performance GROUP BY state ORDER BY state")
#define SEATS_ROW(F) F(i64, capacity) F(i64, taken) F(i64, sold)
DB_ROW(seats_row, SEATS_ROW)
DB_QUERY_F(seats_on_sale, seats_row, DB_STALE_OK,
    "SELECT COALESCE(SUM(c.capacity), 0) AS capacity, COALESCE(SUM(c.taken), 0) AS taken, COALESCE(SUM(c.sold), 0) AS sold"
    " FROM performance p JOIN performance_grade c ON c.performance_id = p.id WHERE p.state IN ('on_sale', 'sold_out')")

struct err *show_metrics(struct db *db, struct arena *a, struct buf *b)
{
	struct metrics_state *s;
	struct seats_row *seats;
	size_t n;
	TRY(performances_by_state_all(db, a, &s, &n, DB_NO_ARGS));
	TRY(seats_on_sale_one(db, a, &seats, DB_NO_ARGS));
	metrics_by_state(b, "foyer_performances", "Performances by state.", NULL, 0, s, n);
	metrics_head(b, "foyer_seats", "gauge", "Places of performances whose sale is open: offered, held, sold.");
	buf_printf(b, "foyer_seats{state=\"offered\"} %" PRId64 "\nfoyer_seats{state=\"held\"} %" PRId64
	    "\nfoyer_seats{state=\"sold\"} %" PRId64 "\n", seats->capacity, seats->taken - seats->sold, seats->sold);
	return NULL;
}
