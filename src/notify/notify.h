/* Mail to people, through the outbox.  A domain lists its kinds of mail in struct domain; the consumer of the mail topics
 * finds the kind by name, lets it render, sends it once.  Message-ID is stable per outbox row. */
#ifndef FOYER_NOTIFY_H
#define FOYER_NOTIFY_H

#include "db/db.h"
#include "ext/json.h"
#include "ext/mail.h"
#include "tmplc/out.h"
#include "web/route.h"

extern const struct domain notify_domain;

/* In the transaction of the cause.  args: a JSON object's text made by json_pack/dumps; the renderer loads the rest
 * by the ids in it.  once_key: NULL, or e.g. "order_paid:ABCD…": at most one such mail ever. */
struct err *notify_mail(struct db *db, const char *kind, const char *to, const char *lang, const char *about,
    const char *once_key, const char *args_json);
/* The same, not before due_at (µs UTC). */
struct err *notify_mail_at(struct db *db, const char *kind, const char *to, const char *lang, const char *about,
    const char *once_key, const char *args_json, int64_t due_at);

struct mail_ctx {
	struct db *db;
	struct arena *a;
	const char *lang;
	json_t *args;
	struct out *html, *text;  /* render both: the house's frame is put around html by the consumer */
	struct mail *mail;        /* set .subject; .parts where needed (inline QR, attachments) */
	bool drop;                /* set when there is nothing to say any more: the row is done without a mail */
};
struct mail_kind {
	const char *name;
	struct err *(*render)(struct mail_ctx *m);
	bool bulk;                /* comes by the thousand (reminders): never holds up a mail that somebody waits for */
};

/* A page's absolute address in the reader's language.  path: "/orders/…", already encoded; "" for the first page. */
const char *notify_link(struct arena *a, const char *lang, const char *path);

/* The topics of mails, for statements that look into the outbox. */
#define NOTIFY_TOPICS "('mail', 'mail_bulk')"

#endif
