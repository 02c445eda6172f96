#include "web/components.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new(8 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

/* "1 [2] 3 … 9": what the pager shows. */
static const char *shown(int64_t page, int64_t total)
{
	const struct ui_pager *p = ui_pager(a, (struct url){ "/shows" }, page, 10, total);
	const char *s = "";
	for (size_t i = 0; i < p->n; i++)
		s = arena_printf(a, p->pages[i].current ? "%s%s%s[%lld]" : "%s%s%s%lld", s, i ? " " : "",
		    p->pages[i].gap ? "… " : "", (long long)p->pages[i].n);
	return s;
}

static void pager_shows_ends_and_neighbours(void **state)
{
	(void)state;
	assert_string_equal(shown(1, 0), "");
	assert_string_equal(shown(1, 10), "");
	assert_string_equal(shown(1, 11), "[1] 2");
	assert_string_equal(shown(3, 50), "1 2 [3] 4 5");
	assert_string_equal(shown(4, 70), "1 2 3 [4] 5 6 7");
	assert_string_equal(shown(5, 120), "1 … 3 4 [5] 6 7 … 12");
	assert_string_equal(shown(12, 120), "1 … 10 11 [12]");
	assert_string_equal(shown(1, 1000000), "[1] 2 3 … 100000");
	assert_string_equal(shown(99, 30), "1 2 3");
	assert_string_equal(shown(99, 200), "1 … 18 19 20");
}

static void pager_links_keep_the_other_parameters(void **state)
{
	(void)state;
	const struct ui_pager *p = ui_pager(a, (struct url){ "/shows?genre=jazz" }, 2, 10, 30);
	assert_string_equal(p->prev.s, "/shows?genre=jazz");
	assert_string_equal(p->next.s, "/shows?genre=jazz&page=3");
	assert_string_equal(ui_pager(a, (struct url){ "/shows" }, 1, 10, 30)->next.s, "/shows?page=2");
	assert_null(ui_pager(a, (struct url){ "/shows" }, 1, 10, 30)->prev.s);
	assert_null(ui_pager(a, (struct url){ "/shows" }, 3, 10, 30)->next.s);
}

static void chart_fits_its_largest_bar(void **state)
{
	(void)state;
	struct ui_bar bars[] = { { .value = 0 }, { .value = 50 }, { .value = 100 } };
	const struct ui_chart *c = ui_chart(a, "Sales", bars, 3);
	assert_int_equal(c->bars[0].height, 0);
	assert_int_equal(c->bars[1].height * 2, c->bars[2].height);
	assert_int_equal(c->bars[1].y + c->bars[1].height, c->bars[2].y + c->bars[2].height);
	assert_true(c->bars[2].y >= 0 && c->bars[2].x + c->bars[2].width <= c->width);

	struct ui_bar none[] = { { .value = 0 } };
	assert_int_equal(ui_chart(a, "Sales", none, 1)->bars[0].height, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pager_shows_ends_and_neighbours),
		cmocka_unit_test(pager_links_keep_the_other_parameters),
		cmocka_unit_test(chart_fits_its_largest_bar),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
