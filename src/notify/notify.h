/* Mail to people, through the outbox.  A domain lists its kinds of mail in struct domain; the consumer of topic "mail"
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

/* ---- for the platform's desk: mails that did not get out ---- */
struct notify_trouble {
	int64_t id;
	const char *state;        /* "failed": not sent; "unsure": nobody knows; "pending": will be tried again */
	const char *kind, *to, *about, *error;
	int64_t tries, created_at, due_at;
};
/* Of that state, newest first; ids below `before` (0: from the newest), at most max. */
struct err *notify_troubles(struct db *db, struct arena *a, const char *state, int64_t before, int max,
    struct notify_trouble **ret, size_t *ret_n);
struct notify_counts { int64_t failed, unsure, again; }; /* again: tried in vain, will be tried again */
struct err *notify_count(struct db *db, struct arena *a, struct notify_counts *ret);
/* Sends a failed or unsure mail again (an unsure one may then arrive twice); afterwards: outbox_wake().  ret_done: false
 * where it is not listed (any more). */
struct err *notify_resend(struct db *db, struct arena *a, int64_t id, int64_t now, bool *ret_done);

#endif
