/* Recovery codes: for who has lost the authenticator app.  Each is good once; a new set replaces the old one. */
#include "account/account_priv.h"

#include "ext/crypto.h"
#include "proc/outbox.h"
#include "web/audit.h"

#include <string.h>

enum { CODE_N = 10 };

/* 50 random bits; the hash is keyed like that of other short codes. */
static struct bytes code_hash(struct arena *a, struct person_id person, const char *plain)
{
	const char *text = arena_printf(a, "%lld %s", (long long)person.v, plain);
	uint8_t mac[32];
	crypto_mac("recovery-code", text, strlen(text), mac);
	return (struct bytes){ arena_copy(a, mac, sizeof mac), sizeof mac };
}

DB_EXEC(recovery_insert, "INSERT INTO recovery_code (person_id, code_hash) VALUES {(?, ?)}")
DB_EXEC(recovery_delete, "DELETE FROM recovery_code WHERE person_id = ?")
DB_EXEC(recovery_spend, "UPDATE recovery_code SET used_at = ? WHERE person_id = ? AND code_hash = ? AND used_at IS NULL")
DB_QUERY(recovery_unused, db_count, "SELECT COUNT(*) AS n FROM recovery_code WHERE person_id = ? AND used_at IS NULL")

struct err *recovery_make(struct db *db, struct arena *a, struct person_id person, const char **ret)
{
	struct db_arg args[ACCOUNT_RECOVERY_CODES * 2];
	const char *all = "";
	for (size_t i = 0; i < ACCOUNT_RECOVERY_CODES; i++) {
		const char *plain = crypto_code(a, CODE_N);
		all = arena_printf(a, "%s%s%.5s-%s", all, *all ? " " : "", plain, plain + CODE_N / 2);
		args[2 * i] = DB_ARG(person.v);
		args[2 * i + 1] = DB_ARG(code_hash(a, person, plain));
	}
	TRY(recovery_delete_run(db, NULL, DB_ARGS(person.v)));
	TRY(recovery_insert_many(db, NULL, ACCOUNT_RECOVERY_CODES, args, ARRAY_LEN(args)));
	*ret = all;
	return NULL;
}

struct err *recovery_drop(struct db *db, struct person_id person)
{
	return recovery_delete_run(db, NULL, DB_ARGS(person.v));
}

struct err *recovery_left(struct db *db, struct arena *a, struct person_id person, int64_t *ret)
{
	struct db_count *row;
	TRY(recovery_unused_one(db, a, &row, DB_ARGS(person.v)));
	*ret = row ? row->n : 0;
	return NULL;
}

struct spend_tx { struct req *r; const struct account_person *person; struct bytes hash; bool done; };

static struct err *spend_run(struct db *db, void *ctx)
{
	struct spend_tx *t = ctx;
	const struct account_person *p = t->person;
	int64_t changed;
	TRY(recovery_spend_run(db, &changed, DB_ARGS(db_time(t->r->now), p->id.v, t->hash)));
	t->done = changed == 1;
	if (!t->done)
		return NULL;
	TRY(audit(t->r, db, "account.recovery_code_used", arena_printf(t->r->a, "person:%lld", (long long)p->id.v), NULL));
	return mail_plain(db, "recovery_code_used", p->email, p->lang);
}

struct err *recovery_try(struct req *r, const struct account_person *p, const char *typed, bool *ret_ok)
{
	const char *plain = account_code_plain(r->a, typed);
	*ret_ok = false;
	if (strlen(plain) != CODE_N)
		return NULL;
	struct spend_tx t = { .r = r, .person = p, .hash = code_hash(r->a, p->id, plain) };
	TRY(db_tx(r->db, spend_run, &t));
	if (t.done)
		outbox_wake();
	*ret_ok = t.done;
	return NULL;
}
