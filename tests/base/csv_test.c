/* Cells of CSV files. */
#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void is_cell(const char *text, const char *expected)
{
	struct arena *a = arena_new(1 << 16);
	struct buf b;
	buf_init(&b, a);
	csv_cell(&b, text, false);
	csv_cell(&b, "end", true);
	assert_memory_equal(buf_cstr(&b), expected, strlen(expected));
	assert_string_equal(buf_cstr(&b) + strlen(expected), ",end\r\n");
	arena_free(a);
}

static void cells(void **state)
{
	(void)state;
	is_cell("윤슬", "윤슬");
	is_cell(NULL, "");
	is_cell("", "");
	is_cell("a,b", "\"a,b\"");
	is_cell("two\nlines", "\"two\nlines\"");
	is_cell("say \"hi\"", "\"say \"\"hi\"\"\"");
	is_cell("=HYPERLINK(1)", "\"'=HYPERLINK(1)\"");
	is_cell("+82 10", "\"'+82 10\"");
	is_cell("@me", "\"'@me\"");
	is_cell("＝1+1", "\"'＝1+1\"");
	is_cell("＠SUM(1)", "\"'＠SUM(1)\"");
	is_cell("＜", "＜");
}

static void heads(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 16);
	struct buf b;
	buf_init(&b, a);
	csv_heads(&b, (const char *const[]){ "code", "name, first" }, 2);
	assert_string_equal(buf_cstr(&b), "\xef\xbb\xbf" "code,\"name, first\"\r\n");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cells), cmocka_unit_test(heads) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
