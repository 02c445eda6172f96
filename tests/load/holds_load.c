/* Holds over HTTP: buyers who all press the button of the same form, each press another person.  Beside it the same POST
 * against anything else that answers (--path), for what the way alone costs.
 *
 * usage: holds_load CONF URL PERFORMANCE BUYERS MILLISECONDS [--seats N | --section ID] [--people N] [--taken] [--path PATH]
 *   --seats    how many of the free seats from the front they choose among    --section  a standing area instead
 *   --taken    only seats that are taken already: all answers are refusals
 *   --path     that address instead, with the same form; every 2xx and 3xx counts as held
 * Loopback only.  Prints figures a line each, `name value`, then latencies.  Exit 1 when an answer was neither a success
 * nor a planned refusal. */
#include "lab/crew.h"
#include "lab/crowd.h"
#include "lab/form.h"
#include "lab/http.h"
#include "lab/spot.h"
#include "lab/stats.h"

#include "base/clock.h"
#include "base/conf.h"
#include "ext/crypto.h"

#include <event2/event.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct buyer { struct lab_person *p; int64_t at; };

static struct { int64_t performance, section, us, end, last_at; long buyers; size_t seats, people; bool taken; const char *path; } want = { .people = 5000 };
static struct { int64_t held, taken, failed, running; } seen;
static struct lab_histogram times = { .name = "answer" };
static struct lab_form *forms;
static struct spot *spot;
static struct event_base *base;
static struct arena *arena;

static void press(struct buyer *b);

static void answered(void *ctx, const struct lab_answer *a)
{
	struct buyer *b = ctx;
	bool ok = a->status >= 200 && a->status < 400;
	bool won = ok && (want.path || strncmp(a->location, "/checkout/", 10) == 0);
	bool lost = ok && !won && (strstr(a->location, "/seats?seat=") || strstr(a->location, "/list?seat="));
	lab_histogram_add(&times, a->us);
	want.last_at = clock_monotonic();
	if (!won && !lost && seen.failed++ < 5)
		fprintf(stderr, "holds_load: answered %d (location %s)\n", a->status, a->location);
	seen.held += won;
	seen.taken += lost;
	if (b->at >= 0 && !want.taken && !want.path)
		spot_gone(spot, b->at);
	press(b);
}

static void stop(struct buyer *b)
{
	lab_person_free(b->p);
	b->p = NULL;
	if (--seen.running == 0)
		event_base_loopbreak(base);
}

/* Refusals leave nothing behind: the same people come again and again. */
static const struct crowd_member *next_person(void)
{
	if (want.taken || want.path)
		return &spot->people[spot->next_person++ % (int64_t)want.people];
	return spot_person(spot);
}

static void press(struct buyer *b)
{
	char path[128], body[512], place[64];
	const struct crowd_member *who = clock_monotonic() < want.end ? next_person() : NULL;
	b->at = want.section ? -1 : spot_choose(spot);
	if (!who || (b->at < 0 && !want.section)) {
		stop(b);
		return;
	}
	const struct lab_form *form = &forms[who - spot->people];
	lab_cookies_forget(b->p);
	lab_cookie_set(b->p, "foyer", who->session);
	lab_cookie_set(b->p, "foyer_csrf", form->cookie);
	if (want.section)
		snprintf(place, sizeof place, "section=%" PRId64 "&standing=1", want.section);
	else
		snprintf(place, sizeof place, "seat=%" PRId64, spot->seats[b->at]);
	arena_reset(arena);
	snprintf(path, sizeof path, "/performances/%" PRId64 "/hold", want.performance);
	snprintf(body, sizeof body, "csrf=%s&idem=%s&from=map&%s", form->token, crypto_uuid(arena), place);
	lab_ask(b->p, want.path ? want.path : path, body, answered, b);
}

static bool arguments(int argc, char **argv)
{
	static const struct option options[] = { { "seats", 1, NULL, 's' }, { "section", 1, NULL, 'c' }, { "people", 1, NULL, 'p' },
		{ "taken", 0, NULL, 't' }, { "path", 1, NULL, 'x' }, { 0 } };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		long n = optarg ? strtol(optarg, NULL, 10) : 0;
		switch (c) {
		case 's': want.seats = (size_t)n; break;
		case 'c': want.section = n; break;
		case 'p': want.people = (size_t)n; break;
		case 't': want.taken = true; break;
		case 'x': want.path = optarg; break;
		default: return false;
		}
	}
	if (argc - optind != 5)
		return false;
	want.performance = strtoll(argv[optind + 2], NULL, 10);
	want.buyers = strtol(argv[optind + 3], NULL, 10);
	want.us = strtoll(argv[optind + 4], NULL, 10) * 1000;
	return want.buyers > 0 && (want.seats > 0 || want.section);
}

/* Seats somebody else has: taken ones from the front. */
#define TAKEN_ROW(F) F(i64, seat_idx)
DB_ROW(taken_row, TAKEN_ROW)
DB_QUERY(seats_taken, taken_row, "SELECT seat_idx FROM claim WHERE performance_id = ? AND seat_idx < ? ORDER BY seat_idx LIMIT ?")

static struct err *prepare(struct db *db, struct arena *a)
{
	bool free_seats = !want.taken && !want.section;
	TRY(spot_new(db, a, want.performance, free_seats ? want.seats : 0, want.people, true, &spot));
	if (want.taken) {
		struct taken_row *rows;
		size_t n;
		TRY(seats_taken_all(db, a, &rows, &n, DB_ARGS(want.performance, (int64_t)1 << 40, (int64_t)want.seats)));
		if (n != want.seats)
			return err_new(ERR_INVALID, "%zu of %zu seats are taken", n, want.seats);
		spot->seats = arena_array(a, int64_t, n + 1);
		for (size_t i = 0; i < n; i++)
			spot->seats[i] = rows[i].seat_idx;
		spot->n_seats = n;
		spot->gone = crew_share(n + 1);
	}
	forms = arena_array(a, struct lab_form, want.people);
	for (size_t i = 0; i < want.people; i++)
		forms[i] = lab_form_for(a, spot->people[i].session);
	return NULL;
}

int main(int argc, char **argv)
{
	if (!arguments(argc, argv)) {
		fprintf(stderr, "usage: holds_load CONF URL PERFORMANCE BUYERS MILLISECONDS [--seats N | --section ID] [--people N] [--taken] [--path PATH]\n");
		return 2;
	}
	struct rlimit files = { 20000, 20000 };
	setrlimit(RLIMIT_NOFILE, &files);
	crypto_init();
	struct arena *a = arena_new((size_t)1 << 30);
	arena = arena_new(1 << 20);
	crew_must(conf_load(argv[optind]));
	struct db *db = db_open();
	db_unit_begin(db, NULL);
	crew_must(prepare(db, a));
	db_close(db);
	base = event_base_new();
	struct lab_house *house = lab_house_new(base, argv[optind + 1], 30);
	if (!house)
		crew_must(err_new(ERR_INVALID, "only a house on this machine is loaded"));
	int64_t start = clock_monotonic();
	want.end = start + want.us;
	struct buyer *buyers = arena_array(a, struct buyer, (size_t)want.buyers);
	seen.running = want.buyers;
	for (long i = 0; i < want.buyers; i++) {
		buyers[i].p = lab_person_new(house);
		press(&buyers[i]);
	}
	event_base_dispatch(base);
	double s = (double)(want.last_at - start) / US_SECOND;
	printf("seconds %.2f\nheld %" PRId64 "\ntaken %" PRId64 "\nfailed %" PRId64 "\nholds_per_s %.0f\ntaken_per_s %.0f\n", s, seen.held,
	    seen.taken, seen.failed, (double)seen.held / s, (double)seen.taken / s);
	printf("p50_ms %.2f\np99_ms %.2f\n", lab_histogram_ms(&times, 0.5), lab_histogram_ms(&times, 0.99));
	lab_histogram_print(stdout, &times);
	arena_free(a);
	return seen.failed > 0;
}
