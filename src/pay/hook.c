#include "pay/hook.h"

#include <jansson.h>

#include <string.h>

static const char *text_of(struct arena *a, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s && strlen(s) <= 200 ? arena_strdup(a, s) : NULL;
}

bool pay_hook_read(struct arena *a, struct bytes body, struct pay_hook *ret)
{
	json_t *o = json_loadb(body.p, body.n, 0, NULL);
	struct pay_hook h = { .kind = text_of(a, o, "eventType") };
	/* A deposit's message is flat and names no type. */
	const json_t *data = h.kind ? json_object_get(o, "data") : o;
	if (!h.kind && json_object_get(o, "secret"))
		h.kind = "DEPOSIT_CALLBACK";
	h.order_ref = text_of(a, data, "orderId");
	h.secret = text_of(a, data, "secret");
	h.status = text_of(a, data, "status");
	json_decref(o);
	*ret = h;
	return h.kind != NULL;
}
