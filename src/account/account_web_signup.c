/* Signing up: a form, a mail, a link.  There is no account before the link, and the answer does not tell whether an
 * address is known. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "base/clock.h"
#include "ext/crypto.h"
#include "proc/outbox.h"
#include "tmpl/account/signup.h"


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
static const char *payload_of(struct req *r, const struct sign_up_form *f)
{
	json_t *data = json_pack("{s:s, s:s, s:s, s:b, s:s}", "name", f->name, "hash", crypto_password_hash(r->a, f->password),
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
	struct sign_up_tx t = { .r = r, .f = f, .payload = payload_of(r, f), .known = person && person->password_hash };
	TRY(db_tx(r->db, sign_up_run, &t));
	outbox_wake();
	step_set(r, "sign-up", f->email, 3600);
	return redirect(r, (struct url){ "/sign-up/sent" });
}

struct err *sign_up_sent_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Look into your mailbox"), .no_index = true });
	tmpl_sign_up_sent(o, step_get(r, "sign-up"));
	return page_end(r, 200);
}

/* ---- the link ------------------------------------------------------------------------------------------------------------ */
/* Only the button uses the link up: mail programs look at links by themselves. */
struct err *sign_up_confirm_page(struct req *r)
{
	const struct token_form *f = r->form;
	struct account_token *t = NULL;
	TRY(token_find(r->db, r->a, "verify", f->token, r->now, &t));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Finish signing up"), .no_index = true });
	tmpl_sign_up_confirm(o, &(struct link_view){ .token = t ? f->token : NULL, .email = t ? t->email : NULL });
	return page_end(r, t ? 200 : 410);
}

struct confirm_tx { struct req *r; const char *token; struct person_id person; const char *next; };

static struct err *confirm_run(struct db *db, void *ctx)
{
	struct confirm_tx *t = ctx;
	struct req *r = t->r;
	struct account_token *token;
	TRY(token_find(db, r->a, "verify", t->token, r->now, &token));
	if (!token)
		return err_user(err_new(ERR_GONE, "no such sign-up link"), "%s", N_("This link was used already or is too old."));
	json_t *data = json_keep(r->a, json_loads(token->payload ? token->payload : "", 0, NULL));
	const char *name, *hash, *lang, *next;
	int marketing;
	if (json_unpack(data, "{s:s, s:s, s:s, s:b, s:s}", "name", &name, "hash", &hash, "lang", &lang, "marketing", &marketing,
	    "next", &next))
		return err_new(ERR_INTERNAL, "the payload of token %lld is broken", (long long)token->id);
	TRY(token_use(db, token->id, r->now));
	TRY(account_insert(db, token->email, name, hash, lang, r->now, &t->person));
	TRY(token_void(db, "verify", token->email, r->now));
	TRY(account_consent(db, t->person, "terms", true, r->now));
	TRY(account_consent(db, t->person, "privacy", true, r->now));
	TRY(account_consent(db, t->person, "marketing", marketing, r->now));
	t->next = next;
	return NULL;
}

struct err *sign_up_confirm(struct req *r)
{
	const struct token_form *f = r->form;
	struct confirm_tx t = { .r = r, .token = f->token };
	TRY(db_tx(r->db, confirm_run, &t));
	TRY(session_begin(r, t.person, true, false));
	TRY(account_seen(r->db, t.person, r->now));
	step_clear(r);
	req_flash(r, "success", tr(r->lang, N_("Welcome! Your account is ready, and you are signed in.")));
	return redirect(r, req_next(r, t.next, "/me"));
}
