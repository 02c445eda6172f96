/* The log writes to stderr: each test turns that into a file and reads it back with a JSON parser. */
#include "base/log.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int sink, saved_stderr;
static char text[1 << 20];

static int begin(void **state)
{
	(void)state;
	sink = memfd_create("log", MFD_CLOEXEC);
	saved_stderr = dup(STDERR_FILENO);
	log_setup(LOG_INFO, "test");
	log_request_id(NULL);
	return sink < 0 || dup2(sink, STDERR_FILENO) < 0;
}

static int end(void **state)
{
	(void)state;
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	return close(sink);
}

/* What was written; an empty string when nothing was. */
static const char *written(void)
{
	ssize_t n = pread(sink, text, sizeof text - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static json_t *parsed(void)
{
	json_error_t why;
	json_t *j = json_loads(written(), 0, &why);

	if (!j)
		fail_msg("%s in %s", why.text, text);
	assert_true(str_ends(text, "}\n"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	return j;
}

static const char *field(json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

static void a_line_has_its_fields(void **state)
{
	(void)state;
	log_request_id("req-1");
	assert_string_equal(log_current_request_id(), "req-1");
	log_msg(LOG_WARN, "hold made", "order", "A1", "nothing", (const char *)NULL, NULL);
	json_t *j = parsed();
	assert_string_equal(field(j, "level"), "warn");
	assert_string_equal(field(j, "process"), "test");
	assert_string_equal(field(j, "msg"), "hold made");
	assert_string_equal(field(j, "request_id"), "req-1");
	assert_string_equal(field(j, "order"), "A1");
	assert_true(json_is_null(json_object_get(j, "nothing")));
	assert_int_equal(json_integer_value(json_object_get(j, "pid")), getpid());
	const char *ts = field(j, "ts");
	assert_true(strlen(ts) == 27 && ts[10] == 'T' && ts[19] == '.' && ts[26] == 'Z');
	json_decref(j);
}

static void no_request_no_id(void **state)
{
	(void)state;
	log_request_id("x");
	log_request_id(NULL);
	assert_string_equal(log_current_request_id(), "");
	log_msg(LOG_INFO, "m", NULL);
	json_t *j = parsed();
	assert_null(json_object_get(j, "request_id"));
	json_decref(j);
}

static void values_are_escaped(void **state)
{
	const char *nasty = "\"\\\b\n\r\t\x01\x7f" "</script> 한글 \xf0\x9f\x8e\xab {}";

	(void)state;
	log_msg(LOG_INFO, nasty, "k\"ey", nasty, NULL);
	json_t *j = parsed();
	assert_string_equal(field(j, "msg"), nasty);
	assert_string_equal(field(j, "k\"ey"), nasty);
	json_decref(j);
}

static void broken_utf8_is_replaced(void **state)
{
	(void)state;
	log_msg(LOG_INFO, "m", "a", "x\xff\xc3(\xed\xa0\x80y", "cut", "\xec\x9d", NULL);
	json_t *j = parsed();
	assert_string_equal(field(j, "a"), "x\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy");
	assert_string_equal(field(j, "cut"), "\xef\xbf\xbd\xef\xbf\xbd");
	json_decref(j);
}

static void quieter_levels_are_left_out(void **state)
{
	(void)state;
	log_msg(LOG_DEBUG, "m", NULL);
	log_setup(LOG_ERROR, "test");
	log_msg(LOG_WARN, "m", NULL);
	assert_string_equal(written(), "");
}

static void long_values_are_kept_whole_and_ids_are_cut(void **state)
{
	static char big[100001];

	(void)state;
	memset(big, 'z', sizeof big - 1);
	log_request_id(big);
	assert_int_equal(strlen(log_current_request_id()), 63);
	log_setup(LOG_INFO, big);
	log_msg(LOG_INFO, "m", "big", big, NULL);
	json_t *j = parsed();
	assert_string_equal(field(j, "big"), big);
	assert_int_equal(strlen(field(j, "process")), 31);
	json_decref(j);
}

static void an_error_is_logged_with_its_code(void **state)
{
	(void)state;
	log_err(LOG_ERROR, "nothing", NULL);
	assert_string_equal(written(), "");
	log_err(LOG_ERROR, "request failed", err_wrap(err_new(ERR_CONSTRAINT, "check \"x\""), "save"));
	json_t *j = parsed();
	assert_string_equal(field(j, "code"), "constraint");
	assert_true(str_starts(field(j, "error"), "save: check \"x\" ("));
	json_decref(j);
}

static void errno_survives(void **state)
{
	(void)state;
	int closed = dup(STDERR_FILENO);
	close(STDERR_FILENO);
	errno = ENOENT;
	log_msg(LOG_INFO, "lost", NULL);
	assert_int_equal(errno, ENOENT);
	dup2(closed, STDERR_FILENO);
	close(closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_has_its_fields, begin, end),
		cmocka_unit_test_setup_teardown(no_request_no_id, begin, end),
		cmocka_unit_test_setup_teardown(values_are_escaped, begin, end),
		cmocka_unit_test_setup_teardown(broken_utf8_is_replaced, begin, end),
		cmocka_unit_test_setup_teardown(quieter_levels_are_left_out, begin, end),
		cmocka_unit_test_setup_teardown(long_values_are_kept_whole_and_ids_are_cut, begin, end),
		cmocka_unit_test_setup_teardown(an_error_is_logged_with_its_code, begin, end),
		cmocka_unit_test_setup_teardown(errno_survives, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
