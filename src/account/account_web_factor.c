/* The second factor: set up, ask for, switch off. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "base/conf.h"
#include "ext/crypto.h"
#include "ext/qr.h"
#include "tmpl/account/factor.h"
#include "web/audit.h"
#include "web/once.h"

#include <string.h>

enum { KEY_N = 20, CODES_SHOWN_S = 600 };

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
	if (account_totp_parse(typed, &code)) {
		int64_t step = open_key(r, p, &key) ? account_totp_step(key, code, r->now, p->totp_last_step) : 0;
		if (step)
			TRY(account_totp_spend(r->db, p->id, step, ret_ok)); /* of two at once only one gets through */
	} else {
		TRY(recovery_try(r, p, typed, ret_ok));
	}
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
	if (v.on) {
		TRY(recovery_left(r->db, r->a, p->id, &v.codes_left));
	} else {
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

struct factor_tx { struct req *r; struct person_id person; int64_t step; const char *codes; bool done; };

/* The codes travel sealed in the browser to the page that shows them. */
static struct url codes_url(struct req *r)
{
	const char *next = next_typed(r);
	return *next ? url_fmt(r->a, "/me/second-factor/codes?next=%s", next) : (struct url){ "/me/second-factor/codes" };
}

static struct err *to_codes(struct req *r, struct person_id person, const char *codes)
{
	step_set(r, "recovery-codes", arena_printf(r->a, "%lld %s", (long long)person.v, codes), CODES_SHOWN_S);
	return redirect(r, codes_url(r));
}

static struct err *factor_on_run(struct db *db, void *ctx)
{
	struct factor_tx *t = ctx;
	TRY(account_totp_on(db, t->person, t->step, t->r->now, &t->done));
	if (!t->done)
		return NULL; /* another window was quicker */
	TRY(recovery_make(db, t->r->a, t->person, &t->codes));
	return audit(t->r, db, "account.second_factor_on", arena_printf(t->r->a, "person:%lld", (long long)t->person.v), NULL);
}

static struct err *wrong_code(struct req *r)
{
	req_field_error(r, "code", N_("This code is not right. Codes change every 30 seconds, and each is good once."));
	return req_again(r);
}

static struct err *set_up(struct req *r, const struct account_person *p, const char *typed, const char **ret_codes)
{
	const char *who = arena_printf(r->a, "%lld", (long long)p->id.v);
	struct bytes key;
	uint32_t code;
	TRY(throttle_try(r, "factor", who));
	int64_t step = account_totp_parse(typed, &code) && open_key(r, p, &key) ? account_totp_step(key, code, r->now, 0) : 0;
	if (!step)
		return wrong_code(r);
	throttle_forgive(r, "factor", who);
	struct factor_tx t = { .r = r, .person = p->id, .step = step };
	TRY(db_tx(r->db, factor_on_run, &t));
	if (!t.done)
		return wrong_code(r);
	*ret_codes = t.codes;
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
	const char *codes = NULL;
	if (!p->totp_on_at) {
		TRY(set_up(r, p, f->code, &codes));
		if (!codes)
			return NULL; /* the form is shown again */
	} else {
		bool ok;
		TRY(account_factor_try(r, p, f->code, &ok));
		if (!ok)
			return wrong_code(r);
	}
	TRY(session_begin(r, p->id, true, true));
	return codes ? to_codes(r, p->id, codes) : redirect(r, next_url(r, "/me/second-factor"));
}

/* ---- recovery codes ---------------------------------------------------------------------------------------------------- */
/* The codes made just now in this browser for this person, one by one. */
static void codes_fresh(const struct req *r, struct recovery_view *v)
{
	const char *step = step_get(r, "recovery-codes"), *rest;
	int64_t person;
	if (!step || !(rest = strchr(step, ' ')) || !str_to_i64(arena_strndup(r->a, step, (size_t)(rest - step)), &person) ||
	    person != r->who.person.v)
		return;
	const char **codes = arena_array(r->a, const char *, ACCOUNT_RECOVERY_CODES);
	while (rest && v->n < ACCOUNT_RECOVERY_CODES) {
		size_t n = strcspn(++rest, " ");
		codes[v->n++] = arena_strndup(r->a, rest, n);
		rest = rest[n] ? rest + n : NULL;
	}
	v->codes = codes;
}

struct err *recovery_page(struct req *r)
{
	struct account_person *p;
	TRY(account_by_id(r->db, r->a, r->who.person, &p));
	if (!p || !p->totp_on_at)
		return redirect(r, (struct url){ "/me/second-factor" });
	struct recovery_view v = { .next = next_url(r, "/me/second-factor") };
	codes_fresh(r, &v);
	if (v.n)
		step_clear(r);
	TRY(recovery_left(r->db, r->a, p->id, &v.left));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Recovery codes")), .nav = NAV_ME, .no_index = true });
	tmpl_recovery(o, &v);
	return page_end(r, 200);
}

static struct err *renew_run(struct db *db, void *ctx)
{
	struct factor_tx *t = ctx;
	TRY(recovery_make(db, t->r->a, t->person, &t->codes));
	TRY(audit(t->r, db, "account.recovery_codes_new", arena_printf(t->r->a, "person:%lld", (long long)t->person.v), NULL));
	return once_made(t->r, db, codes_url(t->r));
}

struct err *recovery_renew(struct req *r)
{
	const struct factor_form *f = r->form;
	struct account_person *p;
	TRY(account_by_id(r->db, r->a, r->who.person, &p));
	if (!p || !p->totp_on_at)
		return redirect(r, (struct url){ "/me/second-factor" });
	bool ok;
	TRY(account_factor_try(r, p, f->code, &ok));
	if (!ok)
		return wrong_code(r);
	struct factor_tx t = { .r = r, .person = p->id };
	TRY(db_tx(r->db, renew_run, &t));
	return to_codes(r, p->id, t.codes);
}

/* ---- off --------------------------------------------------------------------------------------------------------------- */

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
