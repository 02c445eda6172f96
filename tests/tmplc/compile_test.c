/* The compiler: what each HTML context makes of a value, what is refused and where, how white space is kept. */
#include "base/str.h"
#include "tmplc/compile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new((size_t)16 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct err *compile(const char *text, struct buf *c, struct buf *h)
{
	struct tmplc_input in = { "t.html", text, strlen(text), "tmpl/t.h" };
	buf_init(c, arena);
	buf_init(h, arena);
	return tmplc_compile(arena, &in, c, h);
}

/* The message of a file that must be refused; "accepted" when it is not. */
static const char *refused_file(const char *text)
{
	struct buf c, h;
	struct err *e = compile(text, &c, &h);
	if (!e)
		return "accepted";
	assert_true(err_is(e, ERR_INVALID));
	assert_int_equal(c.n, 0);
	assert_int_equal(h.n, 0);
	const char *message = arena_strdup(arena, err_user_text(e));
	err_free(e);
	return message;
}

static const char *refused(const char *body)
{
	return refused_file(arena_printf(arena, "{{ template x(const char *v) }}%s{{ end }}", body));
}

/* The statements a template body becomes, without #line and what stands around them. */
static const char *statements(const char *body)
{
	struct buf c, h, out;
	struct err *e = compile(arena_printf(arena, "{{ template x(const char *v) }}%s{{ end }}", body), &c, &h);
	if (e)
		return arena_strdup(arena, err_user_text(e));
	buf_init(&out, arena);
	const char *p = strstr(c.p, "{\n") + 2;
	const char *end = c.p + c.n - 2;
	while (p < end) {
		size_t n = strcspn(p, "\n") + 1;
		if (*p != '#')
			buf_add(&out, p, n);
		p += n;
	}
	return buf_cstr(&out);
}

static void test_contexts(void **state)
{
	(void)state;
	static const struct { const char *body, *becomes; } cases[] = {
		{ "{{ v }}", "OUT_TEXT(o, (v));\n" },
		{ "{{ \"}}\" }}", "OUT_TEXT(o, (\"}}\"));\n" },
		{ "{{ (struct p){{1}} }}", "OUT_TEXT(o, ((struct p){{1}}));\n" },
		{ "<p>{{ v }}</p>", "out_raw(o, \"<p>\", 3);\nOUT_TEXT(o, (v));\nout_raw(o, \"</p>\", 4);\n" },
		{ "<p title=\"a {{ v }}\">", "out_raw(o, \"<p title=\\\"a \", 12);\nOUT_ATTR(o, (v));\nout_raw(o, \"\\\">\", 2);\n" },
		{ "<A HREF=\"{{ v }}\">", "out_raw(o, \"<A HREF=\\\"\", 9);\nOUT_HREF(o, (v));\nout_raw(o, \"\\\">\", 2);\n" },
		{ "<p data-href=\"{{ v }}\">", "out_raw(o, \"<p data-href=\\\"\", 14);\nOUT_ATTR(o, (v));\nout_raw(o, \"\\\">\", 2);\n" },
		{ "<a href=\"{{ v }}#top\">", "out_raw(o, \"<a href=\\\"\", 9);\nOUT_HREF(o, (v));\nout_raw(o, \"#top\\\">\", 6);\n" },
		{ "<script src=\"{{ v }}\"></script>",
		    "out_raw(o, \"<script src=\\\"\", 13);\nout_href_url(o, (v));\nout_raw(o, \"\\\"></script>\", 11);\n" },
		{ "<title>{{ v }}</title>", "out_raw(o, \"<title>\", 7);\nOUT_ATTR(o, (v));\nout_raw(o, \"</title>\", 8);\n" },
		{ "<textarea>{{ v }}</textarea>{{ v }}",
		    "out_raw(o, \"<textarea>\", 10);\nOUT_ATTR(o, (v));\nout_raw(o, \"</textarea>\", 11);\nOUT_TEXT(o, (v));\n" },
		{ "<meta content=\"{{ v }}\">", "out_raw(o, \"<meta content=\\\"\", 15);\nOUT_ATTR(o, (v));\nout_raw(o, \"\\\">\", 2);\n" },
		{ "<meta http-equiv=\"refresh\" content=\"{{ v }}\">",
		    "out_raw(o, \"<meta http-equiv=\\\"refresh\\\" content=\\\"\", 36);\nout_text_i64(o, (v));\nout_raw(o, \"\\\">\", 2);\n" },
		{ "<!-- a > b --><!-->{{ v }}", "out_raw(o, \"<!-- a > b --><!-->\", 19);\nOUT_TEXT(o, (v));\n" },
		{ "<script>a</scr</script >{{ v }}", "out_raw(o, \"<script>a</scr</script >\", 24);\nOUT_TEXT(o, (v));\n" },
		{ "<!doctype html>{{ v }}", "out_raw(o, \"<!doctype html>\", 15);\nOUT_TEXT(o, (v));\n" },
		{ "{{ call y(v, 1) }}{{ call z() }}", "tmpl_y(o, v, 1);\ntmpl_z(o);\n" },
		{ "{{ let n = v == 0 }}{{ n }}", "const __auto_type n = ( v == 0);\nOUT_TEXT(o, (n));\n" },
		{ "{{ for s in f(a, 1), n }}{{ s_i }}{{ end }}",
		    "for (size_t s_i = 0, s_n_ = (size_t)(n); s_i < s_n_; s_i++) {\n__auto_type s = &(f(a, 1))[s_i];\n(void)s;\n"
		    "OUT_TEXT(o, (s_i));\n}\n" },
		{ "{{ if a }}1{{ elif b }}2{{ else }}3{{ end }}",
		    "if (a) {\nout_raw(o, \"1\", 1);\n} else if (b) {\nout_raw(o, \"2\", 1);\n} else {\nout_raw(o, \"3\", 1);\n}\n" },
		{ "\"\\\t{{# {{ not this }} #}}", "out_raw(o, \"\\\"\\\\ \", 3);\n" },
		{ "<option{{ if v }} selected{{ end }}>",
		    "out_raw(o, \"<option\", 7);\nif (v) {\nout_raw(o, \" selected\", 9);\n}\nout_raw(o, \">\", 1);\n" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(statements(cases[i].body), cases[i].becomes);
}

/* Positions are those of the file: the body begins in column 32. */
static void test_refused_values(void **state)
{
	(void)state;
	static const struct { const char *body, *message; } cases[] = {
		{ "<script>{{ v }}</script>", "1:40: a value may not stand in a script" },
		{ "<script>\n\n var a = \"{{ v }}\"</script>", "3:11: a value may not stand in a script" },
		{ "<STYLE>{{ v }}</STYLE>", "1:39: a value may not stand in a style" },
		{ "<iframe>{{ v }}</iframe>", "1:40: a value may not stand in an element of raw text" },
		{ "<!-- {{ v }} -->", "1:37: a value may not stand in a comment" },
		{ "<!doctype {{ v }}>", "1:42: a value may not stand in a declaration" },
		{ "<{{ v }}>", "1:33: a value may not stand in a tag name" },
		{ "</{{ v }}>", "1:34: a value may not stand in a tag name" },
		{ "<h{{ v }}>", "1:34: a value may not stand in a tag name" },
		{ "<title></title{{ v }}>", "1:46: a value may not stand in a tag name" },
		{ "<p {{ v }}>", "1:35: a value may not stand in a tag outside an attribute's quotes" },
		{ "<p a{{ v }}>", "1:36: a value may not stand in a tag outside an attribute's quotes" },
		{ "<p a=\"\"{{ v }}>", "1:39: a value may not stand in a tag outside an attribute's quotes" },
		{ "<p a={{ v }}>", "1:37: a value in an attribute must stand in double quotes, this one has none" },
		{ "<p a=b{{ v }}>", "1:38: a value in an attribute must stand in double quotes, this one has none" },
		{ "<p a='{{ v }}'>", "1:38: a value in an attribute must stand in double quotes, not single ones" },
		{ "<p onClick=\"{{ v }}\">", "1:44: a value may not stand in an event handler" },
		{ "<p style=\"{{ v }}\">", "1:42: this attribute may not take a value" },
		{ "<iframe srcdoc=\"{{ v }}\">", "1:48: this attribute may not take a value" },
		{ "<img srcset=\"{{ v }}\">", "1:45: this attribute may not take a value" },
		{ "<a href=\"/x?y={{ v }}\">",
		    "1:46: a value may only begin a URL: build the whole of it with U(\"…%s…\", …)" },
		{ "<a href=\"{{ v }}{{ v }}\">",
		    "1:48: a value may only begin a URL: build the whole of it with U(\"…%s…\", …)" },
		{ "<form action=\"{{ if v }}/a{{ end }}{{ v }}\">",
		    "1:67: a value may only begin a URL: build the whole of it with U(\"…%s…\", …)" },
		{ "<p>한국\n한<b a={{ v }}>", "2:7: a value in an attribute must stand in double quotes, this one has none" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(refused(cases[i].body), arena_printf(arena, "t.html:%s", cases[i].message));
}

static void test_refused_html(void **state)
{
	(void)state;
	static const struct { const char *body, *message; } cases[] = {
		{ "a < b", "1:35: '<' begins no tag here: write &lt;" },
		{ "<?php", "1:33: '<' begins no tag here: write &lt;" },
		{ "<![CDATA[", "1:34: '<!' begins neither a comment nor the doctype" },
		{ "<p a\"\">", "1:36: a quote or '<' inside a tag: a quote or '>' is missing before" },
		{ "<p <b>", "1:35: a quote or '<' inside a tag: a quote or '>' is missing before" },
		{ "<p =x>", "1:35: '=' without an attribute name" },
		{ "<p a=>", "1:37: the attribute's value is missing" },
		{ "<p a=b\"c\">", "1:38: a value with such characters must be quoted" },
		{ "<p a=\"b\"c>", "1:40: white space is missing before an attribute" },
		{ "<p a{{ if v }}{{ end }}b>", "1:55: white space is missing before an attribute" },
		{ "<p a{{ if v }}{{ end }}=\"b\">", "1:55: '=' without an attribute name" },
		{ "<{{ if v }}b{{ end }}>", "1:33: a block may not begin or end inside a tag name" },
		{ "<p a=b{{ if v }}{{ end }}>", "1:38: a block in an attribute must stand in double quotes" },
		{ "<textarea><{{ if v }}{{ end }}", "1:43: a block may not begin or end inside a tag name" },
		{ "<!-- -{{ if v }}{{ end }}->", "1:38: a block may not split the end of a comment" },
		{ "<script><!--</script>", "1:43: '<!--' inside a script" },
		{ "<meta content=\"{{ v }}\" http-equiv=\"refresh\">",
		    "1:66: http-equiv must stand before the content that takes a value" },
		{ "<p>{{ call y() }}<p a=\"{{ call y() }}\">", "1:55: a template can be called in text only, this is in the value of a" },
		{ "<b", "1:34: the template of line 1 ends in the tag <b>" },
		{ "<script>", "1:40: the template of line 1 ends in <script>" },
		{ "<pre>", "1:37: the template of line 1 ends in <pre>" },
		{ "<!-- a", "1:38: the template of line 1 ends in a comment" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(refused(cases[i].body), arena_printf(arena, "t.html:%s", cases[i].message));
}

static void test_branches_agree(void **state)
{
	(void)state;
	static const struct { const char *body, *message; } cases[] = {
		{ "{{ if v }}<p a=\"{{ else }}<p>{{ end }}",
		    "1:61: the branches of the if of line 1 end in different places: in the value of a and in text" },
		{ "{{ if v }}<script>{{ end }}</script>",
		    "1:50: the branches of the if of line 1 end in different places: in <script> and in text" },
		{ "{{ if v }}<pre>{{ end }}",
		    "1:47: the branches of the if of line 1 end in different places: in <pre> and in text" },
		{ "{{ if v }}<a {{ else }}<b {{ end }}>",
		    "1:58: the branches of the if of line 1 end in different places: in the tag <a> and in the tag <b>" },
		{ "<p {{ if v }}a={{ else }}b={{ end }}\"\">",
		    "1:59: the branches of the if of line 1 end in different places: in the value of a and in the value of b" },
		{ "{{ for a in v, 1 }}<!-- {{ end }}", "1:56: the loop of line 1 begins in text and ends in a comment" },
		{ "<p {{ for a in v, 1 }}a=\"\"{{ end }}>",
		    "1:58: the loop of line 1 begins in the tag <p> and ends in the tag <p>" },
		{ "<a href=\"{{ for a in v, 1 }}{{ v }}{{ end }}\">",
		    "1:67: the loop of line 1 begins in the value of href and ends in the value of href" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(refused(cases[i].body), arena_printf(arena, "t.html:%s", cases[i].message));
	static const char *const fine[] = {
		"<p{{ if v }} a=\"b\"{{ end }}>", "<p a=\"x{{ if v }} y{{ else }}{{ v }}{{ end }}\">",
		"<p {{ if v }}a{{ else }}b=\"c\" {{ end }} d>", "{{ if v }}<p a=\"b{{ else }}<p a=\"c{{ end }}\">",
		"<p{{ for a in v, 1 }} a=\"{{ v }}\"{{ end }}>", "<a href=\"{{ if v }}{{ v }}{{ else }}/{{ end }}\">",
	};
	for (size_t i = 0; i < ARRAY_LEN(fine); i++)
		assert_string_equal(refused(fine[i]), "accepted");
}

static void test_refused_directives(void **state)
{
	(void)state;
	static const struct { const char *body, *message; } cases[] = {
		{ "{{ foreach s in v }}", "1:32: there is no directive 'foreach'" },
		{ "{{ endif }}", "1:32: there is no directive 'endif'" },
		{ "{{ }}", "1:32: nothing between {{ and }}" },
		{ "{{ v; }}", "1:36: ';', '#' and '\\' have no place in an expression" },
		{ "{{ v // }}", "1:37: comments are written {{# … #}}" },
		{ "{{ f(v }}", "1:39: a bracket before this one is not closed" },
		{ "{{ v) }}", "1:36: this bracket closes nothing" },
		{ "{{ \"a }}", "1:35: a string that does not end on its line" },
		{ "{{# v }}", "1:32: a comment is not closed with #}}" },
		{ "{{# v {{# w #}}", "1:32: a comment inside this comment: a #}} is missing" },
		{ "{{ if }}{{ end }}", "1:32: if needs a condition" },
		{ "{{ if v }}{{ elif }}{{ end }}", "1:42: elif needs a condition" },
		{ "{{ if v }}{{ else if w }}{{ end }}", "1:42: else takes nothing; a further condition is written elif" },
		{ "{{ if v }}{{ else }}{{ else }}{{ end }}", "1:52: this if has its else already" },
		{ "{{ else }}", "1:32: else without if" },
		{ "{{ for a in v, 1 }}{{ elif b }}{{ end }}", "1:51: elif without if" },
		{ "{{ if v }}{{ end v }}", "1:42: end takes nothing" },
		{ "{{ for a in v }}{{ end }}", "1:32: a loop is written: for NAME in ARRAY, COUNT" },
		{ "{{ for a in v, 1, 2 }}{{ end }}", "1:32: a loop is written: for NAME in ARRAY, COUNT" },
		{ "{{ let = 3 }}", "1:32: a local is written: let NAME = VALUE" },
		{ "{{ let a == 3 }}", "1:32: a local is written: let NAME = VALUE" },
		{ "{{ call y }}", "1:32: a call is written: call NAME(…)" },
		{ "{{ call y() z }}", "1:32: a call is written: call NAME(…)" },
		{ "{{ include \"a.h\" }}", "1:32: include inside a template: an end is missing before" },
		{ "{{ template y() }}{{ end }}", "1:32: template inside a template: an end is missing before" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(refused(cases[i].body), arena_printf(arena, "t.html:%s", cases[i].message));
}

static void test_refused_files(void **state)
{
	(void)state;
	assert_string_equal(refused_file(""), "t.html:1:1: there is no template in this file");
	assert_string_equal(refused_file("\n <p>"), "t.html:2:2: text outside a template");
	assert_string_equal(refused_file("{{ v }}"), "t.html:1:1: this stands outside a template");
	assert_string_equal(refused_file("{{ end }}"), "t.html:1:1: this stands outside a template");
	assert_string_equal(refused_file("{{ include a.h }}"), "t.html:1:1: an include is written: include \"room/file.h\"");
	assert_string_equal(refused_file("{{ template x }}{{ end }}"),
	    "t.html:1:1: a template is written: template NAME(const struct x *v, …)");
	assert_string_equal(refused_file("{{ template x() }}\n"), "t.html:1:1: this block has no end");
	assert_string_equal(refused_file("{{ template x() }}\n{{ if 1 }}\n"), "t.html:2:1: this block has no end");
	assert_string_equal(refused_file("{{ template x() }}\n{{ f(v "), "t.html:2:1: a bracket is not closed");
	assert_string_equal(refused_file("{{ template x() }}\n{{ f }"), "t.html:2:6: this bracket closes nothing");
	assert_string_equal(refused_file("{{ template x() }}\n{{ f "), "t.html:2:1: '}}' is missing");
}

static void test_white_space(void **state)
{
	(void)state;
	static const struct { const char *body, *becomes; } cases[] = {
		{ "\n\t<p>\n\n\n\t\ta  b\n\t</p>\n",
		    "out_raw(o, \"<p>\\n\"\n\t\"a b\\n\"\n\t\"</p>\\n\", 13);\n" },
		{ "<p\n\t\ta=\"b  c\"\n>", "out_raw(o, \"<p a=\\\"b  c\\\" >\", 13);\n" },
		{ "<pre>\n\ta\n\n</pre>", "out_raw(o, \"<pre>\\n\"\n\t\"\\011a\\n\"\n\t\"\\n\"\n\t\"</pre>\", 16);\n" },
		{ "<textarea>\n a</textarea>", "out_raw(o, \"<textarea>\\n\"\n\t\" a</textarea>\", 24);\n" },
		{ "a {{ v }} b", "out_raw(o, \"a \", 2);\nOUT_TEXT(o, (v));\nout_raw(o, \" b\", 2);\n" },
		{ "a\n\t{{ if v }}\n\tb\n\t{{ end }}\nc",
		    "out_raw(o, \"a\\n\", 2);\nif (v) {\nout_raw(o, \"b\\n\", 2);\n}\nout_raw(o, \"c\", 1);\n" },
		{ "a{{ if v }} b {{ end }}c",
		    "out_raw(o, \"a\", 1);\nif (v) {\nout_raw(o, \" b \", 3);\n}\nout_raw(o, \"c\", 1);\n" },
		{ "<p {{ if v }}\na\n{{ end }}\nb>",
		    "out_raw(o, \"<p \", 3);\nif (v) {\nout_raw(o, \" a \", 3);\n}\nout_raw(o, \" b>\", 3);\n" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(statements(cases[i].body), cases[i].becomes);
}

static void test_files(void **state)
{
	(void)state;
	struct buf c, h;
	assert_null(compile("{{# about #}}\n{{ include \"show/view.h\" }}\n\n{{ template a(const struct view *v) }}\n<b>{{ v->n }}</b>\n"
			    "{{ end }}\n{{ template b() }}{{ end }}\n{{ template c(void) }}{{ end }}\n", &c, &h));
	assert_string_equal(buf_cstr(&h),
	    "/* Made by tmplc from t.html; do not edit. */\n#ifndef FOYER_TMPL_T_H\n#define FOYER_TMPL_T_H\n\n"
	    "#include \"web/out_page.h\"\n#include \"show/view.h\"\n\n"
	    "void tmpl_a(struct out *o, const struct view *v);\nvoid tmpl_b(struct out *o);\nvoid tmpl_c(struct out *o);\n\n#endif\n");
	assert_string_equal(buf_cstr(&c),
	    "/* Made by tmplc from t.html; do not edit. */\n#include \"tmpl/t.h\"\n\n"
	    "#pragma GCC diagnostic ignored \"-Wunused-parameter\"\n\n"
	    "#line 4 \"t.html\"\nvoid tmpl_a(struct out *o, const struct view *v)\n{\n"
	    "out_raw(o, \"<b>\", 3);\n#line 5 \"t.html\"\nOUT_TEXT(o, (v->n));\nout_raw(o, \"</b>\\n\", 5);\n#line 6 \"t.html\"\n}\n"
	    "#line 7 \"t.html\"\nvoid tmpl_b(struct out *o)\n{\n#line 7 \"t.html\"\n}\n"
	    "#line 8 \"t.html\"\nvoid tmpl_c(struct out *o)\n{\n#line 8 \"t.html\"\n}\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_contexts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_html, setup, teardown),
		cmocka_unit_test_setup_teardown(test_branches_agree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_directives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_white_space, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
