/* Typed forms from any bytes: a decoded form holds what its fields promise, or says what is wrong. */
#include "web/form.h"

#include "base/conf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ANY_FORM(F)                                                                                                    \
	F(text, t, .max = 20)                                                                                          \
	F(longtext, l, .max = 50)                                                                                      \
	F(email, e)                                                                                                    \
	F(password, p)                                                                                                 \
	F(code, c, .max = 10)                                                                                          \
	F(i64, n, .min = -5, .max = 1000)                                                                              \
	F(flag, f)                                                                                                     \
	F(choice, o, .options = "a|bb|ccc")                                                                            \
	F(when, w)                                                                                                     \
	F(date, d)                                                                                                     \
	F(ids, i, .max = 5)                                                                                            \
	F(file, u, .max = 1)
FORM(any_form, ANY_FORM)

static void expect(bool ok)
{
	if (!ok)
		abort();
}

static void check_text(const char *s, size_t max, const char *forbidden)
{
	if (!s)
		return;
	expect(*s && str_utf8_valid(s, strlen(s)) && str_utf8_len(s) <= max && !strpbrk(s, forbidden));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(64 << 20);
	struct form_input in;
	struct form_error *errors;
	void *form;
	struct err *e = form_parse_urlencoded(a, (const char *)data, size, &in);
	if (e) {
		expect(err_user_text(e) != NULL);
		err_free(e);
		arena_free(a);
		return 0;
	}
	form_decode(a, any_form_spec(), &in, &form, &errors);
	for (const struct form_error *bad = errors; bad; bad = bad->next)
		expect(bad->name && !str_empty(bad->text));
	if (!errors) {
		const struct any_form *f = form;
		check_text(f->t, 20, "\r\n\t\x1b");
		check_text(f->l, 50, "\r\x1b");
		check_text(f->e, 254, "\r\n <>\"");
		check_text(f->c, 10, "\r\n abcdefghijklmnopqrstuvwxyz_");
		expect(f->n >= -5 && f->n <= 1000);
		expect(!f->o || strcmp(f->o, "a") == 0 || strcmp(f->o, "bb") == 0 || strcmp(f->o, "ccc") == 0);
		expect(f->i.n <= 5);
		for (size_t k = 0; k < f->i.n; k++)
			expect(f->i.v[k] >= 0 && (k == 0 || f->i.v[k] > f->i.v[k - 1]));
	}
	arena_free(a);
	return 0;
}
