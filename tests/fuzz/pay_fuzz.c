/* Payment objects and webhooks from any bytes: read or refused, and what was read fits the columns it goes into. */
#include "base/conf.h"
#include "pay/hook.h"
#include "pay/toss.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fits(const char *s, size_t max)
{
	if (s && (!str_utf8_valid(s, strlen(s)) || str_utf8_len(s) > max))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new((size_t)64 << 20);
	struct pay_result r;
	struct pay_hook h;
	toss_read_payment(a, (struct bytes){ data, size }, &r);
	fits(r.payment_key, 200);
	fits(r.order_ref, 64);
	fits(r.method, 20);
	fits(r.secret, 50);
	fits(r.code, 60);
	fits(r.text, 300);
	fits(r.bank, 40);
	fits(r.account, 40);
	fits(r.provider_key, 64);
	if (r.amount < 0 || r.balance < 0)
		abort();
	for (size_t i = 0; i < r.n_cancels; i++)
		fits(r.cancels[i].reason, 200);
	if (pay_hook_read(a, (struct bytes){ data, size }, &h) && !h.kind)
		abort();
	fits(h.order_ref, 200);
	arena_free(a);
	return 0;
}
