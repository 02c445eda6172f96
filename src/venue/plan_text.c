/* The words of plans in files. */
#include "venue/plan_priv.h"

#include <string.h>

static const struct { unsigned flag; const char *word; } flag_words[] = {
	{ SEAT_WHEELCHAIR, "wheelchair" }, { SEAT_COMPANION, "companion" }, { SEAT_RESTRICTED, "restricted" },
};

const char *plan_text(struct arena *a, const char *s)
{
	char *text = str_nfc(a, s);
	for (char *p = text; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	return str_trim(a, text);
}

bool plan_flags_read(const char *words, unsigned *ret)
{
	unsigned flags = 0;
	for (const char *p = words + strspn(words, " "); *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " "), i = 0;
		while (i < ARRAY_LEN(flag_words) && (strlen(flag_words[i].word) != n || memcmp(p, flag_words[i].word, n) != 0))
			i++;
		if (i == ARRAY_LEN(flag_words))
			return false;
		flags |= flag_words[i].flag;
		p += n;
	}
	*ret = flags;
	return true;
}

const char *plan_flags_words(struct arena *a, unsigned flags)
{
	const char *words[ARRAY_LEN(flag_words)];
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(flag_words); i++)
		if (flags & flag_words[i].flag)
			words[n++] = flag_words[i].word;
	return str_join(a, " ", words, n);
}
