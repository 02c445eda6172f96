/* A whole on-sale with virtual people (lab/people.h): they come when they come, however slowly the house answers.
 *
 * usage: people_load CONF URL RUN_DIR OUT_DIR [--people N] [--seats N] [--gather S] [--burst S] [--tail S] [--seconds S] [--target N]
 *        [--rate N] [--speed X] [--cheats SHARE] [--drops X] [--connections N] [--outage]
 *   --gather   seconds before the opening in which the first half of them comes; then the burst, then the tail
 *   --seconds  when it ends in any case            --speed    how much quicker they think than people do (6)
 *   --cheats   share of those who cheat (0.02)     --drops    times as many who drop out while buying (1)
 *   --target   buyers inside at the same time      --rate     most admissions a minute
 *   --outage   things are being killed: who is told to come back does so, and it is no error
 * It makes its own hall, show, performance and waiting room, people with sessions, and writes people.tsv, house.tsv,
 * events.tsv and result.json into OUT_DIR.  Loopback only.  Exit 1 when seats are left, at any error, at a cheater's success
 * and at a promise that the database does not keep. */
#include "lab/people.h"
#include "lab/watch.h"

#include "base/conf.h"
#include "ext/crypto.h"

#include <event2/event.h>

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TIMEOUT_S = 30, TICK_MS = 10, CLEAR_S = 150 };

static int64_t *arrives;   /* µs of the monotonic clock, ascending */
static int64_t next, begun;
static int64_t connections = 3000;

/* ---- who they are ------------------------------------------------------------------------------------------------------------ */
static int tickets_wanted(void)
{
	double u = people_random();
	return u < 0.35 ? 1 : u < 0.80 ? 2 : u < 0.90 ? 3 : 4;
}

static void give_habits(struct person *b)
{
	double u = rush.drops > 0 ? people_random() / rush.drops : 1;
	b->wants = b->kind == KIND_GUEST ? 1 : tickets_wanted();
	b->patient = people_chance(0.25);
	b->double_clicks = people_chance(0.05);
	b->drop = u < 0.02 ? DROP_MAP : u < 0.05 ? DROP_CHECKOUT : u < 0.07 ? DROP_RELEASE : u < 0.09 ? DROP_PAY : u < 0.105 ? DROP_WINDOW :
	    u < 0.115 ? DROP_LATE : DROP_NEVER;
	u = people_random();
	b->line = u < 0.03 ? LINE_WANDERS : u < 0.04 ? LINE_QUITS : LINE_STAYS;
}

/* One address each, from 127.16.0.1 on; the house's own machine is none of them. */
static void make_people(struct arena *a, const struct crowd_member *members, const struct crowd_member *guests)
{
	rush.all = arena_array(a, struct person, (size_t)rush.people);
	int64_t n_cheats = (int64_t)((double)rush.people * rush.cheats + 0.5), m = 0, g = 0;
	for (int64_t i = 0; i < rush.people; i++) {
		struct person *b = &rush.all[i];
		double u = people_random();
		b->kind = u < 0.65 ? KIND_MEMBER : u < 0.85 ? KIND_VISITOR : KIND_GUEST;
		b->cheat = CHEAT_none;
		b->address = (127U << 24 | 16U << 16) + (uint32_t)(i / 200) * 256 + (uint32_t)(i % 200) + 1;
		give_habits(b);
		/* Cheats are spread evenly over the arrivals. */
		if ((i + 1) * n_cheats / rush.people > i * n_cheats / rush.people) {
			b->cheat = (enum cheat)(i * n_cheats / rush.people % CHEATS);
			b->kind = KIND_MEMBER;
			b->wants = (int)rush.limit;
			b->drop = DROP_NEVER;
			b->line = LINE_STAYS;
			b->double_clicks = false;
			b->patient = true;
		}
		b->who = b->kind == KIND_GUEST ? &guests[g++] : &members[m++];
	}
}

/* ---- when they come ------------------------------------------------------------------------------------------------------------ */
static int ascending(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
	return (a > b) - (a < b);
}

/* Half of them before the opening, more and more towards it; a third in the burst behind it; the rest later. */
static void plan_arrivals(struct arena *a)
{
	arrives = arena_array(a, int64_t, (size_t)rush.people);
	int64_t opening = begun + (rush.opens_at - clock_now());
	for (int64_t i = 0; i < rush.people; i++) {
		double kind = people_random(), u = people_random();
		double s = kind < 0.5 ? -(double)rush.gather_s * pow(u, 1.3) : kind < 0.83 ? (double)rush.burst_s * u : (double)rush.tail_s * u;
		arrives[i] = opening + (int64_t)(s * US_SECOND);
	}
	qsort(arrives, (size_t)rush.people, sizeof *arrives, ascending);
}

static void tick(evutil_socket_t fd, short what, void *ctx)
{
	static int64_t told_at, last;
	int64_t now = clock_monotonic(), late = last ? now - last - TICK_MS * 1000 : 0;
	(void)fd;
	(void)what;
	(void)ctx;
	last = now;
	rush.lag_us = late > rush.lag_us ? late : rush.lag_us;
	while (next < rush.people && arrives[next] <= now)
		people_start(&rush.all[next++]);
	if (now - told_at >= US_SECOND) {
		told_at = told_at && now - told_at < 2 * US_SECOND ? told_at + US_SECOND : now;
		tell_second();
	}
	if ((next == rush.people && rush.here == 0) || now - begun > rush.seconds * US_SECOND)
		event_base_loopbreak(rush.base);
}

static void run(void)
{
	struct timeval every = { 0, TICK_MS * 1000 };
	struct event *e = event_new(rush.base, -1, EV_PERSIST, tick, NULL);
	event_add(e, &every);
	event_base_dispatch(rush.base);
	event_free(e);
	tell_second();
	if (rush.here > 0)
		fprintf(stderr, "  %" PRId64 " people were still there when the time was over\n", rush.here);
}

/* ---- setting out ------------------------------------------------------------------------------------------------------------------ */
static void usage(void)
{
	fprintf(stderr, "usage: people_load CONF URL RUN_DIR OUT_DIR [--people N] [--seats N] [--gather S] [--burst S] [--tail S] [--seconds S]"
	    " [--target N] [--rate N] [--speed X] [--cheats SHARE] [--drops X] [--connections N] [--outage]\n");
	exit(2);
}

static void arguments(int argc, char **argv)
{
	static const struct option options[] = { { "people", 1, NULL, 'p' }, { "seats", 1, NULL, 's' }, { "gather", 1, NULL, 'g' },
		{ "burst", 1, NULL, 'b' }, { "tail", 1, NULL, 't' }, { "seconds", 1, NULL, 'e' }, { "target", 1, NULL, 'a' }, { "rate", 1, NULL, 'r' },
		{ "speed", 1, NULL, 'v' }, { "cheats", 1, NULL, 'c' }, { "drops", 1, NULL, 'd' }, { "connections", 1, NULL, 'n' }, { "outage", 0, NULL, 'o' }, { 0 } };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		int64_t n = optarg ? strtoll(optarg, NULL, 10) : 0;
		switch (c) {
		case 'p': rush.people = n; break;
		case 's': rush.n_seats = n; break;
		case 'g': rush.gather_s = n; break;
		case 'b': rush.burst_s = n; break;
		case 't': rush.tail_s = n; break;
		case 'e': rush.seconds = n; break;
		case 'a': rush.target = n; break;
		case 'r': rush.rate = n; break;
		case 'v': rush.speed = strtod(optarg, NULL); break;
		case 'c': rush.cheats = strtod(optarg, NULL); break;
		case 'd': rush.drops = strtod(optarg, NULL); break;
		case 'n': connections = n; break;
		case 'o': rush.outage = true; break;
		default: usage();
		}
	}
	if (argc - optind != 4 || rush.people < 1 || rush.n_seats < 4 || rush.speed <= 0)
		usage();
}

static struct err *set_out(struct db *db, struct arena *a)
{
	struct crowd_member *members, *guests;
	db_unit_begin(db, NULL);
	TRY(crowd_make(db, a, (size_t)rush.people, &members));
	TRY(crowd_make_guests(db, a, (size_t)rush.people, &guests));
	make_people(a, members, guests);
	return truth_stage(db, a);
}

/* Payments that were cut short are cleared up by the house's sweeper. */
static struct err *wait_until_clear(struct db *db, struct arena *a, struct truth *ret)
{
	int64_t end = clock_monotonic() + CLEAR_S * US_SECOND;
	for (;;) {
		db_unit_begin(db, NULL);
		TRY(truth_find(db, a, ret));
		if (ret->unclear_payments == 0 || clock_monotonic() > end)
			return NULL;
		sleep(1);
	}
}

static bool well(const struct truth *t)
{
	int64_t won = 0;
	for (int i = 0; i < CHEATS; i++)
		won += cheats[i].won;
	return t->sold == rush.n_seats && told(COUNT_errors) == 0 && won == 0 && t->promises_lost == 0 && t->over_limit == 0 &&
	    t->without_pass == 0 && t->before_turn == 0 && t->twice_inside == 0 && t->unclear_payments == 0 && rush.here == 0;
}

static int fail(struct err *e)
{
	fprintf(stderr, "people_load: %s\n", err_text(e));
	return 1;
}

int main(int argc, char **argv)
{
	rush = (struct rush){ .people = 500, .n_seats = 100, .gather_s = 20, .burst_s = 15, .tail_s = 60, .seconds = 480, .target = 60, .rate = 600,
		.limit = TICKETS_MAX, .speed = 6, .cheats = 0.02, .drops = 1 };
	arguments(argc, argv);
	char **paths = argv + optind, house_file[400];
	struct rlimit files = { 20000, 20000 };
	setrlimit(RLIMIT_NOFILE, &files);
	crypto_init();
	rush.dir = paths[3];
	snprintf(house_file, sizeof house_file, "%s/house.tsv", rush.dir);
	struct watch *watch = watch_start(paths[0], paths[2], house_file);
	struct arena *a = arena_new((size_t)2 << 30);
	rush.scratch = arena_new(1 << 20);
	rush.watch = watch_seen(watch);
	struct err *e = conf_load(paths[0]);
	rush.hold_seconds = conf()->hold_seconds;
	struct db *db = db_open();
	tell_open();
	if (!e)
		e = set_out(db, a);
	if (e)
		return fail(e);
	rush.base = event_base_new();
	rush.house = lab_house_new(rush.base, paths[1], TIMEOUT_S);
	if (!rush.house)
		return fail(err_new(ERR_INVALID, "only a house on this machine is loaded"));
	lab_house_most(rush.house, (size_t)connections);
	watch_stage(watch, rush.performance, rush.room);
	sleep(2); /* the replica learns of the show */
	begun = clock_monotonic();
	plan_arrivals(a);
	run();
	struct truth t;
	if ((e = wait_until_clear(db, a, &t)))
		return fail(e);
	watch_end(watch);
	tell_results(&t);
	bool good = well(&t);
	for (int64_t i = 0; i < rush.people; i++)
		if (rush.all[i].p)
			people_gone(&rush.all[i]);
	lab_house_free(rush.house);
	event_base_free(rush.base);
	db_close(db);
	arena_free(rush.scratch);
	arena_free(a);
	return !good;
}
