/* The pure rules of shows: what can be booked when. */
#include "show/show.h"

#include "base/str.h"

enum show_sale show_sale_state(const struct show_performance *p, int64_t now)
{
	if (str_eq(p->state, "cancelled"))
		return SALE_CANCELLED;
	if (str_eq(p->show_state, "withdrawn"))
		return SALE_WITHDRAWN;
	if (!str_eq(p->show_state, "published") || now < p->view_open_at)
		return SALE_HIDDEN;
	if (now >= p->starts_at)
		return SALE_OVER;
	if (now < p->booking_open_at)
		return SALE_NOT_YET;
	return now >= p->booking_closes_at ? SALE_CLOSED : SALE_OPEN;
}

const char *show_sale_text(enum show_sale s)
{
	switch (s) {
	case SALE_OPEN:
		return N_("Tickets are on sale.");
	case SALE_HIDDEN:
		return N_("This performance is not public yet.");
	case SALE_NOT_YET:
		return N_("Booking has not opened yet. Come back at the opening time shown on the show's page.");
	case SALE_CLOSED:
		return N_("Booking for this performance has closed. Look for another date on the show's page.");
	case SALE_OVER:
		return N_("This performance has already begun. Look for another date on the show's page.");
	case SALE_CANCELLED:
		return N_("This performance was cancelled. Look for another date on the show's page.");
	case SALE_WITHDRAWN:
		break;
	}
	return N_("This show is no longer offered.");
}
