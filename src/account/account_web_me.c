/* A member's own pages: profile, password, e-mail address. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "base/clock.h"
#include "ext/crypto.h"
#include "proc/outbox.h"
#include "tmpl/account/me.h"

#include <string.h>

#define CHANGE_LIVES US_DAY

#define ORGANIZER_STATE_ROW(F) F(str, state)
DB_ROW(organizer_state_row, ORGANIZER_STATE_ROW)
DB_QUERY(organizer_state, organizer_state_row, "SELECT state FROM organizer WHERE person_id = ?")

/* The person who is signed in; ERR_NOT_FOUND when the account went away meanwhile. */
static struct err *myself(struct req *r, struct account_person **ret)
{
	struct account_person *p;
	TRY(account_by_id(r->db, r->a, r->who.person, &p));
	if (!p || !p->password_hash)
		return err_new(ERR_NOT_FOUND, "the account is gone");
	*ret = p;
	return NULL;
}

struct err *me_page(struct req *r)
{
	struct me_view v = { .organizer_state = "" };
	struct account_person *p;
	struct organizer_state_row *organizer;
	TRY(myself(r, &p));
	TRY(account_marketing(r->db, r->a, p->id, &v.marketing));
	TRY(organizer_state_one(r->db, r->a, &organizer, DB_ARGS(p->id.v)));
	v.person = p;
	v.admin = p->admin;
	v.factor_on = p->totp_on_at != 0;
	if (organizer)
		v.organizer_state = organizer->state;
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "My account"), .nav = NAV_ME, .no_index = true });
	tmpl_me(o, &v);
	return page_end(r, 200);
}

struct profile_tx { struct req *r; const struct profile_form *f; };

static struct err *me_save_run(struct db *db, void *ctx)
{
	struct profile_tx *t = ctx;
	struct person_id person = t->r->who.person;
	bool marketing;
	TRY(account_set_profile(db, person, t->f->name, t->f->phone ? t->f->phone : "", t->f->lang));
	TRY(account_marketing(db, t->r->a, person, &marketing));
	return marketing == t->f->marketing ? NULL : account_consent(db, person, "marketing", t->f->marketing, t->r->now);
}

struct err *me_save(struct req *r)
{
	const struct profile_form *f = r->form;
	if (!account_phone_ok(f->phone)) {
		req_field_error(r, "phone", N_("Please use digits, spaces, hyphens and a leading + only."));
		return req_again(r);
	}
	TRY(db_tx(r->db, me_save_run, &(struct profile_tx){ r, f }));
	req_flash(r, "success", tr(r->lang, N_("Saved.")));
	return redirect(r, (struct url){ "/me" });
}

/* For scripts on pages that are the same for everybody. */
struct err *me_strip(struct req *r)
{
	const struct who *w = &r->who;
	json_t *data = json_pack("{s:b, s:b, s:s}", "signed_in", w->person.v != 0 || w->staff.v != 0, "member", w->member, "name",
	    w->name ? w->name : "");
	const char *body = json_text(r->a, data);
	req_set_header(r, "Cache-Control", "private, no-store");
	return respond(r, 200, "application/json", (struct bytes){ body, body ? strlen(body) : 0 });
}

/* ---- password ---------------------------------------------------------------------------------------------------------- */
struct err *password_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Password"), .nav = NAV_ME, .no_index = true });
	tmpl_password(o);
	return page_end(r, 200);
}

struct err *account_password_try(struct req *r, const struct account_person *p, const char *typed, bool *ret_ok)
{
	const char *who = arena_printf(r->a, "%lld", (long long)p->id.v);
	TRY(throttle_try(r, "password", who));
	*ret_ok = crypto_password_ok(p->password_hash, typed);
	if (*ret_ok)
		throttle_forgive(r, "password", who);
	return NULL;
}

struct password_tx { const struct account_person *person; const char *hash; int64_t now; };

static struct err *password_run(struct db *db, void *ctx)
{
	struct password_tx *t = ctx;
	TRY(account_set_password(db, t->person->id, t->hash));
	TRY(token_void(db, "reset", t->person->email, t->now));
	return mail_plain(db, "password_changed", t->person->email, t->person->lang);
}

struct err *password_save(struct req *r)
{
	const struct password_form *f = r->form;
	struct account_person *p;
	bool right;
	TRY(myself(r, &p));
	TRY(account_password_try(r, p, f->current, &right));
	const char *fault = account_password_fault(f->password, p->email, p->name);
	if (!right)
		req_field_error(r, "current", N_("This is not your present password."));
	if (fault)
		req_field_error(r, "password", fault);
	if (!right || fault)
		return req_again(r);
	TRY(db_tx(r->db, password_run, &(struct password_tx){ p, crypto_password_hash(r->a, f->password), r->now }));
	outbox_wake();
	bool factor = r->who.second_factor;
	TRY(session_end_others(r, p->id, r->who.session_id));
	TRY(session_begin(r, p->id, true, factor));
	req_flash(r, "success", tr(r->lang, N_("Your password is changed; you are signed out everywhere else.")));
	return redirect(r, (struct url){ "/me" });
}

/* ---- e-mail address -------------------------------------------------------------------------------------------------------- */
struct err *email_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "E-mail address"), .nav = NAV_ME, .no_index = true });
	tmpl_email(o, r->who.email);
	return page_end(r, 200);
}

/* What a link to a new address is bound to: another address or a new password in between ends it.  Whoever has asked for it with
 * a stolen password has lost it then. */
static const char *change_bond(struct arena *a, const struct account_person *p)
{
	return arena_printf(a, "%s %s", p->email, crypto_sha256_hex(a, p->password_hash));
}

struct email_tx { struct req *r; const struct account_person *person; const char *email; bool known; };

static struct err *email_ask_run(struct db *db, void *ctx)
{
	struct email_tx *t = ctx;
	struct req *r = t->r;
	const char *token;
	if (t->known)
		return mail_plain(db, "already_member", t->email, r->lang);
	TRY(token_add(db, r->a, "change", t->email, t->person->id, change_bond(r->a, t->person), r->now, CHANGE_LIVES, &token));
	return mail_link(db, r->a, "email_change", t->email, r->lang, token);
}

struct err *email_ask(struct req *r)
{
	const struct email_form *f = r->form;
	struct account_person *p, *other;
	bool right;
	TRY(myself(r, &p));
	TRY(account_password_try(r, p, f->password, &right));
	if (!right) {
		req_field_error(r, "password", N_("This is not your present password."));
		return req_again(r);
	}
	if (str_eq(f->email, p->email)) {
		req_field_error(r, "email", N_("This is the address you have now."));
		return req_again(r);
	}
	TRY(throttle_mail(r, "change", f->email));
	TRY(account_by_email(r->db, r->a, f->email, &other));
	TRY(db_tx(r->db, email_ask_run, &(struct email_tx){ r, p, f->email, other && other->password_hash }));
	outbox_wake();
	req_flash(r, "info", tr(r->lang, N_("We have sent a link to the new address. Until you press it, everything stays as it is.")));
	return redirect(r, (struct url){ "/me" });
}

/* The link and whose address it changes; NULL: it was used, is too old, or its bond is broken. */
static struct err *change_find(struct db *db, struct req *r, struct account_token **ret, struct account_person **ret_person)
{
	const struct token_form *f = r->form;
	*ret_person = NULL;
	TRY(token_find(db, r->a, "change", f->token, r->now, ret));
	if (*ret)
		TRY(account_by_id(db, r->a, (*ret)->person_id, ret_person));
	if (!*ret_person || !(*ret_person)->password_hash || !str_eq((*ret)->payload, change_bond(r->a, *ret_person)))
		*ret = NULL;
	return NULL;
}

struct err *email_confirm_page(struct req *r)
{
	const struct token_form *f = r->form;
	struct account_token *t;
	struct account_person *p;
	TRY(change_find(r->db, r, &t, &p));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "E-mail address"), .no_index = true });
	tmpl_email_confirm(o, &(struct link_view){ .token = t ? f->token : NULL, .email = t ? t->email : NULL });
	return page_end(r, t ? 200 : 410);
}

struct confirm_tx { struct req *r; struct person_id person; };

static struct err *email_confirm_run(struct db *db, void *ctx)
{
	struct confirm_tx *t = ctx;
	struct req *r = t->r;
	struct account_token *token;
	struct account_person *p;
	TRY(change_find(db, r, &token, &p));
	if (!token)
		return err_user(err_new(ERR_GONE, "no such link"), "%s", N_("This link was used already or is too old."));
	t->person = p->id;
	TRY(token_use(db, token->id, r->now));
	TRY(account_set_email(db, p->id, token->email, r->now));
	TRY(token_void(db, "reset", p->email, r->now));
	return mail_plain(db, "email_changed_notice", p->email, p->lang);
}

struct err *email_confirm(struct req *r)
{
	struct confirm_tx t = { .r = r };
	TRY(sessions_needed());
	struct err *e = db_tx(r->db, email_confirm_run, &t);
	if (err_is(e, ERR_DUPLICATE)) {
		err_free(e);
		return err_user(err_new(ERR_CONFLICT, "the address belongs to another person"), "%s",
		    N_("This address belongs to another account or to bookings made as a guest. Your address stays as it is."));
	}
	TRY(e);
	outbox_wake();
	TRY(session_end_others(r, t.person, r->who.person.v == t.person.v ? r->who.session_id : NULL));
	req_flash(r, "success", tr(r->lang, N_("Your e-mail address is changed; you are signed out everywhere else. Sign in with it from now on.")));
	return redirect(r, (struct url){ r->who.member ? "/me" : "/sign-in" });
}
