/* The processes of the house as a domain. */
#include "proc/proc.h"

#include "proc/commands.h"

static const struct command commands[] = {
	{ "serve", "[-c FILE]", "Serves pages: a master and its FastCGI workers.  TERM ends, HUP reloads.", serve_main },
	{ "status", "[-c FILE] [--json]", "Shows the workers of serve, work and clock, and what each is doing.", status_main },
	{ "routes", "[-c FILE] [--json]", "Prints every route: access, permission, pool, CSRF, cache, query budget.", routes_main },
	{ "config", "[-c FILE] [--docs | --man]", "Checks the configuration and prints it; --man for foyer.conf(5).", config_main },
	{ 0 }
};

const struct domain proc_domain = {
	.name = "proc",
	.commands = commands,
};
