#include "queue/watch.h"

#include "base/buf.h"
#include "base/clock.h"
#include "db/db.h"
#include "proc/metrics.h"
#include "web/check.h"

#include <inttypes.h>

/* ---- invariants ------------------------------------------------------------------------------------------------------ */
CHECK(pass_beyond_head, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('pass ', p.id, ' has place ', p.place, ', the head of room ', r.id, ' is ', r.head) AS what"
    " FROM queue_pass p JOIN waiting_room r ON r.id = p.room_id WHERE p.place > r.head OR p.place < 1) b")
/* One place of a room is one holder's: the same number was never given twice. */
CHECK(pass_twice, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('place ', place, ' of room ', room_id, ' has ', COUNT(*), ' passes') AS what FROM queue_pass"
    " GROUP BY room_id, place HAVING COUNT(*) > 1"
    " UNION ALL SELECT CONCAT('holder ', holder, ' has ', COUNT(*), ' living passes of room ', room_id) FROM queue_pass"
    " WHERE ended_at IS NULL GROUP BY room_id, holder HAVING COUNT(*) > 1"
    " UNION ALL SELECT CONCAT('pass ', id, IF(ended_at IS NULL, ' lives without a name', ' has ended, but lives')) FROM queue_pass"
    " WHERE (ended_at IS NULL AND COALESCE(living, '') <> holder) OR (ended_at IS NOT NULL AND living IS NOT NULL)"
    " UNION ALL SELECT CONCAT('pass ', id, ' of ', holder, ' was used by person ', person_id) FROM queue_pass"
    " WHERE holder LIKE 'm%' AND person_id IS NOT NULL AND holder <> CONCAT('m', person_id)) b")
CHECK(room_counts, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('room ', r.id, ': head ', r.head, ', admitted ', r.admitted, ', skipped ', r.skipped, ', issued ', r.issued,"
    " ', licence ', r.licence, ', drawn ', COALESCE(r.drawn, 'no'), ', entered ', r.entered, ', passes ', COALESCE(p.passes, 0)) AS what"
    " FROM waiting_room r LEFT JOIN (SELECT room_id, COUNT(*) AS passes FROM queue_pass GROUP BY room_id) p ON p.room_id = r.id"
    " WHERE r.head <> r.admitted + r.skipped OR r.head > r.issued OR r.issued > r.licence OR r.settled > r.head"
    " OR r.entered <> COALESCE(p.passes, 0) OR r.entered > r.head OR COALESCE(r.drawn, 0) > r.issued"
    " OR (r.drawn IS NULL) <> (r.opened_at IS NULL) OR (r.drawn IS NULL AND r.head > 0)) b")
CHECK(pass_of_ended_room, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('pass ', p.id, ' lives, its room ', r.id, ' has ended') AS what FROM queue_pass p"
    " JOIN waiting_room r ON r.id = p.room_id WHERE p.ended_at IS NULL AND r.state = 'ended') b")
CHECK(door_astray, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('performance ', p.id, ' stands behind room ', p.room_id, ' (', COALESCE(r.state, 'none'), ')') AS what"
    " FROM performance p LEFT JOIN waiting_room r ON r.id = p.room_id AND r.sale_kind = 'p' AND r.sale_id = p.id"
    " WHERE p.room_id IS NOT NULL AND (r.id IS NULL OR r.state NOT IN ('gathering', 'open', 'paused'))"
    " UNION ALL SELECT CONCAT('room ', r.id, ' (', r.state, ') stands before no performance') FROM waiting_room r"
    " LEFT JOIN performance p ON p.room_id = r.id"
    " WHERE r.sale_kind = 'p' AND r.state IN ('gathering', 'open', 'paused') AND p.id IS NULL"
    " UNION ALL SELECT CONCAT('room ', id, ' (', state, ') is the one of ', COALESCE(live_sale, 'no sale')) FROM waiting_room"
    " WHERE (state = 'ended') <> (live_sale IS NULL)) b")
/* Some seconds for requests that were under way when the door was shut. */
CHECK(bought_without_turn, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('order ', o.id, ' of person ', o.person_id, ' was made without a pass of room ', r.id) AS what FROM waiting_room r"
    " JOIN orders o ON o.performance_id = r.sale_id AND o.created_at > r.gathered_at + INTERVAL 5 SECOND"
    " AND (r.ended_at IS NULL OR o.created_at < r.ended_at)"
    " LEFT JOIN queue_pass p ON p.room_id = r.id AND p.person_id = o.person_id AND p.granted_at <= o.created_at"
    " AND (p.ended_at IS NULL OR p.ended_at >= o.created_at)"
    " WHERE r.sale_kind = 'p' AND p.id IS NULL) b")

const struct check queue_checks[] = {
	{ "no pass of the waiting room has a place that was not admitted", check_pass_beyond_head },
	{ "nobody was admitted twice with a place, nobody has two living passes", check_pass_twice },
	{ "heads, numbers and passes of the waiting rooms agree", check_room_counts },
	{ "no pass outlives its waiting room", check_pass_of_ended_room },
	{ "a sale is shut while a waiting room stands before it, and only then", check_door_astray },
	{ "nobody has held seats behind a waiting room without a pass", check_bought_without_turn },
	{ 0 }
};

/* ---- figures --------------------------------------------------------------------------------------------------------- */
#define ROOM_ROW(F) F(str, live_sale) F(str, state) F(i64, issued) F(i64, head) F(i64, admitted) F(i64, skipped) F(i64, entered) \
	F(i64, active) F(i64, target) F(time, saved_at) F(i64, seats_left)
DB_ROW(room_row, ROOM_ROW)
DB_QUERY_F(rooms_living, room_row, DB_STALE_OK,
    "SELECT live_sale, state, issued, head, admitted, skipped, entered, active, target, saved_at, seats_left"
    " FROM waiting_room WHERE state IN ('gathering', 'open', 'paused') ORDER BY id")
DB_QUERY_F(rooms_states, metrics_state, DB_STALE_OK,
    "SELECT state, COUNT(*) AS n FROM waiting_room WHERE state IN ('planned', 'gathering', 'open', 'paused') GROUP BY state")
/* What became of passes, over the newest. */
DB_QUERY_F(passes_recent, metrics_state, DB_STALE_OK,
    "SELECT COALESCE(ended_why, 'living') AS state, COUNT(*) AS n FROM queue_pass"
    " WHERE id > (SELECT COALESCE(MAX(id), 0) - 10000 FROM queue_pass) GROUP BY COALESCE(ended_why, 'living')")

static int64_t waiting(const struct room_row *r) { return r->issued - r->head; }
static int64_t issued(const struct room_row *r) { return r->issued; }
static int64_t admitted(const struct room_row *r) { return r->admitted; }
static int64_t skipped(const struct room_row *r) { return r->skipped; }
static int64_t entered(const struct room_row *r) { return r->entered; }
static int64_t active(const struct room_row *r) { return r->active; }
static int64_t target(const struct room_row *r) { return r->target; }
static int64_t admitting(const struct room_row *r) { return str_eq(r->state, "open") && r->seats_left > 0; }
static int64_t age(const struct room_row *r) { return r->saved_at ? (clock_now() - r->saved_at) / US_SECOND : 0; }

static const struct figure { const char *name, *type, *help; int64_t (*of)(const struct room_row *r); } figures[] = {
	{ "foyer_queue_waiting", "gauge", "Numbers given out and not admitted yet, by the sale's waiting room.", waiting },
	{ "foyer_queue_joined_total", "counter", "Numbers given out.", issued },
	{ "foyer_queue_admitted_total", "counter", "Places admitted.", admitted },
	{ "foyer_queue_skipped_total", "counter", "Places passed over because nobody was there.", skipped },
	{ "foyer_queue_entered_total", "counter", "Passes granted.", entered },
	{ "foyer_queue_active", "gauge", "Buyers inside: living passes.", active },
	{ "foyer_queue_target", "gauge", "Buyers that may be inside at the same time.", target },
	{ "foyer_queue_admitting", "gauge", "1 while the room admits: open, and something is left.", admitting },
	{ "foyer_queue_age_seconds", "gauge", "Since the clock has looked after the room.", age },
};

struct err *queue_metrics(struct db *db, struct arena *a, struct buf *out)
{
	static const char *const states[] = { "planned", "gathering", "open", "paused" };
	static const char *const ends[] = { "living", "bought", "left", "expired", "closed" };
	struct room_row *rooms;
	struct metrics_state *all, *passes;
	size_t n, n_all, n_passes;
	TRY(rooms_living_all(db, a, &rooms, &n, DB_NO_ARGS));
	TRY(rooms_states_all(db, a, &all, &n_all, DB_NO_ARGS));
	TRY(passes_recent_all(db, a, &passes, &n_passes, DB_NO_ARGS));
	metrics_by_state(out, "foyer_queue_rooms", "Waiting rooms that have not ended, by state.", states, ARRAY_LEN(states), all, n_all);
	metrics_by_state(out, "foyer_queue_recent_passes", "The 10,000 newest passes by what became of them.", ends, ARRAY_LEN(ends),
	    passes, n_passes);
	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		metrics_head(out, figures[i].name, figures[i].type, figures[i].help);
		for (size_t k = 0; k < n; k++)
			buf_printf(out, "%s{sale=\"%s\"} %" PRId64 "\n", figures[i].name, rooms[k].live_sale, figures[i].of(&rooms[k]));
	}
	return NULL;
}
