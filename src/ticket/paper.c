/* Tickets on paper: A4, one a page, QR large enough for any scanner. */
#include "ticket/visit.h"

#include "base/conf.h"
#include "ext/pdf.h"

enum { INK = 0x211C1F, MUTED = 0x6B6469, BURGUNDY = 0x8E1B3A, RULE = 0xE0D8CC, WHITE = 0xFFFFFF };
static const double LEFT = 56, WIDE = 483, A4_W = 595.28, A4_H = 841.89;

static double fact(struct pdf *p, double y, const char *name, const char *value)
{
	double used = pdf_text(p, LEFT, y, 90, 11, false, MUTED, name);
	double height = pdf_text(p, LEFT + 96, y, 210, 11, true, INK, value);
	return y + (height > used ? height : used) + 8;
}

static struct err *page(struct pdf *p, struct arena *a, const char *lang, const struct ticket_visit *v, const struct ticket_row *t)
{
	pdf_rect(p, 0, 0, A4_W, 72, BURGUNDY, 0);
	pdf_text(p, LEFT, 26, WIDE, 20, true, WHITE, conf()->site_name);
	double y = 104 + pdf_text(p, LEFT, 104, WIDE, 24, true, INK, v->title) + 18;
	double top = y;
	y = fact(p, y, tr(lang, N_("When")), v->when);
	y = fact(p, y, tr(lang, N_("Where")), v->venue);
	if (!str_empty(v->address))
		y = fact(p, y, tr(lang, N_("Address")), v->address);
	y = fact(p, y, tr(lang, N_("Seat")), t->label);
	y = fact(p, y, tr(lang, N_("Grade")), t->grade);
	y = fact(p, y, tr(lang, N_("Name")), t->holder);
	y = fact(p, y, tr(lang, N_("Order")), v->order->code);
	y = fact(p, y, tr(lang, N_("Ticket")), ticket_code_groups(a, t->code));
	TRY(pdf_qr(p, LEFT + WIDE - 150, top, 150, ticket_qr_text(a, t->code, t->performance_id)));
	y = (y > top + 160 ? y : top + 160) + 12;
	pdf_line(p, LEFT, y, LEFT + WIDE, y, RULE, 1);
	pdf_text(p, LEFT, y + 14, WIDE, 10, false, MUTED, tr(lang, N_("Show this code at the entrance, on paper or on your phone."
	    " It admits one person once: do not share a picture of it.")));
	return NULL;
}

struct err *ticket_paper(struct arena *a, const char *lang, const struct ticket_visit *v, const struct ticket_row *only, struct bytes *ret)
{
	struct pdf *p = pdf_new(a, A4_W, A4_H, v->title);
	size_t pages = 0;
	for (size_t i = 0; i < v->n; i++) {
		const struct ticket_row *t = &v->tickets[i];
		if (str_eq(t->state, "void") || (only && only != t))
			continue;
		if (pages++)
			pdf_page(p);
		TRY(page(p, a, lang, v, t));
	}
	if (pages == 0)
		return err_user(err_new(ERR_GONE, "no valid ticket"), N_("There is no valid ticket left in this order."));
	return pdf_finish(p, ret);
}
