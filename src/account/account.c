/* Rules about people that need neither database nor request. */
#include "account/account_priv.h"

#include "base/clock.h"
#include "ext/crypto.h"

#include <string.h>

/* ---- passwords --------------------------------------------------------------------------------------------------- */
enum { PASSWORD_LEAST = 10, PASSWORD_MOST = 200, TELLING = 4 };

/* Whether each character follows from the one before: aaaaaaaaaa, 1234567890, zyxwvutsrq. */
static bool is_run(const char *s)
{
	size_t same = 0, up = 0, down = 0, n = strlen(s);
	for (size_t i = 1; i < n; i++) {
		same += s[i] == s[i - 1];
		up += s[i] == s[i - 1] + 1 || (s[i - 1] == '9' && s[i] == '0');
		down += s[i] == s[i - 1] - 1 || (s[i - 1] == '0' && s[i] == '9');
	}
	return same + 1 >= n || up + 1 >= n || down + 1 >= n;
}

/* Whether it is one short piece over and over: abcabcabcabc, 1212121212. */
static bool is_repetition(const char *s)
{
	size_t n = strlen(s);
	for (size_t piece = 1; piece <= n / 2 && piece <= 5; piece++)
		if (memcmp(s, s + piece, n - piece) == 0)
			return true;
	return false;
}

/* Keys beside each other, in either direction. */
static bool is_keyboard_row(struct arena *a, const char *s)
{
	static const char *const rows[] = { "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "1234567890-=", "qwertyuiopasdfghjklzxcvbnm",
		"qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0",
		"qwer1234asdf5678zxcv", "asdf1234qwer5678" };
	size_t n = strlen(s);
	char *back = arena_alloc(a, n + 1);
	for (size_t i = 0; i < n; i++)
		back[i] = s[n - 1 - i];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strstr(rows[i], s) || strstr(rows[i], back))
			return true;
	return false;
}

/* A common password with digits and marks around it ("password2026!!") is as common. */
static bool is_common_at_heart(struct arena *a, const char *lower)
{
	if (account_password_common(lower))
		return true;
	static const char dressing[] = "0123456789!@#$%^&*()-_=+.,?~ ";
	size_t from = strspn(lower, dressing), to = strlen(lower);
	while (to > from && strchr(dressing, lower[to - 1]))
		to--;
	const char *heart = arena_strndup(a, lower + from, to - from);
	size_t dressed = strlen(lower) - strlen(heart);
	if (strlen(heart) < TELLING)
		return strlen(lower) < 14; /* little but digits and marks */
	return dressed < 7 && (account_password_common(heart) || is_keyboard_row(a, heart));
}

/* Whether what stands before or behind a telling part is too little to make up for it. */
static bool is_mostly(const char *lower, const char *part)
{
	return part && strlen(part) >= TELLING && strstr(lower, part) && strlen(lower) < strlen(part) + 6;
}

static const char *fault_of(struct arena *a, const char *lower, const char *email, const char *name)
{
	if (is_run(lower) || is_repetition(lower) || is_keyboard_row(a, lower) || is_common_at_heart(a, lower))
		return N_("This password is among the first that others would try. Please choose a less common one.");
	const char *mail = str_lower_ascii(a, email ? email : "");
	const char *local = arena_strndup(a, mail, strcspn(mail, "@"));
	if (is_mostly(lower, local) || is_mostly(lower, mail) || is_mostly(lower, str_lower_ascii(a, name ? name : "")))
		return N_("Please choose a password that does not consist of your name or e-mail address.");
	return NULL;
}

const char *account_password_fault(const char *password, const char *email, const char *name)
{
	size_t n = str_utf8_len(password);
	if (n < PASSWORD_LEAST)
		return N_("Please use at least 10 characters.");
	if (n > PASSWORD_MOST)
		return N_("Please use at most 200 characters.");
	struct arena *a = arena_new(1 << 18);
	const char *fault = fault_of(a, str_lower_ascii(a, password), email, name);
	arena_free(a);
	return fault;
}

/* ---- second factor ----------------------------------------------------------------------------------------------- */
enum { TOTP_STEP_S = 30 };

int64_t account_totp_step(struct bytes key, uint32_t code, int64_t now, int64_t last)
{
	int64_t current = now / US_SECOND / TOTP_STEP_S, found = 0;
	for (int64_t step = current - 1; step <= current + 1; step++)
		if (crypto_totp(key, step) == code && step > last && !found)
			found = step;
	return found;
}

bool account_totp_parse(const char *s, uint32_t *ret)
{
	uint32_t code = 0;
	size_t digits = 0;
	for (; *s; s++) {
		if (*s == ' ' || *s == '-')
			continue;
		if (*s < '0' || *s > '9' || ++digits > 6)
			return false;
		code = code * 10 + (uint32_t)(*s - '0');
	}
	if (digits != 6)
		return false;
	*ret = code;
	return true;
}

const char *account_totp_uri(struct arena *a, const char *site, const char *email, struct bytes key)
{
	const char *issuer = str_url_encode(a, site);
	return arena_printf(a, "otpauth://totp/%s:%s?secret=%s&issuer=%s", issuer, str_url_encode(a, email), str_base32(a, key),
	    issuer);
}

/* ---- codes ------------------------------------------------------------------------------------------------------- */
const char *account_code_plain(struct arena *a, const char *typed)
{
	char *plain = arena_alloc(a, strlen(typed) + 1), *to = plain;
	for (const char *p = typed; *p; p++) {
		char c = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
		if (c == '-' || c == ' ')
			continue;
		*to++ = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
	}
	return plain;
}

bool account_phone_ok(const char *s)
{
	if (str_empty(s))
		return true;
	size_t digits = 0;
	for (const char *p = *s == '+' ? s + 1 : s; *p; p++) {
		if (*p >= '0' && *p <= '9')
			digits++;
		else if (*p != ' ' && *p != '-')
			return false;
	}
	return digits >= 7 && digits <= 15;
}
