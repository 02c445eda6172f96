#include "base/conf.h"

#include "base/conf_table.h"
#include "base/str.h"

#include <inttypes.h>
#include <string.h>

static const char *string_at(const struct conf *c, const struct conf_setting *s)
{
	const char *text;

	memcpy(&text, (const char *)c + s->offset, sizeof text);
	return text;
}

static int64_t int_at(const struct conf *c, const struct conf_setting *s)
{
	int64_t v;

	memcpy(&v, (const char *)c + s->offset, sizeof v);
	return v;
}

static bool bool_at(const struct conf *c, const struct conf_setting *s)
{
	bool v;

	memcpy(&v, (const char *)c + s->offset, sizeof v);
	return v;
}

void conf_print(FILE *f, bool with_docs)
{
	const struct conf *c = conf();

	for (size_t i = 0; i < conf_table_n; i++) {
		const struct conf_setting *s = &conf_table[i];
		if (with_docs)
			fprintf(f, "%s# %s\n", i ? "\n" : "", s->doc);
		switch (s->type) {
		case CONF_STR:
			fprintf(f, "%s = %s\n", s->name, string_at(c, s));
			break;
		case CONF_INT:
			fprintf(f, "%s = %" PRId64 "\n", s->name, int_at(c, s));
			break;
		case CONF_BOOL:
			fprintf(f, "%s = %s\n", s->name, bool_at(c, s) ? "yes" : "no");
			break;
		case CONF_SECRET:
			fprintf(f, "%s = %s\n", s->name, *string_at(c, s) ? "(set)" : "(not set)");
			break;
		}
	}
}

/* Text in mdoc: backslashes doubled, no line beginning with a control character. */
static void print_roff(FILE *f, const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", f);
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", f);
		else if (*s == '"')
			fputs("\\(dq", f);
		else
			fputc(*s, f);
	}
}

static void print_default(FILE *f, const struct conf_setting *s)
{
	const struct conf *c = conf_defaults();

	switch (s->type) {
	case CONF_STR:
	case CONF_SECRET:
		if (!*string_at(c, s))
			return;
		fputs("Default:\n.Dq \"", f);
		print_roff(f, string_at(c, s));
		fputs("\" .\n", f);
		return;
	case CONF_INT:
		fprintf(f, "Default: %" PRId64 ".\n", int_at(c, s));
		return;
	case CONF_BOOL:
		fprintf(f, "Default: %s.\n", bool_at(c, s) ? "yes" : "no");
		return;
	}
}

void conf_print_man(FILE *f)
{
	static const char *const kinds[] = { [CONF_STR] = "text", [CONF_INT] = "number", [CONF_BOOL] = "yes | no",
		[CONF_SECRET] = "secret" };

	fputs(".Bl -tag -width Ds\n", f);
	for (size_t i = 0; i < conf_table_n; i++) {
		const struct conf_setting *s = &conf_table[i];
		fprintf(f, ".It Ic %s No = Ar %s\n", s->name, kinds[s->type]);
		print_roff(f, s->doc);
		fputc('\n', f);
		print_default(f, s);
		if (s->type == CONF_SECRET)
			fprintf(f, "May be given as\n.Ic %s_file No = Ar path .\n", s->name);
	}
	fputs(".El\n", f);
}
