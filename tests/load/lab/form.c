#include "form.h"

#include "ext/crypto.h"
#include "web/web_priv.h"

struct lab_form lab_form_for(struct arena *a, const char *session)
{
	struct req_priv priv = { .session = { .state = SESSION_OK, .key = crypto_sha256_hex(a, session) } };
	struct req r = { .a = a, .priv = &priv };
	const char *token = csrf_token(&r);
	return (struct lab_form){ priv.set_cookies->value, token };
}
