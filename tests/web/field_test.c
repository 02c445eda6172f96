/* Form fields and what surrounds them.  The request's side is played by this file: it defines the functions that the
 * run time asks. */
#include "web/out_page.h"
#include "web/req.h"
#include "web/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *typed_name, *typed_value;

const char *req_typed(const struct req *r, const char *name)
{
	(void)r;
	return str_eq(name, typed_name) ? typed_value : NULL;
}

const char *csrf_token(struct req *r)
{
	(void)r;
	return "to\"ken";
}

static struct arena *arena;
static struct out *o;
static struct req req;

static int setup(void **state)
{
	(void)state;
	arena = arena_new((size_t)16 << 20);
	req = (struct req){ .a = arena, .url_prefix = "/en" };
	o = arena_one(arena, struct out);
	out_init(o, arena, "en", &req);
	typed_name = typed_value = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_input(void **state)
{
	(void)state;
	o->req = NULL;
	assert_string_equal(FIELD("email", .label = "E-mail", .type = "email", .required = true, .value = "a\"b", .max = 254).safe,
	    "<div class=\"field\">\n<label for=\"f-email\">E-mail</label>\n"
	    "<input type=\"email\" id=\"f-email\" name=\"email\" required maxlength=\"254\" value=\"a&#34;b\">\n</div>\n");
	assert_string_equal(FIELD("n", .label = "<N>", .type = "number", .min = 1, .max = 4, .hint = "1 & 4").safe,
	    "<div class=\"field\">\n<label for=\"f-n\">&lt;N&gt; <span class=\"field-optional\">(optional)</span></label>\n"
	    "<input type=\"number\" id=\"f-n\" name=\"n\" aria-describedby=\"f-n-hint\" min=\"1\" max=\"4\">\n"
	    "<p class=\"field-hint\" id=\"f-n-hint\">1 &amp; 4</p>\n</div>\n");
}

static void test_secrets_are_not_shown(void **state)
{
	(void)state;
	typed_name = "p";
	typed_value = "hunter2hunter2";
	assert_null(strstr(FIELD("p", .label = "P", .type = "password", .value = "x").safe, "value="));
	assert_null(strstr(FIELD("p", .label = "P", .type = "file", .value = "x").safe, "value="));
}

static void test_typed_wins(void **state)
{
	(void)state;
	typed_name = "t";
	typed_value = "\n<typed>";
	assert_non_null(strstr(FIELD("t", .label = "T", .value = "old").safe, "value=\"\n&lt;typed&gt;\""));
	assert_non_null(strstr(FIELD("t", .label = "T", .type = "textarea", .value = "old").safe, ">\n\n&lt;typed&gt;</textarea>"));
	typed_value = "";
	assert_non_null(strstr(FIELD("t", .label = "T", .value = "old").safe, "value=\"\""));
}

static void test_select(void **state)
{
	(void)state;
	static const struct option options[] = { { "a", "A" }, { "b", "B" }, { NULL, NULL } };
	assert_string_equal(FIELD("s", .label = "S", .type = "select", .options = options, .value = "b", .required = true,
				.placeholder = "Choose").safe,
	    "<div class=\"field\">\n<label for=\"f-s\">S</label>\n<select id=\"f-s\" name=\"s\" required>\n"
	    "<option value=\"\">Choose</option>\n<option value=\"a\">A</option>\n<option value=\"b\" selected>B</option>\n</select>\n</div>\n");
}

static void test_checkbox(void **state)
{
	(void)state;
	struct form_error other = { "other", "Bad", NULL };
	assert_string_equal(FIELD("c", .label = "C", .type = "checkbox", .checked = true).safe,
	    "<div class=\"field field-check\">\n<label><input type=\"checkbox\" id=\"f-c\" name=\"c\" value=\"1\" checked> "
	    "<span>C</span></label>\n</div>\n");
	req.form_errors = &other;
	assert_null(strstr(FIELD("c", .label = "C", .type = "checkbox", .checked = true).safe, "checked"));
	typed_name = "c";
	typed_value = "1";
	assert_non_null(strstr(FIELD("c", .label = "C", .type = "checkbox").safe, "checked"));
}

static void test_errors(void **state)
{
	(void)state;
	struct form_error second = { NULL, "Too late.", NULL }, first = { "email", "This is no <address>.", &second };
	req.form_errors = &first;
	OUT_TEXT(o, out_form_errors(o));
	out_raw(o, "<form>", 6);
	OUT_TEXT(o, FIELD("email", .label = "E-mail & more", .hint = "H", .required = true));
	out_raw(o, "</form>", 7);
	assert_string_equal(buf_cstr(&o->b),
	    "<div class=\"alert alert-error\" role=\"alert\" tabindex=\"-1\" id=\"form-errors\">\n"
	    "<h2>Please check what you entered</h2>\n"
	    "<ul>\n<li><a href=\"#f-email\">E-mail &amp; more: This is no &lt;address&gt;.</a></li>\n<li>Too late.</li>\n</ul>\n</div>\n"
	    "<form><div class=\"field\">\n<label for=\"f-email\">E-mail &amp; more</label>\n"
	    "<input type=\"text\" id=\"f-email\" name=\"email\" aria-describedby=\"f-email-hint f-email-error\" aria-invalid=\"true\" required>\n"
	    "<p class=\"field-hint\" id=\"f-email-hint\">H</p>\n"
	    "<p class=\"field-error\" id=\"f-email-error\">This is no &lt;address&gt;.</p>\n</div>\n</form>");
}

#define SMALL_FORM(F) F(email, email) F(password, password) F(text, next)
#define SIGN_UP_FORM(F) F(text, name) F(email, email) F(password, password)
#define ADDRESS_FORM(F) F(text, name) F(text, street) F(text, town)
FORM(small_form, SMALL_FORM)
FORM(sign_up_form, SIGN_UP_FORM)
FORM(address_form, ADDRESS_FORM)

/* What was kept is told where something can be lost: not when signing in. */
static void test_kept(void **state)
{
	(void)state;
	struct form_error error = { "", "No.", NULL };
	struct route route = { .form = FORM_OF(small_form) };
	req.form_errors = &error;
	req.route = &route;
	assert_null(strstr(out_form_errors(o).safe, "<p>"));
	route.form = FORM_OF(sign_up_form);
	assert_non_null(strstr(out_form_errors(o).safe, "<p>Nothing has been saved yet. What you typed is still here, except passwords and files.</p>"));
	route.form = FORM_OF(address_form);
	assert_non_null(strstr(out_form_errors(o).safe, "<p>Nothing has been saved yet. What you typed is still here.</p>"));
}

/* A label that asks ends with its own sign. */
static void test_asking_label(void **state)
{
	(void)state;
	struct form_error error = { "about", "Missing.", NULL };
	req.form_errors = &error;
	OUT_TEXT(o, out_form_errors(o));
	OUT_TEXT(o, FIELD("about", .label = "What for?"));
	assert_non_null(strstr(buf_cstr(&o->b), ">What for? Missing.</a>"));
}

static void test_no_errors(void **state)
{
	(void)state;
	assert_string_equal(out_form_errors(o).safe, "");
	o->req = NULL;
	assert_string_equal(out_form_errors(o).safe, "");
	assert_string_equal(out_form_guard(o).safe, "");
}

static void test_guard(void **state)
{
	(void)state;
	const char *s = out_form_guard(o).safe;
	assert_true(str_starts(s, "<input type=\"hidden\" name=\"csrf\" value=\"to&#34;ken\"><input type=\"hidden\" name=\"idem\" value=\""));
	assert_string_not_equal(s, out_form_guard(o).safe);
}

static void test_language_prefix(void **state)
{
	(void)state;
	assert_string_equal(U("/shows/%s", "a b").s, "/en/shows/a%20b");
	assert_string_equal(U("/").s, "/en");
	req.url_prefix = "";
	assert_string_equal(U("/").s, "/");
	o->req = NULL;
	assert_string_equal(U("/me").s, "/me");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_input, setup, teardown),
		cmocka_unit_test_setup_teardown(test_secrets_are_not_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_typed_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_select, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checkbox, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_asking_label, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guard, setup, teardown),
		cmocka_unit_test_setup_teardown(test_language_prefix, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
