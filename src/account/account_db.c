/* People in the database. */
#include "account/account_priv.h"

#include "base/clock.h"

#define PERSON_FIELDS                                                                                                  \
	"SELECT id, email, email_verified_at, password_hash, name, phone, lang, admin, totp_sealed, totp_on_at, "      \
	"totp_last_step, created_at, deleted_at FROM person "
DB_QUERY(person_by_email, account_person, PERSON_FIELDS "WHERE email = ?")
DB_QUERY(person_by_id, account_person, PERSON_FIELDS "WHERE id = ? AND deleted_at IS NULL")

struct err *account_by_email(struct db *db, struct arena *a, const char *email, struct account_person **ret)
{
	return person_by_email_one(db, a, ret, DB_ARGS(email));
}

struct err *account_by_id(struct db *db, struct arena *a, struct person_id id, struct account_person **ret)
{
	return person_by_id_one(db, a, ret, DB_ARGS(id.v));
}

/* ---- making people ---------------------------------------------------------------------------------------------------- */
/* LAST_INSERT_ID(id) tells which row it was. */
DB_EXEC(person_add_guest,
    "INSERT INTO person (email, email_verified_at, lang, created_at, seen_at) VALUES (?, ?, ?, ?, ?) "
    "ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), email_verified_at = COALESCE(email_verified_at, VALUES(email_verified_at)), "
    "seen_at = VALUES(seen_at)")
DB_EXEC(person_from_guest,
    "UPDATE person SET id = LAST_INSERT_ID(id), password_hash = ?, name = ?, lang = ?, email_verified_at = ? "
    "WHERE email = ? AND password_hash IS NULL AND deleted_at IS NULL")
DB_EXEC(person_add_member,
    "INSERT INTO person (email, email_verified_at, password_hash, name, lang, created_at) VALUES (?, ?, ?, ?, ?, ?)")

struct err *account_guest(struct db *db, const char *email, const char *lang, int64_t now, struct person_id *ret)
{
	TRY(person_add_guest_run(db, NULL, DB_ARGS(email, db_time(now), lang, db_time(now), db_time(now))));
	ret->v = db_last_id(db);
	return NULL;
}

struct err *account_insert(struct db *db, const char *email, const char *name, const char *password_hash, const char *lang,
    int64_t now, struct person_id *ret)
{
	int64_t was_guest;
	TRY(person_from_guest_run(db, &was_guest, DB_ARGS(password_hash, name, lang, db_time(now), email)));
	if (!was_guest) {
		struct err *e = person_add_member_run(db, NULL, DB_ARGS(email, db_time(now), password_hash, name, lang, db_time(now)));
		if (err_is(e, ERR_DUPLICATE)) {
			err_free(e);
			return err_user(err_new(ERR_CONFLICT, "a member has this address"), "%s",
			    N_("There is an account with this e-mail address already. Please sign in."));
		}
		TRY(e);
	}
	ret->v = db_last_id(db);
	return NULL;
}

DB_EXEC(consent_add, "INSERT INTO consent (person_id, kind, version, granted, at) VALUES (?, ?, ?, ?, ?)")
#define CONSENT_ROW(F) F(flag, granted)
DB_ROW(consent_row, CONSENT_ROW)
DB_QUERY(consent_marketing, consent_row,
    "SELECT granted FROM consent WHERE person_id = ? AND kind = 'marketing' ORDER BY id DESC LIMIT 1")

struct err *account_consent(struct db *db, struct person_id person, const char *kind, bool granted, int64_t now)
{
	return consent_add_run(db, NULL, DB_ARGS(person.v, kind, ACCOUNT_TERMS_VERSION, granted, db_time(now)));
}

struct err *account_marketing(struct db *db, struct arena *a, struct person_id person, bool *ret)
{
	struct consent_row *row;
	TRY(consent_marketing_one(db, a, &row, DB_ARGS(person.v)));
	*ret = row && row->granted;
	return NULL;
}

/* ---- changing them ---------------------------------------------------------------------------------------------------- */
DB_EXEC(person_seen, "UPDATE person SET seen_at = ? WHERE id = ?")
DB_EXEC(person_profile, "UPDATE person SET name = ?, phone = ?, lang = ? WHERE id = ? AND deleted_at IS NULL")
DB_EXEC(person_password, "UPDATE person SET password_hash = ? WHERE id = ? AND password_hash IS NOT NULL AND deleted_at IS NULL")
DB_EXEC(person_email, "UPDATE person SET email = ?, email_verified_at = ? WHERE id = ? AND deleted_at IS NULL")
DB_EXEC(person_totp_prepare, "UPDATE person SET totp_sealed = ?, totp_last_step = 0 WHERE id = ? AND totp_on_at IS NULL")
DB_EXEC(person_totp_on, "UPDATE person SET totp_on_at = ?, totp_last_step = ? "
    "WHERE id = ? AND totp_on_at IS NULL AND totp_sealed IS NOT NULL AND deleted_at IS NULL")
DB_EXEC(person_totp_off, "UPDATE person SET totp_on_at = NULL, totp_sealed = NULL WHERE id = ? AND totp_on_at IS NOT NULL")
DB_EXEC(person_totp_spend, "UPDATE person SET totp_last_step = ? WHERE id = ? AND totp_last_step < ? AND totp_on_at IS NOT NULL")

struct err *account_seen(struct db *db, struct person_id person, int64_t now)
{
	return person_seen_run(db, NULL, DB_ARGS(db_time(now), person.v));
}

struct err *account_set_profile(struct db *db, struct person_id person, const char *name, const char *phone, const char *lang)
{
	return person_profile_run(db, NULL, DB_ARGS(name, phone, lang, person.v));
}

struct err *account_set_password(struct db *db, struct person_id person, const char *hash)
{
	return person_password_run(db, NULL, DB_ARGS(hash, person.v));
}

struct err *account_set_email(struct db *db, struct person_id person, const char *email, int64_t now)
{
	return person_email_run(db, NULL, DB_ARGS(email, db_time(now), person.v));
}

struct err *account_totp_prepare(struct db *db, struct person_id person, struct bytes sealed)
{
	return person_totp_prepare_run(db, NULL, DB_ARGS(sealed, person.v));
}

struct err *account_totp_on(struct db *db, struct person_id person, int64_t step, int64_t now, bool *ret_on)
{
	int64_t changed;
	TRY(person_totp_on_run(db, &changed, DB_ARGS(db_time(now), step, person.v)));
	*ret_on = changed == 1;
	return NULL;
}

struct err *account_totp_off(struct db *db, struct person_id person, bool *ret_off)
{
	int64_t changed;
	TRY(person_totp_off_run(db, &changed, DB_ARGS(person.v)));
	*ret_off = changed == 1;
	return recovery_drop(db, person);
}

struct err *account_totp_spend(struct db *db, struct person_id person, int64_t step, bool *ret_spent)
{
	int64_t changed;
	TRY(person_totp_spend_run(db, &changed, DB_ARGS(step, person.v, step)));
	*ret_spent = changed == 1;
	return NULL;
}

/* ---- leaving ------------------------------------------------------------------------------------------------------------ */
DB_EXEC(person_anonymise,
    "UPDATE person SET email = NULL, name = '', phone = '', password_hash = NULL, admin = 0, totp_sealed = NULL, "
    "totp_on_at = NULL, deleted_at = ? WHERE id = ? AND deleted_at IS NULL")
DB_EXEC(person_tokens_gone, "DELETE FROM email_token WHERE kind IN ('verify','reset','change','guest') AND email = (SELECT email FROM person WHERE id = ?)")
DB_EXEC(person_application_gone,
    "UPDATE organizer SET state = 'rejected', name = '', registration_no = '', phone = '', about = '', reason = '' "
    "WHERE person_id = ? AND state <> 'approved'")

struct err *account_anonymise(struct db *db, struct person_id person, int64_t now, bool *ret_done)
{
	int64_t changed;
	TRY(person_tokens_gone_run(db, NULL, DB_ARGS(person.v)));
	TRY(recovery_drop(db, person));
	TRY(person_application_gone_run(db, NULL, DB_ARGS(person.v)));
	TRY(person_anonymise_run(db, &changed, DB_ARGS(db_time(now), person.v)));
	*ret_done = changed == 1;
	return NULL;
}

DB_EXEC(orders_contact_gone,
    "UPDATE orders o JOIN person p ON p.id = o.person_id JOIN performance f ON f.id = o.performance_id "
    "LEFT JOIN ticket t ON t.order_id = o.id "
    "SET o.contact_name = '', o.contact_email = '', o.contact_phone = '', t.holder = '' "
    "WHERE p.deleted_at IS NOT NULL AND p.id = ? AND o.contact_email <> '' "
    "AND (o.state IN ('cancelled','expired') OR f.starts_at < ?)")
#define LEFT_ROW(F) F(person_id, id)
DB_ROW(left_row, LEFT_ROW)
DB_QUERY_F(left_with_orders, left_row, DB_SCAN_OK,
    "SELECT DISTINCT p.id FROM person p JOIN orders o ON o.person_id = p.id JOIN performance f ON f.id = o.performance_id "
    "WHERE p.deleted_at IS NOT NULL AND o.contact_email <> '' AND (o.state IN ('cancelled','expired') OR f.starts_at < ?)")

struct err *orders_forget(struct db *db, struct person_id person, int64_t now)
{
	return orders_contact_gone_run(db, NULL, DB_ARGS(person.v, db_time(now)));
}

struct err *orders_forget_job(struct job_ctx *j)
{
	struct left_row *rows;
	size_t n;
	TRY(left_with_orders_all(j->db, j->a, &rows, &n, DB_ARGS(db_time(j->now))));
	for (size_t i = 0; i < n; i++)
		TRY(orders_forget(j->db, rows[i].id, j->now));
	return NULL;
}
