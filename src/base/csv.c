/* Comma-separated values. */
#include "base/csv.h"

#include <string.h>

void csv_heads(struct buf *b, const char *const *heads, size_t n)
{
	buf_str(b, "\xef\xbb\xbf");
	for (size_t i = 0; i < n; i++)
		csv_cell(b, heads[i], i + 1 == n);
}

/* What begins a formula, also in the width that spreadsheets of East Asia take for the same: ＋ － ＝ ＠. */
static bool is_formula(const char *s)
{
	static const char *const wide[] = { "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\x9d", "\xef\xbc\xa0" };
	bool yes = *s && strchr("=+-@\t\r\n", *s);
	for (size_t i = 0; i < sizeof wide / sizeof *wide && !yes; i++)
		yes = strncmp(s, wide[i], 3) == 0;
	return yes;
}

void csv_cell(struct buf *b, const char *text, bool last)
{
	text = text ? text : "";
	bool formula = is_formula(text), quote = formula || strpbrk(text, ",\"\n\r");
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
