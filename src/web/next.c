/* Where to go next: only to pages of this house. */
#include "base/str.h"
#include "web/web_priv.h"

#include <string.h>

enum { NEXT_MAX = 1000 };

/* Browsers read "\" as "/", drop tabs and line breaks, and take "//host" and "scheme:" for another site: none of them
 * gets through.  Only printable ASCII is accepted; other scripts arrive percent-encoded. */
bool path_is_local(const char *s)
{
	if (!s || s[0] != '/' || s[1] == '/')
		return false;
	size_t n = 0;
	for (; s[n]; n++) {
		unsigned char c = (unsigned char)s[n];
		if (n == NEXT_MAX || c <= 0x20 || c >= 0x7f || c == '\\' || c == '"' || c == '<' || c == '>')
			return false;
	}
	/* "/.//host" and the like: resolving dot segments may leave a double slash in front. */
	size_t path_n = strcspn(s, "?#");
	for (size_t i = 0; i < path_n; i++) {
		if (s[i] != '/')
			continue;
		if (i + 1 < path_n && (s[i + 1] == '/' || s[i + 1] == '.'))
			return false;
		if (i + 1 < path_n && s[i + 1] == '%')
			if (str_starts(s + i + 1, "%2e") || str_starts(s + i + 1, "%2E") || str_starts(s + i + 1, "%2f") ||
			    str_starts(s + i + 1, "%2F") || str_starts(s + i + 1, "%5c") || str_starts(s + i + 1, "%5C"))
				return false;
	}
	return true;
}

bool path_is_ours(const char *s)
{
	if (s[0] != '/' || s[1] == '/')
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f || *s == '\\')
			return false;
	return true;
}

struct url req_next(const struct req *r, const char *candidate, const char *fallback)
{
	(void)r;
	return (struct url){ path_is_local(candidate) ? candidate : fallback };
}
