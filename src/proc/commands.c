/* The commands that look: routes, config, check, status. */
#include "proc/commands.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "db/db.h"
#include "proc/board.h"
#include "proc/start.h"
#include "proc/worker_start.h"
#include "web/route.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK_ARENA_BYTES ((size_t)256 << 20)

/* ---- routes ------------------------------------------------------------------------------------------------------- */
static const char *const access_names[] = { [ACCESS_ADMIN] = "admin", [ACCESS_ANYONE] = "anyone",
	[ACCESS_BUYER] = "buyer", [ACCESS_MEMBER] = "member", [ACCESS_ORGANIZER] = "organizer",
	[ACCESS_PROVIDER] = "provider", [ACCESS_LOOPBACK] = "loopback" };
static const char *const pool_names[] = { [POOL_WEB] = "web", [POOL_PAY] = "pay", [POOL_SANDBOX] = "sandbox", [POOL_SALE] = "sale",
	[POOL_QUEUE] = "queue", [POOL_TILL] = "till" };
static const char *const kind_names[] = { [FORM_text] = "text", [FORM_longtext] = "longtext", [FORM_email] = "email",
	[FORM_password] = "password", [FORM_code] = "code", [FORM_i64] = "i64", [FORM_flag] = "flag", [FORM_choice] = "choice",
	[FORM_when] = "when", [FORM_date] = "date", [FORM_ids] = "ids", [FORM_file] = "file" };
static const char *const perm_names[] = { "gate", "orders", "shows", "venues", "sales" };

static const char *perms(unsigned perm, char ret[static 64])
{
	size_t n = 0;
	ret[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(perm_names); i++)
		if (perm & (1U << i))
			n += (size_t)snprintf(ret + n, 64 - n, "%s%s", n ? "," : "", perm_names[i]);
	return ret;
}

/* The fields a route's form takes, with what they require: a test can fill in any form. */
static json_t *fields_json(const struct form_spec *spec)
{
	json_t *all = json_array();
	for (size_t i = 0; spec && i < spec->n; i++) {
		const struct form_field *f = &spec->fields[i];
		json_array_append_new(all, json_pack("{ss ss sb sI sI ss*}", "name", f->name, "kind", kind_names[f->kind],
		    "required", f->required, "min", (json_int_t)f->min, "max", (json_int_t)f->max, "options", f->options));
	}
	return all;
}

static json_t *route_json(const struct domain *d, const struct route *r)
{
	char perm[64];
	return json_pack("{ss ss ss ss ss ss sb sb so si si si si}", "domain", d->name, "method",
	    r->method == POST ? "POST" : "GET", "path", r->path, "access", access_names[r->access], "perm",
	    perms(r->perm, perm), "pool", pool_names[r->pool], "csrf", r->method == POST && !r->no_csrf, "form",
	    r->form != NULL, "fields", fields_json(r->form ? r->form() : NULL), "body_kib", r->body_kib ? r->body_kib : 64,
	    "deadline_ms", r->deadline_ms ? r->deadline_ms : (int)conf()->request_deadline_ms, "cache_s", r->cache_s, "budget",
	    r->budget ? r->budget : 12);
}

static void route_line(const struct route *r)
{
	char perm[64];
	printf("%-4s %-46s %-10s %-14s %-8s %-5s %5d %6d\n", r->method == POST ? "POST" : "GET", r->path,
	    access_names[r->access], perms(r->perm, perm), pool_names[r->pool],
	    r->method == GET ? "" : r->no_csrf ? "none" : "csrf", r->cache_s, r->budget ? r->budget : 12);
}

int routes_main(int argc, char **argv)
{
	bool json = start_flag(&argc, argv, "--json");
	if (!start_house(&argc, argv, "routes") || !start_no_more(argc, argv))
		return 2;
	json_t *all = json_array();
	if (!json)
		printf("%-4s %-46s %-10s %-14s %-8s %-5s %5s %6s\n", "", "path", "access", "perm", "pool", "csrf", "cache",
		    "budget");
	for (size_t d = 0; domains[d]; d++)
		for (const struct route *r = domains[d]->routes; r && r->path; r++) {
			if (json)
				json_array_append_new(all, route_json(domains[d], r));
			else
				route_line(r);
		}
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	json_decref(all);
	return 0;
}

/* ---- config ------------------------------------------------------------------------------------------------------- */
int config_main(int argc, char **argv)
{
	bool docs = start_flag(&argc, argv, "--docs"), man = start_flag(&argc, argv, "--man");
	if (man) {
		conf_print_man(stdout);
		return 0;
	}
	if (!start_house(&argc, argv, "config") || !start_no_more(argc, argv))
		return 2;
	struct err *e = worker_user_check();
	if (e) {
		fprintf(stderr, "foyer config: %s\n", err_text(e));
		err_free(e);
		return 2;
	}
	conf_print(stdout, docs);
	return 0;
}

/* ---- check -------------------------------------------------------------------------------------------------------- */
enum { CHECKS_MAX = 200, CHECK_TEXT = 300, CHECK_PROCESSES = 4 };
/* What a check found; in memory shared by the processes that run them. */
struct checked { const struct check *c; int64_t breaches, us; bool failed, ran; char text[CHECK_TEXT]; };
struct checking { _Atomic size_t next; size_t n; struct checked v[CHECKS_MAX]; };

static void run_check(struct checked *r, struct db *db, struct arena *a)
{
	const char *first = NULL;
	int64_t began = clock_monotonic();
	db_unit_begin(db, NULL);
	struct err *e = r->c->run(db, a, &r->breaches, &first);
	r->us = clock_monotonic() - began;
	r->failed = e != NULL;
	str_utf8_copy(r->text, sizeof r->text, e ? err_text(e) : first ? first : "");
	r->ran = true;
	err_free(e);
}

/* Takes one check after the other until none is left; a house of millions of tickets is read as a whole. */
static void run_checks(struct checking *k)
{
	struct db *db = db_open();
	struct arena *a = arena_new(CHECK_ARENA_BYTES);
	db_patience(db, 600);
	db_primary_only(db, true);
	for (size_t i; (i = k->next++) < k->n;) {
		run_check(&k->v[i], db, a);
		arena_reset(a);
	}
	arena_free(a);
	db_close(db);
}

static void check_line(const struct checked *r)
{
	double ms = (double)r->us / 1000;
	if (r->failed || !r->ran)
		printf("FAILED %-40s %8.1f ms  %s\n", r->c->name, ms, r->ran ? r->text : "its process died");
	else if (r->breaches)
		printf("BREACH %-40s %8.1f ms  %" PRId64 ", first: %s\n", r->c->name, ms, r->breaches, r->text);
	else
		printf("ok     %-40s %8.1f ms\n", r->c->name, ms);
}

static json_t *check_json(const struct checked *r)
{
	bool failed = r->failed || !r->ran;
	return json_pack("{ss sI sf ss? ss?}", "check", r->c->name, "breaches", (json_int_t)r->breaches, "ms",
	    (double)r->us / 1000, "first", r->breaches ? r->text : NULL, "error", failed ? r->text : NULL);
}

/* The checks are statements that keep one core of the database busy each: as many at once as there are cores. */
static void run_checks_side_by_side(struct checking *k)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int n = cores < 1 ? 1 : cores > CHECK_PROCESSES ? CHECK_PROCESSES : (int)cores;
	fflush(stdout);
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			run_checks(k);
			_exit(0);
		}
		if (pid < 0)
			run_checks(k);
	}
	while (wait(NULL) > 0)
		;
}

int check_main(int argc, char **argv)
{
	bool json = start_flag(&argc, argv, "--json");
	if (!start_house(&argc, argv, "check") || !start_no_more(argc, argv))
		return 2;
	struct checking *k = mmap(NULL, sizeof *k, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (k == MAP_FAILED)
		return 2;
	for (size_t d = 0; domains[d]; d++)
		for (const struct check *c = domains[d]->checks; c && c->name; c++) {
			assert(k->n < CHECKS_MAX);
			k->v[k->n++].c = c;
		}
	run_checks_side_by_side(k);
	json_t *all = json_array();
	bool breach = false, failed = false;
	for (size_t i = 0; i < k->n; i++) {
		breach |= k->v[i].breaches != 0;
		failed |= k->v[i].failed || !k->v[i].ran;
		if (json)
			json_array_append_new(all, check_json(&k->v[i]));
		else
			check_line(&k->v[i]);
	}
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	json_decref(all);
	munmap(k, sizeof *k);
	return failed ? 2 : breach ? 1 : 0;
}

/* ---- status ------------------------------------------------------------------------------------------------------- */
static const char *const stage_names[STAGE_N] = { "start", "idle", "read", "run", "write" };

static const char *doing(const struct board *b, const struct slot *s)
{
	int route = s->route;
	return s->busy_since && route >= 0 && route < b->n_routes ? b->routes[route].path : s->what;
}

static json_t *worker_json(const struct board *b, const struct slot *s, int64_t now)
{
	int64_t since = s->busy_since;
	return json_pack("{ss si si ss sI sI sI ss ss sb}", "pool", b->pools[s->pool].name, "pid", (int)s->pid,
	    "generation", s->generation, "stage", stage_names[s->stage % STAGE_N], "age_ms",
	    (json_int_t)((now - s->forked_at) / 1000), "requests", (json_int_t)s->requests, "busy_ms",
	    (json_int_t)(since ? (now - since) / 1000 : 0), "doing", doing(b, s), "request", s->request_id, "leaving",
	    (int)s->told);
}

static json_t *board_json(const char *name, const struct board *b, int64_t now)
{
	json_t *workers = json_array(), *pools = json_array();
	for (size_t i = 0; i < BOARD_SLOTS; i++)
		if (b->slots[i].pid)
			json_array_append_new(workers, worker_json(b, &b->slots[i], now));
	for (size_t i = 0; i < BOARD_POOLS && b->pools[i].name[0]; i++) {
		const struct pool_counts *p = &b->pools[i];
		json_array_append_new(pools, json_pack("{ss si sI sI sI}", "pool", p->name, "workers", (int)p->workers, "left",
		    (json_int_t)p->ended[DEATH_LEFT], "crashed", (json_int_t)p->ended[DEATH_CRASHED], "deadline",
		    (json_int_t)p->ended[DEATH_DEADLINE]));
	}
	return json_pack("{ss si si so so}", "process", name, "master", (int)b->master, "generation", (int)b->generation,
	    "pools", pools, "workers", workers);
}

static void board_print(const char *name, const struct board *b, int64_t now)
{
	printf("%s: master %d, generation %d\n", name, (int)b->master, (int)b->generation);
	for (size_t i = 0; i < BOARD_POOLS && b->pools[i].name[0]; i++) {
		const struct pool_counts *p = &b->pools[i];
		printf("  pool %-10s %3d workers; replaced: %" PRId64 " left, %" PRId64 " crashed, %" PRId64 " past deadline\n",
		    p->name, (int)p->workers, (int64_t)p->ended[DEATH_LEFT], (int64_t)p->ended[DEATH_CRASHED],
		    (int64_t)p->ended[DEATH_DEADLINE]);
	}
	printf("  %-10s %7s %4s %-7s %10s %9s  %s\n", "pool", "pid", "gen", "stage", "requests", "busy ms", "doing");
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		const struct slot *s = &b->slots[i];
		int64_t since = s->busy_since;
		if (s->pid)
			printf("  %-10s %7d %4d %-7s %10" PRId64 " %9" PRId64 "  %s %s\n", b->pools[s->pool].name, (int)s->pid,
			    s->generation, s->told ? "leaving" : stage_names[s->stage % STAGE_N], (int64_t)s->requests,
			    since ? (now - since) / 1000 : 0, doing(b, s), since ? s->request_id : "");
	}
}

/* EPERM: alive, but another user's. */
static bool alive(pid_t pid)
{
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

int status_main(int argc, char **argv)
{
	static const char *const masters[] = { "serve", "work", "clock" };
	bool json = start_flag(&argc, argv, "--json");
	if (!start_house(&argc, argv, "status") || !start_no_more(argc, argv))
		return 2;
	json_t *all = json_array();
	int64_t now = clock_monotonic();
	int running = 0;
	for (size_t i = 0; i < ARRAY_LEN(masters); i++) {
		const struct board *b = NULL;
		size_t size = 0;
		struct err *e = board_view(masters[i], &b, &size);
		bool up = !e && alive(b->master);
		running += up;
		if (up && json)
			json_array_append_new(all, board_json(masters[i], b, now));
		else if (up)
			board_print(masters[i], b, now);
		else if (!json)
			printf("%s: %s\n", masters[i], err_is(e, ERR_INVALID) ? err_text(e) : "not running");
		err_free(e);
		if (b)
			munmap((void *)(uintptr_t)b, size);
	}
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	json_decref(all);
	return running ? 0 : 1;
}
