/* The Cookie header, Accept-Language and ?next= from any bytes. */
#include "web/web_priv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(64 << 20);
	const char *s = size ? arena_strndup(a, (const char *)data, size) : "";
	struct name_value *v;
	size_t n = cookie_parse(a, s, &v);
	for (size_t i = 0; i < n; i++)
		if (!*v[i].name || !cookie_value_ok(v[i].value) || strpbrk(v[i].name, "=; \r\n"))
			abort();
	const char *lang = lang_accepted(s);
	if (lang && strcmp(lang, "ko") != 0 && strcmp(lang, "en") != 0)
		abort();
	if (path_is_local(s) && (s[0] != '/' || s[1] == '/' || s[1] == '\\' || strpbrk(s, "\r\n\t \\") || !path_is_ours(s)))
		abort();
	struct route_match m;
	route_find(a, GET, s, &m);
	address_group(a, s);
	arena_free(a);
	return 0;
}
