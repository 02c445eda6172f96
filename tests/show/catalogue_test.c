/* The catalogue's pure rules: what can be booked when, how a show is told, what the search box looks for. */
#include "show/catalogue.h"

#include "base/clock.h"
#include "../support/arena.h"

#define AT(s) INT64_C(1800000000000000) + (s) * US_SECOND

static void sale_follows_the_clock(void **state)
{
	(void)state;
	struct show_performance p = { .state = "on_sale", .show_state = "published", .view_open_at = AT(0), .booking_open_at = AT(10),
		.booking_closes_at = AT(20), .starts_at = AT(30) };
	assert_int_equal(show_sale_state(&p, AT(-1)), SALE_HIDDEN);
	assert_int_equal(show_sale_state(&p, AT(9)), SALE_NOT_YET);
	assert_int_equal(show_sale_state(&p, AT(10)), SALE_OPEN);
	assert_int_equal(show_sale_state(&p, AT(20)), SALE_CLOSED);
	assert_int_equal(show_sale_state(&p, AT(30)), SALE_OVER);
	p.show_state = "draft";
	assert_int_equal(show_sale_state(&p, AT(15)), SALE_HIDDEN);
	p.show_state = "withdrawn";
	assert_int_equal(show_sale_state(&p, AT(15)), SALE_WITHDRAWN);
	p.state = "cancelled";
	assert_int_equal(show_sale_state(&p, AT(15)), SALE_CANCELLED);
}

static void cards_tell_the_opening_second(void **state)
{
	(void)state;
	struct show_card c = { .sale = "soon", .booking_open_at = AT(10) };
	assert_int_equal(show_card_offer(&c, AT(9)), OFFER_SOON);
	assert_int_equal(show_card_offer(&c, AT(10)), OFFER_OPEN); /* the job that says so comes a few seconds later */
	c.sale = "open";
	assert_int_equal(show_card_offer(&c, AT(9)), OFFER_SOON);
	assert_int_equal(show_card_offer(&c, AT(11)), OFFER_OPEN);
	c.sale = "sold_out";
	assert_int_equal(show_card_offer(&c, AT(11)), OFFER_SOLD_OUT);
	c.sale = "closed";
	assert_int_equal(show_card_offer(&c, AT(11)), OFFER_CLOSED);
	c.sale = "none";
	assert_int_equal(show_card_offer(&c, AT(11)), OFFER_NONE);
}

static void cards_say_what_they_cost(void **state)
{
	(void)state;
	struct out o;
	out_init(&o, a, "en", NULL);
	struct show_card c = { .slug = "b&b", .title = "밤", .title_en = "", .genre = "play", .sale = "open", .price_from = 35000,
		.booking_open_at = AT(0), .booked_permille = 950 };
	struct ui_poster p = show_card_poster(&o, &c, AT(1));
	assert_string_equal(p.title, "밤");
	assert_string_equal(p.price, "from ₩35,000");
	assert_string_equal(p.badge, "Almost gone");
	assert_string_equal(p.href.s, "/shows/b%26b");
	assert_null(p.place);
	assert_null(p.dates);
	assert_null(p.image);
	c.price_from = 0;
	c.booked_permille = 899;
	p = show_card_poster(&o, &c, AT(1));
	assert_string_equal(p.price, "Free");
	assert_null(p.badge);
	c.price_from = -1;
	assert_null(show_card_poster(&o, &c, AT(1)).price);
	assert_int_equal(show_card_poster(&o, &c, AT(-1)).opens_at, AT(0));
}

static void search_words(void **state)
{
	(void)state;
	const char *w[SHOW_WORDS];
	show_search_words(a, "", w);
	assert_null(w[0]);
	show_search_words(a, NULL, w);
	assert_null(w[0]);
	show_search_words(a, "  호두까기   인형 ", w);
	assert_string_equal(w[0], "%호두까기%");
	assert_string_equal(w[1], "%인형%");
	assert_null(w[2]);
	show_search_words(a, "a b c d e", w);
	assert_string_equal(w[2], "%cde%");
	show_search_words(a, "100%_\\", w);
	assert_string_equal(w[0], "%100\\%\\_\\\\%");
}

static void words_in_both_languages(void **state)
{
	(void)state;
	assert_string_equal(tr_pick("ko", "가", "a"), "가");
	assert_string_equal(tr_pick("en", "가", "a"), "a");
	assert_string_equal(tr_pick("en", "가", ""), "가");
	assert_string_equal(tr_pick("ko", "", "a"), "a");
	assert_string_equal(show_age_text(a, "en", 0), "All ages");
	assert_string_equal(show_age_text(a, "en", 12), "12 and over");
	assert_string_equal(show_genre_name("en", "classic"), "Classical");
	assert_string_equal(show_genre_name("en", "unheard of"), "unheard of");
}

static void spans_of_days(void **state)
{
	(void)state;
	int64_t first, same, last;
	assert_true(clock_parse_local("2026-12-01T14:00", &first));
	assert_true(clock_parse_local("2026-12-01T19:30", &same));
	assert_true(clock_parse_local("2027-02-14T14:00", &last));
	int64_t same_month = first + 3 * US_DAY, same_year = first - 3 * US_DAY;
	assert_string_equal(show_date_span(a, "ko", first, last), "2026.12.01 – 2027.02.14");
	assert_string_equal(show_date_span(a, "ko", same_year, first), "2026.11.28 – 12.01");
	assert_string_equal(show_date_span(a, "en", first, last), "1 Dec 2026 – 14 Feb 2027");
	assert_string_equal(show_date_span(a, "en", same_year, first), "28 Nov – 1 Dec 2026");
	assert_string_equal(show_date_span(a, "en", first, same_month), "1 – 4 Dec 2026");
	assert_string_equal(show_date_span(a, "en", first, same), "Tue, 1 Dec 2026");
	assert_string_equal(show_date_span(a, "ko", first, same), "2026.12.01 (화)");
	assert_string_equal(show_date_span(a, "ko", 0, 0), "");
}

static void summaries_end_at_a_character(void **state)
{
	(void)state;
	assert_null(show_summary(a, "", 10));
	assert_string_equal(show_summary(a, "가나다라", 4), "가나다라");
	assert_string_equal(show_summary(a, "가나다라마", 4), "가나다라…");
	assert_string_equal(show_summary(a, "first\nsecond", 50), "first");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sale_follows_the_clock),
		cmocka_unit_test(cards_tell_the_opening_second),
		cmocka_unit_test(cards_say_what_they_cost),
		cmocka_unit_test(search_words),
		cmocka_unit_test(words_in_both_languages),
		cmocka_unit_test(spans_of_days),
		cmocka_unit_test(summaries_end_at_a_character),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
