/* Who may enter: what was read, and what the ticket's and the performance's state and the clock say to it. */
#include "../support/secret.h"
#include "base/clock.h"
#include "gate/gate_view.h"
#include "ticket/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#define START (INT64_C(1795170600) * US_SECOND) /* 20 Nov 2026, 19:30 in Seoul */
#define CODE "7K3ZT9WQ2M4XCV8B"

static struct arena *arena;

static const struct show_performance performance = { .id = { 12 }, .organizer_id = { 3 }, .starts_at = START, .minutes = 100,
	.state = "on_sale", .title = "밤", .title_en = "Night" };

static struct gate_ticket ticket_in(const char *state)
{
	return (struct gate_ticket){ .id = { 5 }, .code = CODE, .performance_id = { 12 }, .organizer_id = { 3 }, .holder = "Kim", .state = state,
		.label = "A 1-2", .grade = "R", .starts_at = START, .title = "밤", .title_en = "Night" };
}

static void the_window(void **state)
{
	(void)state;
	const struct gate_ticket t = ticket_in("issued");
	assert_int_equal(gate_judge(&performance, &t, START - 2 * US_HOUR - 1), GATE_TOO_EARLY);
	assert_int_equal(gate_judge(&performance, &t, START - 2 * US_HOUR), GATE_ENTERED);
	assert_int_equal(gate_judge(&performance, &t, START + 100 * US_MINUTE), GATE_ENTERED);
	assert_int_equal(gate_judge(&performance, &t, START + 100 * US_MINUTE + 1), GATE_TOO_LATE);
	struct show_performance endless = performance;
	endless.minutes = 0;
	assert_int_equal(gate_judge(&endless, &t, START + 2 * US_HOUR), GATE_ENTERED);
}

static void the_reasons(void **state)
{
	(void)state;
	struct gate_ticket used = ticket_in("used"), gone = ticket_in("void"), other = ticket_in("issued");
	struct show_performance cancelled = performance;
	cancelled.state = "cancelled";
	other.performance_id.v = 13;
	assert_int_equal(gate_judge(&performance, NULL, START), GATE_UNKNOWN);
	assert_int_equal(gate_judge(&performance, &used, START), GATE_ALREADY_USED);
	assert_int_equal(gate_judge(&performance, &used, START - US_DAY), GATE_ALREADY_USED);
	assert_int_equal(gate_judge(&performance, &gone, START), GATE_VOID);
	assert_int_equal(gate_judge(&performance, &other, START), GATE_WRONG_PERFORMANCE);
	assert_int_equal(gate_judge(&cancelled, &used, START), GATE_CANCELLED);
	assert_int_equal(gate_judge(&cancelled, &other, START), GATE_WRONG_PERFORMANCE);
}

static void what_was_read(void **state)
{
	(void)state;
	const char *code = NULL, *text = ticket_qr_text(arena, CODE, (struct performance_id){ 12 });
	assert_int_equal(gate_read(arena, text, &code), GATE_ENTERED);
	assert_string_equal(code, CODE);
	char *caps = arena_strdup(arena, text); /* Caps Lock turns every letter */
	for (char *c = caps; *c; c++)
		if ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z')
			*c ^= 0x20;
	assert_int_equal(gate_read(arena, caps, &code), GATE_ENTERED);
	assert_string_equal(code, CODE);
	assert_int_equal(gate_read(arena, "7k3z-t9wq-2m4x-cv8b", &code), GATE_ENTERED);
	assert_string_equal(code, CODE);
	assert_int_equal(gate_read(arena, "https://example.com/", &code), GATE_UNKNOWN);
	assert_int_equal(gate_read(arena, "ㄹ1.ㄱ", &code), GATE_UNKNOWN);
	assert_int_equal(gate_read(arena, "F1." CODE ".12.AAAA", &code), GATE_FORGED);
	assert_int_equal(gate_read(arena, "F1.", &code), GATE_FORGED);
}

static struct gate_answer answer(enum gate_result result, struct gate_ticket *t, int64_t now)
{
	struct gate_answer v;
	const struct gate_outcome g = { .scan = 9, .at = now, .result = result, .ticket = t };
	gate_answer_fill(arena, "en", &performance, &g, now, &v);
	return v;
}

static void the_words(void **state)
{
	(void)state;
	struct gate_ticket t = ticket_in("used");
	t.used_at = START;
	t.used_by = "North gate";
	struct gate_answer v = answer(GATE_ENTERED, &t, START);
	assert_true(v.ok && !v.refused && v.undo_s == 60);
	assert_string_equal(v.holder, "Kim");
	t.state = "issued"; /* taken back since: the old answer opens the gate to nobody */
	v = answer(GATE_ENTERED, &t, START);
	assert_true(!v.ok && !v.refused && v.undo_s == 0);
	assert_string_equal(v.result, "undone");
	t.state = "used"; /* and by another scan, later */
	assert_false(answer(GATE_ENTERED, &t, START + US_SECOND).ok);
	v = answer(GATE_ALREADY_USED, &t, START + 5 * US_SECOND);
	assert_true(v.refused && !v.ok && v.undo_s == 0);
	assert_string_equal(v.why, "Used 5 seconds ago: North gate.");
	assert_string_equal(answer(GATE_ALREADY_USED, &t, START + 12 * US_MINUTE).why, "Used at 19:30, 12 minutes ago: North gate.");
	assert_string_equal(answer(GATE_ALREADY_USED, &t, START + 3 * US_HOUR).why, "Used at 19:30: North gate.");
	assert_string_equal(answer(GATE_TOO_EARLY, &t, START - 3 * US_HOUR).why, "Doors open at 17:30.");
	assert_string_equal(answer(GATE_WRONG_PERFORMANCE, &t, START).why, "This ticket is for: Night, Fri, 20 Nov 2026, 19:30.");
	/* Of another organizer's ticket nothing is told. */
	t.organizer_id.v = 4;
	v = answer(GATE_WRONG_PERFORMANCE, &t, START);
	assert_null(v.holder);
	assert_null(v.seat);
	assert_null(strstr(v.why, "Night"));
	for (enum gate_result r = GATE_ENTERED; r <= GATE_UNDONE; r++)
		assert_true(*answer(r, r == GATE_UNKNOWN || r == GATE_FORGED ? NULL : &t, START).head);
}

int main(void)
{
	use_test_secret();
	clock_zone("Asia/Seoul");
	arena = arena_new(16 << 20);
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_window), cmocka_unit_test(the_reasons), cmocka_unit_test(what_was_read),
		cmocka_unit_test(the_words) };
	int failed = cmocka_run_group_tests_name("gate", tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
