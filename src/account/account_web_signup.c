/* Signing up: a form, a mail, a link.  There is no account before the link, and the answer does not tell whether an
 * address is known. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "base/clock.h"
#include "ext/crypto.h"
#include "proc/outbox.h"
#include "tmpl/account/signup.h"

#include <string.h>

#define VERIFY_LIVES US_DAY

struct err *sign_up_page(struct req *r)
{
	if (r->who.member && !r->form_errors)
		return redirect(r, next_url(r, "/me"));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Sign up"), .no_index = true });
	tmpl_sign_up(o, next_typed(r));
	return page_end(r, 200);
}

struct sign_up_tx { struct req *r; const struct sign_up_form *f; const char *payload; bool known; };

/* What the link needs: the password as a hash only. */
static const char *payload_of(struct req *r, const struct sign_up_form *f, const char *hash)
{
	json_t *data = json_pack("{s:s, s:s, s:s, s:b, s:s}", "name", f->name, "hash", hash,
	    "lang", r->lang, "marketing", f->marketing, "next", next_typed(r));
	return json_text(r->a, data);
}

static struct err *sign_up_run(struct db *db, void *ctx)
{
	struct sign_up_tx *t = ctx;
	struct req *r = t->r;
	if (t->known)
		return mail_plain(db, "already_member", t->f->email, r->lang);
	const char *token;
	TRY(token_add(db, r->a, "verify", t->f->email, (struct person_id){ 0 }, t->payload, r->now, VERIFY_LIVES, &token));
	return mail_link(db, r->a, "verify", t->f->email, r->lang, token);
}

/* What the browser keeps of its sign-up: the address, and of which password. */
static const char *sign_up_step(struct req *r, const char *email, const char *hash)
{
	return arena_printf(r->a, "%s %s", email, crypto_sha256_hex(r->a, hash));
}

struct err *sign_up(struct req *r)
{
	const struct sign_up_form *f = r->form;
	const char *fault = account_password_fault(f->password, f->email, f->name);
	if (fault) {
		req_field_error(r, "password", fault);
		return req_again(r);
	}
	if (!str_empty(f->website)) /* only programs see that field */
		return redirect(r, (struct url){ "/sign-up/sent" });
	TRY(throttle_mail(r, "verify", f->email));
	struct account_person *person;
	TRY(account_by_email(r->db, r->a, f->email, &person));
	const char *hash = crypto_password_hash(r->a, f->password);
	struct sign_up_tx t = { .r = r, .f = f, .payload = payload_of(r, f, hash), .known = person && person->password_hash };
	TRY(db_tx(r->db, sign_up_run, &t));
	outbox_wake();
	step_set(r, "sign-up", sign_up_step(r, f->email, hash), VERIFY_LIVES / US_SECOND);
	return redirect(r, (struct url){ "/sign-up/sent" });
}

struct err *sign_up_sent_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Look into your mailbox"), .no_index = true });
	const char *step = step_get(r, "sign-up");
	tmpl_sign_up_sent(o, step ? arena_strndup(r->a, step, strcspn(step, " ")) : NULL);
	return page_end(r, 200);
}

/* ---- the link ------------------------------------------------------------------------------------------------------------ */
struct wish { const char *name, *hash, *lang, *next; int marketing; };

static struct err *wish_of(struct arena *a, const struct account_token *token, struct wish *ret)
{
	json_t *data = json_keep(a, json_loads(token->payload ? token->payload : "", 0, NULL));
	if (json_unpack(data, "{s:s, s:s, s:s, s:b, s:s}", "name", &ret->name, "hash", &ret->hash, "lang", &ret->lang, "marketing",
	    &ret->marketing, "next", &ret->next))
		return err_new(ERR_INTERNAL, "the payload of token %lld is broken", (long long)token->id);
	return NULL;
}

/* Somebody else may have signed up with this address and a password of theirs, hoping that its owner presses the button:
 * another browser than the one of the sign-up has to know the password. */
static bool same_browser(struct req *r, const struct account_token *t, const struct wish *w)
{
	const char *step = step_get(r, "sign-up");
	return step && str_eq(step, sign_up_step(r, t->email, w->hash));
}

/* Only the button uses the link up: mail programs look at links by themselves. */
struct err *sign_up_confirm_page(struct req *r)
{
	const struct confirm_form *f = r->form;
	struct account_token *t = NULL;
	struct wish w = { 0 };
	TRY(token_find(r->db, r->a, "verify", f->token ? f->token : "", r->now, &t));
	if (t)
		TRY(wish_of(r->a, t, &w));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Finish signing up"), .no_index = true });
	tmpl_sign_up_confirm(o, &(struct link_view){ .token = t ? f->token : NULL, .email = t ? t->email : NULL,
		.ask = t && !same_browser(r, t, &w) });
	return page_end(r, t ? 200 : 410);
}

struct confirm_tx { struct req *r; const char *token; struct person_id person; const char *email, *next; };

static struct err *confirm_run(struct db *db, void *ctx)
{
	struct confirm_tx *t = ctx;
	struct req *r = t->r;
	struct account_token *token;
	TRY(token_find(db, r->a, "verify", t->token, r->now, &token));
	if (!token)
		return err_user(err_new(ERR_GONE, "no such sign-up link"), "%s", N_("This link was used already or is too old."));
	struct wish w;
	TRY(wish_of(r->a, token, &w));
	TRY(token_use(db, token->id, r->now));
	TRY(account_insert(db, token->email, w.name, w.hash, w.lang, r->now, &t->person));
	TRY(token_void(db, "verify", token->email, r->now));
	TRY(account_consent(db, t->person, "terms", true, r->now));
	TRY(account_consent(db, t->person, "privacy", true, r->now));
	TRY(account_consent(db, t->person, "marketing", w.marketing, r->now));
	t->email = token->email;
	t->next = w.next;
	return NULL;
}

/* ret_ok false: an error stands at the field. */
static struct err *may_confirm(struct req *r, const struct confirm_form *f, bool *ret_ok)
{
	struct account_token *t;
	struct wish w;
	*ret_ok = true;
	TRY(token_find(r->db, r->a, "verify", f->token, r->now, &t));
	if (!t)
		return NULL; /* told by confirm_run */
	TRY(wish_of(r->a, t, &w));
	if (same_browser(r, t, &w))
		return NULL;
	TRY(throttle_try(r, "confirm", t->email));
	*ret_ok = crypto_password_ok(w.hash, f->password ? f->password : "");
	if (*ret_ok)
		throttle_forgive(r, "confirm", t->email);
	else
		req_field_error(r, "password", N_("This is not the password that was chosen when signing up. Did you not sign up yourself? Then close this page."));
	return NULL;
}

struct err *sign_up_confirm(struct req *r)
{
	const struct confirm_form *f = r->form;
	struct confirm_tx t = { .r = r, .token = f->token };
	bool ok;
	TRY(sessions_needed());
	TRY(may_confirm(r, f, &ok));
	if (!ok)
		return req_again(r);
	TRY(db_tx(r->db, confirm_run, &t));
	TRY(session_begin(r, t.person, true, false));
	TRY(account_seen(r->db, t.person, r->now));
	throttle_know(r, t.email);
	step_clear(r);
	req_flash(r, "success", tr(r->lang, N_("Welcome! Your account is ready, and you are signed in.")));
	return redirect(r, req_next(r, t.next, "/me"));
}
