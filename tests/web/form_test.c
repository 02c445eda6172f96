/* Typed forms: what is accepted, what it becomes, and what people are told otherwise. */
#include "web/form.h"

#include "base/clock.h"
#include "base/conf.h"

#include <string.h>

#include "../support/arena.h"

#define ALL_FORM(F)                                                                                                    \
	F(text, name, .min = 2, .max = 5)                                                                              \
	F(longtext, about, .max = 20)                                                                                  \
	F(email, email)                                                                                                \
	F(password, password, .min = 10)                                                                               \
	F(code, code, .max = 12)                                                                                       \
	F(i64, price, .min = 0, .max = 1000000, .def = 7)                                                              \
	F(i64, any)                                                                                                    \
	F(flag, yes)                                                                                                   \
	F(choice, genre, .options = "concert|musical|play", .def_text = "concert")                                    \
	F(when, at)                                                                                                    \
	F(date, day)                                                                                                   \
	F(ids, seat, .max = 4)                                                                                         \
	F(file, poster, .max = 1)
FORM(all_form, ALL_FORM)
#define NEED_FORM(F) F(text, name, .required = true) F(flag, terms, .required = true) F(ids, seat, .required = true)   \
	F(file, poster, .required = true) F(choice, genre, .options = "a|b", .required = true)
FORM(need_form, NEED_FORM)

static int begin(void **state)
{
	arena_setup(state);
	clock_zone("Asia/Seoul");
	return 0;
}

static const struct form_error *errors;

static const struct all_form *decode(const char *body)
{
	struct form_input in;
	struct form_error *e;
	void *form;
	assert_null(form_parse_urlencoded(a, body, strlen(body), &in));
	form_decode(a, all_form_spec(), &in, &form, &e);
	errors = e;
	return form;
}

static const struct all_form *good(const char *body)
{
	const struct all_form *f = decode(body);
	if (errors)
		fail_msg("%s: %s", body, errors->text);
	return f;
}

/* The text of the only error. */
static void bad(const char *body, const char *text)
{
	decode(body);
	if (!errors)
		fail_msg("'%s' was accepted", body);
	assert_string_equal(errors->text, text);
	assert_null(errors->next);
	assert_int_equal(strncmp(errors->name, body, strlen(errors->name)), 0);
}

static void absent_is_zero_or_the_default(void **state)
{
	(void)state;
	const struct all_form *f = good("");
	assert_null(f->name);
	assert_null(f->about);
	assert_null(f->email);
	assert_null(f->password);
	assert_int_equal(f->price, 7);
	assert_int_equal(f->any, 0);
	assert_false(f->yes);
	assert_string_equal(f->genre, "concert");
	assert_int_equal(f->at, 0);
	assert_int_equal(f->seat.n, 0);
	assert_int_equal(f->poster.data.n, 0);
	f = good("name=&price=&genre=&email=+&code=&at=&day=&seat=");
	assert_null(f->name);
	assert_int_equal(f->price, 7);
	assert_string_equal(f->genre, "concert");
}

static void texts(void **state)
{
	(void)state;
	assert_string_equal(good("name=+%EA%B0%80%EB%82%98++")->name, "가나");
	assert_string_equal(good("name=%E1%84%80%E1%85%A1b")->name, "가b"); /* NFD becomes NFC before it is counted */
	assert_string_equal(good("name=a%0D%0Ab")->name, "a b");
	assert_string_equal(good("name=a%1bb%7f")->name, "ab");
	assert_string_equal(good("name=%EA%B0%80%EB%82%98%EB%8B%A4%EB%9D%BC%EB%A7%88")->name, "가나다라마");
	bad("name=a", "At least 2 characters, please.");
	bad("name=abcdef", "At most 5 characters, please.");
	bad("name=%ff%fe", "This contains characters that cannot be read. Please type it again.");
	bad("name=%ed%a0%80x", "This contains characters that cannot be read. Please type it again.");
	bad("name=ab&name=cd", "This was sent twice. Please fill it in once.");
	assert_string_equal(good("about=a%0D%0Ab%0Dc%0A%09d+")->about, "a\nb\nc\n\td");
	bad("about=123456789012345678901", "At most 20 characters, please.");
}

static void emails(void **state)
{
	static const char *const right[] = { "a@b.kr", "A.B%2bc@Example.COM", "o'neil@mail.example.co.kr", "x_y-z@1.2.kr" };
	static const char *const wrong[] = { "a", "a@", "@b.kr", "a@b", "a@@b.kr", "a b@c.kr", "a@b.kr%0aBcc:x@y.kr", "a@-b.kr",
		"a@b.kr.", "a@.kr", "a..b@c.kr", ".a@c.kr", "a.@c.kr", "%3Ca@b.kr%3E", "a,b@c.kr", "a@b_c.kr", "%EA%B0%80@b.kr",
		"1234567890123456789012345678901234567890123456789012345678901234x@b.kr" };
	char body[200];

	(void)state;
	assert_string_equal(good("email=+A.B@Example.COM+")->email, "a.b@example.com");
	for (size_t i = 0; i < ARRAY_LEN(right); i++) {
		snprintf(body, sizeof body, "email=%s", right[i]);
		good(body);
	}
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		snprintf(body, sizeof body, "email=%s", wrong[i]);
		bad(body, "This doesn't look like an e-mail address (name@example.com).");
	}
}

static void passwords_stay_as_typed(void **state)
{
	(void)state;
	assert_string_equal(good("password=++12345678+")->password, "  12345678 ");
	bad("password=123456789", "At least 10 characters, please.");
}

static void codes(void **state)
{
	(void)state;
	assert_string_equal(good("code=+ab12-x+")->code, "AB12-X");
	bad("code=a_b", "Only letters, digits and hyphens belong here.");
	bad("code=%EA%B0%80", "Only letters, digits and hyphens belong here.");
	bad("code=1234567890123", "At most 12 characters, please.");
}

static void numbers(void **state)
{
	static const char *const wrong[] = { "x", "1.5", "1,2", "1,2345", ",123", "1234,567", "1,,234", "1,234,", "0x10", "1e3", "--1",
		"9223372036854775808" };
	char body[60];

	(void)state;
	assert_int_equal(good("price=0")->price, 0);
	assert_int_equal(good("price=132,000")->price, 132000);
	assert_int_equal(good("price=1,000,000")->price, 1000000);
	assert_int_equal(good("any=-1,234")->any, -1234);
	assert_int_equal(good("any=9223372036854775807")->any, INT64_MAX);
	bad("price=-1", "Please enter a number of at least 0.");
	bad("price=1000001", "Please enter a number of at most 1000000.");
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		snprintf(body, sizeof body, "any=%s", wrong[i]);
		bad(body, "Please enter a whole number.");
	}
}

static void flags_and_choices(void **state)
{
	(void)state;
	assert_true(good("yes=on")->yes);
	assert_true(good("yes=")->yes);
	assert_false(good("yes=0")->yes);
	assert_string_equal(good("genre=play")->genre, "play");
	bad("genre=pla", "Please choose one of the options offered.");
	bad("genre=concert%7Cmusical", "Please choose one of the options offered.");
	bad("genre=playx", "Please choose one of the options offered.");
}

static void times(void **state)
{
	(void)state;
	assert_int_equal(good("at=2026-11-20T19:30")->at, INT64_C(1795170600) * US_SECOND); /* 10:30 UTC */
	assert_int_equal(good("day=2026-11-20")->day, INT64_C(1795100400) * US_SECOND);
	bad("at=2026-11-20", "Please enter a date and time, like 2026-11-20 19:30.");
	bad("at=2026-02-30T10:00", "Please enter a date and time, like 2026-11-20 19:30.");
	bad("day=20.11.2026", "Please enter a date, like 2026-11-20.");
	bad("day=2026-13-01", "Please enter a date, like 2026-11-20.");
	/* what is reckoned from these would leave the database's calendar */
	bad("at=9999-12-31T23:59", "Please enter a date and time, like 2026-11-20 19:30.");
	bad("day=9999-12-31", "Please enter a date, like 2026-11-20.");
	bad("day=0001-01-01", "Please enter a date, like 2026-11-20.");
}

static void ids(void **state)
{
	(void)state;
	const struct form_ids s = good("seat=7&seat=3,5&seat=7")->seat;
	assert_int_equal(s.n, 3);
	assert_true(s.v[0] == 3 && s.v[1] == 5 && s.v[2] == 7);
	assert_int_equal(good("seat=0")->seat.n, 1);
	bad("seat=1,2,3,4,5", "At most 4 can be chosen.");
	bad("seat=1,1,1,1,1,1,1,1,1,1,1,1", "At most 4 can be chosen.");
	bad("seat=-1", "The selection could not be read. Please choose again.");
	bad("seat=1;2", "The selection could not be read. Please choose again.");
}

static void files(void **state)
{
	struct form_pair pair = { "poster", "\x89PNG\0", 5, "..\\dir/p\nic.png" };
	struct form_input in = { &pair, 1 };
	struct form_error *e;
	void *form;
	const struct all_form *f;

	(void)state;
	form_decode(a, all_form_spec(), &in, &form, &e);
	f = form;
	assert_null(e);
	assert_int_equal(f->poster.data.n, 5);
	assert_memory_equal(f->poster.data.p, "\x89PNG\0", 5);
	assert_null(strchr(f->poster.name, '\n'));
	pair.value_n = 1025;
	pair.value = arena_alloc(a, 1025);
	form_decode(a, all_form_spec(), &in, &form, &e);
	assert_string_equal(e->text, "The file is too large: at most 1 KB.");
	pair.value_n = 0;
	form_decode(a, all_form_spec(), &in, &form, &e);
	assert_string_equal(e->text, "The file is empty. Please choose another one.");
	pair.file_name = ""; /* what a control left empty sends */
	form_decode(a, all_form_spec(), &in, &form, &e);
	assert_null(e);
	/* A file where a text is expected is no text. */
	pair = (struct form_pair){ "name", "abc", 3, "x.txt" };
	form_decode(a, all_form_spec(), &in, &form, &e);
	assert_string_equal(e->name, "name");
}

static void what_is_required_is_named(void **state)
{
	static const char *const texts_[] = { "Please fill this in.", "Please tick this to go on.", "Please choose at least one.",
		"Please choose a file.", "Please choose one of the options offered." };
	struct form_input in = { 0 };
	struct form_error *e;
	void *form;

	(void)state;
	form_decode(a, need_form_spec(), &in, &form, &e);
	for (size_t i = 0; i < ARRAY_LEN(texts_); i++, e = e->next)
		assert_string_equal(e->text, texts_[i]);
	assert_null(e);
}

static void damaged_input_is_refused(void **state)
{
	static const char *const wrong[] = { "a=%", "a=%4", "a=%zz", "%4=x", "a=%00", "a%00=x" };
	struct form_input in;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct err *e = form_parse_urlencoded(a, wrong[i], strlen(wrong[i]), &in);
		assert_true(err_is(e, ERR_INVALID));
		assert_non_null(err_user_text(e));
		err_free(e);
	}
	assert_null(form_parse_urlencoded(a, "&&a=1&=2&b&c=x=y&", 17, &in));
	assert_int_equal(in.n, 4);
	assert_string_equal(in.v[3].value, "x=y");
	char many[4004];
	for (size_t i = 0; i < 1001; i++)
		memcpy(many + 4 * i, "a=1&", 4);
	assert_null(form_parse_urlencoded(a, many, 4000, &in));
	assert_int_equal(in.n, 1000);
	struct err *e = form_parse_urlencoded(a, many, 4004, &in);
	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_is_zero_or_the_default),
		cmocka_unit_test(texts),
		cmocka_unit_test(emails),
		cmocka_unit_test(passwords_stay_as_typed),
		cmocka_unit_test(codes),
		cmocka_unit_test(numbers),
		cmocka_unit_test(flags_and_choices),
		cmocka_unit_test(times),
		cmocka_unit_test(ids),
		cmocka_unit_test(files),
		cmocka_unit_test(what_is_required_is_named),
		cmocka_unit_test(damaged_input_is_refused),
	};
	return cmocka_run_group_tests(tests, begin, arena_teardown);
}
