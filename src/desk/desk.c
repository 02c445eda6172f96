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

void desk_csv(struct buf *b, const char *text, bool last)
{
	text = text ? text : "";
	bool formula = *text && strchr("=+-@\t\r", *text), quote = formula || strpbrk(text, ",\"\n\r");
	if (quote)
		buf_chr(b, '"');
	if (formula)
		buf_chr(b, '\'');
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			buf_chr(b, '"');
		buf_chr(b, *p);
	}
	if (quote)
		buf_chr(b, '"');
	buf_str(b, last ? "\r\n" : ",");
}
