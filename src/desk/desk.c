/* Small rules the desk's pages share: pure. */
#include "desk/desk_web.h"

#include <string.h>

const char *desk_like(struct arena *a, const char *text)
{
	if (str_empty(text))
		return NULL;
	struct buf b;
	buf_init(&b, a);
	buf_chr(&b, '%');
	for (const char *p = text; *p; p++) {
		if (strchr("%_\\", *p))
			buf_chr(&b, '\\');
		buf_chr(&b, *p);
	}
	buf_chr(&b, '%');
	return buf_cstr(&b);
}
