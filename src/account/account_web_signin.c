/* Signing in and out, the second step of it, and a forgotten password. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "base/clock.h"
#include "ext/crypto.h"
#include "proc/outbox.h"
#include "tmpl/account/signin.h"

#include <string.h>

#define RESET_LIVES US_HOUR
enum { FACTOR_STEP_S = 300 };

struct err *sign_in_page(struct req *r)
{
	if (r->who.member && !r->form_errors)
		return redirect(r, next_url(r, "/me"));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Sign in"), .no_index = true });
	tmpl_sign_in(o, next_typed(r));
	return page_end(r, 200);
}

/* What a pending second step is bound to: a new password in between ends it. */
static const char *factor_step(struct req *r, const struct account_person *p)
{
	return arena_printf(r->a, "%lld %s", (long long)p->id.v, crypto_sha256_hex(r->a, p->password_hash));
}

struct err *sign_in(struct req *r)
{
	const struct sign_in_form *f = r->form;
	TRY(throttle_sign_in(r, f->email));
	struct account_person *p;
	TRY(account_by_email(r->db, r->a, f->email, &p));
	bool right = crypto_password_ok(p ? p->password_hash : NULL, f->password); /* takes as long for nobody */
	if (!p || !right) {
		req_field_error(r, "", N_("The e-mail address or the password is not right."));
		return req_again(r);
	}
	throttle_sign_in_right(r, f->email);
	const char *next = next_typed(r);
	if (p->totp_on_at) {
		step_set(r, "second-factor", factor_step(r, p), FACTOR_STEP_S);
		return redirect(r, *next ? url_fmt(r->a, "/sign-in/second-factor?next=%s", next) : (struct url){ "/sign-in/second-factor" });
	}
	TRY(session_begin(r, p->id, true, false));
	TRY(account_seen(r->db, p->id, r->now));
	return redirect(r, next_url(r, "/me"));
}

struct err *sign_out(struct req *r)
{
	TRY(session_end(r));
	req_flash(r, "info", tr(r->lang, N_("You are signed out.")));
	return redirect(r, (struct url){ "/" });
}

/* ---- second factor -------------------------------------------------------------------------------------------------------- */
/* Whose password was right a moment ago; NULL: nobody's, or too long ago. */
static struct err *pending_person(struct req *r, struct account_person **ret)
{
	const char *step = step_get(r, "second-factor");
	struct person_id id = { 0 };
	*ret = NULL;
	if (!step || !str_to_i64(arena_strndup(r->a, step, strcspn(step, " ")), &id.v))
		return NULL;
	struct account_person *p;
	TRY(account_by_id(r->db, r->a, id, &p));
	if (p && p->totp_on_at && p->password_hash && str_eq(step, factor_step(r, p)))
		*ret = p;
	return NULL;
}

static struct err *back_to_sign_in(struct req *r)
{
	const char *next = next_typed(r);
	req_flash(r, "error", tr(r->lang, N_("That took too long. Please sign in again.")));
	return redirect(r, *next ? url_fmt(r->a, "/sign-in?next=%s", next) : (struct url){ "/sign-in" });
}

struct err *sign_in_factor_page(struct req *r)
{
	struct account_person *p;
	TRY(pending_person(r, &p));
	if (!p)
		return back_to_sign_in(r);
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Second step"), .no_index = true });
	tmpl_sign_in_factor(o, next_typed(r));
	return page_end(r, 200);
}

struct err *sign_in_recovery_page(struct req *r)
{
	struct account_person *p;
	TRY(pending_person(r, &p));
	if (!p)
		return back_to_sign_in(r);
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Recovery code")), .no_index = true });
	tmpl_sign_in_recovery(o, next_typed(r));
	return page_end(r, 200);
}

/* A recovery code was used: how many are left is worth knowing. */
static struct err *tell_codes_left(struct req *r, struct person_id person)
{
	int64_t left;
	TRY(recovery_left(r->db, r->a, person, &left));
	struct out *o = arena_one(r->a, struct out);
	out_init(o, r->a, r->lang, r);
	req_flash(r, "info", _n("That recovery code is used up; %lld is left.", "That recovery code is used up; %lld are left.", left));
	return NULL;
}

struct err *sign_in_factor(struct req *r)
{
	const struct factor_form *f = r->form;
	struct account_person *p;
	TRY(pending_person(r, &p));
	if (!p)
		return back_to_sign_in(r);
	bool ok;
	TRY(account_factor_try(r, p, f->code, &ok));
	if (!ok) {
		req_field_error(r, "code", N_("This code is not right. Codes change every 30 seconds, and each is good once."));
		return req_again(r);
	}
	step_clear(r);
	TRY(session_begin(r, p->id, true, true));
	TRY(account_seen(r->db, p->id, r->now));
	uint32_t code;
	if (!account_totp_parse(f->code, &code))
		TRY(tell_codes_left(r, p->id));
	return redirect(r, next_url(r, "/me"));
}

/* ---- forgotten password ---------------------------------------------------------------------------------------------------- */
struct err *forgot_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "New password"), .no_index = true });
	tmpl_forgot(o);
	return page_end(r, 200);
}

struct forgot_tx { struct req *r; const struct account_person *person; };

static struct err *forgot_run(struct db *db, void *ctx)
{
	struct forgot_tx *t = ctx;
	struct req *r = t->r;
	const char *token;
	TRY(token_void(db, "reset", t->person->email, r->now));
	TRY(token_add(db, r->a, "reset", t->person->email, t->person->id, NULL, r->now, RESET_LIVES, &token));
	return mail_link(db, r->a, "reset", t->person->email, r->lang, token);
}

struct err *forgot(struct req *r)
{
	const struct forgot_form *f = r->form;
	TRY(throttle_mail(r, "reset", f->email));
	struct account_person *p;
	TRY(account_by_email(r->db, r->a, f->email, &p));
	if (p && p->password_hash) {
		TRY(db_tx(r->db, forgot_run, &(struct forgot_tx){ r, p }));
		outbox_wake();
	}
	return redirect(r, (struct url){ "/forgot-password/sent" });
}

struct err *forgot_sent_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Look into your mailbox"), .no_index = true });
	tmpl_forgot_sent(o);
	return page_end(r, 200);
}

struct err *reset_page(struct req *r)
{
	const char *token = req_typed(r, "token");
	struct account_token *t = NULL;
	if (!str_empty(token))
		TRY(token_find(r->db, r->a, "reset", token, r->now, &t));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "New password"), .no_index = true });
	tmpl_reset(o, &(struct link_view){ .token = t ? token : NULL, .email = t ? t->email : NULL });
	return page_end(r, t ? 200 : 410);
}

struct reset_tx { struct req *r; int64_t token_id; const struct account_person *person; const char *hash; };

static struct err *reset_run(struct db *db, void *ctx)
{
	struct reset_tx *t = ctx;
	TRY(token_use(db, t->token_id, t->r->now));
	TRY(account_set_password(db, t->person->id, t->hash));
	return mail_plain(db, "password_changed", t->person->email, t->person->lang);
}

struct err *reset(struct req *r)
{
	const struct reset_form *f = r->form;
	struct account_token *token;
	struct account_person *p = NULL;
	TRY(token_find(r->db, r->a, "reset", f->token, r->now, &token));
	if (token)
		TRY(account_by_id(r->db, r->a, token->person_id, &p));
	if (!p || !str_eq(p->email, token->email))
		return reset_page(r);
	const char *fault = account_password_fault(f->password, p->email, p->name);
	if (fault) {
		req_field_error(r, "password", fault);
		return req_again(r);
	}
	TRY(sessions_needed());
	struct reset_tx t = { r, token->id, p, crypto_password_hash(r->a, f->password) };
	TRY(db_tx(r->db, reset_run, &t));
	outbox_wake();
	TRY(session_end_others(r, p->id, NULL));
	throttle_know(r, p->email); /* nobody's wrong passwords keep the owner of the mailbox out */
	req_flash(r, "success", tr(r->lang, N_("Your password is changed. Please sign in with it.")));
	return redirect(r, (struct url){ "/sign-in" });
}
