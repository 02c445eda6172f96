/* The domains of the house: one line each.  A new feature is its own folder and a line here. */
#include "booking/booking.h"
#include "live/live.h"
#include "proc/proc.h"
#include "web/route.h"
#include "web/web_domain.h"

const struct domain *const domains[] = {
	&live_domain,
	&proc_domain,
	&web_domain,
	&booking_domain,
	NULL
};
