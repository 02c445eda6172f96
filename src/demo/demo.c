/* foyer demo: fills an empty house. */
#include "demo/demo.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "demo/demo_store.h"
#include "ext/crypto.h"
#include "proc/start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ARENA_BYTES ((size_t)1 << 30)
#define BULK_MAX 10000000

/* ---- chance, the same every time (splitmix64) -------------------------------------------------------------------------- */
uint64_t demo_random(struct demo *d)
{
	uint64_t z = d->random += 0x9E3779B97F4A7C15u;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

int64_t demo_below(struct demo *d, int64_t n)
{
	return (int64_t)(demo_random(d) % (uint64_t)n);
}

bool demo_chance(struct demo *d, int permille)
{
	return demo_below(d, 1000) < permille;
}

char *demo_code(struct demo *d, struct arena *a, size_t n)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char *code = arena_alloc(a, n + 1);
	for (size_t i = 0; i < n; i++)
		code[i] = alphabet[demo_random(d) & 31];
	return code;
}

char *demo_uuid(struct demo *d, struct arena *a)
{
	uint64_t high = demo_random(d), low = demo_random(d);
	return arena_printf(a, "%08x-%04x-4%03x-%04x-%012" PRIx64, (unsigned)(high >> 32), (unsigned)(high >> 16) & 0xffff,
	    (unsigned)high & 0xfff, 0x8000 | ((unsigned)(low >> 48) & 0x3fff), low & 0xffffffffffffu);
}

/* ---- the command --------------------------------------------------------------------------------------------------------- */
static struct bytes admin_key(void)
{
	return (struct bytes){ DEMO_ADMIN_KEY, strlen(DEMO_ADMIN_KEY) };
}

static void print_accounts(struct arena *a)
{
	const char *site = conf()->base_url;
	printf("Demo accounts, all with the password " DEMO_PASSWORD "\n"
	       "  fan@foyer.example        a fan with tickets for coming and past shows: %s/me/orders\n"
	       "  organizer@foyer.example  organizer of 달빛기획: shows, sales, venues at %s/desk\n"
	       "  admin@foyer.example      platform admin: %s/admin; code: `foyer demo --code`, or key %s\n"
	       "Gate staff code            " DEMO_GATE_CODE " at %s/staff\n",
	    site, site, site, str_base32(a, admin_key()), site);
}

DB_QUERY_F(organizers_count, db_count, DB_SCAN_OK, "SELECT COUNT(*) AS n FROM organizer")

/* Nobody reads the reminders of demo orders: they count as sent. */
DB_EXEC_F(reminders_done, DB_SCAN_OK,
    "INSERT INTO outbox (topic, about, once_key, payload, state, due_at, created_at, done_at)"
    " SELECT 'mail_bulk', o.code, CONCAT('event_tomorrow:', o.code), '{}', 'done', ?, ?, ? FROM performance p"
    " JOIN orders o ON o.performance_id = p.id WHERE p.starts_at > ? AND o.state IN ('paid', 'partly_cancelled')")

static struct err *load(struct demo *d)
{
	struct db_count *used;
	TRY(organizers_count_one(d->db, d->a, &used, DB_NO_ARGS));
	if (used->n)
		return err_new(ERR_CONFLICT, "this house is in use already: the demo wants an empty database (./dev reset makes one)");
	TRY(demo_people(d));
	TRY(demo_houses(d));
	TRY(demo_stage(d));
	return reminders_done_run(d->db, NULL, DB_ARGS(db_time(d->now), db_time(d->now), db_time(d->now), db_time(d->now)));
}

static bool fill(struct arena *a, bool small, int64_t bulk)
{
	int64_t began = clock_monotonic();
	struct demo *d = arena_one(a, struct demo);
	*d = (struct demo){ .db = db_open(), .a = a, .now = clock_now(), .random = 20260214, .small = small,
		.members = small ? 40 : 200, .guests = small ? 300 : 4000 };
	db_patience(d->db, 60);
	db_primary_only(d->db, true);
	struct err *e = bulk ? demo_bulk(d, bulk) : load(d);
	if (!e) {
		if (!bulk)
			print_accounts(a);
		printf("%" PRId64 " orders and %" PRId64 " tickets in %.1f s\n", d->orders, d->tickets,
		    (double)(clock_monotonic() - began) / US_SECOND);
	} else {
		fprintf(stderr, "foyer demo: %s\n", err_text(e));
	}
	bool ok = !e;
	err_free(e);
	db_close(d->db);
	return ok;
}

static int demo_main(int argc, char **argv)
{
	bool small = start_flag(&argc, argv, "--small"), accounts = start_flag(&argc, argv, "--accounts"),
	     code = start_flag(&argc, argv, "--code");
	int64_t bulk = 0;
	if (!start_house(&argc, argv, "demo"))
		return 2;
	if (argc == 3 && str_eq(argv[1], "--bulk") && str_to_i64(argv[2], &bulk) && bulk > 0 && bulk <= BULK_MAX)
		argc = 1;
	if (!start_no_more(argc, argv))
		return 2;
	struct arena *a = arena_new(ARENA_BYTES);
	if (code)
		printf("%06u\n", crypto_totp(admin_key(), clock_now() / (30 * US_SECOND)));
	else if (accounts)
		print_accounts(a);
	bool failed = code || accounts ? false : !fill(a, small, bulk);
	arena_free(a);
	return failed;
}

static const struct command commands[] = {
	{ "demo", "[-c FILE] [--small | --accounts | --code | --bulk N]",
	    "Fills an empty database with a lively house: venues, shows, people, orders.\n\n"
	    "  --small      fewer people and orders\n"
	    "  --accounts   only prints how to sign in\n"
	    "  --code       only prints the admin's one-time code of this moment\n"
	    "  --bulk N     adds N tickets to a loaded demo, for measuring",
	    demo_main },
	{ 0 }
};

const struct domain demo_domain = { .name = "demo", .commands = commands };
