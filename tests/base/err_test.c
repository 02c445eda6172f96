#include "base/err.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct err *innermost(void)
{
	return err_new(ERR_CONFLICT, "seat %d taken", 7);
}

static struct err *with_try(int *ret)
{
	TRY(NULL);
	TRY(innermost());
	*ret = 1;
	return NULL;
}

static void a_chain_keeps_code_and_place_of_the_cause(void **state)
{
	struct err *e = err_wrap(err_wrap(innermost(), "hold"), "order %s", "A1");

	(void)state;
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_true(err_is(e, ERR_CONFLICT));
	assert_false(err_is(e, ERR_INVALID));
	assert_false(err_is(NULL, ERR_INTERNAL));
	assert_true(str_starts(err_text(e), "order A1: hold: seat 7 taken ("));
	assert_non_null(strstr(err_text(e), "err_test.c:"));
	assert_ptr_equal(err_text(e), err_text(e));
	err_free(e);
	err_free(NULL);
}

static void the_innermost_user_text_wins(void **state)
{
	struct err *e = innermost();

	(void)state;
	assert_null(err_user_text(e));
	e = err_wrap(err_user(e, "This seat is gone."), "hold");
	assert_string_equal(err_user_text(e), "This seat is gone.");
	err_user(e, "That did not work.");
	assert_string_equal(err_user_text(e), "This seat is gone.");
	err_free(e);
	e = err_user(err_user(innermost(), "first"), "%d%%", 5);
	assert_string_equal(err_user_text(e), "5%");
	err_free(e);
	assert_null(err_user_text(NULL));
}

static void try_returns_early_with_outputs_untouched(void **state)
{
	int out = 0;
	struct err *e = with_try(&out);

	(void)state;
	assert_non_null(e);
	assert_int_equal(out, 0);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_keeps_code_and_place_of_the_cause),
		cmocka_unit_test(the_innermost_user_text_wins),
		cmocka_unit_test(try_returns_early_with_outputs_untouched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
