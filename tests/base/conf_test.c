#include "base/conf.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/arena.h"

#define SECRET "secret = 0123456789abcdef0123456789abcdef\n"

static int teardown(void **state)
{
	conf_set_for_test(NULL);
	return arena_teardown(state);
}

static struct conf good(const char *text)
{
	struct conf c;
	struct err *e = conf_parse(a, "test.conf", text, strlen(text), &c);

	if (e)
		fail_msg("%s", err_text(e));
	return c;
}

static void refused(const char *text, const char *message)
{
	struct conf c = { .base_url = "untouched" };
	struct err *e = conf_parse(a, "test.conf", text, strlen(text), &c);

	if (!e)
		fail_msg("accepted: %s", text);
	assert_true(err_is(e, ERR_INVALID));
	if (!str_starts(err_text(e), message))
		fail_msg("expected: %s\ngot: %s", message, err_text(e));
	assert_string_equal(c.base_url, "untouched");
	err_free(e);
}

static void a_written_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void defaults_stand_before_and_beside_the_file(void **state)
{
	struct conf c = good(SECRET);

	(void)state;
	assert_string_equal(c.timezone, "Asia/Seoul");
	assert_int_equal(c.pool_web, 24);
	assert_false(c.debug);
	assert_string_equal(conf()->timezone, "Asia/Seoul");
	assert_string_equal(conf()->secret, "");
	assert_int_equal(conf()->hold_seconds, 480);
}

static void values_of_every_type(void **state)
{
	struct conf c = good("# a comment\n\n\t \n" SECRET "  base_url=https://x.example  \n"
	    "db_password = a # no comment = in here \nsite_name = 포이어\ndebug = yes\ndb_tls = off\npool_web = 32\r\ndb_user =\n"
	    "mail_from = F <f@x.example>");

	(void)state;
	assert_string_equal(c.base_url, "https://x.example");
	assert_string_equal(c.db_password, "a # no comment = in here");
	assert_string_equal(c.site_name, "포이어");
	assert_true(c.debug);
	assert_false(c.db_tls);
	assert_int_equal(c.pool_web, 32);
	assert_string_equal(c.db_user, "");
	assert_string_equal(c.mail_from, "F <f@x.example>");
}

static void mistakes_are_told_with_their_line(void **state)
{
	(void)state;
	refused(SECRET "colour = red\n", "test.conf:2: there is no setting 'colour'");
	refused(SECRET "timezone_file = /x\n", "test.conf:2: there is no setting 'timezone_file'");
	refused(SECRET "= 5\n", "test.conf:2: there is no setting ''");
	refused(SECRET "\n# x\nhello\n", "test.conf:4: expected 'name = value'");
	refused(SECRET "pool_web = many\n", "test.conf:2: pool_web must be a whole number between 0 and 1000000000, not 'many'");
	refused(SECRET "pool_web = -1\n", "test.conf:2: pool_web must be a whole number");
	refused(SECRET "pool_web = 99999999999999999999\n", "test.conf:2: pool_web must be a whole number");
	refused(SECRET "pool_web = 0\n", "test.conf:2: pool_web must be between");
	refused(SECRET "pool_web = 99999999999\n", "test.conf:2: pool_web must be a whole number");
	refused(SECRET "pool_web = 200\npool_pay = 100\n", "test.conf: all pools together must have at most 256 workers");
	refused(SECRET "work_processes = 65\n", "test.conf:2: work_processes must be between 1 and 64");
	refused(SECRET "session_days = 0\n", "test.conf:2: session_days must be between 1 and");
	refused(SECRET "debug = maybe\n", "test.conf:2: debug must be yes or no, not 'maybe'");
	refused(SECRET "db_port = 0\n", "test.conf:2: db_port must be between 1 and 65535");
	refused(SECRET "\nredis_port = 65536\n", "test.conf:3: redis_port must be between 1");
	refused(SECRET "base_url = x.example\n", "test.conf:2: base_url must begin with");
	refused(SECRET "base_url = https://x.example/\n", "test.conf:2: base_url must not end");
	refused(SECRET "timezone = Asia/Soul\n", "test.conf:2: timezone is no zone");
	refused(SECRET "timezone = ../../../etc/passwd\n", "test.conf:2: timezone is no zone");
	refused(SECRET "log_level = loud\n", "test.conf:2: log_level must be debug");
	refused(SECRET "smtp_tls = maybe\n", "test.conf:2: smtp_tls must be");
	refused(SECRET "pay_provider = cash\n", "test.conf:2: pay_provider must be");
	refused(SECRET "blob_store = tape\n", "test.conf:2: blob_store must be");
	refused(SECRET "site_name = a\nsite_name = b\n", "test.conf:3: site_name is already set in line 2");
	refused(SECRET "site_name = \xff\n", "test.conf: not valid UTF-8");
}

static void the_secret_is_needed(void **state)
{
	(void)state;
	refused("", "test.conf: secret must be set");
	refused("secret = short\n", "test.conf:1: secret must be set, to 32");
	refused("secret = 0123456789abcdef0123456789abcde\n", "test.conf:1: secret must be set, to 32");
}

static void secrets_come_from_files(void **state)
{
	char path[] = "/tmp/foyer-secret-XXXXXX", empty[] = "/tmp/foyer-secret-XXXXXX";

	(void)state;
	a_written_file(path, "fedcba9876543210fedcba9876543210\r\nsecond line\n");
	a_written_file(empty, "");
	struct conf c = good(arena_printf(a, "secret_file = %s\ndb_password_file=%s\n", path, path));
	assert_string_equal(c.secret, "fedcba9876543210fedcba9876543210");
	assert_string_equal(c.db_password, "fedcba9876543210fedcba9876543210");
	refused(arena_printf(a, SECRET "secret_file = %s\n", path), "test.conf:2: secret is already set in line 1");
	refused(arena_printf(a, "secret_file = %s\n", empty), "test.conf:1: secret_file: ");
	refused("secret_file = /nonexistent/x\n", "test.conf:1: secret_file: cannot read /nonexistent/x: No such file");
	unlink(path);
	unlink(empty);
}

static void loading_replaces_the_configuration(void **state)
{
	char path[] = "/tmp/foyer-conf-XXXXXX", wrong[] = "/tmp/foyer-conf-XXXXXX";

	(void)state;
	a_written_file(path, SECRET "pool_web = 3\n");
	a_written_file(wrong, SECRET "pool_web = 0\n");
	assert_null(conf_load(path));
	assert_int_equal(conf()->pool_web, 3);
	struct err *e = conf_load(wrong);
	assert_true(err_is(e, ERR_INVALID));
	assert_non_null(strstr(err_text(e), wrong));
	err_free(e);
	assert_int_equal(conf()->pool_web, 3); /* the old one stands */
	setenv("FOYER_CONF", path, 1);
	assert_null(conf_load(NULL));
	setenv("FOYER_CONF", "/nonexistent/foyer.conf", 1);
	e = conf_load(NULL);
	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
	unlink(path);
	unlink(wrong);
}

static char *printed(void (*print)(FILE *f))
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	print(f);
	fclose(f);
	char *copy = arena_strdup(a, text);
	free(text);
	return copy;
}

static void print_plain(FILE *f)
{
	conf_print(f, false);
}

static void print_with_docs(FILE *f)
{
	conf_print(f, true);
}

static void printing_hides_secrets(void **state)
{
	struct conf c = good(SECRET "debug = on\npool_web = 5\n");

	(void)state;
	conf_set_for_test(&c);
	const char *text = printed(print_plain);
	assert_non_null(strstr(text, "\nsecret = (set)\n"));
	assert_non_null(strstr(text, "\ndb_password = (not set)\n"));
	assert_non_null(strstr(text, "\ndebug = yes\n"));
	assert_non_null(strstr(text, "\npool_web = 5\n"));
	assert_non_null(strstr(text, "timezone = Asia/Seoul\n"));
	assert_null(strstr(text, "0123456789abcdef"));
	assert_non_null(strstr(printed(print_with_docs), "\n# Workers for pages.\npool_web = 5\n"));
}

/* Every setting is printed; what conf_print prints with docs is a file that conf_parse takes. */
static void the_printed_form_is_a_configuration(void **state)
{
	struct conf c = good(SECRET "site_name = Printed\n"), again;

	(void)state;
	conf_set_for_test(&c);
	char *text = printed(print_with_docs), *at;
	while ((at = strstr(text, "(not set)")))
		memset(at, ' ', strlen("(not set)"));
	at = strstr(text, "secret = (set)");
	text = arena_printf(a, "%.*s" SECRET "%s", (int)(at - text), text, at + strlen("secret = (set)"));
	again = good(text);
	assert_string_equal(again.site_name, "Printed");
}

static void the_manual_lists_every_setting(void **state)
{
	const char *text = printed(conf_print_man);

	(void)state;
#define LISTED(name, def, doc) assert_non_null(strstr(text, "\n.It Ic " #name " No = Ar "));
	CONF_SETTINGS(LISTED, LISTED, LISTED, LISTED)
	assert_non_null(strstr(text, "\n.Ic secret_file No = Ar path .\n"));
	assert_non_null(strstr(text, "Default:\n.Dq \"Asia/Seoul\" .\n"));
	assert_true(str_ends(text, ".El\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults_stand_before_and_beside_the_file, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(values_of_every_type, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(mistakes_are_told_with_their_line, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(the_secret_is_needed, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(secrets_come_from_files, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(loading_replaces_the_configuration, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(printing_hides_secrets, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(the_printed_form_is_a_configuration, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(the_manual_lists_every_setting, arena_setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
