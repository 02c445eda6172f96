#include "ext/qr.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void one_code_two_pictures(void **state)
{
	(void)state;
	struct arena *a = arena_new(8 << 20);
	struct qr_code c;
	assert_null(qr_encode(a, "FOYER:TEST", &c));
	assert_int_equal(c.width, 21);
	for (int i = 0; i < 7; i++) { /* the finder pattern's outer ring */
		assert_int_equal(c.modules[i], 1);
		assert_int_equal(c.modules[i * c.width], 1);
	}
	assert_int_equal(c.modules[7], 0);
	struct bytes svg, png;
	assert_null(qr_svg(a, "FOYER:TEST", "Ticket <A&B>", &svg));
	assert_non_null(strstr(svg.p, "viewBox=\"0 0 29 29\""));
	assert_non_null(strstr(svg.p, "<title>Ticket &lt;A&amp;B&gt;</title>"));
	assert_null(strstr(svg.p, "style="));
	assert_null(qr_png(a, "FOYER:TEST", 4, &png));
	assert_memory_equal(png.p, "\x89PNG\r\n\x1a\n", 8);
	const uint8_t *p = png.p;
	assert_int_equal(p[19], 29 * 4); /* width, big endian */
	arena_free(a);
}

static void too_long_is_refused(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	char *s = arena_alloc(a, 4001);
	memset(s, 'x', 4000);
	struct bytes png;
	struct err *e = qr_png(a, s, 4, &png);
	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(one_code_two_pictures), cmocka_unit_test(too_long_is_refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
