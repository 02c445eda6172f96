/* Cookies, languages, addresses: the small parsers of a request. */
#include "base/conf.h"
#include "web/web_priv.h"

#include <string.h>

#include "../support/arena.h"

static void reading(void **state)
{
	struct name_value *v;

	(void)state;
	assert_int_equal(cookie_parse(a, NULL, &v), 0);
	assert_int_equal(cookie_parse(a, "", &v), 0);
	assert_int_equal(cookie_parse(a, "a=1; b=;c=x=y ;  d = 4", &v), 3);
	assert_string_equal(v[0].value, "1");
	assert_string_equal(v[1].value, "");
	assert_string_equal(v[2].name, "c");
	assert_string_equal(v[2].value, "x=y");
	assert_int_equal(cookie_parse(a, ";;; =1; a; a b=1; c=\"q\"; d=\x01; e=\xec\x95\x84; f=a,b; g=ok", &v), 1);
	assert_string_equal(v[0].name, "g");
	char many[1000] = "";
	for (size_t i = 0; i < 200; i++)
		memcpy(many + 4 * i, "a=1;", 4);
	assert_int_equal(cookie_parse(a, many, &v), 64);
	char *large = arena_alloc(a, 5000);
	memset(large, 'x', 4999);
	memcpy(large, "a=", 2);
	assert_int_equal(cookie_parse(a, large, &v), 0);
}

static void writing(void **state)
{
	struct conf c = *conf();

	(void)state;
	assert_string_equal(cookie_name(a, "foyer"), "foyer");
	assert_string_equal(cookie_header(a, &(struct cookie){ "foyer", "x", 60, NULL }),
	    "foyer=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
	c.base_url = "https://tickets.example";
	conf_set_for_test(&c);
	assert_string_equal(cookie_name(a, "foyer"), "__Host-foyer");
	assert_string_equal(cookie_header(a, &(struct cookie){ "__Host-foyer", "x", -1, NULL }),
	    "__Host-foyer=x; Path=/; HttpOnly; SameSite=Lax; Secure");
	conf_set_for_test(NULL);
	assert_false(cookie_value_ok("a b") || cookie_value_ok("a;b") || cookie_value_ok("a\r\nb") || cookie_value_ok("\xc3\xa4"));
}

static void languages(void **state)
{
	static const struct { const char *header, *lang; } rows[] = { { NULL, NULL }, { "", NULL }, { "ko", "ko" }, { "en-US,en;q=0.9", "en" },
		{ "fr,ja;q=0.8", NULL }, { "en;q=0.5,ko;q=0.8", "ko" }, { "ko-KR,ko;q=0.9,en-US;q=0.8", "ko" }, { "en, ko", "en" },
		{ "kok,eng", NULL }, { "en;q=0", NULL }, { "en;q=nan", NULL }, { ",,;q=1, ,ko", "ko" }, { "fr, en ;q=0.3", "en" },
		{ "e", NULL }, { "k,", NULL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *lang = lang_accepted(rows[i].header);
		if (!str_eq(lang, rows[i].lang))
			fail_msg("%s gives %s", rows[i].header, lang ? lang : "nothing");
	}
}

static void addresses(void **state)
{
	(void)state;
	assert_string_equal(address_group(a, "192.0.2.7"), "192.0.2.7");
	assert_string_equal(address_group(a, "2001:db8:1:2:3:4:5:6"), "20010db800010002/64");
	assert_string_equal(address_group(a, "2001:db8:1:2::9"), "20010db800010002/64");
	assert_string_equal(address_group(a, "::ffff:192.0.2.7"), "192.0.2.7");
	assert_string_equal(address_group(a, "bogus:"), "bogus:");
	assert_true(address_allowed("127.0.0.1,::1", "::1") && address_allowed("127.0.0.1, ::1", "127.0.0.1"));
	assert_false(address_allowed("127.0.0.1,::1", "127.0.0.11") || address_allowed("127.0.0.1", "") || address_allowed("", "::1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading),
		cmocka_unit_test(writing),
		cmocka_unit_test(languages),
		cmocka_unit_test(addresses),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
