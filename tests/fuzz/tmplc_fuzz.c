/* The template compiler: any bytes are compiled or refused with a message, never more. */
#include "tmplc/compile.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new((size_t)64 << 20);
	struct tmplc_input in = { "t.html", (const char *)p, n, "t.h" };
	struct buf c, h;
	buf_init(&c, a);
	buf_init(&h, a);
	struct err *e = tmplc_compile(a, &in, &c, &h);
	if (e)
		assert(strncmp(err_user_text(e), "t.html:", 7) == 0 && c.n == 0 && h.n == 0);
	else
		assert(c.n > 0 && h.n > 0);
	err_free(e);
	arena_free(a);
	return 0;
}
