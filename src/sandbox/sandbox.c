/* What of the sandbox needs no database: keys, cards, the window's address. */
#include "sandbox/sandbox.h"
#include "sandbox/books.h"

#include "base/str.h"
#include "ext/crypto.h"

#include <inttypes.h>
#include <string.h>

const struct sandbox_card sandbox_cards[] = {
	{ "4242 4242 4242 4242", "", N_("Approved"), N_("The payment goes through.") },
	{ "4000 0000 0000 0002", "refused", N_("Refused in the window"), N_("The card company refuses; nothing is charged.") },
	{ "4000 0000 0000 0341", "declined", N_("Refused at the confirmation"), N_("The refusal comes after you have returned to the shop.") },
	{ "4000 0000 0000 5000", "delay", N_("Slow"), N_("The confirmation takes five seconds.") },
	{ "4000 0000 0000 0119", "error", N_("Error before the charge"), N_("The first confirmation fails without charging; the shop has to try again.") },
	{ "4000 0000 0000 0408", "silent", N_("Charged, but no answer"), N_("The money is taken, the answer gets lost; the shop has to ask.") },
	{ "4000 0000 0000 0200", "double", N_("Approved, told twice"), N_("Each message to the shop is delivered twice.") },
};
const size_t sandbox_n_cards = ARRAY_LEN(sandbox_cards);

/* The digits of a number, blanks and dashes left out; NULL when there is anything else in it. */
static const char *digits_of(const char *typed, char ret[20])
{
	size_t n = 0;
	for (; *typed; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		if (*typed < '0' || *typed > '9' || n == 19)
			return NULL;
		ret[n++] = *typed;
	}
	ret[n] = '\0';
	return ret;
}

const struct sandbox_card *sandbox_card_find(const char *typed)
{
	char a[20], b[20];
	if (!typed || !digits_of(typed, a))
		return NULL;
	for (size_t i = 0; i < sandbox_n_cards; i++)
		if (str_eq(a, digits_of(sandbox_cards[i].number, b)))
			return &sandbox_cards[i];
	return NULL;
}

const char *sandbox_key(struct arena *a)
{
	uint8_t mac[32];
	crypto_mac("sandbox-key", "", 0, mac);
	return arena_printf(a, "test_sk_%s", str_hex(a, mac, 16));
}

const char *sandbox_window(struct arena *a, const char *order_ref, int64_t amount, const char *order_name, const char *success,
    const char *fail)
{
	const char *said = arena_printf(a, "orderId=%s&amount=%" PRId64 "&orderName=%s&successUrl=%s&failUrl=%s",
	    str_url_encode(a, order_ref), amount, str_url_encode(a, order_name), str_url_encode(a, success), str_url_encode(a, fail));
	uint8_t mac[32];
	crypto_mac("sandbox-window", said, strlen(said), mac);
	return arena_printf(a, "/sandbox/window?%s&mac=%s", said, str_hex(a, mac, sizeof mac));
}
