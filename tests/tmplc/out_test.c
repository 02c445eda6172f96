/* The run time: escaping, links, numbers, URLs, paragraphs.  No request here. */
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "web/out_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *arena;
static struct out *o;

static int setup(void **state)
{
	(void)state;
	arena = arena_new((size_t)16 << 20);
	o = arena_one(arena, struct out);
	out_init(o, arena, "ko", NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* What was written since the last call. */
static const char *written(void)
{
	const char *s = arena_strdup(arena, buf_cstr(&o->b));
	buf_clear(&o->b);
	return s;
}

static void test_every_byte(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		char s[] = { 'a', (char)c, 'b', (char)c, 0 };
		const char *as = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&#34;" : c == '\'' ? "&#39;"
			       : arena_strndup(arena, s + 1, 1);
		out_text_str(o, s);
		assert_string_equal(written(), arena_printf(arena, "a%sb%s", as, as));
		out_attr_str(o, s);
		assert_string_equal(written(), arena_printf(arena, "a%sb%s", as, as));
	}
	out_text_str(o, NULL);
	out_attr_str(o, "");
	assert_string_equal(written(), "");
}

static void test_types_decide(void **state)
{
	(void)state;
	const char *text = "<b>";
	char array[] = "<i>";
	OUT_TEXT(o, text);
	OUT_TEXT(o, array);
	OUT_TEXT(o, "&");
	OUT_TEXT(o, -7);
	OUT_TEXT(o, (size_t)8);
	OUT_TEXT(o, true);
	OUT_TEXT(o, ((struct html){ "<u>" }));
	OUT_TEXT(o, ((struct url){ "/a?b=1&c" }));
	assert_string_equal(written(), "&lt;b&gt;&lt;i&gt;&amp;-781<u>/a?b=1&amp;c");
	OUT_ATTR(o, text);
	OUT_ATTR(o, INT64_MIN);
	OUT_ATTR(o, ((struct url){ "\"" }));
	assert_string_equal(written(), "&lt;b&gt;-9223372036854775808&#34;");
}

static void test_links(void **state)
{
	(void)state;
	static const char *const fine[] = { "", "/", "/a/b:c", "?a=b:c", "#x:y", "a/b:c", "page", "http://a.example/x", "HTTPS://a.example",
		"mailto:a@b.example", "tel:+82-2-123", "cid:a@b", "/a b", "./x:y", "/한국" };
	static const char *const blocked[] = { "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)",
		"java\nscript:alert(1)", "\x01javascript:alert(1)", " javascript:alert(1)", "\tjavascript:alert(1)", "data:text/html,x",
		"vbscript:x", "blob:x", "file:///etc/passwd", "//evil.example", "\\\\evil.example", "/\\evil.example", "\\/evil.example",
		"/\t/evil.example", "/\n/evil.example", "x:", ":x", "https\x7f:x", "filesystem:https://a.example/x", "ftp://a.example",
		"javascript&colon;:alert(1)" };
	log_setup(LOG_ERROR, "test");
	for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
		out_href_str(o, fine[i]);
		assert_string_equal(written(), fine[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(blocked); i++) {
		OUT_HREF(o, blocked[i]);
		assert_string_equal(written(), "#blocked");
		OUT_HREF(o, ((struct url){ blocked[i] }));
		assert_string_equal(written(), "#blocked");
	}
	out_href_str(o, NULL);
	assert_string_equal(written(), "");
	out_href_str(o, "/?a=1&b='\"<");
	assert_string_equal(written(), "/?a=1&amp;b=&#39;&#34;&lt;");
}

static void test_numbers(void **state)
{
	(void)state;
	assert_string_equal(out_number(o, 0), "0");
	assert_string_equal(out_number(o, 999), "999");
	assert_string_equal(out_number(o, 1000), "1,000");
	assert_string_equal(out_number(o, -1234567), "-1,234,567");
	assert_string_equal(out_number(o, INT64_MIN), "-9,223,372,036,854,775,808");
	assert_string_equal(out_money(o, 132000), "132,000원");
	assert_string_equal(out_fmt(o, "%s / %lld", "a", 5LL), "a / 5");
	assert_string_equal(_n("%lld seat", "all %lld seats", 1), "1 seat");
	assert_string_equal(_n("%lld seat", "all %lld seats", 50000), "all 50,000 seats");
	assert_string_equal(_n("a seat", "seats", 2), "seats");
	o->lang = "en";
	assert_string_equal(out_money(o, 132000), "₩132,000");
	assert_string_equal(out_money(o, -5000), "-₩5,000");
}

static void test_times(void **state)
{
	(void)state;
	int64_t at = INT64_C(1795170600000000); /* 2026-11-20 10:30 UTC */
	clock_zone("Asia/Seoul");
	assert_string_equal(out_iso(o, at), "2026-11-20T10:30:00Z");
	assert_string_equal(out_when(o, at), "2026년 11월 20일 (금) 19:30");
	assert_string_equal(out_when_short(o, at), "11.20 (금) 19:30");
	assert_string_equal(out_date(o, at), "2026.11.20 (금)");
	assert_string_equal(out_when(o, 0), "");
	assert_string_equal(out_iso(o, 0), "");
}

static void test_urls(void **state)
{
	(void)state;
	assert_string_equal(url_fmt(arena, "/shows/%s?page=%lld&n=%d&x=100%%", "a/b ?&#%한", 3LL, -1).s,
	    "/shows/a%2Fb%20%3F%26%23%25%ED%95%9C?page=3&n=-1&x=100%");
	assert_string_equal(url_fmt(arena, "/%s", (const char *)NULL).s, "/");
	OUT_HREF(o, U("%s", "javascript:alert(1)"));
	assert_string_equal(written(), "javascript%3Aalert%281%29");
	assert_string_equal(U("/").s, "/");
}

static void test_paragraphs(void **state)
{
	(void)state;
	assert_string_equal(out_paragraphs(o, NULL).safe, "");
	assert_string_equal(out_paragraphs(o, " \n\n").safe, "");
	assert_string_equal(out_paragraphs(o, "a").safe, "<p>a</p>\n");
	assert_string_equal(out_paragraphs(o, "\n<b>\r\nb\r\n\r\n\r\n c & d\n").safe,
	    "<p>&lt;b&gt;<br>\nb</p>\n<p>c &amp; d</p>\n");
}

static void test_static_files(void **state)
{
	(void)state;
	char dir[] = "/tmp/out_test.XXXXXX";
	assert_non_null(mkdtemp(dir));
	const char *sub = arena_printf(arena, "%s/static", dir), *path = arena_printf(arena, "%s/manifest.json", sub);
	assert_int_equal(mkdir(sub, 0700), 0);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("{ \"js/a.js\": \"js/a-123.js\" }", f);
	fclose(f);
	struct conf c = *conf();
	c.share_dir = dir;
	conf_set_for_test(&c);
	assert_string_equal(out_static(o, "js/a.js").s, "/static/js/a-123.js");
	assert_string_equal(out_static(o, "js/b.js").s, "/static/js/b.js");
	conf_set_for_test(NULL);
	unlink(path);
	rmdir(sub);
	rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_types_decide, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_times, setup, teardown),
		cmocka_unit_test_setup_teardown(test_urls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paragraphs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_static_files, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
