#include "ext/pdf.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void a_ticket_page(void **state)
{
	(void)state;
	struct arena *a = arena_new(16 << 20);
	struct pdf *p = pdf_new(a, 595, 842, "입장권");
	double one = pdf_text(p, 40, 40, 500, 12, false, 0x211c1f, "한 줄");
	double many = pdf_text(p, 40, 80, 60, 12, true, 0x8e1b3a, "좁은 칸에서는 여러 줄로 나뉘어요 and so on");
	assert_true(one > 10 && one < 30);
	assert_true(many > 2 * one);
	pdf_rect(p, 40, 200, 100, 50, 0xfbf8f3, 6);
	pdf_line(p, 40, 300, 500, 300, 0x211c1f, 0.5);
	assert_null(pdf_qr(p, 40, 320, 120, "FOYER:TEST"));
	pdf_page(p);
	pdf_text(p, 40, 40, 500, 12, false, 0, "Page two");
	struct bytes out;
	assert_null(pdf_finish(p, &out));
	assert_true(out.n > 1000);
	assert_memory_equal(out.p, "%PDF-", 5);
	assert_non_null(memmem(out.p, out.n, "/Count 2", 8));
	arena_free(a);
}

static void an_unfinished_document_goes_with_its_arena(void **state)
{
	(void)state;
	struct arena *a = arena_new(16 << 20);
	struct pdf *p = pdf_new(a, 595, 842, "x");
	pdf_text(p, 0, 0, 100, 10, false, 0, "x");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_ticket_page),
		cmocka_unit_test(an_unfinished_document_goes_with_its_arena) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
