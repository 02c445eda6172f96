#include "web/out_page.h"

#include "ext/crypto.h"
#include "tmplc/out_url.h"
#include "web/req.h"
#include "web/route.h"
#include "web/session.h"

#include <string.h>

struct url out_url(struct out *o, const char *fmt, ...)
{
	const char *prefix = !o->req || !o->req->url_prefix ? "" : o->req->url_prefix;
	va_list ap;
	va_start(ap, fmt);
	struct url u = url_vfmt(o->a, prefix, fmt, ap);
	va_end(ap);
	/* "/en/" is spelled "/en": one address, one page. */
	size_t n = strlen(prefix);
	if (n > 0 && str_eq(u.s + n, "/"))
		u.s = prefix;
	return u;
}

struct html out_form_guard(struct out *o)
{
	if (!o->req)
		return (struct html){ "" };
	struct out part;
	out_init(&part, o->a, o->lang, o->req);
	buf_str(&part.b, "<input type=\"hidden\" name=\"csrf\" value=\"");
	out_attr_str(&part, csrf_token(o->req));
	buf_str(&part.b, "\"><input type=\"hidden\" name=\"idem\" value=\"");
	out_attr_str(&part, crypto_uuid(o->a));
	buf_str(&part.b, "\">");
	return (struct html){ buf_cstr(&part.b) };
}

/* A form of one or two fields (signing in, a code) says nothing here: there is nothing to save, and nothing to lose. */
static const char *what_was_kept(const struct req *r)
{
	const struct form_spec *spec = r->route && r->route->form ? r->route->form() : NULL;
	size_t shown = 0;
	bool lost = false;
	for (size_t i = 0; spec && i < spec->n; i++) {
		shown += !str_eq(spec->fields[i].name, "next") && !str_eq(spec->fields[i].name, "token");
		lost |= spec->fields[i].kind == FORM_password || spec->fields[i].kind == FORM_file;
	}
	if (shown <= 2)
		return NULL;
	return lost ? N_("Nothing has been saved yet. What you typed is still here, except passwords and files.") :
		      N_("Nothing has been saved yet. What you typed is still here.");
}

/* The box is written before the fields are: each field that was refused adds its label to its line (out_field). */
struct html out_form_errors(struct out *o)
{
	const struct form_error *errors = o->req ? o->req->form_errors : NULL;
	if (!errors)
		return (struct html){ "" };
	struct out part;
	out_init(&part, o->a, o->lang, o->req);
	buf_str(&part.b, "<div class=\"alert alert-error\" role=\"alert\" tabindex=\"-1\" id=\"form-errors\">\n<h2>");
	out_text_str(&part, tr(o->lang, "Please check what you entered"));
	buf_str(&part.b, "</h2>\n");
	const char *kept = what_was_kept(o->req);
	if (kept) {
		buf_str(&part.b, "<p>");
		out_text_str(&part, tr(o->lang, kept));
		buf_str(&part.b, "</p>\n");
	}
	buf_str(&part.b, "<ul>\n");
	for (const struct form_error *e = errors; e; e = e->next) {
		buf_str(&part.b, "<li>");
		if (!str_empty(e->name)) {
			buf_str(&part.b, "<a href=\"#f-");
			out_attr_str(&part, e->name);
			buf_str(&part.b, "\">");
		}
		out_text_str(&part, tr(o->lang, e->text));
		buf_str(&part.b, str_empty(e->name) ? "</li>\n" : "</a></li>\n");
	}
	buf_str(&part.b, "</ul>\n</div>\n");
	o->errors_at = o->b.n;
	o->errors_end = o->b.n + part.b.n;
	return (struct html){ buf_cstr(&part.b) };
}
