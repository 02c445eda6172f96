/* The processes of the house as a domain. */
#include "proc/proc.h"

#include "db/migrate.h"
#include "proc/commands.h"
#include "proc/metrics_page.h"
#include "proc/proc_jobs.h"

static const struct command commands[] = {
	{ "serve", "[-c FILE]", "Serves pages: a master and its FastCGI workers.  TERM ends, HUP reloads.", serve_main },
	{ "work", "[-c FILE]", "Delivers what the outbox holds: mail, live events and whatever leaves the house.", work_main },
	{ "clock", "[-c FILE]", "Runs the jobs: one clock of all hosts leads, the others stand by.", clock_main },
	{ "migrate", "[-c FILE] [--dir DIR]", "Brings the database schema up to date.", migrate_command },
	{ "status", "[-c FILE] [--json]", "Shows the workers of serve, work and clock, and what each is doing.", status_main },
	{ "routes", "[-c FILE] [--json]", "Prints every route: access, permission, pool, CSRF, cache, query budget.", routes_main },
	{ "config", "[-c FILE] [--docs | --man]", "Checks the configuration and prints it; --man for foyer.conf(5).", config_main },
	{ "check", "[-c FILE] [--json]", "Verifies what must hold at all times; exits with 1 on a breach, 2 on a failure.", check_main },
	{ 0 }
};

static const struct route routes[] = {
	{ GET, "/metrics", metrics_page, ACCESS_LOOPBACK, .budget = 200 },
	{ 0 }
};

const struct domain proc_domain = {
	.name = "proc",
	.routes = routes,
	.jobs = proc_jobs,
	.checks = proc_checks,
	.metrics = metrics_proc,
	.commands = commands,
};
