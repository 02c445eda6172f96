/* The second factor: set up, ask for, switch off. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "base/conf.h"
#include "ext/crypto.h"
#include "ext/qr.h"
#include "tmpl/account/factor.h"
#include "web/audit.h"

#include <string.h>

enum { KEY_N = 20 };

static bool open_key(struct req *r, const struct account_person *p, struct bytes *ret)
{
	return p->totp_sealed.p && crypto_open(r->a, "totp", p->totp_sealed, ret);
}

struct err *account_factor_try(struct req *r, const struct account_person *p, const char *typed, bool *ret_ok)
{
	const char *who = arena_printf(r->a, "%lld", (long long)p->id.v);
	struct bytes key;
	uint32_t code;
	*ret_ok = false;
	TRY(throttle_try(r, "factor", who));
	if (!account_totp_parse(typed, &code) || !open_key(r, p, &key))
		return NULL;
	int64_t step = account_totp_step(key, code, r->now, p->totp_last_step);
	if (!step)
		return NULL;
	TRY(account_totp_spend(r->db, p->id, step, ret_ok)); /* of two at once only one gets through */
	if (*ret_ok)
		throttle_forgive(r, "factor", who);
	return NULL;
}

static const char *in_groups(struct arena *a, const char *s)
{
	size_t n = strlen(s);
	char *spaced = arena_alloc(a, n + n / 4 + 1), *to = spaced;
	for (size_t i = 0; i < n; i++) {
		if (i && i % 4 == 0)
			*to++ = ' ';
		*to++ = s[i];
	}
	return spaced;
}

/* The key is made once and kept, so that loading the page again does not outdate what the app has scanned. */
static struct err *key_prepared(struct req *r, const struct account_person *p, struct bytes *ret)
{
	if (open_key(r, p, ret))
		return NULL;
	uint8_t key[KEY_N];
	crypto_random(key, sizeof key);
	*ret = (struct bytes){ arena_copy(r->a, key, sizeof key), sizeof key };
	return account_totp_prepare(r->db, p->id, crypto_seal(r->a, "totp", *ret));
}

struct err *factor_page(struct req *r)
{
	struct account_person *p;
	TRY(account_by_id(r->db, r->a, r->who.person, &p));
	if (!p)
		return err_new(ERR_NOT_FOUND, "the person is gone");
	struct factor_view v = { .on = p->totp_on_at != 0, .passed = r->who.second_factor, .required = p->admin, .next = next_typed(r) };
	struct bytes qr = { 0 };
	if (!v.on) {
		struct bytes key;
		TRY(key_prepared(r, p, &key));
		TRY(qr_svg(r->a, account_totp_uri(r->a, conf()->site_name, p->email, key), tr(r->lang, N_("QR code for the authenticator app")), &qr));
		v.key = in_groups(r->a, str_base32(r->a, key));
	}
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Second factor"), .nav = NAV_ME, .no_index = true });
	tmpl_factor_open(o, &v);
	out_raw(o, qr.p, qr.n);
	tmpl_factor_close(o, &v);
	return page_end(r, 200);
}

struct factor_tx { struct req *r; struct person_id person; int64_t step; bool done; };

static struct err *factor_on_run(struct db *db, void *ctx)
{
	struct factor_tx *t = ctx;
	TRY(account_totp_on(db, t->person, t->step, t->r->now, &t->done));
	return audit(t->r, db, "account.second_factor_on", arena_printf(t->r->a, "person:%lld", (long long)t->person.v), NULL);
}

static struct err *wrong_code(struct req *r)
{
	req_field_error(r, "code", N_("This code is not right. Codes change every 30 seconds, and each is good once."));
	return req_again(r);
}

static struct err *set_up(struct req *r, const struct account_person *p, const char *typed)
{
	const char *who = arena_printf(r->a, "%lld", (long long)p->id.v);
	struct bytes key;
	uint32_t code;
	TRY(throttle_try(r, "factor", who));
	int64_t step = account_totp_parse(typed, &code) && open_key(r, p, &key) ? account_totp_step(key, code, r->now, 0) : 0;
	if (!step)
		return wrong_code(r);
	throttle_forgive(r, "factor", who);
	struct factor_tx t = { r, p->id, step, false };
	TRY(db_tx(r->db, factor_on_run, &t));
	TRY(session_end_others(r, p->id, r->who.session_id));
	req_flash(r, "success", tr(r->lang, N_("The second factor is on. From now on signing in asks for a code.")));
	return NULL;
}

/* Sets it up, or checks it in this session (an admin who signed in before it was on). */
struct err *factor_confirm(struct req *r)
{
	const struct factor_form *f = r->form;
	struct account_person *p;
	TRY(account_by_id(r->db, r->a, r->who.person, &p));
	if (!p)
		return err_new(ERR_NOT_FOUND, "the person is gone");
	if (!p->totp_on_at) {
		TRY(set_up(r, p, f->code));
		if (r->form_errors)
			return NULL; /* the form is shown again */
	} else {
		bool ok;
		TRY(account_factor_try(r, p, f->code, &ok));
		if (!ok)
			return wrong_code(r);
	}
	TRY(session_begin(r, p->id, true, true));
	return redirect(r, next_url(r, "/me/second-factor"));
}

static struct err *factor_off_run(struct db *db, void *ctx)
{
	struct factor_tx *t = ctx;
	TRY(account_totp_off(db, t->person, &t->done));
	if (!t->done)
		return NULL;
	return audit(t->r, db, "account.second_factor_off", arena_printf(t->r->a, "person:%lld", (long long)t->person.v), NULL);
}

struct err *factor_off(struct req *r)
{
	const struct factor_form *f = r->form;
	struct account_person *p;
	TRY(account_by_id(r->db, r->a, r->who.person, &p));
	if (!p || !p->totp_on_at)
		return redirect(r, (struct url){ "/me/second-factor" });
	if (p->admin)
		return err_user(err_new(ERR_FORBIDDEN, "an admin's second factor stays on"), "%s",
		    N_("People who run the site need the second factor."));
	bool ok;
	TRY(account_factor_try(r, p, f->code, &ok));
	if (!ok)
		return wrong_code(r);
	TRY(db_tx(r->db, factor_off_run, &(struct factor_tx){ .r = r, .person = p->id }));
	TRY(session_begin(r, p->id, true, false));
	req_flash(r, "info", tr(r->lang, N_("The second factor is off.")));
	return redirect(r, (struct url){ "/me/second-factor" });
}
