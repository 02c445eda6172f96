#include "tmpl/web/components.h"

#include <string.h>

#include "../support/arena.h"

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

static void a_card_leaves_out_what_is_not_known(void **state)
{
	(void)state;
	struct out o;
	out_init(&o, a, "en", NULL);
	tmpl_poster_card(&o, &(struct ui_poster){ .href = { "/shows/tom-jerry" }, .title = "Tom & <Jerry>" });
	const char *html = buf_cstr(&o.b);
	assert_non_null(strstr(html, "href=\"/shows/tom-jerry\">Tom &amp; &lt;Jerry&gt;</a>"));
	assert_non_null(strstr(html, "poster-none"));
	assert_null(strstr(html, "<img"));
	assert_null(strstr(html, "<p"));
	assert_null(strstr(html, "badge"));
	assert_null(strstr(html, "countdown"));

	out_init(&o, a, "en", NULL);
	tmpl_poster_card(&o, &(struct ui_poster){ .href = { "/shows/1" }, .title = "T", .place = "Hall", .price = "from 1",
	    .image = "/uploads/1.webp", .badge_kind = "bad", .badge = "Sold out", .opens_at = 1 });
	html = buf_cstr(&o.b);
	assert_non_null(strstr(html, "src=\"/uploads/1.webp\""));
	assert_non_null(strstr(html, "badge badge-bad\">Sold out"));
	assert_non_null(strstr(html, "datetime=\"1970-01-01T00:00:00Z\""));
}

static void steps_tell_done_current_and_coming(void **state)
{
	(void)state;
	struct out o;
	out_init(&o, a, "en", NULL);
	tmpl_buying_steps(&o, 2);
	const char *html = buf_cstr(&o.b);
	assert_non_null(strstr(html, "<li class=\"done\">Seats</li>"));
	assert_non_null(strstr(html, "<li aria-current=\"step\">Your details</li>"));
	assert_non_null(strstr(html, "<li>Payment</li>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pager_shows_ends_and_neighbours),
		cmocka_unit_test(pager_links_keep_the_other_parameters),
		cmocka_unit_test(chart_fits_its_largest_bar),
		cmocka_unit_test(a_card_leaves_out_what_is_not_known),
		cmocka_unit_test(steps_tell_done_current_and_coming),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
