/* The mails of the account room. */
#include "account/account_priv.h"

#include "account/letter.h"
#include "base/conf.h"
#include "tmpl/account/mail.h"

#include <stdlib.h>
#include <string.h>

/* ---- queueing ---------------------------------------------------------------------------------------------------------- */
static struct err *queue(struct db *db, const char *kind, const char *to, const char *lang, json_t *args)
{
	char *text = args ? json_dumps(args, JSON_COMPACT) : NULL;
	json_decref(args);
	struct err *e = text ? notify_mail(db, kind, to, lang, to, NULL, text)
	    : err_new(ERR_INTERNAL, "the arguments of mail '%s' cannot be packed", kind);
	free(text);
	return e;
}

struct err *mail_link(struct db *db, struct arena *a, const char *kind, const char *to, const char *lang, const char *token)
{
	return queue(db, kind, to, lang, json_pack("{s:s}", "secret", secret_pack(a, token)));
}

struct err *mail_plain(struct db *db, const char *kind, const char *to, const char *lang)
{
	return queue(db, kind, to, lang, json_object());
}

struct err *mail_decision(struct db *db, const char *to, const char *lang, const char *organizer, bool approved,
    const char *reason)
{
	return queue(db, "organizer_decision", to, lang, json_pack("{s:s, s:b, s:s}", "organizer", organizer, "approved", approved,
	    "reason", reason));
}

/* ---- rendering --------------------------------------------------------------------------------------------------------- */
static struct err *write_letter(struct mail_ctx *m, const char *subject, const struct letter *v)
{
	m->mail->subject = arena_printf(m->a, "[%s] %s", conf()->site_name, subject);
	tmpl_account_letter(m->html, v);
	struct buf *b = &m->text->b;
	for (size_t i = 0; i + 1 < v->n; i++)
		buf_printf(b, "%s\n\n", v->lines[i]);
	if (v->code)
		buf_printf(b, "    %s\n\n", v->code);
	if (v->href)
		buf_printf(b, "%s:\n%s\n\n", v->label, v->href);
	buf_printf(b, "%s\n", v->lines[v->n - 1]);
	return NULL;
}

/* The secret of the mail's arguments; NULL and *ret_e set when it cannot be read. */
static const char *secret_of(struct mail_ctx *m, struct err **ret_e)
{
	const char *sealed = json_string_value(json_object_get(m->args, "secret"));
	const char *clear = secret_unpack(m->a, sealed);
	if (!clear)
		*ret_e = err_new(ERR_INVALID, "the secret of a mail cannot be opened");
	return clear;
}

static struct err *render_link(struct mail_ctx *m, const char *path, const char *subject, const char *what, const char *small,
    const char *label)
{
	struct err *e = NULL;
	const char *token = secret_of(m, &e);
	if (!token)
		return e;
	return write_letter(m, tr(m->lang, subject), &(struct letter){ .lines = { tr(m->lang, what), tr(m->lang, small) }, .n = 2,
	    .href = notify_link(m->a, m->lang, arena_printf(m->a, "%s?token=%s", path, token)), .label = tr(m->lang, label) });
}

static struct err *render_verify(struct mail_ctx *m)
{
	return render_link(m, "/sign-up/confirm", N_("Please confirm your e-mail address"),
	    N_("Somebody, probably you, signed up with this e-mail address. One step is left: please confirm that it is yours."),
	    N_("The link is good for 24 hours and once. If you did not sign up, do nothing: without it there is no account."),
	    N_("Confirm and finish signing up"));
}

static struct err *render_reset(struct mail_ctx *m)
{
	return render_link(m, "/reset-password", N_("Choose a new password"),
	    N_("A new password was asked for, for the account with this e-mail address."),
	    N_("The link is good for one hour and once. If it was not you, do nothing: your password stays as it is."),
	    N_("Choose a new password"));
}

static struct err *render_change(struct mail_ctx *m)
{
	return render_link(m, "/me/email/confirm", N_("Please confirm your new e-mail address"),
	    N_("You want to use this e-mail address for your account from now on. Please confirm that it is yours."),
	    N_("The link is good for 24 hours and once. If it was not you, do nothing: nothing changes."),
	    N_("Use this address"));
}

static struct err *render_already(struct mail_ctx *m)
{
	return write_letter(m, tr(m->lang, N_("You already have an account")), &(struct letter){ .lines = {
	    tr(m->lang, N_("Somebody, probably you, entered this e-mail address, and there is an account with it already. "
	        "Please sign in; if you have forgotten your password, the sign-in page helps you to a new one.")),
	    tr(m->lang, N_("If it was not you, do nothing: nobody has come into your account.")) }, .n = 2,
	    .href = notify_link(m->a, m->lang, "/sign-in"), .label = tr(m->lang, N_("Sign in")) });
}

static struct err *render_changed_notice(struct mail_ctx *m)
{
	return write_letter(m, tr(m->lang, N_("Your e-mail address was changed")), &(struct letter){ .lines = {
	    tr(m->lang, N_("Your account has another e-mail address from now on. Mails go there, and it is what you sign in with.")),
	    tr(m->lang, N_("If it was not you, please write to us at once by answering this mail.")) }, .n = 2 });
}

static struct err *render_password_changed(struct mail_ctx *m)
{
	return write_letter(m, tr(m->lang, N_("Your password was changed")), &(struct letter){ .lines = {
	    tr(m->lang, N_("The password of your account was changed, and everybody who was signed in elsewhere was signed out.")),
	    tr(m->lang, N_("If it was not you, choose a new password at once and tell us by answering this mail.")) }, .n = 2,
	    .href = notify_link(m->a, m->lang, "/forgot-password"), .label = tr(m->lang, N_("Choose a new password")) });
}

static struct err *render_recovery_code_used(struct mail_ctx *m)
{
	return write_letter(m, tr(m->lang, N_("One of your recovery codes was used")), &(struct letter){ .lines = {
	    tr(m->lang, N_("A recovery code of your account was used in place of the code of your authenticator app. It is not good any more; "
	        "on the page of your second factor you see how many are left, and make new ones.")),
	    tr(m->lang, N_("If it was not you, choose a new password at once and tell us by answering this mail.")) }, .n = 2,
	    .href = notify_link(m->a, m->lang, "/me/second-factor"), .label = tr(m->lang, N_("Second factor")) });
}

static struct err *render_guest_code(struct mail_ctx *m)
{
	struct err *e = NULL;
	const char *code = secret_of(m, &e);
	if (!code)
		return e;
	const char *subject = out_fmt(m->html, tr(m->lang, N_("Your code: %s")), code);
	return write_letter(m, subject, &(struct letter){ .lines = {
	    tr(m->lang, N_("This is the code that shows that this e-mail address is yours. Enter it on the page you came from.")),
	    tr(m->lang, N_("The code is good for 10 minutes. If you did not ask for it, do nothing, and tell it to nobody.")) }, .n = 2,
	    .code = code });
}

static struct err *render_decision(struct mail_ctx *m)
{
	const char *organizer = json_string_value(json_object_get(m->args, "organizer"));
	const char *reason = json_string_value(json_object_get(m->args, "reason"));
	bool approved = json_is_true(json_object_get(m->args, "approved"));
	struct letter v = { .href = notify_link(m->a, m->lang, approved ? "/desk" : "/organizer") };
	const char *what = approved ? tr(m->lang, N_("Your application as an organizer was approved: %s. You can set up venues and shows now."))
	                            : tr(m->lang, N_("Your application as an organizer was not accepted: %s."));
	v.lines[v.n++] = out_fmt(m->html, what, organizer ? organizer : "");
	if (!str_empty(reason))
		v.lines[v.n++] = out_fmt(m->html, tr(m->lang, N_("What we want to say about it: %s")), reason);
	v.lines[v.n++] = approved ? tr(m->lang, N_("If you have questions, answer this mail."))
	                          : tr(m->lang, N_("You can change your application and send it again. If you have questions, answer this mail."));
	v.label = approved ? tr(m->lang, N_("Open your desk")) : tr(m->lang, N_("Look at your application"));
	return write_letter(m, approved ? tr(m->lang, N_("You are an organizer now")) : tr(m->lang, N_("About your application")), &v);
}

const struct mail_kind account_mails[] = {
	{ "verify", render_verify },
	{ "already_member", render_already },
	{ "reset", render_reset },
	{ "email_change", render_change },
	{ "email_changed_notice", render_changed_notice },
	{ "password_changed", render_password_changed },
	{ "recovery_code_used", render_recovery_code_used },
	{ "guest_code", render_guest_code },
	{ "organizer_decision", render_decision },
	{ 0 }
};
