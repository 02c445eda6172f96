/* Webhooks of the Toss contract: what their unsigned bodies claim.  They are a hint to ask, never the truth. */
#ifndef FOYER_PAY_HOOK_H
#define FOYER_PAY_HOOK_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>

struct pay_hook {
	const char *kind;      /* PAYMENT_STATUS_CHANGED, DEPOSIT_CALLBACK, … */
	const char *order_ref; /* our reference; NULL where none is named */
	const char *secret;    /* of a deposit: compared with the one we were given */
	const char *status;
};
/* false: not a webhook at all. */
bool pay_hook_read(struct arena *a, struct bytes body, struct pay_hook *ret);

#endif
