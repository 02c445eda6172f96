/* Small rules the desk's pages share: pure. */
#include "desk/desk_web.h"

const char *desk_like(struct arena *a, const char *text)
{
	return str_empty(text) ? NULL : db_like(a, text);
}
