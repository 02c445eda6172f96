/* The house's own hold without HTTP: a crew of processes calls booking_hold() on a hot spot.
 * usage: claims_load CONF PERFORMANCE BUYERS MILLISECONDS [--seats N | --section ID] [--people N]
 * Prints figures a line each, `name value`, then the latencies. */
#include "lab/crew.h"
#include "lab/spot.h"

#include "base/clock.h"
#include "base/conf.h"
#include "booking/booking.h"
#include "ext/crypto.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HELD, TAKEN };
struct wish { struct spot *spot; int64_t section; };

static struct err *hold_one(struct crew_member *m, bool *ret_over)
{
	const struct wish *w = m->ctx;
	const struct crowd_member *who = spot_person(w->spot);
	int64_t at = w->section ? 0 : spot_choose(w->spot);
	if (!who || at < 0) {
		*ret_over = true;
		return NULL;
	}
	struct show_performance *p;
	TRY(show_performance_load(m->db, m->a, (struct performance_id){ w->spot->performance }, false, &p));
	struct booking_want want = { w->section ? NULL : &w->spot->seats[at], w->section ? 0 : 1, { w->section }, w->section ? 1 : 0 };
	struct booking_hold hold = { 0 };
	struct err *e = booking_hold(m->db, m->a, p, (struct person_id){ who->person }, false, &want, crypto_uuid(m->a), "ko", clock_now(), &hold);
	if (e && !err_is(e, ERR_CONFLICT))
		return e;
	if (!w->section)
		spot_gone(w->spot, at);
	m->counts[e ? TAKEN : HELD]++;
	err_free(e);
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "seats", 1, NULL, 's' }, { "section", 1, NULL, 'c' }, { "people", 1, NULL, 'p' }, { 0 } };
	struct wish w = { 0 };
	size_t seats = 0, people = 20000;
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		long n = optarg ? strtol(optarg, NULL, 10) : 0;
		if (c == 's')
			seats = (size_t)n;
		else if (c == 'c')
			w.section = n;
		else if (c == 'p')
			people = (size_t)n;
		else
			return 2;
	}
	long buyers = argc - optind == 4 ? strtol(argv[optind + 2], NULL, 10) : 0;
	if (buyers < 1 || buyers > CREW_MAX) {
		fprintf(stderr, "usage: claims_load CONF PERFORMANCE BUYERS MILLISECONDS [--seats N | --section ID] [--people N]\n");
		return 2;
	}
	crypto_init();
	struct arena *a = arena_new((size_t)1 << 30);
	crew_must(conf_load(argv[optind]));
	struct db *db = db_open();
	db_unit_begin(db, NULL);
	crew_must(spot_new(db, a, strtoll(argv[optind + 1], NULL, 10), seats, people, false, &w.spot));
	db_close(db);
	struct crew_result r = crew_run((int)buyers, strtoll(argv[optind + 3], NULL, 10) * 1000, hold_one, &w);
	printf("seconds %.2f\nheld %" PRId64 "\ntaken %" PRId64 "\nfailed %" PRId64 "\nholds_per_s %.0f\n", r.seconds, r.counts[HELD],
	    r.counts[TAKEN], r.failed, (double)r.counts[HELD] / r.seconds);
	printf("p50_ms %.2f\np99_ms %.2f\n", lab_histogram_ms(&r.times, 0.5), lab_histogram_ms(&r.times, 0.99));
	lab_histogram_print(stdout, &r.times);
	arena_free(a);
	return r.failed > 0;
}
