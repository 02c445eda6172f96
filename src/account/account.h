/* People: members, guests, sign-in, second factor, organizers' applications and staff codes. */
#ifndef FOYER_ACCOUNT_H
#define FOYER_ACCOUNT_H

#include "db/db.h"
#include "ids.h"
#include "web/route.h"

extern const struct domain account_domain;

#define ACCOUNT_PERSON_ROW(F)                                                                                          \
	F(person_id, id) F(str, email) F(time, email_verified_at) F(str, password_hash) F(str, name) F(str, phone)     \
	F(str, lang) F(flag, admin) F(bytes, totp_sealed) F(time, totp_on_at) F(i64, totp_last_step) F(time, created_at) \
	F(time, deleted_at)
DB_ROW(account_person, ACCOUNT_PERSON_ROW)
struct err *account_by_email(struct db *db, struct arena *a, const char *email, struct account_person **ret);
struct err *account_by_id(struct db *db, struct arena *a, struct person_id id, struct account_person **ret);

/* Why a password is not good enough (msgid), NULL: fine.  ≥ 10 characters, not on the list of common ones, not the
 * e-mail or the name.  Pure. */
const char *account_password_fault(const char *password, const char *email, const char *name);
/* The guest of a verified e-mail: found or made. */
struct err *account_guest(struct db *db, const char *email, const char *lang, int64_t now, struct person_id *ret);

/* As what a staff code is kept (staff_code.code_hash); capitals, spaces and dashes as one likes. */
struct bytes account_staff_hash(struct arena *a, const char *typed);

/* An admin's word on an application: pending_approval → approved | rejected, audited, told to the applicant by mail.
 * reason: told to the applicant; "" for none.  ERR_NOT_FOUND; ERR_CONFLICT: it was decided already. */
struct err *account_organizer_decide(struct req *r, struct organizer_id id, bool approve, const char *reason);

#endif
