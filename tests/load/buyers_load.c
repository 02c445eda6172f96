/* Buyers: virtual people who fight for the same seats over HTTP, from the seat map to the paid order, as a browser would.
 *
 * usage: buyers_load CONF URL PERFORMANCE [--buyers N] [--seats N] [--people N] [--seconds N] [--skip N] [--hold-only] [--outage] [--acks FILE]
 *   --buyers   at the same time (1000)        --seats   how many of the free seats from the front they fight for (100)
 *   --people   how many buyers in all (2000)  --seconds after which everybody gives up (60)
 *   --outage   things are being killed: who is told to come back (502, 503, 504, no answer, sign in) sends the same again
 *              after a while, as a person who presses reload would, and it is no failure
 *   --acks     a line for each order whose page said that it is paid: code, seat, milliseconds of the clock
 * Loopback only.  Prints figures a line each, `name value`, then latencies.  Exit 1 when an answer was neither a success
 * nor a planned refusal. */
#include "lab/crowd.h"
#include "lab/http.h"
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

enum step { STEP_MAP, STEP_HOLD, STEP_CHECKOUT, STEP_DETAILS, STEP_PAY, STEP_START, STEP_WINDOW, STEP_CARD, STEP_RETURN, STEP_WAIT, STEP_ORDER, STEPS };
static struct lab_histogram times[STEPS + 2] = { { .name = "seat map" }, { .name = "hold (or taken)" }, { .name = "checkout page" },
	{ .name = "details" }, { .name = "pay page" }, { .name = "payment start" }, { .name = "provider's window" },
	{ .name = "card" }, { .name = "return and confirm" }, { .name = "waiting for the provider" }, { .name = "order page" }, { .name = "hold won" }, { .name = "hold → ticket" } };

static struct {
	const char *url;
	int64_t performance, seconds, end, started_at;
	size_t buyers, seats, people, skip;
	bool hold_only, outage;
	FILE *acks;
} want = { .buyers = 1000, .seats = 100, .people = 2000, .seconds = 60 };

static struct { int64_t held, taken, paid, gave_up, limited, busy, failed, running, refused; size_t next; int64_t last_at; } seen;
static int64_t *seats;
static bool *gone;             /* what people would see on the live map */
static size_t n_seats, n_gone;
static struct crowd_member *crowd;
static struct lab_house *house;
static struct event_base *base;
static struct arena *arena;

struct buyer {
	struct lab_person *p;
	enum step step;
	size_t seat;
	char csrf[128], window[2048], code[16];
	int64_t hold_at;
	int tries;
};

static void begin(struct buyer *b);

static void leave(struct buyer *b)
{
	lab_person_free(b->p);
	b->p = NULL;
	seen.running--;
	begin(b);
}

static void fail(struct buyer *b, const struct lab_answer *a)
{
	if (seen.failed++ < 5)
		fprintf(stderr, "buyers_load: %s answered %d (location %s)\n", times[b->step].name, a->status, a->location);
	leave(b);
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static void answered(void *ctx, const struct lab_answer *a);

static void go(struct buyer *b, enum step step, const char *path, const char *body)
{
	b->step = step;
	lab_ask(b->p, path, body, answered, b);
}

static const char *form(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static const char *form(const char *fmt, ...)
{
	static char text[8192];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return text;
}

static const char *fresh_key(void)
{
	arena_reset(arena);
	return crypto_uuid(arena);
}

static void try_a_seat(struct buyer *b)
{
	if (n_gone == n_seats || clock_monotonic() > want.end || b->tries++ > 200) {
		seen.gave_up++;
		leave(b);
		return;
	}
	do
		b->seat = crypto_uniform((uint32_t)n_seats);
	while (gone[b->seat]);
	b->hold_at = clock_monotonic();
	go(b, STEP_HOLD, form("/performances/%" PRId64 "/hold", want.performance),
	    arena_printf(arena, "csrf=%s&idem=%s&from=map&seat=%" PRId64, b->csrf, fresh_key(), seats[b->seat]));
}

static void after_hold(struct buyer *b, const struct lab_answer *a)
{
	if (a->status != 303) {
		seen.busy += a->status == 503;
		seen.limited += a->status == 429;
		if (a->status == 503 || a->status == 429)
			try_a_seat(b);
		else
			fail(b, a);
		return;
	}
	bool won = starts(a->location, "/checkout/");
	if (!won && !strstr(a->location, "/seats?seat=")) {
		fail(b, a);
		return;
	}
	if (!gone[b->seat]) {
		gone[b->seat] = true;
		n_gone++;
	}
	if (!won) {
		seen.taken++;
		try_a_seat(b);
		return;
	}
	seen.held++;
	seen.last_at = clock_monotonic();
	lab_histogram_add(&times[STEPS], a->us);
	snprintf(b->code, sizeof b->code, "%s", a->location + 10);
	if (want.hold_only)
		leave(b);
	else
		go(b, STEP_CHECKOUT, form("/checkout/%s", b->code), NULL);
}

static void url_encode(const char *s, char *ret, size_t n)
{
	size_t k = 0;
	for (; *s && k + 4 < n; s++) {
		if (strncmp(s, "&amp;", 5) == 0) { /* from an attribute */
			k += (size_t)snprintf(ret + k, n - k, "%%26");
			s += 4;
		} else
			k += (size_t)snprintf(ret + k, n - k, "%%%02X", (unsigned char)*s);
	}
	ret[k] = '\0';
}

/* ---- what answers lead to --------------------------------------------------------------------------------------------- */
static void come_back(evutil_socket_t fd, short what, void *ctx)
{
	struct buyer *b = ctx;
	(void)fd;
	(void)what;
	lab_ask_again(b->p, answered, b);
}

/* Later, the same request again. */
static void later(struct buyer *b, int ms)
{
	if (clock_monotonic() > want.end) {
		seen.gave_up++;
		leave(b);
		return;
	}
	struct timeval pause = { ms / 1000, ms % 1000 * 1000 };
	event_base_once(base, -1, EV_TIMEOUT, come_back, b, &pause);
}

static bool refused(const struct lab_answer *a)
{
	return a->status == 0 || a->status == 502 || a->status == 503 || a->status == 504 || starts(a->location, "/sign-in");
}

/* Where a redirect points decides what comes next. */
static void redirected(struct buyer *b, const struct lab_answer *a)
{
	const char *to = a->location, *wait = strstr(to, "/wait");
	if (starts(to, "/sandbox/window"))
		go(b, STEP_WINDOW, to, NULL);
	else if (starts(to, "/pay/sandbox/"))
		go(b, STEP_RETURN, to, NULL);
	else if (starts(to, "/pay/"))
		go(b, wait ? STEP_WAIT : STEP_PAY, to, NULL);
	else if (starts(to, "/orders/"))
		go(b, STEP_ORDER, to, NULL);
	else
		fail(b, a);
}

static void paid(struct buyer *b)
{
	seen.paid++;
	seen.last_at = clock_monotonic();
	lab_histogram_add(&times[STEPS + 1], clock_monotonic() - b->hold_at);
	if (want.acks) {
		fprintf(want.acks, "%s %" PRId64 " %" PRId64 "\n", b->code, seats[b->seat], clock_now() / 1000);
		fflush(want.acks);
	}
	leave(b);
}

/* The next press of a button, on the page that just came. */
static void pressed(struct buyer *b, const struct lab_answer *a)
{
	char value[2048];
	switch (b->step) {
	case STEP_MAP:
		if (!lab_form_value(a->body, "csrf", b->csrf, sizeof b->csrf))
			fail(b, a);
		else
			try_a_seat(b);
		return;
	case STEP_CHECKOUT:
		go(b, STEP_DETAILS, form("/checkout/%s", b->code), arena_printf(arena, "csrf=%s&idem=%s&name=Lab&email=order-%s%%40lab.example"
		    "&phone=01012345678&method=card&agreed=1", b->csrf, fresh_key(), b->code));
		return;
	case STEP_PAY:
		go(b, STEP_START, form("/pay/%s/start", b->code), arena_printf(arena, "csrf=%s&idem=%s", b->csrf, fresh_key()));
		return;
	case STEP_WINDOW:
		if (!lab_form_value(a->body, "window", value, sizeof value)) {
			fail(b, a);
			return;
		}
		url_encode(value, b->window, sizeof b->window);
		go(b, STEP_CARD, "/sandbox/window", form("csrf=%s&idem=%s&window=%s&card=4242424242424242&how=card", b->csrf, fresh_key(), b->window));
		return;
	case STEP_WAIT:
		later(b, 1000);
		return;
	case STEP_ORDER:
		if (strstr(a->body, "/tickets/"))
			paid(b);
		else
			fail(b, a);
		return;
	default:
		fail(b, a);
	}
}

static void answered(void *ctx, const struct lab_answer *a)
{
	struct buyer *b = ctx;
	lab_histogram_add(&times[b->step], a->us);
	if (want.outage && refused(a)) {
		seen.refused++;
		later(b, 300 + (int)crypto_uniform(400));
	} else if (b->step == STEP_HOLD) {
		after_hold(b, a);
	} else if (a->status == 303) {
		redirected(b, a);
	} else if (a->status == 200) {
		pressed(b, a);
	} else {
		fail(b, a);
	}
}

static void begin(struct buyer *b)
{
	if (seen.next == want.people || n_gone == n_seats || clock_monotonic() > want.end) {
		if (seen.running == 0)
			event_base_loopbreak(base);
		return;
	}
	const struct crowd_member *m = &crowd[want.skip + seen.next++];
	*b = (struct buyer){ .p = lab_person_new(house) };
	seen.running++;
	lab_cookie_set(b->p, "foyer", m->session);
	go(b, STEP_MAP, form("/performances/%" PRId64 "/seats", want.performance), NULL);
}

static void arguments(int argc, char **argv)
{
	static const struct option options[] = { { "buyers", 1, NULL, 'b' }, { "seats", 1, NULL, 's' }, { "people", 1, NULL, 'p' },
		{ "seconds", 1, NULL, 't' }, { "skip", 1, NULL, 'k' }, { "hold-only", 0, NULL, 'h' },
		{ "outage", 0, NULL, 'o' }, { "acks", 1, NULL, 'a' }, { 0 } };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		long n = optarg ? strtol(optarg, NULL, 10) : 0;
		switch (c) {
		case 'b': want.buyers = (size_t)n; break;
		case 's': want.seats = (size_t)n; break;
		case 'p': want.people = (size_t)n; break;
		case 't': want.seconds = n; break;
		case 'k': want.skip = (size_t)n; break;
		case 'h': want.hold_only = true; break;
		case 'o': want.outage = true; break;
		case 'a': want.acks = fopen(optarg, "w"); break;
		default: exit(2);
		}
	}
	if (argc - optind != 3) {
		fprintf(stderr, "usage: buyers_load CONF URL PERFORMANCE [--buyers N] [--seats N] [--people N] [--seconds N] [--skip N] [--hold-only]"
		    " [--outage] [--acks FILE]\n");
		exit(2);
	}
}

static void report(void)
{
	double s = (double)((seen.last_at ? seen.last_at : clock_monotonic()) - want.started_at) / US_SECOND;
	printf("seconds %.2f\nheld %" PRId64 "\npaid %" PRId64 "\ntaken %" PRId64 "\ngave_up %" PRId64 "\nbusy %" PRId64
	    "\nlimited %" PRId64 "\nrefused %" PRId64 "\nfailed %" PRId64 "\n", s, seen.held, seen.paid, seen.taken, seen.gave_up, seen.busy, seen.limited,
	    seen.refused, seen.failed);
	printf("holds_per_s %.0f\norders_per_s %.0f\ntaken_per_s %.0f\n", (double)seen.held / s, (double)seen.paid / s, (double)seen.taken / s);
	for (size_t i = 0; i < STEPS + 2; i++)
		lab_histogram_print(stdout, &times[i]);
}

int main(int argc, char **argv)
{
	arguments(argc, argv);
	struct rlimit files = { 20000, 20000 };
	setrlimit(RLIMIT_NOFILE, &files);
	crypto_init();
	struct arena *a = arena_new((size_t)1 << 30);
	arena = arena_new(1 << 20);
	struct err *e = conf_load(argv[optind]);
	struct db *db = db_open();
	db_unit_begin(db, NULL);
	want.performance = strtoll(argv[optind + 2], NULL, 10);
	if (!e)
		e = crowd_free_seats(db, a, want.performance, want.seats, &seats, &n_seats);
	if (!e)
		e = crowd_make(db, a, want.skip + want.people, &crowd);
	if (e) {
		fprintf(stderr, "buyers_load: %s\n", err_text(e));
		return 1;
	}
	db_close(db);
	gone = arena_array(a, bool, n_seats + 1);
	base = event_base_new();
	house = lab_house_new(base, argv[optind + 1], 30);
	if (!house || n_seats == 0) {
		fprintf(stderr, "buyers_load: %s\n", house ? "no free seats" : "only a house on this machine is loaded");
		return 1;
	}
	want.started_at = clock_monotonic();
	want.end = want.started_at + want.seconds * US_SECOND;
	struct buyer *buyers = arena_array(a, struct buyer, want.buyers);
	for (size_t i = 0; i < want.buyers; i++)
		begin(&buyers[i]);
	if (seen.running > 0)
		event_base_dispatch(base);
	report();
	arena_free(a);
	return seen.failed > 0;
}
