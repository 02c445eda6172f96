/* FIELD: label, control, what the person typed, hint and error of one input, tied together for everybody, screen
 * readers included. */
#include "web/out_page.h"

#include "web/req.h"

#include <string.h>

struct field {
	struct out part;          /* the mark-up that is being made */
	const char *name, *type;
	const struct field_opts *f;
	const char *value;        /* shown in the control */
	const char *error;        /* translated; NULL: none */
	bool checked;
};

static void attr(struct field *d, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(&d->part.b, " %s=\"", name);
	out_attr_str(&d->part, value);
	buf_chr(&d->part.b, '"');
}

static void attr_i64(struct field *d, const char *name, int64_t value)
{
	buf_printf(&d->part.b, " %s=\"", name);
	buf_i64(&d->part.b, value);
	buf_chr(&d->part.b, '"');
}

static void flag(struct field *d, const char *name, bool on)
{
	if (on)
		buf_printf(&d->part.b, " %s", name);
}

/* What every control has. */
static void common(struct field *d)
{
	struct arena *a = d->part.a;
	attr(d, "id", arena_printf(a, "f-%s", d->name));
	attr(d, "name", d->name);
	attr(d, "autocomplete", d->f->autocomplete);
	if (d->f->hint || d->error)
		attr(d, "aria-describedby", arena_printf(a, "%s%s%s", d->f->hint ? arena_printf(a, "f-%s-hint", d->name) : "",
		    d->f->hint && d->error ? " " : "", d->error ? arena_printf(a, "f-%s-error", d->name) : ""));
	attr(d, "aria-invalid", d->error ? "true" : NULL);
	flag(d, "required", d->f->required);
	flag(d, "autofocus", d->f->autofocus);
}

static bool is_text(const char *type)
{
	static const char *const types[] = { "text", "email", "password", "tel", "url", "search" };
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(type, types[i]))
			return true;
	return false;
}

static void bounds(struct field *d)
{
	const struct field_opts *f = d->f;
	if (str_eq(d->type, "number") && f->min != f->max) {
		attr_i64(d, "min", f->min);
		attr_i64(d, "max", f->max);
	} else if (is_text(d->type) || str_eq(d->type, "textarea")) {
		if (f->min > 0)
			attr_i64(d, "minlength", f->min);
		if (f->max > 0)
			attr_i64(d, "maxlength", f->max);
	}
}

static void input(struct field *d)
{
	bool secret = str_eq(d->type, "password") || str_eq(d->type, "file");
	buf_str(&d->part.b, "<input");
	attr(d, "type", d->type);
	common(d);
	bounds(d);
	attr(d, "value", secret ? NULL : d->value);
	attr(d, "accept", d->f->accept);
	attr(d, "placeholder", d->f->placeholder);
	attr(d, "pattern", d->f->pattern);
	attr(d, "inputmode", d->f->inputmode);
	buf_chr(&d->part.b, '>');
}

static void textarea(struct field *d)
{
	buf_str(&d->part.b, "<textarea");
	common(d);
	bounds(d);
	attr(d, "placeholder", d->f->placeholder);
	/* The parser drops the first line end: this one, not one of the text. */
	buf_str(&d->part.b, " rows=\"6\">\n");
	out_text_str(&d->part, d->value);
	buf_str(&d->part.b, "</textarea>");
}

static void option(struct field *d, const char *value, const char *label)
{
	buf_str(&d->part.b, "<option");
	attr(d, "value", value);
	flag(d, "selected", str_eq(value, d->value ? d->value : ""));
	buf_chr(&d->part.b, '>');
	out_text_str(&d->part, label);
	buf_str(&d->part.b, "</option>\n");
}

static void choice(struct field *d)
{
	buf_str(&d->part.b, "<select");
	common(d);
	buf_str(&d->part.b, ">\n");
	if (d->f->placeholder)
		option(d, "", d->f->placeholder);
	for (const struct option *x = d->f->options; x && x->value; x++)
		option(d, x->value, x->label);
	buf_str(&d->part.b, "</select>");
}

static void label_text(struct field *d)
{
	out_text_str(&d->part, d->f->label);
	if (d->f->required || !d->f->label || str_eq(d->type, "search"))
		return;
	buf_str(&d->part.b, " <span class=\"field-optional\">");
	out_text_str(&d->part, tr(d->part.lang, "(optional)"));
	buf_str(&d->part.b, "</span>");
}

static void checkbox(struct field *d)
{
	buf_str(&d->part.b, "<div class=\"field field-check\">\n<label><input type=\"checkbox\"");
	common(d);
	attr(d, "value", d->f->value ? d->f->value : "1");
	flag(d, "checked", d->checked);
	buf_str(&d->part.b, "> <span>");
	out_text_str(&d->part, d->f->label);
	buf_str(&d->part.b, "</span></label>\n");
}

static void labelled(struct field *d)
{
	buf_str(&d->part.b, "<div class=\"field\">\n<label");
	attr(d, "for", arena_printf(d->part.a, "f-%s", d->name));
	buf_chr(&d->part.b, '>');
	label_text(d);
	buf_str(&d->part.b, "</label>\n");
	if (str_eq(d->type, "textarea"))
		textarea(d);
	else if (str_eq(d->type, "select"))
		choice(d);
	else
		input(d);
	buf_chr(&d->part.b, '\n');
}

static void note(struct field *d, const char *kind, const char *text)
{
	if (!text)
		return;
	buf_printf(&d->part.b, "<p class=\"field-%s\"", kind);
	attr(d, "id", arena_printf(d->part.a, "f-%s-%s", d->name, kind));
	buf_chr(&d->part.b, '>');
	out_text_str(&d->part, text);
	buf_str(&d->part.b, "</p>\n");
}

/* Writes "Label: " into this field's line of the summary, which is already in the page. */
static void name_in_summary(struct out *o, const struct field *d)
{
	if (o->errors_end == 0 || o->errors_end > o->b.n || !d->f->label)
		return;
	struct out key, label;
	out_init(&key, o->a, o->lang, NULL);
	buf_str(&key.b, "<a href=\"#f-");
	out_attr_str(&key, d->name);
	buf_str(&key.b, "\">");
	char *at = memmem(o->b.p + o->errors_at, o->errors_end - o->errors_at, key.b.p, key.b.n);
	if (!at)
		return;
	size_t offset = (size_t)(at - o->b.p) + key.b.n;
	out_init(&label, o->a, o->lang, NULL);
	out_text_str(&label, d->f->label);
	buf_str(&label.b, str_ends(d->f->label, "?") ? " " : ": ");
	buf_reserve(&o->b, label.b.n);
	memmove(o->b.p + offset + label.b.n, o->b.p + offset, o->b.n - offset + 1);
	memcpy(o->b.p + offset, label.b.p, label.b.n);
	o->b.n += label.b.n;
	o->errors_end += label.b.n;
}

/* What the person typed wins over what the page proposes.  A refused form that lacks a checkbox had it unticked. */
static void fill(struct field *d, const struct req *r)
{
	const char *typed = req_typed(r, d->name);
	if (typed) {
		d->value = typed;
		d->checked = !str_eq(typed, "0");
	} else if (r->form_errors) {
		d->checked = false;
	}
	for (const struct form_error *e = r->form_errors; e && !d->error; e = e->next)
		if (str_eq(e->name, d->name))
			d->error = tr(d->part.lang, e->text);
}

struct html out_field(struct out *o, const char *name, const struct field_opts *f)
{
	struct field d = { .name = name, .type = f->type ? f->type : "text", .f = f, .value = f->value,
		.checked = f->checked };
	out_init(&d.part, o->a, o->lang, NULL);
	if (o->req)
		fill(&d, o->req);
	if (str_eq(d.type, "checkbox"))
		checkbox(&d);
	else
		labelled(&d);
	note(&d, "hint", f->hint);
	note(&d, "error", d.error);
	buf_str(&d.part.b, "</div>\n");
	if (d.error)
		name_in_summary(o, &d);
	return (struct html){ buf_cstr(&d.part.b) };
}
