/* The signed text in the QR: what was changed by one byte is not ours. */
#include "../support/secret.h"
#include "ext/qr.h"
#include "ticket/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#define CODE "7K3ZT9WQ2M4XCV8B"
static const struct performance_id performance = { 1234567 };
static struct arena *arena;

static void is_read_back(void **state)
{
	(void)state;
	const char *text = ticket_qr_text(arena, CODE, performance);
	struct ticket_scanned s = { 0 };
	struct qr_code qr;
	assert_true(str_starts(text, "F1." CODE ".1234567."));
	assert_true(ticket_qr_read(arena, text, &s));
	assert_true(s.signed_ok && s.performance.v == performance.v);
	assert_string_equal(s.code, CODE);
	assert_null(qr_encode(arena, text, &qr));
	assert_true(qr.width <= 17 + 4 * 8);
}

static void every_byte_counts(void **state)
{
	(void)state;
	const char *text = ticket_qr_text(arena, CODE, performance);
	size_t n = strlen(text);
	struct ticket_scanned s;
	for (size_t i = 0; i < n; i++) {
		char *forged = arena_strdup(arena, text);
		for (int bit = 0; bit < 7; bit++) {
			forged[i] = (char)(text[i] ^ (1 << bit));
			assert_false(ticket_qr_read(arena, forged, &s));
		}
	}
	for (size_t i = 0; i < n; i++) {
		assert_false(ticket_qr_read(arena, arena_strndup(arena, text, i), &s));
		assert_false(ticket_qr_read(arena, arena_printf(arena, "%.*s%s", (int)i, text, text + i + 1), &s));
	}
	assert_false(ticket_qr_read(arena, arena_printf(arena, "%sA", text), &s));
	assert_false(ticket_qr_read(arena, arena_printf(arena, "%s.%s", text, text), &s));
}

/* The signature belongs to one code and one performance. */
static void signatures_cannot_be_lent(void **state)
{
	(void)state;
	const char *mine = ticket_qr_text(arena, CODE, performance), *signature = strrchr(mine, '.');
	struct ticket_scanned s;
	assert_false(ticket_qr_read(arena, arena_printf(arena, "F1.%s.1234568%s", CODE, signature), &s));
	assert_false(ticket_qr_read(arena, arena_printf(arena, "F1.8K3ZT9WQ2M4XCV8B.1234567%s", signature), &s));
}

static void typed_codes(void **state)
{
	(void)state;
	static const char *const good[] = { CODE, "7k3zt9wq2m4xcv8b", "7K3Z-T9WQ-2M4X-CV8B", "7k3z t9wq 2m4x cv8b" };
	static const char *const bad[] = { "", "7K3Z", CODE "1", "7K3ZT9WQ2M4XCV8U", "7K3ZT9WQ2M4XCV8\xed\x95\x9c", "F2." CODE };
	struct ticket_scanned s;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(ticket_qr_read(arena, good[i], &s));
		assert_string_equal(s.code, CODE);
		assert_true(!s.signed_ok && s.performance.v == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(ticket_qr_read(arena, bad[i], &s));
	assert_true(ticket_qr_read(arena, "OIl0000000000000", &s)); /* as people read 0 and 1 */
	assert_string_equal(s.code, "0110000000000000");
}

int main(void)
{
	use_test_secret();
	arena = arena_new(64 << 20);
	const struct CMUnitTest tests[] = { cmocka_unit_test(is_read_back), cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(signatures_cannot_be_lent), cmocka_unit_test(typed_codes) };
	int failed = cmocka_run_group_tests_name("qr text", tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
