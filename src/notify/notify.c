/* Mail: queued in the transaction of its cause, rendered and sent by the consumer of the topics "mail" and "mail_bulk",
 * which take turns. */
#include "notify/notify.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "proc/outbox.h"
#include "tmpl/notify/frame.h"

#include <inttypes.h>
#include <string.h>

static const struct mail_kind *kind_find(const char *name)
{
	for (size_t d = 0; domains[d]; d++)
		for (const struct mail_kind *k = domains[d]->mails; k && k->name; k++)
			if (str_eq(k->name, name))
				return k;
	return NULL;
}

/* ---- queueing ---------------------------------------------------------------------------------------------------------- */
struct err *notify_mail_at(struct db *db, const char *kind, const char *to, const char *lang, const char *about,
    const char *once_key, const char *args_json, int64_t due_at)
{
	json_t *args = json_loads(args_json ? args_json : "{}", 0, NULL);
	if (!args)
		return err_new(ERR_INTERNAL, "mail %s: its arguments are no JSON", kind);
	const struct mail_kind *k = kind_find(kind);
	json_t *payload = json_pack("{s:s, s:s, s:s, s:o}", "kind", kind, "to", to, "lang", lang, "args", args);
	char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
	struct err *e = text ? outbox_add(db, k && k->bulk ? "mail_bulk" : "mail", about, once_key, text, due_at)
	    : err_new(ERR_INTERNAL, "mail %s for %s cannot be packed", kind, about);
	free(text);
	json_decref(payload);
	return e;
}

struct err *notify_mail(struct db *db, const char *kind, const char *to, const char *lang, const char *about,
    const char *once_key, const char *args_json)
{
	return notify_mail_at(db, kind, to, lang, about, once_key, args_json, 0);
}

/* ---- sending ------------------------------------------------------------------------------------------------------------- */
const char *notify_link(struct arena *a, const char *lang, const char *path)
{
	return arena_printf(a, "%s%s%s", conf()->base_url, str_eq(lang, "en") ? "/en" : "", path);
}

/* The part of a Message-ID behind the @: the host of base_url. */
static const char *message_host(struct arena *a)
{
	const char *host = strstr(conf()->base_url, "://");
	host = host ? host + 3 : conf()->base_url;
	return arena_strndup(a, host, strcspn(host, ":/"));
}

static struct err *render(struct db *db, struct arena *a, const char *payload, struct mail *ret, bool *ret_drop)
{
	json_t *root = json_keep(a, json_loads(payload, 0, NULL));
	if (!root)
		return err_new(ERR_INVALID, "a mail's payload is no JSON");
	const char *name = NULL, *to = NULL, *lang = NULL;
	json_t *args = NULL;
	if (json_unpack(root, "{s:s, s:s, s:s, s:o}", "kind", &name, "to", &to, "lang", &lang, "args", &args))
		return err_new(ERR_INVALID, "a mail's payload lacks its parts");
	const struct mail_kind *kind = kind_find(name);
	if (!kind)
		return err_new(ERR_INTERNAL, "there is no mail of kind '%s' in this build", name); /* a newer one may know it */
	struct out *body = arena_one(a, struct out), *text = arena_one(a, struct out), *html = arena_one(a, struct out);
	out_init(body, a, lang, NULL);
	out_init(text, a, lang, NULL);
	out_init(html, a, lang, NULL);
	struct mail_ctx m = { .db = db, .a = a, .lang = lang, .args = args, .html = body, .text = text, .mail = ret };
	ret->to = to;
	TRY(kind->render(&m));
	*ret_drop = m.drop;
	if (m.drop)
		return NULL;
	tmpl_mail_open(html, ret->subject, conf()->site_name);
	out_raw(html, buf_cstr(&body->b), body->b.n);
	tmpl_mail_close(html, conf()->site_name, notify_link(a, lang, ""));
	ret->html = buf_cstr(&html->b);
	ret->text = buf_cstr(&text->b);
	return NULL;
}

static struct err *deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct mail mail = { .message_id = arena_printf(c->a, "outbox-%" PRId64 "@%s", rows[i].id, message_host(c->a)) };
		bool drop = false;
		TRY(render(c->db, c->a, rows[i].payload, &mail, &drop));
		if (!drop)
			TRY(mail_send(c->a, &mail, clock_now()));
	}
	return NULL;
}

static const struct consumer consumers[] = {
	{ .topic = "mail", .deliver = deliver, .batch = 10, .once = true },
	{ .topic = "mail_bulk", .deliver = deliver, .batch = 10, .once = true },
	{ 0 }
};

const struct domain notify_domain = { .name = "notify", .consumers = consumers };
