/* Calendar files: the contract's example, escaping, folding at the 75th octet. */
#include "ticket/ics.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static struct arena *arena;

static const char *calendar(const struct ics_event *e)
{
	return ics_calendar(arena, e).p;
}

static void known_answer(void **state)
{
	(void)state;
	const struct ics_event e = { .uid = "ord-20260102-0001@tickets.example.com", .stamp_at = INT64_C(1767323045000000),
		.starts_at = INT64_C(1769855400000000), .ends_at = INT64_C(1769861400000000), .summary = "예시 공연",
		.location = "예시극장 대극장, 서울특별시", .description = "R석 A열 12번\n예매번호 ord-20260102-0001",
		.url = "https://tickets.example.com/orders/ord-20260102-0001" };
	assert_string_equal(calendar(&e),
	    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Foyer//Ticket//KO\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\n"
	    "UID:ord-20260102-0001@tickets.example.com\r\nDTSTAMP:20260102T030405Z\r\nDTSTART:20260131T103000Z\r\n"
	    "DTEND:20260131T121000Z\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\nSUMMARY:예시 공연\r\n"
	    "LOCATION:예시극장 대극장\\, 서울특별시\r\nDESCRIPTION:R석 A열 12번\\n예매번호 ord-20260102-0001\r\n"
	    "URL:https://tickets.example.com/orders/ord-20260102-0001\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT2H\r\n"
	    "DESCRIPTION:예시 공연\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

/* Whatever the length, each line is at most 75 octets of whole characters, and unfolding gives the text back. */
static void folds_between_characters(void **state)
{
	(void)state;
	for (size_t n = 1; n < 120; n++) {
		char summary[1024] = "";
		for (size_t i = 0; i < n; i++)
			memcpy(summary + strlen(summary), i % 3 ? "한" : "a", i % 3 ? 4 : 2);
		const struct ics_event e = { .uid = "x", .stamp_at = 1, .starts_at = 1, .ends_at = 2, .summary = summary, .cancelled = true };
		const char *text = calendar(&e);
		struct buf unfolded;
		buf_init(&unfolded, arena);
		for (const char *at = text; *at;) {
			const char *end = strstr(at, "\r\n");
			assert_non_null(end);
			assert_true(end - at <= 75);
			assert_true(str_utf8_valid(at, (size_t)(end - at)));
			bool folded = end[2] == ' ';
			buf_add(&unfolded, at, (size_t)(end - at));
			if (!folded)
				buf_chr(&unfolded, '\n');
			at = end + 2 + folded;
		}
		assert_non_null(strstr(buf_cstr(&unfolded), arena_printf(arena, "SUMMARY:%s\n", summary)));
	}
}

static void controls_go_and_marks_are_escaped(void **state)
{
	(void)state;
	const struct ics_event e = { .uid = "x", .stamp_at = 1, .starts_at = 1, .ends_at = 2, .summary = "a;b,c\\d\re\x01:f" };
	assert_non_null(strstr(calendar(&e), "SUMMARY:a\\;b\\,c\\\\de:f\r\n"));
}

int main(void)
{
	arena = arena_new(16 << 20);
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_answer), cmocka_unit_test(folds_between_characters),
		cmocka_unit_test(controls_go_and_marks_are_escaped) };
	int failed = cmocka_run_group_tests_name("ics", tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
