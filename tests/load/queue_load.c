/* The waiting room with very many people, through its own code and a real Redis, without HTTP.  The clock of the house is
 * stopped meanwhile: this program ticks.
 *
 * usage: queue_load CONF raw CONNECTIONS MILLISECONDS            the rate of the smallest script there is: one INCR
 *        queue_load CONF join PERFORMANCE PEOPLE member|device   a room before that performance gathers so many
 *        queue_load CONF tick PERFORMANCE TICKS                  it opens, draws, and admits who is there
 *        queue_load CONF end PERFORMANCE                         the room ends
 *        queue_load CONF tally PERFORMANCE PEOPLE                what so many joins count towards, each of an address of its own
 * Prints figures a line each, `name value`. */
#include "lab/crew.h"

#include "base/clock.h"
#include "base/conf.h"
#include "ext/crypto.h"
#include "ext/redis.h"
#include "queue/queue.h"
#include "queue/tally.h"
#include "queue/tick.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOINED, REFUSED, CONNECTIONS = 64, THERE = 3000, TICKS_MAX = 55, TARGET = 5000, RATE = 1200 };
static struct db *db;
static struct arena *arena;

/* ---- the smallest script -------------------------------------------------------------------------------------------------- */
REDIS_SCRIPT(raw_script, "return redis.call('INCR', KEYS[1])");

static struct err *raw_one(struct crew_member *m, bool *ret_over)
{
	(void)ret_over;
	struct redis_reply r;
	TRY(redis_script_run(m->a, &raw_script, &r, 1, 1, &(struct bytes){ "lab:raw", 7 }));
	m->counts[0]++;
	return NULL;
}

static int raw(int connections, int64_t ms)
{
	struct crew_result r = crew_run(connections, ms * 1000, raw_one, NULL);
	crew_must(REDIS(arena, NULL, "DEL", "lab:raw"));
	printf("raw_per_s %.0f\n", (double)r.counts[0] / r.seconds);
	return r.failed > 0;
}

/* ---- joining ----------------------------------------------------------------------------------------------------------------- */
struct crowd { struct queue_room *room; int64_t people; bool members; _Atomic int64_t next; };

/* Who is told to come again does so. */
static struct err *join_one(struct crew_member *m, bool *ret_over)
{
	struct crowd *c = m->ctx;
	int64_t who = ++c->next, number;
	*ret_over = who > c->people;
	if (*ret_over)
		return NULL;
	const char *holder = arena_printf(m->a, c->members ? "m%" PRId64 : "d%032" PRIx64, who);
	for (;;) {
		struct err *e = queue_join(m->a, c->room, holder, false, &number);
		if (!err_is(e, ERR_UNAVAILABLE)) {
			TRY(e);
			m->counts[JOINED]++;
			return NULL;
		}
		err_free(e);
		m->counts[REFUSED]++;
		usleep(50 * 1000);
	}
}

/* The memory of all keys of such names. */
static int64_t redis_bytes(const char *pattern)
{
	const char *cursor = "0";
	int64_t sum = 0;
	do {
		struct redis_reply r, used;
		crew_must(REDIS(arena, &r, "SCAN", cursor, "MATCH", pattern, "COUNT", "1000"));
		if (r.kind != REDIS_LIST || r.list_n != 2)
			crew_must(err_new(ERR_INTERNAL, "Redis does not scan"));
		cursor = r.list[0].s;
		for (size_t i = 0; i < r.list[1].list_n; i++) {
			crew_must(REDIS(arena, &used, "MEMORY", "USAGE", r.list[1].list[i].s));
			sum += used.kind == REDIS_INT ? used.i : 0;
		}
	} while (strcmp(cursor, "0") != 0);
	return sum;
}

static int64_t room_bytes(int64_t room)
{
	return redis_bytes(arena_printf(arena, "{q:%" PRId64 "}:*", room));
}

static struct queue_room *room_of(int64_t performance)
{
	struct queue_room *room;
	db_unit_begin(db, NULL);
	db_primary_only(db, true);
	crew_must(queue_room_of(db, arena, (struct queue_sale){ 'p', performance }, &room));
	return room;
}

static struct queue_room *gather(int64_t performance)
{
	int64_t now = clock_now(), id;
	db_unit_begin(db, NULL);
	crew_must(queue_plan_room(db, arena, (struct queue_sale){ 'p', performance }, &(struct queue_plan){ .gathers_at = now,
	    .opens_at = now + US_HOUR, .target = TARGET, .rate = RATE }, now, &id));
	crew_must(queue_tick(db, arena, clock_now()));
	return room_of(performance);
}

/* As the leading clock does. */
static pid_t tick_each_second(void)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	db = db_open();
	for (;; sleep(1)) {
		db_unit_begin(db, NULL);
		crew_must(queue_tick(db, arena, clock_now()));
		arena_reset(arena);
	}
}

static int join(int64_t performance, int64_t people, bool members)
{
	struct crowd *c = crew_share(sizeof *c);
	*c = (struct crowd){ .room = gather(performance), .people = people, .members = members };
	if (!c->room)
		crew_must(err_new(ERR_INTERNAL, "performance %" PRId64 " has no room", performance));
	db_close(db); /* not carried through the forks */
	pid_t clock = tick_each_second();
	struct crew_result r = crew_run(CONNECTIONS, 600 * US_SECOND, join_one, c);
	kill(clock, SIGKILL);
	waitpid(clock, NULL, 0);
	sleep(1); /* Redis lets its clients go */
	db = db_open();
	crew_must(queue_tick(db, arena, clock_now()));
	struct queue_room *room = room_of(performance);
	/* Each member of the crew took a turn before the clock ran. */
	bool all = c->next >= people && room->issued == people && r.counts[JOINED] + CONNECTIONS == people;
	printf("joined %" PRId64 "\nissued %" PRId64 "\nrefused %" PRId64 "\njoins_per_s %.0f\nbytes_each %.3f\n", r.counts[JOINED] + CONNECTIONS,
	    room->issued, r.counts[REFUSED], (double)r.counts[JOINED] / r.seconds, (double)room_bytes(room->id) / (double)people);
	return r.failed > 0 || !all;
}

struct tallied { struct queue_sale sale; int64_t people, now; _Atomic int64_t next; };

static struct err *tally_one(struct crew_member *m, bool *ret_over)
{
	struct tallied *c = m->ctx;
	int64_t who = ++c->next;
	struct queue_tally t;
	*ret_over = who > c->people;
	if (*ret_over)
		return NULL;
	TRY(queue_tally_join(m->a, c->sale, &(struct queue_join_facts){ .challenge = arena_printf(m->a, "%" PRId64, who), .made_at = c->now,
	    .address = arena_printf(m->a, "a%" PRId64, who), .holder = arena_printf(m->a, "d%032" PRIx64, who) }, c->now, &t));
	m->counts[t.fresh && t.of_address == 1 && t.of_holder == 1 ? JOINED : REFUSED]++;
	return NULL;
}

static int tally(int64_t performance, int64_t people)
{
	struct tallied *c = crew_share(sizeof *c);
	*c = (struct tallied){ .sale = { 'p', performance }, .people = people, .now = clock_now() };
	db_close(db);
	struct crew_result r = crew_run(CONNECTIONS, 600 * US_SECOND, tally_one, c);
	printf("tallies_per_s %.0f\nbytes_each %.2f\n", (double)r.counts[JOINED] / r.seconds,
	    (double)redis_bytes(arena_printf(arena, "{p%" PRId64 "}:tally:*", performance)) / (double)people);
	return r.failed > 0 || r.counts[REFUSED] > people / 100000;
}

/* ---- ticking -------------------------------------------------------------------------------------------------------------------- */
static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Some minutes after the draw: who is admitted must have been seen. */
static int tick(int64_t performance, int ticks)
{
	struct queue_room *room = room_of(performance);
	int64_t us[TICKS_MAX], now = room->opens_at;
	crew_must(queue_tick(db, arena, now));
	now = (now / US_MINUTE + 4) * US_MINUTE;
	for (int64_t place = 1; place <= THERE && place <= room->issued; place++)
		if (place % 2) /* every second one has gone away */
			crew_must(queue_here(arena, room, place, now));
	crew_must(queue_here(arena, room, room->issued, now)); /* the map is as long as it gets */
	crew_must(queue_tick(db, arena, now));
	int64_t from = room_of(performance)->admitted;
	for (int i = 0; i < ticks; i++) {
		now += US_SECOND;
		int64_t began = clock_monotonic();
		db_unit_begin(db, NULL);
		crew_must(queue_tick(db, arena, now));
		us[i] = clock_monotonic() - began;
		arena_reset(arena);
	}
	qsort(us, (size_t)ticks, sizeof us[0], by_size);
	room = room_of(performance);
	int64_t began = clock_monotonic(), sum = 0;
	for (int64_t n = 1; n <= 1000; n++)
		sum += queue_place(room, n % room->issued + 1);
	printf("waiting %" PRId64 "\ntick_us %" PRId64 "\nadmitted %" PRId64 "\nskipped %" PRId64 "\nplace_us %.2f\nbytes_each %.3f\n", room->issued - room->head,
	    us[ticks / 2], room->admitted - from, room->skipped, (double)(clock_monotonic() - began) / 1000,
	    (double)room_bytes(room->id) / (double)room->issued);
	return room->admitted == from || room->skipped == 0 || sum == 0;
}

static int end(int64_t performance)
{
	struct queue_room *room = room_of(performance);
	if (room)
		crew_must(queue_end(db, room->id, "by hand", clock_now()));
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: queue_load CONF raw CONNECTIONS MILLISECONDS | join PERFORMANCE PEOPLE member|device | tick PERFORMANCE TICKS"
	    " | end PERFORMANCE | tally PERFORMANCE PEOPLE\n");
	return 2;
}

int main(int argc, char **argv)
{
	int64_t a = argc > 3 ? strtoll(argv[3], NULL, 10) : 0, b = argc > 4 ? strtoll(argv[4], NULL, 10) : 0;
	if (a < 1)
		return usage();
	crypto_init();
	arena = arena_new(64 << 20);
	crew_must(conf_load(argv[1]));
	db = db_open();
	db_unit_begin(db, NULL);
	if (strcmp(argv[2], "raw") == 0 && argc == 5 && a <= CREW_MAX)
		return raw((int)a, b);
	if (strcmp(argv[2], "join") == 0 && argc == 6 && b >= CONNECTIONS)
		return join(a, b, strcmp(argv[5], "member") == 0);
	if (strcmp(argv[2], "tick") == 0 && argc == 5 && b >= 1 && b <= TICKS_MAX)
		return tick(a, (int)b);
	if (strcmp(argv[2], "end") == 0)
		return end(a);
	if (strcmp(argv[2], "tally") == 0 && argc == 5 && b >= CONNECTIONS)
		return tally(a, b);
	if (strcmp(argv[2], "tally") == 0 && argc == 5 && b >= CONNECTIONS)
		return tally(a, b);
	return usage();
}
