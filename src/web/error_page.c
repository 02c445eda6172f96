/* Error pages: what happened, what was kept, what to do.  JSON for programs. */
#include "base/buf.h"
#include "base/log.h"
#include "tmpl/web/error.h"
#include "tmplc/out.h"
#include "web/web_priv.h"

#include <stdio.h>
#include <string.h>

enum { DETAILS_MAX = 20 };

static const struct { int status; const char *text, *title; } statuses[] = {
	{ 200, "OK", NULL },
	{ 201, "Created", NULL },
	{ 202, "Accepted", NULL },
	{ 204, "No Content", NULL },
	{ 206, "Partial Content", NULL },
	{ 301, "Moved Permanently", NULL },
	{ 302, "Found", NULL },
	{ 303, "See Other", NULL },
	{ 304, "Not Modified", NULL },
	{ 400, "Bad Request", N_("We could not read that") },
	{ 401, "Unauthorized", N_("Please sign in") },
	{ 403, "Forbidden", N_("Not open to you") },
	{ 404, "Not Found", N_("There is no such page") },
	{ 405, "Method Not Allowed", N_("That does not work here") },
	{ 409, "Conflict", N_("Somebody was quicker") },
	{ 410, "Gone", N_("This is over") },
	{ 413, "Content Too Large", N_("That is too large") },
	{ 415, "Unsupported Media Type", N_("We could not read that") },
	{ 422, "Unprocessable Content", N_("Something is missing or not right") },
	{ 429, "Too Many Requests", N_("A little slower, please") },
	{ 500, "Internal Server Error", N_("Something went wrong on our side") },
	{ 502, "Bad Gateway", N_("Another service did not answer") },
	{ 503, "Service Unavailable", N_("Not available for the moment") },
};

const char *status_text(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "Unknown";
}

static const char *status_title(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].status == status && statuses[i].title)
			return statuses[i].title;
	return N_("Something went wrong on our side");
}

static void answer_json(struct req *r, const struct error_view *v)
{
	struct buf b;
	buf_init(&b, r->a);
	buf_printf(&b, "{\"error\":{\"status\":%d,\"title\":", v->status);
	buf_json(&b, v->title);
	buf_str(&b, ",\"message\":");
	buf_json(&b, v->what);
	buf_str(&b, ",\"advice\":");
	buf_json(&b, v->todo);
	buf_str(&b, ",\"fields\":[");
	for (const struct form_error *e = r->form_errors; e; e = e->next) {
		buf_str(&b, "{\"name\":");
		buf_json(&b, e->name);
		buf_str(&b, ",\"message\":");
		buf_json(&b, e->text);
		buf_str(&b, e->next ? "}," : "}");
	}
	buf_str(&b, "],\"request_id\":");
	buf_json(&b, r->id);
	buf_str(&b, "}}\n");
	struct err *e = respond(r, v->status, "application/json", (struct bytes){ b.p, b.n });
	err_free(e);
}

static void answer_view(struct req *r, struct error_view *v)
{
	answer_discard(r);
	r->priv->again_status = 0;
	r->priv->personal = true; /* an error is nobody else's */
	v->title = tr(r->lang, status_title(v->status));
	v->request_id = r->id;
	if (v->status == 503 || v->status == 429)
		req_set_header(r, "Retry-After", v->status == 503 ? "10" : "60");
	if (r->priv->wants_json) {
		answer_json(r, v);
		return;
	}
	struct out *o = page_begin(r, &(struct page){ .title = v->title, .no_index = true });
	tmpl_error_page(o, v);
	struct err *e = page_end(r, v->status);
	err_free(e);
}

void error_answer(struct req *r, int status, const char *what, const char *todo, const char *back, const char *back_label)
{
	out_init(&r->priv->out, r->a, r->lang, r);
	struct error_view v = { .status = status, .what = tr_text(r->a, r->lang, what), .todo = tr(r->lang, todo) };
	v.back = out_url(&r->priv->out, "/");
	if (back)
		v.back.s = arena_printf(r->a, "%s%s", r->url_prefix, back);
	v.back_label = tr(r->lang, back_label ? back_label : N_("To the home page"));
	answer_view(r, &v);
}

void error_answer_form(struct req *r)
{
	out_init(&r->priv->out, r->a, r->lang, r);
	const char **details = arena_array(r->a, const char *, DETAILS_MAX);
	size_t n = 0;
	for (const struct form_error *e = r->form_errors; e && n < DETAILS_MAX; e = e->next)
		details[n++] = str_empty(e->name) ? e->text : arena_printf(r->a, "%s: %s", e->name, e->text);
	struct error_view v = { .status = 422, .what = tr(r->lang, N_("What you entered could not be accepted. Nothing was changed.")),
		.todo = tr(r->lang, N_("Go back, correct it and send it again.")), .details = details, .n_details = n };
	v.back = out_url(&r->priv->out, "/");
	v.back_label = tr(r->lang, N_("To the home page"));
	answer_view(r, &v);
}

struct advice { int status; const char *what, *todo; };

static struct advice advice_for(enum err_code code)
{
	switch (code) {
	case ERR_INVALID:
		return (struct advice){ 422, N_("What you entered could not be accepted. Nothing was changed."),
			N_("Go back, correct it and send it again.") };
	case ERR_NOT_FOUND:
		return (struct advice){ 404, N_("The page you asked for does not exist, or not any more."),
			N_("Check the address, or start from the home page.") };
	case ERR_FORBIDDEN:
		return (struct advice){ 403, N_("You may not do this. Nothing was changed."),
			N_("If you think you should, ask whoever sent you here.") };
	case ERR_CONFLICT:
	case ERR_DUPLICATE:
	case ERR_CONSTRAINT:
		return (struct advice){ 409, N_("Things changed in the meantime, so this could not be done. Nothing was changed."),
			N_("Go back, reload the page and look at how it stands now.") };
	case ERR_GONE:
		return (struct advice){ 410, N_("This was here once, but it is over."), N_("Start again from the home page.") };
	case ERR_LIMIT:
		return (struct advice){ 429, N_("That was too often. Please wait a minute, then try again."),
			N_("Nothing was changed.") };
	case ERR_UNAVAILABLE:
	case ERR_RETRY:
		return (struct advice){ 503, N_("A part of the house is not available for the moment. Nothing was changed."),
			N_("Please try again in a few seconds. What you have bought is safe.") };
	case ERR_TIMEOUT:
		return (struct advice){ 503, N_("Another service did not answer in time. We are finding out how it ended."),
			N_("Please look at your orders in a minute before you try again.") };
	case ERR_INTERNAL:
		break;
	}
	return (struct advice){ 500, N_("That was our mistake, not yours. It has been noted."),
		N_("Please try again. If it happens again, tell us the number below.") };
}

void error_answer_err(struct req *r, struct err *e)
{
	struct advice advice = advice_for(err_code(e));
	const char *user = err_user_text(e);
	const char *what = user ? arena_strdup(r->a, user) : advice.what;
	log_err(advice.status == 500 ? LOG_ERROR : advice.status == 503 ? LOG_WARN : LOG_INFO, "request refused", e);
	error_answer(r, advice.status, what, advice.todo, NULL, NULL);
}
