/* Multipart bodies: what browsers send, and what they never would. */
#include "web/form.h"

#include <stdio.h>
#include <string.h>

#include "../support/arena.h"

#define TYPE "multipart/form-data; boundary=XyZ"
#define PART(name, value) "--XyZ\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define END "--XyZ--\r\n"

static struct form_input in;

static void good_n(const char *type, const char *body, size_t n, size_t pairs)
{
	struct err *e = form_parse_multipart(a, type, body, n, &in);
	if (e)
		fail_msg("%s", err_text(e));
	assert_int_equal(in.n, pairs);
}
#define good(type, body, pairs) good_n((type), (body), sizeof(body) - 1, (pairs))

static void bad_n(const char *type, const char *body, size_t n)
{
	struct err *e = form_parse_multipart(a, type, body, n, &in);
	if (!e)
		fail_msg("accepted: %s", body);
	assert_int_equal(err_code(e), ERR_INVALID);
	assert_non_null(err_user_text(e));
	err_free(e);
}
#define bad(type, body) bad_n((type), (body), sizeof(body) - 1)

static void what_browsers_send(void **state)
{
	(void)state;
	good(TYPE, PART("a", "1") PART("b", "") END, 2);
	assert_string_equal(in.v[0].name, "a");
	assert_string_equal(in.v[0].value, "1");
	assert_string_equal(in.v[1].value, "");
	assert_null(in.v[0].file_name);
	good(TYPE, END, 0);
	good(TYPE, "preamble\r\n" PART("a", "1") END "epilogue", 1);
	good("multipart/form-data; charset=x; BOUNDARY=\"X y\"", "--X y\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--X y--", 1);
	good(TYPE, PART("a", "line 1\r\nline 2\r\n") END, 1);
	assert_string_equal(in.v[0].value, "line 1\r\nline 2\r\n");
	good(TYPE, PART("a", "x--XyZ is no boundary within a line\r\n-- XyZ\r\n--Xy") END, 1);
	good(TYPE, "--XyZ \t\r\nContent-Disposition: form-data; name=\"a\"\r\nX-Other: 1\r\n\r\nv\r\n" END, 1);
}

static void a_file(void **state)
{
	static const char body[] = "--XyZ\r\nContent-Disposition: form-data; name=\"poster\"; filename=\"\xed\x8f\xac\xec\x8a\xa4\xed\x84\xb0; 1.png\"\r\n"
		"Content-Type: image/png\r\n\r\n\x89PNG\r\n\0\r\n--Xy\0\r\n" END;

	(void)state;
	good(TYPE, body, 1);
	assert_string_equal(in.v[0].file_name, "\xed\x8f\xac\xec\x8a\xa4\xed\x84\xb0; 1.png");
	assert_int_equal(in.v[0].value_n, 14);
	assert_memory_equal(in.v[0].value, "\x89PNG\r\n\0\r\n--Xy\0", 14);
	good(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\n" END, 1);
	assert_string_equal(in.v[0].file_name, "");
	assert_int_equal(in.v[0].value_n, 0);
}

static void names_in_quotes(void **state)
{
	(void)state;
	good(TYPE, "--XyZ\r\nContent-Disposition: form-data; filename=\"name=x\"; name=\"a\\\"b\"\r\n\r\nv\r\n" END, 1);
	assert_string_equal(in.v[0].name, "a\"b");
	assert_string_equal(in.v[0].file_name, "name=x");
}

static void damaged(void **state)
{
	(void)state;
	bad("multipart/form-data", PART("a", "1") END);
	bad("multipart/form-data; boundary=", PART("a", "1") END);
	bad("multipart/form-data; boundary=\"XyZ", PART("a", "1") END);
	bad("multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901", PART("a", "1") END);
	bad(TYPE, "");
	bad(TYPE, "--Xy");
	bad(TYPE, "--XyZ");
	bad(TYPE, "x--XyZ\r\n");
	bad(TYPE, PART("a", "1"));
	bad(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
	bad(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XyZz\r\n");
	bad(TYPE, "--XyZ\r\n\r\n1\r\n" END);
	bad(TYPE, "--XyZ\r\nContent-Type: text/plain\r\n\r\n1\r\n" END);
	bad(TYPE, "--XyZ\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END);
	bad(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n" END);
	bad(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n1\r\n" END);
	bad(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n--XyZ\r\n\r\n1\r\n" END);
	bad(TYPE, PART("a", "1\0" "2") END);
}

static void limits(void **state)
{
	struct buf { char *p; size_t n; } b = { arena_alloc(a, 1 << 20), 0 };
	static const char part[] = PART("a", "1");

	(void)state;
	for (size_t i = 0; i < 1001; i++) {
		memcpy(b.p + b.n, part, sizeof part - 1);
		b.n += sizeof part - 1;
	}
	memcpy(b.p + b.n, END, sizeof END);
	bad_n(TYPE, b.p, b.n + sizeof END - 1);
	size_t head = (size_t)snprintf(b.p, 100, "--XyZ\r\nContent-Disposition: form-data; name=\"a\"; x=");
	memset(b.p + head, 'x', 5000);
	memcpy(b.p + head + 5000, "\r\n\r\n1\r\n" END, sizeof "\r\n\r\n1\r\n" END);
	bad_n(TYPE, b.p, strlen(b.p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_browsers_send),
		cmocka_unit_test(a_file),
		cmocka_unit_test(names_in_quotes),
		cmocka_unit_test(damaged),
		cmocka_unit_test(limits),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
