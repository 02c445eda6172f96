/* Guests: an e-mail address, a code sent there, a session. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "proc/outbox.h"
#include "tmpl/account/guest.h"

#include <string.h>

enum { GUEST_STEP_S = 1200 };

struct err *guest_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "As a guest"),
		.description = tr(r->lang, "Buy a ticket without an account, or find a booking again."), .canonical = "/guest" });
	tmpl_guest(o, &(struct guest_view){ .next = next_typed(r), .order_wanted = req_typed(r, "order") != NULL });
	return page_end(r, 200);
}

struct guest_tx { struct req *r; const char *email; bool factor; int64_t code_id; };

/* An account with a second factor is not opened by a mail alone: nobody learns that code, and the pages do not tell. */
static struct err *guest_run(struct db *db, void *ctx)
{
	struct guest_tx *t = ctx;
	struct req *r = t->r;
	const char *code;
	TRY(guest_code_add(db, r->a, t->email, r->now, &code, &t->code_id));
	if (t->factor)
		return mail_plain(db, "already_member", t->email, r->lang);
	return mail_link(db, r->a, "guest_code", t->email, r->lang, code);
}

static struct url code_url(struct req *r, const char *next)
{
	return *next ? url_fmt(r->a, "/guest/code?next=%s", next) : (struct url){ "/guest/code" };
}

struct err *guest_ask(struct req *r)
{
	const struct guest_form *f = r->form;
	TRY(throttle_mail(r, "guest", f->email));
	struct account_person *p;
	TRY(account_by_email(r->db, r->a, f->email, &p));
	struct guest_tx t = { .r = r, .email = f->email, .factor = p && p->totp_on_at };
	TRY(db_tx(r->db, guest_run, &t));
	outbox_wake();
	step_set(r, "guest", arena_printf(r->a, "%lld %s", (long long)t.code_id, f->email), GUEST_STEP_S);
	const char *order = account_code_plain(r->a, f->order ? f->order : "");
	return redirect(r, code_url(r, *order ? url_fmt(r->a, "/orders/%s", order).s : next_typed(r)));
}

/* The address whose code this browser has asked for, and which code that is; NULL: none. */
static const char *asked_for(const struct req *r, int64_t *ret_code)
{
	const char *step = step_get(r, "guest"), *email = step ? strchr(step, ' ') : NULL;
	return email && str_to_i64(arena_strndup(r->a, step, (size_t)(email - step)), ret_code) ? email + 1 : NULL;
}

static struct err *ask_anew(struct req *r, const char *text)
{
	const char *next = next_typed(r);
	req_flash(r, "error", tr(r->lang, text));
	return redirect(r, *next ? url_fmt(r->a, "/guest?next=%s", next) : (struct url){ "/guest" });
}

struct err *guest_code_page(struct req *r)
{
	int64_t code;
	const char *email = asked_for(r, &code);
	if (!email)
		return ask_anew(r, N_("Please enter your e-mail address first."));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Enter the code"), .no_index = true });
	tmpl_guest_code(o, email, next_typed(r));
	return page_end(r, 200);
}

struct err *guest_code(struct req *r)
{
	const struct guest_code_form *f = r->form;
	int64_t code, left;
	bool ok;
	const char *email = asked_for(r, &code);
	if (!email)
		return ask_anew(r, N_("Please enter your e-mail address first."));
	TRY(throttle_try(r, "guest", NULL));
	TRY(guest_code_try(r->db, r->a, email, code, account_code_plain(r->a, f->code), r->now, &ok, &left));
	if (!ok && left == 0)
		return ask_anew(r, N_("This code is not good any more: it was used, entered wrongly five times, or is older than 10 minutes. Ask for a new one."));
	if (!ok) {
		req_field_error(r, "code", N_("This is not the code of our newest mail to you. Please look again."));
		return req_again(r);
	}
	throttle_forgive(r, "guest", NULL);
	throttle_know(r, email);
	struct person_id person;
	TRY(account_guest(r->db, email, r->lang, r->now, &person));
	step_clear(r);
	TRY(session_begin(r, person, false, false));
	return redirect(r, next_url(r, "/me/orders"));
}
