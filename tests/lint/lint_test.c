/* build-aux/lint on a tree of its own: each rule finds its fault, and only there. */
#include "base/buf.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *a;
static char dir[] = "/tmp/foyer-lint-XXXXXX";
static const char *lint;
static const char *written[16];
static size_t written_n;

static int setup(void **state)
{
	const char *srcdir = getenv("srcdir");

	(void)state;
	a = arena_new(8 << 20);
	lint = realpath(arena_printf(a, "%s/build-aux/lint", srcdir ? srcdir : ".."), NULL);
	return !lint || !mkdtemp(dir);
}

static int teardown(void **state)
{
	static const char *const folders[] = { "src/base", "src/web", "src/show", "src/venue", "src", "tests", "templates/show",
		"templates/notify",		"templates", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		rmdir(arena_printf(a, "%s/%s", dir, folders[i]));
	free((char *)lint);
	arena_free(a);
	return 0;
}

static void file(const char *path, const char *text)
{
	char *whole = arena_printf(a, "%s/%s", dir, path);

	for (char *slash = whole + strlen(dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(whole, 0700);
		*slash = '/';
	}
	FILE *f = fopen(whole, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	written[written_n++] = whole;
}

/* Runs the lint over the files written, removes them, and compares all it said but the last line. */
static void expect(const char *want)
{
	int out[2], status;
	char chunk[4096];
	ssize_t n;
	struct buf b;

	assert_int_equal(pipe(out), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(out[1], STDOUT_FILENO);
		execl(lint, lint, dir, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	buf_init(&b, a);
	while ((n = read(out[0], chunk, sizeof chunk)) > 0)
		buf_add(&b, chunk, (size_t)n);
	close(out[0]);
	waitpid(child, &status, 0);
	while (written_n)
		unlink(written[--written_n]);
	char *summary = strstr(buf_cstr(&b), "lint: ");
	assert_non_null(summary);
	bool found = !str_starts(summary, "lint: 0 findings");
	*summary = '\0';
	assert_string_equal(b.p, want);
	assert_int_equal(WEXITSTATUS(status), found);
}

static void clean_code_passes(void **state)
{
	(void)state;
	file("src/show/show.h", "#include \"web/route.h\"\n#include \"venue/venue.h\"\n#include \"ids.h\"\n");
	file("src/show/show.c", "#include \"base/str.h\"\n/* strcpy(a, b); */\nint x; // system(\"x\")\n"
	    "const char *s = \"call system() NOW and SELECT\", *t = \"\\\"strcpy(\";\nint my_system(void);\n");
	file("src/web/web.c", "#include \"db/db.h\"\nvoid f(void)\n{\n\to->rand(3);\n}\n");
	file("templates/show/a.html", "<script type=\"module\" src=\"/x.js\"></script><p class=\"on style\">{{ if on = \"x\" }}</p>\n");
	expect("");
}

static void banned_functions(void **state)
{
	(void)state;
	file("src/show/a.c", "int f;\nx = strcpy (a, b);\n\tatoi(s);\n");
	file("tests/a_test.c", "popen(x);\n");
	expect("src/show/a.c:2: strcpy is banned; base/ has better [banned]\n"
	    "src/show/a.c:3: atoi is banned; base/ has better [banned]\n"
	    "tests/a_test.c:1: popen is banned; base/ has better [banned]\n");
}

static void includes(void **state)
{
	(void)state;
	file("src/base/a.c", "#include \"db/db.h\"\n#include <mysql.h>\n#include \"ids.h\"\n");
	file("src/show/a.c", "#include \"venue/venue_rows.h\"\n#include <sodium.h>\n#include \"show/own.h\"\n");
	file("src/web/a.c", "#include \"show/show.h\"\n#include \"proc/board.h\"\n");
	expect("src/base/a.c:1: src/base/ must not see \"db/db.h\" [room]\n"
	    "src/base/a.c:2: <mysql.h> belongs into its wrapper only [wrapper]\n"
	    "src/base/a.c:3: \"ids.h\": the base room knows nothing of the house [room]\n"
	    "src/show/a.c:1: src/show/ must not see \"venue/venue_rows.h\" [room]\n"
	    "src/show/a.c:2: <sodium.h> belongs into its wrapper only [wrapper]\n"
	    "src/web/a.c:1: src/web/ must not see \"show/show.h\" [room]\n"
	    "src/web/a.c:2: src/web/ must not see \"proc/board.h\" [room]\n");
}

static void contracts_in_a_circle(void **state)
{
	(void)state;
	file("src/show/show.h", "#include \"venue/venue.h\"\n");
	file("src/venue/venue.h", "\n#include \"show/show.h\"\n");
	expect("src/venue/venue.h:2: \"show/show.h\" includes this file in turn [circle]\n"
	    "src/venue/venue.h:2: src/show/ sees this room in turn [circle]\n");
	/* no header includes itself, and yet each room needs the other */
	file("src/show/show.c", "#include \"venue/venue.h\"\n");
	file("src/venue/venue.c", "#include \"show/show.h\"\n");
	expect("src/venue/venue.c:1: src/show/ sees this room in turn [circle]\n");
}

static void sql(void **state)
{
	(void)state;
	file("src/show/a.c", "q = arena_printf(a,\n\t\"SELECT %s\", x);\nbuf_str(&b, \"delete from t\");\n"
	    "DB_QUERY(q, \"SELECT a FROM t WHERE at < NOW(6)\");\nerr_new(ERR_INVALID, \"SELECT failed\");\n");
	expect("src/show/a.c:1: SQL built with arena_printf; write it as a literal and bind values [sql]\n"
	    "src/show/a.c:3: SQL built with buf_str; write it as a literal and bind values [sql]\n"
	    "src/show/a.c:4: NOW in SQL: the clock is the application's, bind db_time() [now]\n");
}

static const char *function_of(int lines)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "static int long_one(int x,\n\tint y)\n{\n");
	for (int i = 0; i < lines; i++)
		buf_str(&b, "\tx++;\n");
	buf_str(&b, "}\n");
	return buf_cstr(&b);
}

static void long_functions_and_files(void **state)
{
	(void)state;
	file("src/show/a.c", function_of(60));
	file("src/show/b.c", function_of(61));
	file("src/show/c.c", function_of(101));
	struct buf b;
	buf_init(&b, a);
	for (int i = 0; i < 701; i++)
		buf_str(&b, "\n");
	file("src/show/d.c", buf_cstr(&b));
	expect("src/show/b.c:3: warning: long_one has 61 lines, aim at 60\n"
	    "src/show/c.c:3: long_one has 101 lines, the ceiling is 100 [function]\n"
	    "src/show/d.c:701: 701 lines, the ceiling is 700 [file]\n");
}

static void mails_carry_their_style(void **state)
{
	(void)state;
	file("templates/notify/a.html", "<style></style><p style=\"x\" onclick=\"y\">\n");
	expect("templates/notify/a.html:1: onclick= attribute; the content security policy forbids it [inline]\n");
}

static void inline_code_in_templates(void **state)
{
	(void)state;
	file("templates/show/a.html", "<script>x()</script>\n<style>\n<p class=\"a > style=b\"\n style=\"x\">\n<a onclick=\"x\" href=\"javascript:x\">\n");
	expect("templates/show/a.html:1: inline script; put it into static/js [inline]\n"
	    "templates/show/a.html:2: inline style sheet; put it into static/css [inline]\n"
	    "templates/show/a.html:4: style= attribute; the content security policy forbids it [inline]\n"
	    "templates/show/a.html:5: onclick= attribute; the content security policy forbids it [inline]\n"
	    "templates/show/a.html:5: javascript: address [inline]\n");
}

static void a_reason_pardons_one_rule_on_one_line(void **state)
{
	(void)state;
	file("src/show/a.c", "/* lint: banned it is the subject */\nrand();\nrand();\nsystem(x); /* lint: sql wrong rule */\n"
	    "rand(); /* lint: banned */\n");
	expect("src/show/a.c:3: rand is banned; base/ has better [banned]\n"
	    "src/show/a.c:4: system is banned; base/ has better [banned]\n"
	    "src/show/a.c:5: rand is banned; base/ has better [banned]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_code_passes),
		cmocka_unit_test(banned_functions),
		cmocka_unit_test(includes),
		cmocka_unit_test(contracts_in_a_circle),
		cmocka_unit_test(sql),
		cmocka_unit_test(long_functions_and_files),
		cmocka_unit_test(inline_code_in_templates),
		cmocka_unit_test(mails_carry_their_style),
		cmocka_unit_test(a_reason_pardons_one_rule_on_one_line),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
