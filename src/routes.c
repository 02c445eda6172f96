/* The domains of the house: one line each.  A new feature is its own folder and a line here. */
#include "account/account.h"
#include "admin/admin.h"
#include "booking/booking.h"
#include "demo/demo.h"
#include "desk/desk.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "live/live.h"
#include "notify/notify.h"
#include "pay/pay.h"
#include "proc/proc.h"
#include "queue/console.h"
#include "queue/queue.h"
#include "queue/queue_web.h"
#include "sandbox/sandbox.h"
#include "show/show.h"
#include "ticket/ticket.h"
#include "venue/venue.h"
#include "web/route.h"
#include "web/web_domain.h"

const struct domain *const domains[] = {
	&account_domain,
	&admin_domain,
	&booking_domain,
	&demo_domain,
	&desk_domain,
	&gate_domain,
	&ledger_domain,
	&live_domain,
	&notify_domain,
	&pay_domain,
	&proc_domain,
	&queue_desk_domain,
	&queue_domain,
	&queue_web_domain,
	&sandbox_domain,
	&show_desk_domain,
	&show_domain,
	&ticket_domain,
	&venue_domain,
	&web_domain,
	NULL
};
