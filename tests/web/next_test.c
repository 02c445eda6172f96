/* ?next=: back to where somebody was, and never to another site. */
#include "web/web_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void pages_of_ours(void **state)
{
	static const char *const good[] = { "/", "/shows", "/shows/iu-hereh", "/en/shows?genre=play&page=2", "/me#tickets",
		"/shows/%EC%95%84%EC%9D%B4%EC%9C%A0", "/search?q=//evil.com", "/search?next=https://evil.com/", "/a/b.c/d", "/?x=.//",
		"/a:b@c", "/checkout/ABCDEFGHJK" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!path_is_local(good[i]))
			fail_msg("refused: %s", good[i]);
}

static void everything_else(void **state)
{
	static const char *const evil[] = { "", "shows", "?x", "#x", "//", "//evil.com", "///evil.com", "////evil.com",
		"https://evil.com", "http:evil.com", "HTTPS://evil.com", "https:/evil.com", "https:\\\\evil.com", "javascript:alert(1)",
		"JaVaScRiPt:alert(1)", "data:text/html,x", "mailto:a@b.kr", "\\\\evil.com", "\\/evil.com", "/\\evil.com", "/\\/evil.com",
		"/shows\\..\\\\evil.com", " /shows", "/ /evil.com", "\t//evil.com", "/\t/evil.com", "/\n/evil.com", "/\r/evil.com",
		"/shows\r\nSet-Cookie: a=b", "/shows\nX: y", "/shows%20\r", "/.//evil.com", "/..//evil.com", "/./evil.com", "/../x",
		"/a/..//evil.com", "/a//evil.com", "/%2e%2e//evil.com", "/%2e/x", "/%2E./x", "/%2f/evil.com", "/%2F%2Fevil.com",
		"/%5c%5cevil.com", "/%5Cevil.com", "/a/%2fevil.com", "/shows\x7f", "/\x01shows", "/\xec\x95\x84", "/\xc2\xa0/evil.com",
		"/\xe3\x80\x82" "evil.com", "/<script>", "/\"onmouseover=", "evil.com", "@evil.com", ":80/x", "/shows/..", "\xef\xbb\xbf/shows" };

	(void)state;
	assert_false(path_is_local(NULL));
	for (size_t i = 0; i < ARRAY_LEN(evil); i++) {
		if (path_is_local(evil[i]))
			fail_msg("accepted: %s", evil[i]);
		assert_string_equal(req_next(NULL, evil[i], "/me").s, "/me");
	}
	char longer[1200] = "/";
	memset(longer + 1, 'a', sizeof longer - 2);
	assert_false(path_is_local(longer));
	longer[1000] = '\0';
	assert_true(path_is_local(longer));
	assert_string_equal(req_next(NULL, "/shows?a=1", "/me").s, "/shows?a=1");
}

static void locations(void **state)
{
	(void)state;
	assert_true(path_is_ours("/") && path_is_ours("/shows/.x?a=//b#c"));
	assert_false(path_is_ours("//x") || path_is_ours("x") || path_is_ours("/a b") || path_is_ours("/a\r\nX: y") || path_is_ours("/\\x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_ours),
		cmocka_unit_test(everything_else),
		cmocka_unit_test(locations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
