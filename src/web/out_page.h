/* The parts of the templates' run time that know the request: links in its language, and forms. */
#ifndef FOYER_WEB_OUT_PAGE_H
#define FOYER_WEB_OUT_PAGE_H

#include "tmplc/out.h"

/* {{ U("/shows/%s", slug) }}: url_fmt with the language prefix (/en). */
#define U(...) out_url(o, __VA_ARGS__)
struct url out_url(struct out *o, const char *fmt, ...);
/* The hidden fields of every POST form, `csrf` and `idem` (a key that makes sending twice harmless).  Empty without a
 * request. */
struct html out_form_guard(struct out *o);

/* ---- form fields: label, control, the value the person typed, its error, in one place ---------------------------- */
struct field_opts {
	const char *label, *hint;     /* already translated */
	const char *type;             /* text (default), email, password, number, date, datetime-local, tel, url, search, file,
	                                 textarea, select, checkbox */
	const char *value;            /* what the control shows unless the person typed something */
	const char *autocomplete, *accept, *placeholder, *pattern, *inputmode;
	const struct option *options; /* select; ends with a NULL value */
	int64_t min, max;             /* number: bounds when different; text: max length */
	bool required, checked, autofocus;
};
struct option { const char *value, *label; };
/* {{ FIELD("email", .label = _("E-mail"), .type = "email", .required = true) }} */
#define FIELD(name_, ...) out_field(o, name_, &(struct field_opts){ __VA_ARGS__ })
struct html out_field(struct out *o, const char *name, const struct field_opts *f);
/* The summary box at the top of a form whose input was refused (empty when all is well). */
struct html out_form_errors(struct out *o);

#endif
