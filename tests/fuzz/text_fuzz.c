/* Texts from outside: whatever comes in, what base/str and base/clock give back keeps its promises. */
#include "base/clock.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void unicode(struct arena *a, const char *s)
{
	const char *nfc = str_nfc(a, s), *slug = str_slug(a, s);

	must(str_utf8_valid(nfc, strlen(nfc)));
	must(str_eq(str_nfc(a, nfc), nfc));
	must(!strpbrk(nfc, "\r\x1b\x7f"));
	must(str_utf8_valid(slug, strlen(slug)));
	must(!strpbrk(slug, "/?#%&. \n\"'<>") && !str_starts(slug, "-") && !str_ends(slug, "-") && !strstr(slug, "--"));
	must(str_utf8_len(s) <= strlen(s));
}

static void codes(struct arena *a, const char *s)
{
	struct bytes b;
	int64_t v;
	size_t n = strlen(s);
	unsigned char *raw = arena_alloc(a, n / 2 + 1);

	if (str_unbase64url(a, s, &b))
		must(str_eq(str_base64url(a, b.p, b.n), s)); /* one spelling for each value */
	must(str_unbase64url(a, str_base64url(a, s, n), &b) && b.n == n && memcmp(b.p, s, n) == 0);
	if (str_unhex(s, raw, n / 2))
		must(str_eq(str_hex(a, raw, n / 2), str_lower_ascii(a, s)));
	must(strspn(str_url_encode(a, s), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%") ==
	    strlen(str_url_encode(a, s)));
	if (str_to_i64(s, &v) && *s != '0' && *s != '-')
		must(str_eq(arena_printf(a, "%lld", (long long)v), s));
}

static void times(struct arena *a, const char *s)
{
	int64_t us;
	struct day d;

	if (clock_parse_local(s, &us) && us != 0) {
		const char *shown = clock_local_input(a, us);
		must(strncmp(shown, s, 10) == 0 && strncmp(shown + 11, s + 11, 5) == 0);
	}
	if (clock_parse_date(s, &d)) {
		struct day again = clock_day(clock_day_start(d));
		must(again.year == d.year && again.month == d.month && again.day == d.day);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(64 << 20);
	const char *s = arena_strndup(a, (const char *)data, size);

	unicode(a, s);
	codes(a, s);
	times(a, s);
	must(str_utf8_valid((const char *)data, size) == (str_utf8_valid(s, strlen(s)) && strlen(s) == size));
	arena_free(a);
	return 0;
}
