/* A whole order without HTTP: a crew of processes calls the functions that write it, from the hold to the ticket, and
 * keeps the sandbox's books beside it, as the pages and the provider do.
 * usage: orders_load CONF PERFORMANCE BUYERS MILLISECONDS --seats N [--people N]
 * Prints figures a line each, `name value`, then the latencies. */
#include "lab/crew.h"
#include "lab/spot.h"

#include "base/clock.h"
#include "base/conf.h"
#include "booking/booking.h"
#include "ext/crypto.h"
#include "pay/pay.h"
#include "sandbox/books.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAID, TAKEN };

/* What the pages of checkout and the sandbox's API write themselves. */
DB_EXEC(lab_contact,
    "UPDATE orders SET contact_name = ?, contact_email = ?, contact_phone = ? WHERE id = ? AND state = 'pending' AND expires_at > ?")
DB_EXEC(lab_idem, "INSERT INTO sandbox_idempotency (idem_key, path, status, body, at) VALUES (?, ?, ?, ?, ?)")
#define CONFIRM_PATH "/sandbox/v1/payments/confirm"

struct confirmation { struct arena *a; const struct pay_attempt *at; const struct sandbox_payment *p; };

static struct err *confirm_tx(struct db *db, void *ctx)
{
	struct confirmation *c = ctx;
	const char *body;
	int64_t now = clock_now();
	TRY(sandbox_capture_card(db, c->a, c->p, now, &body));
	return lab_idem_run(db, NULL, DB_ARGS(c->at->idem_key, CONFIRM_PATH, 200, body, db_time(now)));
}

static struct err *confirm(struct crew_member *m, const struct pay_attempt *at, const char *key)
{
	struct sandbox_payment *p;
	TRY(sandbox_load(m->db, m->a, key, clock_now(), &p));
	struct confirmation c = { m->a, at, p };
	return db_tx(m->db, confirm_tx, &c);
}

static struct err *pay(struct crew_member *m, const struct booking_order *o)
{
	struct pay_attempt *at;
	const char *key;
	bool go;
	int64_t now = clock_now();
	TRY(lab_contact_run(m->db, NULL, DB_ARGS("Lab", arena_printf(m->a, "order-%s@lab.example", o->code), "01012345678", o->id.v, db_time(now))));
	TRY(pay_attempt_begin(m->db, m->a, o, "sandbox", "", now, &at));
	TRY(sandbox_begin(m->db, m->a, at->provider_order, "Lab", at->amount, "card", "", now, &key));
	TRY(pay_attempt_confirming(m->db, at->id, key, clock_now(), &go));
	TRY(confirm(m, at, key));
	struct pay_result result = { .outcome = PAY_DONE, .payment_key = key, .method = "card", .order_ref = at->provider_order,
		.currency = "KRW", .amount = at->amount, .balance = at->amount };
	return pay_settle(m->db, at->id, &result, clock_now());
}

static struct err *order_one(struct crew_member *m, bool *ret_over)
{
	struct spot *s = m->ctx;
	const struct crowd_member *who = spot_person(s);
	int64_t at = spot_choose(s);
	*ret_over = !who || at < 0;
	if (*ret_over)
		return NULL;
	struct show_performance *p;
	struct booking_order *o;
	struct booking_hold hold = { 0 };
	TRY(show_performance_load(m->db, m->a, (struct performance_id){ s->performance }, true, &p));
	struct booking_want want = { &s->seats[at], 1, { 0 }, 0 };
	struct err *e = booking_hold(m->db, m->a, p, (struct person_id){ who->person }, false, &want, crypto_uuid(m->a), "ko", clock_now(), &hold);
	spot_gone(s, at);
	if (err_is(e, ERR_CONFLICT)) {
		err_free(e);
		m->counts[TAKEN]++;
		return NULL;
	}
	TRY(e);
	TRY(booking_order_by_id(m->db, m->a, hold.order, &o));
	TRY(pay(m, o));
	TRY(booking_order_by_id(m->db, m->a, hold.order, &o));
	if (!str_eq(o->state, "paid"))
		return err_new(ERR_INTERNAL, "order %s is %s", o->code, o->state);
	m->counts[PAID]++;
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "seats", 1, NULL, 's' }, { "people", 1, NULL, 'p' }, { 0 } };
	size_t seats = 0, people = 4000;
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c != 's' && c != 'p')
			return 2;
		*(c == 's' ? &seats : &people) = (size_t)strtol(optarg, NULL, 10);
	}
	long buyers = argc - optind == 4 && seats ? strtol(argv[optind + 2], NULL, 10) : 0;
	if (buyers < 1 || buyers > CREW_MAX) {
		fprintf(stderr, "usage: orders_load CONF PERFORMANCE BUYERS MILLISECONDS --seats N [--people N]\n");
		return 2;
	}
	crypto_init();
	struct arena *a = arena_new((size_t)1 << 30);
	struct spot *spot;
	crew_must(conf_load(argv[optind]));
	struct db *db = db_open();
	db_unit_begin(db, NULL);
	crew_must(spot_new(db, a, strtoll(argv[optind + 1], NULL, 10), seats, people, false, &spot));
	db_close(db);
	struct crew_result r = crew_run((int)buyers, strtoll(argv[optind + 3], NULL, 10) * 1000, order_one, spot);
	printf("seconds %.2f\npaid %" PRId64 "\ntaken %" PRId64 "\nfailed %" PRId64 "\norders_per_s %.0f\n", r.seconds, r.counts[PAID],
	    r.counts[TAKEN], r.failed, (double)r.counts[PAID] / r.seconds);
	printf("p50_ms %.2f\np99_ms %.2f\n", lab_histogram_ms(&r.times, 0.5), lab_histogram_ms(&r.times, 0.99));
	lab_histogram_print(stdout, &r.times);
	arena_free(a);
	return r.failed > 0;
}
