#include "secret.h"

#include "base/conf.h"
#include "ext/crypto.h"

void use_test_secret(void)
{
	static struct conf c;
	crypto_init();
	c = *conf();
	c.secret = "0123456789abcdef0123456789abcdef";
	conf_set_for_test(&c);
}
