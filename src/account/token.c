/* Links and codes sent by mail.  The table holds hashes only: who reads it cannot use them. */
#include "account/account_priv.h"

#include "base/clock.h"
#include "ext/crypto.h"

#include <string.h>

enum { GUEST_TRIES = 5, GUEST_CODE_N = 6 };
#define GUEST_LIVES (10 * US_MINUTE)

DB_EXEC(token_insert, "INSERT INTO email_token (kind, email, person_id, token_hash, payload, created_at, expires_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)")
DB_QUERY(token_by_hash, account_token,
    "SELECT id, email, person_id, token_hash, payload, created_at FROM email_token "
    "WHERE token_hash = ? AND kind = ? AND used_at IS NULL AND expires_at > ?")
DB_EXEC(token_mark_used, "UPDATE email_token SET used_at = ? WHERE id = ? AND used_at IS NULL AND expires_at > ?")
DB_EXEC(token_void_others, "UPDATE email_token SET used_at = ? WHERE kind = ? AND email = ? AND used_at IS NULL")
DB_EXEC_F(token_delete_old, DB_SCAN_OK, "DELETE FROM email_token WHERE expires_at < ? LIMIT 5000")

static struct bytes hash_of(struct arena *a, const char *token)
{
	uint8_t hash[32];
	crypto_sha256(token, strlen(token), hash);
	return (struct bytes){ arena_copy(a, hash, sizeof hash), sizeof hash };
}

struct err *token_add(struct db *db, struct arena *a, const char *kind, const char *email, struct person_id person,
    const char *payload, int64_t now, int64_t lives_us, const char **ret)
{
	const char *token = crypto_token(a);
	TRY(token_insert_run(db, NULL, DB_ARGS(kind, email, db_i64_or_null(person.v), hash_of(a, token), payload, db_time(now),
	    db_time(now + lives_us))));
	*ret = token;
	return NULL;
}

struct err *token_find(struct db *db, struct arena *a, const char *kind, const char *token, int64_t now,
    struct account_token **ret)
{
	return token_by_hash_one(db, a, ret, DB_ARGS(hash_of(a, token), kind, db_time(now)));
}

struct err *token_use(struct db *db, int64_t id, int64_t now)
{
	int64_t used;
	TRY(token_mark_used_run(db, &used, DB_ARGS(db_time(now), id, db_time(now))));
	if (!used)
		return err_user(err_new(ERR_GONE, "token %lld is used up", (long long)id), "%s",
		    N_("This link was used already or is too old."));
	return NULL;
}

struct err *token_void(struct db *db, const char *kind, const char *email, int64_t now)
{
	return token_void_others_run(db, NULL, DB_ARGS(db_time(now), kind, email));
}

struct err *token_clean(struct job_ctx *j)
{
	return token_delete_old_run(j->db, NULL, DB_ARGS(db_time(j->now - 7 * US_DAY)));
}

/* ---- guests' codes ------------------------------------------------------------------------------------------------- */
/* Six characters are few: the hash is keyed, and another one each time. */
static struct bytes code_hash(struct arena *a, const char *email, const char *code, int64_t created_at)
{
	uint8_t mac[32];
	const char *text = arena_printf(a, "%s|%s|%lld", email, code, (long long)created_at);
	crypto_mac("guest-code", text, strlen(text), mac);
	return (struct bytes){ arena_copy(a, mac, sizeof mac), sizeof mac };
}

struct err *guest_code_add(struct db *db, struct arena *a, const char *email, int64_t now, const char **ret, int64_t *ret_id)
{
	const char *code = crypto_code(a, GUEST_CODE_N);
	TRY(token_insert_run(db, NULL, DB_ARGS("guest", email, db_i64_or_null(0), code_hash(a, email, code, now), db_str(NULL),
	    db_time(now), db_time(now + GUEST_LIVES))));
	*ret = code;
	*ret_id = db_last_id(db);
	return NULL;
}

#define GUEST_CODE_ROW(F) F(i64, id) F(bytes, token_hash) F(i64, tries) F(time, created_at)
DB_ROW(guest_code_row, GUEST_CODE_ROW)
DB_QUERY(guest_codes_live, guest_code_row,
    "SELECT id, token_hash, tries, created_at FROM email_token "
    "WHERE kind = 'guest' AND email = ? AND used_at IS NULL AND expires_at > ? ORDER BY id DESC LIMIT 50")
DB_EXEC(guest_code_count, "UPDATE email_token SET tries = tries + 1 WHERE id = ? AND tries < ? AND used_at IS NULL")

struct err *guest_code_try(struct db *db, struct arena *a, const char *email, int64_t id, const char *code, int64_t now,
    bool *ret_ok, int64_t *ret_left)
{
	struct guest_code_row *rows;
	size_t n, own = 0;
	int64_t counted, used;
	*ret_ok = false;
	*ret_left = 0;
	TRY(guest_codes_live_all(db, a, &rows, &n, DB_ARGS(email, db_time(now))));
	while (own < n && rows[own].id != id)
		own++;
	if (own == n)
		return NULL;
	TRY(guest_code_count_run(db, &counted, DB_ARGS(id, GUEST_TRIES)));
	if (!counted)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct bytes want = code_hash(a, email, code, rows[i].created_at);
		if (rows[i].token_hash.n != want.n || !crypto_equal(rows[i].token_hash.p, want.p, want.n))
			continue;
		TRY(token_mark_used_run(db, &used, DB_ARGS(db_time(now), rows[i].id, db_time(now))));
		*ret_ok = used == 1;
		return NULL;
	}
	*ret_left = GUEST_TRIES - rows[own].tries - 1;
	return NULL;
}

/* ---- secrets in the outbox ------------------------------------------------------------------------------------------ */
const char *secret_pack(struct arena *a, const char *clear)
{
	struct bytes sealed = crypto_seal(a, "mail-secret", (struct bytes){ clear, strlen(clear) });
	return str_base64url(a, sealed.p, sealed.n);
}

const char *secret_unpack(struct arena *a, const char *sealed)
{
	struct bytes box, clear;
	if (!sealed || !str_unbase64url(a, sealed, &box) || !crypto_open(a, "mail-secret", box, &clear))
		return NULL;
	return arena_strndup(a, clear.p, clear.n);
}
