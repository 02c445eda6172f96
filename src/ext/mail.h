/* Mail over SMTP by libesmtp: MIME message built here, TLS as conf says, 20 s per step. */
#ifndef FOYER_EXT_MAIL_H
#define FOYER_EXT_MAIL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct mail_part { const char *content_type, *name, *content_id; struct bytes data; }; /* content_id: inline image, else attachment */
struct mail {
	const char *to, *to_name, *subject, *message_id; /* message_id without <>: stable over retries */
	const char *text, *html;                         /* UTF-8; html may be NULL */
	const struct mail_part *parts;
	size_t n_parts;
	const char *list_unsubscribe;                    /* URL or NULL */
};
/* The message as RFC 5322/2045 bytes (quoted-printable and base64, encoded words).  Header values are refused when they
 * contain CR or LF. */
struct err *mail_build(struct arena *a, const struct mail *m, int64_t now, struct bytes *ret);
/* ERR_UNAVAILABLE: nothing was handed over, retry.  ERR_LIMIT: not to this address at the moment, others may go.  ERR_INVALID: this
 * mail is refused for good (5xx).  ERR_TIMEOUT: the final dot was sent but not answered: unknown. */
struct err *mail_send(struct arena *a, const struct mail *m, int64_t now);

#endif
