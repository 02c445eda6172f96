/* foyer: one binary, its work chosen by a subcommand.  The subcommands are those of the domains in routes.c. */
#include "web/route.h"

#include <stdio.h>
#include <string.h>

static int usage(FILE *f)
{
	fputs("usage: foyer COMMAND [options]\n\n", f);
	for (size_t d = 0; domains[d]; d++)
		for (const struct command *c = domains[d]->commands; c && c->name; c++)
			fprintf(f, "  %-10s %.*s\n", c->name, (int)strcspn(c->doc, "\n"), c->doc); /* the first line says what for */
	fputs("\n`foyer COMMAND --help` tells more.\n", f);
	return f == stderr ? 2 : 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return usage(stdout);
	for (size_t d = 0; domains[d]; d++)
		for (const struct command *c = domains[d]->commands; c && c->name; c++)
			if (strcmp(argv[1], c->name) == 0) {
				if (argc > 2 && strcmp(argv[2], "--help") == 0) {
					printf("usage: foyer %s %s\n\n%s\n", c->name, c->usage, c->doc);
					return 0;
				}
				return c->run(argc - 1, argv + 1);
			}
	fprintf(stderr, "foyer: there is no command '%s'\n\n", argv[1]);
	return usage(stderr);
}
