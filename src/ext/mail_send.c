/* Handing a message over by libesmtp. */
#include "ext/mail.h"

#include "base/conf.h"
#include "ext/mail_parse.h"

#include <auth-client.h>
#include <libesmtp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define STEP_S 20
#define TOO_LARGE 552

struct handover {
	struct bytes message;
	bool given, all_given; /* to the library: behind the end of it follows the final dot */
	bool tls_wanted, no_tls, bad_certificate;
};

/* ---- the library's callbacks --------------------------------------------------------------------------------------- */
static const char *give(void **ctx, int *len, void *arg)
{
	(void)ctx;
	struct handover *h = arg;
	if (!len) { /* rewind */
		h->given = h->all_given = false;
		return NULL;
	}
	if (h->given) {
		h->all_given = true;
		*len = 0;
		return NULL;
	}
	h->given = true;
	*len = (int)h->message.n;
	return h->message.p;
}

/* "try" takes any certificate, because without one it would have sent in the clear; "require" takes a good one only. */
static void event(smtp_session_t session, int no, void *arg, ...)
{
	(void)session;
	struct handover *h = arg;
	va_list ap;
	va_start(ap, arg);
	h->bad_certificate |= no == SMTP_EV_WEAK_CIPHER || no == SMTP_EV_INVALID_PEER_CERTIFICATE ||
		no == SMTP_EV_NO_PEER_CERTIFICATE || no == SMTP_EV_WRONG_PEER_CERTIFICATE;
	switch (no) {
	case SMTP_EV_CONNECT:
		alarm(0);
		break;
	case SMTP_EV_EXTNA_STARTTLS:
		h->no_tls = true;
		break;
	case SMTP_EV_WEAK_CIPHER:
		(void)va_arg(ap, int);
		*va_arg(ap, int *) = !h->tls_wanted;
		break;
	case SMTP_EV_INVALID_PEER_CERTIFICATE:
		(void)va_arg(ap, long);
		*va_arg(ap, int *) = !h->tls_wanted;
		break;
	case SMTP_EV_NO_PEER_CERTIFICATE:
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		*va_arg(ap, int *) = !h->tls_wanted;
		break;
	case SMTP_EV_NO_CLIENT_CERTIFICATE:
	case SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE:
	case SMTP_EV_UNUSABLE_CA_LIST:
		*va_arg(ap, int *) = 1;
		break;
	default:
		break;
	}
	va_end(ap);
}

static int answer_auth(auth_client_request_t request, char **result, int fields, void *arg)
{
	(void)arg;
	for (int i = 0; i < fields; i++)
		result[i] = (char *)(uintptr_t)(request[i].flags & AUTH_PASS ? conf()->smtp_password :
			request[i].flags & AUTH_USER ? conf()->smtp_user : "");
	return 1;
}

/* ---- signals ---------------------------------------------------------------------------------------------------- */
/* The library connects blocking and writes with the risk of SIGPIPE: an alarm interrupts the first, the second is
 * ignored, both only while a message is handed over. */
struct signals { struct sigaction alarm, pipe; };

static void on_alarm(int no)
{
	(void)no;
}

static void signals_set(struct signals *old)
{
	struct sigaction wake = { .sa_handler = on_alarm }, ignore = { .sa_handler = SIG_IGN };
	sigaction(SIGALRM, &wake, &old->alarm);
	sigaction(SIGPIPE, &ignore, &old->pipe);
	alarm(STEP_S);
}

static void signals_restore(const struct signals *old)
{
	alarm(0);
	sigaction(SIGALRM, &old->alarm, NULL);
	sigaction(SIGPIPE, &old->pipe, NULL);
}

/* ---- outcome ---------------------------------------------------------------------------------------------------- */
static struct err *by_status(const smtp_status_t *s, const char *step)
{
	if (!s || s->code / 100 == 2 || s->code == 0)
		return NULL;
	return err_new(s->code / 100 == 5 ? ERR_INVALID : ERR_UNAVAILABLE, "mail server answered %d to %s: %.200s", s->code,
		step, s->text ? s->text : "");
}

/* 4.1.x, 4.2.x: there is something about this address (an unknown domain, a full mailbox), not about the server. */
static struct err *by_recipient(const smtp_status_t *s)
{
	bool theirs = s && s->code / 100 == 4 && (s->enh_subject == 1 || s->enh_subject == 2);
	return theirs ? err_new(ERR_LIMIT, "mail server answered %d to RCPT TO: %.200s", s->code, s->text ? s->text : "")
	    : by_status(s, "RCPT TO");
}

static struct err *outcome(const struct handover *h, smtp_message_t msg, smtp_recipient_t to, bool finished)
{
	char why[128] = "";
	if (!finished)
		smtp_strerror(smtp_errno(), why, sizeof why);
	const smtp_status_t *sender = smtp_reverse_path_status(msg);
	if (sender && sender->code / 100 == 5 && sender->code != TOO_LARGE) /* a fault of the settings, not of this mail */
		return err_new(ERR_UNAVAILABLE, "mail server answered %d to MAIL FROM: %.200s", sender->code, sender->text ? sender->text : "");
	TRY(by_status(sender, "MAIL FROM"));
	TRY(by_recipient(smtp_recipient_status(to)));
	const smtp_status_t *transfer = smtp_message_transfer_status(msg);
	TRY(by_status(transfer, "DATA"));
	if (transfer && transfer->code / 100 == 2)
		return NULL;
	if (h->all_given)
		return err_new(ERR_TIMEOUT, "mail server did not answer the end of the message: %s", why);
	if (h->no_tls)
		return err_new(ERR_UNAVAILABLE, "mail server does not offer STARTTLS, which smtp_tls requires");
	if (h->tls_wanted && h->bad_certificate)
		return err_new(ERR_UNAVAILABLE, "the mail server's certificate is not good, which smtp_tls requires");
	return err_new(ERR_UNAVAILABLE, "mail not handed over: %s", why);
}

static void set_limits(smtp_session_t s)
{
	static const int steps[] = { Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA, Timeout_TRANSFER, Timeout_DATA2 };
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		smtp_set_timeout(s, steps[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, STEP_S * 1000L);
}

static bool set_security(smtp_session_t s, struct handover *h, auth_context_t *ret_auth)
{
	h->tls_wanted = str_eq(conf()->smtp_tls, "require");
	enum starttls_option tls = h->tls_wanted ? Starttls_REQUIRED :
		str_eq(conf()->smtp_tls, "none") ? Starttls_DISABLED : Starttls_ENABLED;
	if (!smtp_starttls_enable(s, tls))
		return false;
	if (str_empty(conf()->smtp_user))
		return true;
	auth_client_init();
	*ret_auth = auth_create_context();
	auth_set_mechanism_flags(*ret_auth, AUTH_PLUGIN_PLAIN, 0);
	auth_set_interact_cb(*ret_auth, answer_auth, NULL);
	return smtp_auth_set_context(s, *ret_auth);
}

struct err *mail_send(struct arena *a, const struct mail *m, int64_t now)
{
	struct handover h = { .given = false };
	TRY(mail_build(a, m, now, &h.message));
	const char *name, *from;
	mail_split_address(a, conf()->mail_from, &name, &from);
	smtp_session_t s = smtp_create_session();
	smtp_message_t msg = s ? smtp_add_message(s) : NULL;
	smtp_recipient_t to = msg ? smtp_add_recipient(msg, m->to) : NULL;
	auth_context_t auth = NULL;
	struct err *e = NULL;
	if (!to || !smtp_set_server(s, conf()->smtp_server) || !smtp_set_reverse_path(msg, from) ||
	    !smtp_set_messagecb(msg, give, &h) || !smtp_set_eventcb(s, event, &h) || !set_security(s, &h, &auth)) {
		e = err_new(ERR_UNAVAILABLE, "libesmtp refuses the settings");
	} else {
		set_limits(s);
		struct signals old;
		signals_set(&old);
		bool finished = smtp_start_session(s);
		signals_restore(&old);
		e = outcome(&h, msg, to, finished);
	}
	if (s)
		smtp_destroy_session(s);
	if (auth)
		auth_destroy_context(auth);
	return e;
}
