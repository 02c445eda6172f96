/* What the files of account/ share among themselves. */
#ifndef FOYER_ACCOUNT_PRIV_H
#define FOYER_ACCOUNT_PRIV_H

#include "account/account.h"
#include "notify/notify.h"
#include "web/req.h"
#include "web/session.h"

#define ACCOUNT_TERMS_VERSION "2026-11" /* of the terms and the privacy notice, as stored with each consent */

/* ---- account.c: pure rules ---- */
bool account_password_common(const char *lower); /* common_passwords.c */
/* The time step whose code was entered: the current one or a neighbour, newer than `last`; 0: none, or used already. */
int64_t account_totp_step(struct bytes key, uint32_t code, int64_t now, int64_t last);
/* Six digits, spaces allowed between them; false otherwise. */
bool account_totp_parse(const char *s, uint32_t *ret);
/* "otpauth://totp/Foyer:mina%40example.kr?secret=…&issuer=Foyer" */
const char *account_totp_uri(struct arena *a, const char *site, const char *email, struct bytes key);
/* A code as it was meant: no hyphens and spaces, O and I and L as the digits they look like. */
const char *account_code_plain(struct arena *a, const char *typed);
bool account_phone_ok(const char *s); /* NULL and "" are fine: nobody must have one */

/* ---- account_db.c ---- */
struct account_consents { bool marketing; };
struct err *account_insert(struct db *db, const char *email, const char *name, const char *password_hash, const char *lang,
    int64_t now, struct person_id *ret); /* the guest of that address becomes the member; ERR_CONFLICT: a member has it */
struct err *account_consent(struct db *db, struct person_id person, const char *kind, bool granted, int64_t now);
struct err *account_marketing(struct db *db, struct arena *a, struct person_id person, bool *ret);
struct err *account_seen(struct db *db, struct person_id person, int64_t now);
struct err *account_set_profile(struct db *db, struct person_id person, const char *name, const char *phone, const char *lang);
struct err *account_set_password(struct db *db, struct person_id person, const char *hash);
struct err *account_set_email(struct db *db, struct person_id person, const char *email, int64_t now);
struct err *account_totp_prepare(struct db *db, struct person_id person, struct bytes sealed); /* nothing when it is on */
struct err *account_totp_on(struct db *db, struct person_id person, int64_t step, int64_t now, bool *ret_on);
struct err *account_totp_off(struct db *db, struct person_id person, bool *ret_off);
struct err *account_totp_spend(struct db *db, struct person_id person, int64_t step, bool *ret_spent);
struct err *account_anonymise(struct db *db, struct person_id person, int64_t now, bool *ret_done);

/* What the law requires of a booking is its sums and dates: names and addresses go once the event is over.  The person has left. */
struct err *orders_forget(struct db *db, struct person_id person, int64_t now);
struct err *orders_forget_job(struct job_ctx *j);

/* ---- token.c: links and codes sent by mail; only hashes are stored ---- */
#define ACCOUNT_TOKEN_ROW(F)                                                                                           \
	F(i64, id) F(str, email) F(person_id, person_id) F(bytes, token_hash) F(str, payload) F(time, created_at)
DB_ROW(account_token, ACCOUNT_TOKEN_ROW)
/* kind: verify, reset, change.  ret: the link's token (arena). */
struct err *token_add(struct db *db, struct arena *a, const char *kind, const char *email, struct person_id person,
    const char *payload, int64_t now, int64_t lives_us, const char **ret);
struct err *token_find(struct db *db, struct arena *a, const char *kind, const char *token, int64_t now,
    struct account_token **ret); /* unused and in time, or NULL */
struct err *token_use(struct db *db, int64_t id, int64_t now); /* ERR_GONE: somebody used it meanwhile */
struct err *token_void(struct db *db, const char *kind, const char *email, int64_t now); /* the others of that address */
struct err *token_clean(struct job_ctx *j);
struct err *guest_code_add(struct db *db, struct arena *a, const char *email, int64_t now, const char **ret, int64_t *ret_id);
/* Counts a try of the code `id` and compares with all that were mailed to that address: somebody else may have asked for one
 * since.  ret_ok false: wrong, late or used up (ret_left: tries that are left). */
struct err *guest_code_try(struct db *db, struct arena *a, const char *email, int64_t id, const char *code, int64_t now,
    bool *ret_ok, int64_t *ret_left);
/* Secrets that travel in the outbox are sealed there. */
const char *secret_pack(struct arena *a, const char *clear);
const char *secret_unpack(struct arena *a, const char *sealed); /* NULL: not ours */

/* ---- recovery.c: one-time codes for who has lost the authenticator app; only hashes are stored ---- */
enum { ACCOUNT_RECOVERY_CODES = 8 };
/* A fresh set in place of the old one.  ret: the codes, a space between them (arena). */
struct err *recovery_make(struct db *db, struct arena *a, struct person_id person, const char **ret);
struct err *recovery_drop(struct db *db, struct person_id person);
struct err *recovery_left(struct db *db, struct arena *a, struct person_id person, int64_t *ret);
/* Spends the code if it is an unused one of the person, who is told by mail. */
struct err *recovery_try(struct req *r, const struct account_person *p, const char *typed, bool *ret_ok);

/* ---- step.c: what the browser carries from one page of a procedure to the next, sealed ---- */
void step_set(struct req *r, const char *purpose, const char *value, int64_t seconds);
const char *step_get(const struct req *r, const char *purpose); /* NULL: none, forged, another's, or too late */
void step_clear(struct req *r);

/* ---- next: where to go after signing in; every page on the way has FORM_OF(next_form) or a field of that name ---- */
#define NEXT_FORM(F) F(text, next, .max = 1000)
FORM(next_form, NEXT_FORM)
const char *next_typed(const struct req *r); /* "" when there is none of ours */
struct url next_url(const struct req *r, const char *fallback);

/* ---- throttle.c: ERR_LIMIT with a user text ---- */
struct err *throttle_mail(struct req *r, const char *what, const char *email); /* mails one may cause, by what they are for */
/* Guesses of a secret; counts this one.  who: what they come into; NULL: counted by address alone.  Only where strangers cannot
 * guess: whoever may, locks the others out. */
struct err *throttle_try(struct req *r, const char *what, const char *who);
void throttle_forgive(struct req *r, const char *what, const char *who);       /* the guess was right */
/* ERR_UNAVAILABLE while nobody can be signed in or out: links and codes that are good once are not spent then. */
struct err *sessions_needed(void);
/* Passwords typed by anybody: narrow for one address and for a browser that knows the account, wide for all strangers together,
 * whose guesses do not keep such a browser out. */
struct err *throttle_sign_in(struct req *r, const char *email);
void throttle_sign_in_right(struct req *r, const char *email);
void throttle_know(struct req *r, const char *email);           /* this browser has come into the account, or owns its mailbox */
struct err *throttle_forget(const struct account_person *p);                   /* an operator unlocks */

/* ---- mail.c ---- */
extern const struct mail_kind account_mails[];
struct err *mail_link(struct db *db, struct arena *a, const char *kind, const char *to, const char *lang, const char *token);
struct err *mail_plain(struct db *db, const char *kind, const char *to, const char *lang);
struct err *mail_decision(struct db *db, const char *to, const char *lang, const char *organizer, bool approved,
    const char *reason);

/* ---- handlers, by file; the table is in account_web.c ---- */
#define SIGN_UP_FORM(F)                                                                                                \
	F(text, name, .required = true, .max = 60) F(email, email, .required = true)                                   \
	F(password, password, .required = true) F(flag, terms, .required = true) F(flag, privacy, .required = true)    \
	F(flag, marketing) F(text, website) F(text, next, .max = 1000)
FORM(sign_up_form, SIGN_UP_FORM)
#define TOKEN_FORM(F) F(text, token, .required = true, .max = 60)
FORM(token_form, TOKEN_FORM)
#define CONFIRM_FORM(F) F(text, token, .required = true, .max = 60) F(password, password)
FORM(confirm_form, CONFIRM_FORM)
#define SIGN_IN_FORM(F)                                                                                                \
	F(email, email, .required = true) F(password, password, .required = true) F(text, next, .max = 1000)
FORM(sign_in_form, SIGN_IN_FORM)
#define FACTOR_FORM(F) F(text, code, .required = true, .max = 20) F(text, next, .max = 1000)
FORM(factor_form, FACTOR_FORM)
#define FORGOT_FORM(F) F(email, email, .required = true)
FORM(forgot_form, FORGOT_FORM)
#define RESET_FORM(F) F(text, token, .required = true, .max = 60) F(password, password, .required = true)
FORM(reset_form, RESET_FORM)
#define GUEST_FORM(F) F(email, email, .required = true) F(code, order, .max = 20) F(text, next, .max = 1000)
FORM(guest_form, GUEST_FORM)
#define GUEST_CODE_FORM(F) F(text, code, .required = true, .max = 20) F(text, next, .max = 1000)
FORM(guest_code_form, GUEST_CODE_FORM)
#define PROFILE_FORM(F)                                                                                                \
	F(text, name, .required = true, .max = 60) F(text, phone, .max = 20) F(choice, lang, .required = true, .options = "ko|en") \
	F(flag, marketing)
FORM(profile_form, PROFILE_FORM)
#define PASSWORD_FORM(F) F(password, current, .required = true) F(password, password, .required = true)
FORM(password_form, PASSWORD_FORM)
#define EMAIL_FORM(F) F(email, email, .required = true) F(password, password, .required = true)
FORM(email_form, EMAIL_FORM)
#define SESSION_FORM(F) F(text, id, .required = true, .max = 64)
FORM(session_form, SESSION_FORM)
#define DELETE_FORM(F) F(password, password, .required = true) F(flag, sure, .required = true)
FORM(delete_form, DELETE_FORM)
#define APPLY_FORM(F)                                                                                                  \
	F(text, name, .required = true, .max = 100) F(text, registration_no, .required = true, .max = 20)              \
	F(text, phone, .required = true, .max = 20) F(longtext, about, .required = true, .max = 2000)
FORM(apply_form, APPLY_FORM)
#define STAFF_FORM(F) F(text, code, .required = true, .max = 40)
FORM(staff_form, STAFF_FORM)
#define STAFF_ISSUE_FORM(F)                                                                                            \
	F(text, label, .required = true, .max = 60) F(i64, show) F(i64, days, .required = true, .min = 1, .max = 365)  \
	F(flag, gate) F(flag, orders) F(flag, shows) F(flag, venues) F(flag, sales)
FORM(staff_issue_form, STAFF_ISSUE_FORM)
#define STAFF_REVOKE_FORM(F) F(i64, id, .required = true)
FORM(staff_revoke_form, STAFF_REVOKE_FORM)

struct err *sign_up_page(struct req *r);
struct err *sign_up(struct req *r);
struct err *sign_up_sent_page(struct req *r);
struct err *sign_up_confirm_page(struct req *r);
struct err *sign_up_confirm(struct req *r);
struct err *sign_in_page(struct req *r);
struct err *sign_in(struct req *r);
struct err *sign_in_factor_page(struct req *r);
struct err *sign_in_factor(struct req *r);
struct err *sign_in_recovery_page(struct req *r);
struct err *sign_out(struct req *r);
struct err *forgot_page(struct req *r);
struct err *forgot(struct req *r);
struct err *forgot_sent_page(struct req *r);
struct err *reset_page(struct req *r);
struct err *reset(struct req *r);
struct err *guest_page(struct req *r);
struct err *guest_ask(struct req *r);
struct err *guest_code_page(struct req *r);
struct err *guest_code(struct req *r);
struct err *me_page(struct req *r);
struct err *me_save(struct req *r);
struct err *me_strip(struct req *r);
struct err *password_page(struct req *r);
struct err *password_save(struct req *r);
struct err *email_page(struct req *r);
struct err *email_ask(struct req *r);
struct err *email_confirm_page(struct req *r);
struct err *email_confirm(struct req *r);
struct err *sessions_page(struct req *r);
struct err *session_end_form(struct req *r);
struct err *session_end_others_form(struct req *r);
struct err *delete_page(struct req *r);
struct err *delete_account(struct req *r);
/* Whether the person at a signed-in keyboard is the one of the account; counts the try. */
struct err *account_password_try(struct req *r, const struct account_person *p, const char *typed, bool *ret_ok);
/* Whether it is the app's code of now or a recovery code, and was not used; counts the try, spends the code. */
struct err *account_factor_try(struct req *r, const struct account_person *p, const char *typed, bool *ret_ok);
struct err *factor_page(struct req *r);
struct err *factor_confirm(struct req *r);
struct err *factor_off(struct req *r);
struct err *recovery_page(struct req *r);
struct err *recovery_renew(struct req *r);
struct err *organizer_page(struct req *r);
struct err *organizer_apply_page(struct req *r);
struct err *organizer_apply(struct req *r);
struct err *staff_page(struct req *r);
struct err *staff_enter(struct req *r);
struct err *desk_staff_page(struct req *r);
struct err *desk_staff_issue(struct req *r);
struct err *desk_staff_revoke(struct req *r);
struct err *terms_page(struct req *r);
struct err *privacy_page(struct req *r);
int user_main(int argc, char **argv);

#endif
