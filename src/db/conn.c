/* Connections: opened when first needed, discarded when they fail, left out for a while after that; which server
 * answers what; the server's errors in our words. */
#include "db/db_internal.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"

#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_SECONDS 1
#define REPLICA_SECONDS 1
#define PRIMARY_SECONDS 5
#define PRIMARY_PAUSE US_SECOND
#define REPLICA_PAUSE_MAX (8 * US_SECOND)
#define LAG_EVERY US_SECOND
/* A lock that is not had within this is a retry; shorter than PRIMARY_SECONDS, so that the server speaks first. */
#define LOCK_WAIT "3"

#define SAY_AWAY "Our database cannot be reached at the moment. Nothing was changed. Please try again in a minute."
#define SAY_UNSURE "We could not confirm whether this was saved. Please look before you try again."

struct db *db_open(void)
{
	struct db *db = calloc(1, sizeof *db);
	if (!db)
		abort();
	db->primary.name = "primary";
	db->replica.name = "replica";
	db->replica.replica = true;
	db->has_replica = !str_empty(conf()->replica_host) || !str_empty(conf()->replica_socket);
	return db;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db_conn_discard(db, &db->primary);
	db_conn_discard(db, &db->replica);
	free(db->primary.slots);
	free(db->replica.slots);
	free(db->params);
	free(db->times);
	db_memo_free(db->memo);
	free(db);
}

void db_patience(struct db *db, unsigned seconds)
{
	if (seconds != db->patience && !db->in_tx)
		db_conn_discard(db, &db->primary); /* the library takes time-outs when it connects */
	db->patience = seconds;
}

void db_conn_discard(struct db *db, struct db_conn *c)
{
	if (!c->my)
		return;
	db_forget_prepared(c);
	mysql_close(c->my);
	c->my = NULL;
	if (!c->replica && db->in_tx)
		db->tx_broken = db->tx_away = true;
}

/* The primary is tried again soon; not so soon where trying takes its time (a host that swallows packets), so that most
 * requests are told at once.  The replica can be spared: ever longer. */
static void leave_out(struct db_conn *c, int64_t took)
{
	if (!c->replica)
		c->pause = 4 * took > PRIMARY_PAUSE ? 4 * took : PRIMARY_PAUSE;
	else if (c->pause < REPLICA_PAUSE_MAX)
		c->pause = c->pause ? 2 * c->pause : US_SECOND;
	c->retry_at = clock_monotonic() + c->pause;
}

static void set_tls(MYSQL *my)
{
	const struct conf *k = conf();
	if (!str_empty(k->db_tls_ca))
		mysql_options(my, MYSQL_OPT_SSL_CA, k->db_tls_ca);
#ifdef MARIADB_PACKAGE_VERSION
	db_bool on = 1;
	mysql_options(my, MYSQL_OPT_SSL_ENFORCE, &on);
	mysql_options(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
#else
	unsigned mode = SSL_MODE_VERIFY_IDENTITY;
	mysql_options(my, MYSQL_OPT_SSL_MODE, &mode);
#endif
}

/* What every session is: UTC, READ COMMITTED, strict, telling the position of its writes.  One round trip. */
static const char *session_setup(bool mariadb)
{
	return mariadb ?
	    "SET time_zone='+00:00', tx_isolation='READ-COMMITTED', innodb_lock_wait_timeout=" LOCK_WAIT
	    ", sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
	    ", collation_connection=utf8mb4_unicode_520_ci, wait_timeout=86400, session_track_system_variables='last_gtid'" :
	    "SET time_zone='+00:00', transaction_isolation='READ-COMMITTED', innodb_lock_wait_timeout=" LOCK_WAIT
	    ", sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
	    ", collation_connection=utf8mb4_unicode_520_ci, wait_timeout=86400, session_track_gtids=OWN_GTID";
}

/* "Nothing was changed" must be true of the whole request. */
static const char *say_away(const struct db *db)
{
	return db->unit.position[0] ? SAY_UNSURE : SAY_AWAY;
}

static struct err *connect_error(const struct db *db, const struct db_conn *c, const char *text)
{
	return err_user(err_new(ERR_UNAVAILABLE, "connecting to the %s: %s", c->name, text), "%s", say_away(db));
}

static struct err *connect_now(struct db *db, struct db_conn *c)
{
	const struct conf *k = conf();
	const char *host = c->replica ? k->replica_host : k->db_host, *path = c->replica ? k->replica_socket : k->db_socket;
	int64_t port = c->replica ? k->replica_port : k->db_port;
	bool tcp = !str_empty(host), tls = tcp && k->db_tls;
	unsigned wait = CONNECT_SECONDS, no_files = 0;
	unsigned protocol = tcp ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET; /* else "localhost" means a socket */
	unsigned longest = c->replica ? REPLICA_SECONDS : db->patience ? db->patience : PRIMARY_SECONDS;

	c->my = mysql_init(NULL);
	if (!c->my)
		abort();
	mysql_options(c->my, MYSQL_OPT_CONNECT_TIMEOUT, &wait);
	mysql_options(c->my, MYSQL_OPT_READ_TIMEOUT, &longest);
	mysql_options(c->my, MYSQL_OPT_WRITE_TIMEOUT, &longest);
	mysql_options(c->my, MYSQL_OPT_LOCAL_INFILE, &no_files);
	mysql_options(c->my, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(c->my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (tls)
		set_tls(c->my);
	if (!mysql_real_connect(c->my, tcp ? host : "localhost", k->db_user, k->db_password, k->db_name,
	        tcp ? (unsigned)port : 0, tcp ? NULL : path, CLIENT_FOUND_ROWS))
		return connect_error(db, c, mysql_error(c->my));
	if (tls && !mysql_get_ssl_cipher(c->my)) /* libmariadb may fall back to clear text without a word */
		return connect_error(db, c, "the server does not speak TLS");
	c->mariadb = strstr(mysql_get_server_info(c->my), "MariaDB") != NULL;
	const char *setup = session_setup(c->mariadb);
	if (mysql_real_query(c->my, setup, (unsigned long)strlen(setup)))
		return connect_error(db, c, mysql_error(c->my));
	return NULL;
}

/* Whether the server has closed the connection meanwhile (restart, time-out): then nothing may be sent on it any more,
 * because whether a change arrived could not be told. */
static bool closed_by_server(struct db_conn *c)
{
	char byte;
#ifdef MARIADB_PACKAGE_VERSION
	int fd = (int)mysql_get_socket(c->my);
#else
	int fd = (int)c->my->net.fd;
#endif
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0)
		return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
	return n == 0 || !mysql_get_ssl_cipher(c->my); /* TLS may have sent a session ticket; else nothing is due */
}

struct err *db_conn_ready(struct db *db, struct db_conn *c)
{
	if (!c->replica && db->in_tx && db->tx_broken) {
		if (db->tx_away)
			return err_user(err_new(ERR_UNAVAILABLE, "the transaction's connection is gone"), "%s", say_away(db));
		return err_new(ERR_RETRY, "the server gave the transaction up");
	}
	if (c->my && !(db->in_tx && !c->replica) && closed_by_server(c))
		db_conn_discard(db, c);
	if (c->my)
		return NULL;
	if (clock_monotonic() < c->retry_at)
		return err_user(err_new(ERR_UNAVAILABLE, "the %s did not answer just now", c->name), "%s", say_away(db));
	int64_t begun = clock_monotonic();
	struct err *e = connect_now(db, c);
	if (e) {
		db_conn_discard(db, c);
		leave_out(c, clock_monotonic() - begun);
		return e;
	}
	c->pause = 0;
	return NULL;
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */
static bool is_away(unsigned no)
{
	switch (no) {
	case CR_CONNECTION_ERROR: case CR_CONN_HOST_ERROR: case CR_SERVER_GONE_ERROR: case CR_SERVER_LOST:
	case CR_UNKNOWN_HOST: case CR_SERVER_HANDSHAKE_ERR: case CR_SSL_CONNECTION_ERROR: case CR_COMMANDS_OUT_OF_SYNC:
	case CR_MALFORMED_PACKET: case CR_UNKNOWN_ERROR: case CR_OUT_OF_MEMORY:
	case ER_CON_COUNT_ERROR: case ER_SERVER_SHUTDOWN: case ER_NEW_ABORTING_CONNECTION: case ER_TOO_MANY_USER_CONNECTIONS:
	case 1927: /* ER_CONNECTION_KILLED of MariaDB */
	case 4031: /* ER_CLIENT_INTERACTION_TIMEOUT of MySQL */
	case 5014: /* CR_ERR_NET_READ … of libmariadb */
	case 1290: /* read-only: a primary that was demoted; the next connection finds the new one */
	case 1836: /* ER_READ_ONLY_MODE */
	case 1047: /* ER_UNKNOWN_COM_ERROR: a Galera node that is not ready */
		return true;
	default:
		return false;
	}
}
/* Answers that say for sure that nothing was done. */
static bool is_refusal(unsigned no)
{
	return no == 1290 || no == 1836 || no == 1047 || no == ER_CON_COUNT_ERROR || no == ER_TOO_MANY_USER_CONNECTIONS;
}

/* "Duplicate entry 'x' for key 'claim.PRIMARY'": the name of the key; MariaDB tells it without the table. */
static void keep_duplicate_key(struct db *db, const char *text)
{
	const char *end = strrchr(text, '\''), *begin = end;
	while (begin && begin > text && begin[-1] != '\'' && begin[-1] != '.')
		begin--;
	size_t n = end ? (size_t)(end - begin) : 0;
	if (n >= sizeof db->duplicate_key)
		n = sizeof db->duplicate_key - 1;
	if (n)
		memcpy(db->duplicate_key, begin, n);
	db->duplicate_key[n] = '\0';
}

const char *db_duplicate_key(const struct db *db)
{
	return db->duplicate_key;
}

struct err *db_conn_error(struct db *db, struct db_conn *c, unsigned no, const char *text, const char *doing, bool changing)
{
	struct err *e;
	if (is_away(no)) {
		bool unsure = changing && !is_refusal(no);
		e = err_new(unsure ? ERR_TIMEOUT : ERR_UNAVAILABLE, "%s on the %s: %s (%u)", doing, c->name, text, no);
		db_conn_discard(db, c);
		if (c->replica)
			leave_out(c, 0);
		return err_user(e, "%s", unsure ? SAY_UNSURE : say_away(db));
	}
	switch (no) {
	case ER_LOCK_DEADLOCK:
	case ER_AUTOINC_READ_FAILED: /* of INSERT … SELECT: the counter's lock was not to be had, perhaps by a deadlock */
		if (db->in_tx && !c->replica)
			db->tx_broken = true;
		return err_new(ERR_RETRY, "%s: %s (%u)", doing, text, no);
	case ER_LOCK_WAIT_TIMEOUT:
		db->lock_waits++;
		__attribute__((fallthrough));
	case 3572: /* ER_LOCK_NOWAIT */
		return err_new(ERR_RETRY, "%s: %s (%u)", doing, text, no);
	case ER_DUP_ENTRY:
	case 1586: /* ER_DUP_ENTRY_WITH_KEY_NAME */
		keep_duplicate_key(db, text);
		return err_new(ERR_DUPLICATE, "%s: duplicate in key %s", doing, db->duplicate_key);
	case 3819: case 4025: /* CHECK constraints of MySQL, of MariaDB */
	case ER_NO_REFERENCED_ROW_2: case ER_ROW_IS_REFERENCED_2: case ER_NO_REFERENCED_ROW: case ER_ROW_IS_REFERENCED:
		return err_new(ERR_CONSTRAINT, "%s: %s (%u)", doing, text, no);
	default:
		return err_new(ERR_INTERNAL, "%s: %s (%u)", doing, text, no);
	}
}

/* ---- text commands ----------------------------------------------------------------------------------------------- */
struct err *db_command(struct db *db, struct db_conn *c, const char *sql, bool changing, struct arena *a, const char **ret)
{
	if (mysql_real_query(c->my, sql, (unsigned long)strlen(sql)))
		return db_conn_error(db, c, mysql_errno(c->my), mysql_error(c->my), sql, changing);
	MYSQL_RES *rows = mysql_store_result(c->my);
	if (!rows) {
		if (mysql_errno(c->my))
			return db_conn_error(db, c, mysql_errno(c->my), mysql_error(c->my), sql, changing);
		return NULL;
	}
	MYSQL_ROW row = mysql_fetch_row(rows);
	if (ret)
		*ret = row ? arena_strdup(a, row[0]) : NULL;
	mysql_free_result(rows);
	return NULL;
}

void db_note_position(struct db *db, struct db_conn *c)
{
	enum enum_session_state_type type = c->mariadb ? SESSION_TRACK_SYSTEM_VARIABLES : SESSION_TRACK_GTIDS;
	const char *p;
	size_t n;
	bool value = !c->mariadb; /* variables come as name, value, name, value; GTIDs bare */
	for (int no = mysql_session_track_get_first(c->my, type, &p, &n); no == 0;
	     no = mysql_session_track_get_next(c->my, type, &p, &n)) {
		if (value && n > 0 && n < sizeof db->unit.position) {
			memcpy(db->unit.position, p, n);
			db->unit.position[n] = '\0';
		}
		if (c->mariadb)
			value = !value && n == strlen("last_gtid") && memcmp(p, "last_gtid", n) == 0;
	}
}

/* ---- which server ------------------------------------------------------------------------------------------------ */
static struct err *ask_lag(struct db *db, int64_t *ret_ms)
{
	struct db_conn *c = &db->replica;
	if (mysql_query(c->my, "SHOW REPLICA STATUS")) {
		unsigned no = mysql_errno(c->my);
		if (no == ER_SPECIFIC_ACCESS_DENIED_ERROR && !db->lag_denied) {
			db->lag_denied = true;
			log_msg(LOG_WARN, "the database user may not see the replica's status: its lag is not watched", "user",
			    conf()->db_user, NULL);
		}
		return db_conn_error(db, c, no, mysql_error(c->my), "asking the replica's lag", false);
	}
	MYSQL_RES *rows = mysql_store_result(c->my);
	if (!rows)
		return db_conn_error(db, c, mysql_errno(c->my), mysql_error(c->my), "asking the replica's lag", false);
	MYSQL_ROW row = mysql_fetch_row(rows);
	int64_t seconds = -1;
	const MYSQL_FIELD *fields = mysql_fetch_fields(rows);
	for (unsigned i = 0; row && i < mysql_num_fields(rows); i++)
		if (strcmp(fields[i].name, "Seconds_Behind_Master") == 0 || strcmp(fields[i].name, "Seconds_Behind_Source") == 0)
			if (!row[i] || !str_to_i64(row[i], &seconds))
				seconds = -1;
	mysql_free_result(rows);
	*ret_ms = seconds < 0 ? -1 : seconds * 1000;
	return NULL;
}

struct err *db_replica_lag(struct db *db, int64_t *ret_ms)
{
	if (!db->has_replica) {
		*ret_ms = -1;
		return NULL;
	}
	TRY(db_conn_ready(db, &db->replica));
	return ask_lag(db, ret_ms);
}

static bool try_ready(struct db *db, struct db_conn *c)
{
	if (!c->my && clock_monotonic() < c->retry_at)
		return false;
	struct err *e = db_conn_ready(db, c);
	if (!e)
		return true;
	log_err(LOG_WARN, "replica left out", e);
	return false;
}

/* The lag is looked at once a second.  A user who may not see it trusts the replica. */
static bool lag_is_fine(struct db *db)
{
	int64_t now = clock_monotonic();
	if (!db->lag_at || now - db->lag_at >= LAG_EVERY) {
		db->lag_at = now;
		struct err *e = ask_lag(db, &db->lag_ms);
		if (e && db->lag_denied)
			db->lag_ms = 0;
		else if (e)
			db->lag_ms = -1;
		err_free(e);
	}
	return db->lag_ms >= 0 && db->lag_ms <= conf()->replica_max_lag_ms && db->replica.my;
}

/* Read-your-writes: waits at most 50 ms for the replica to reach the position this person last wrote at. */
static bool has_reached(struct db *db)
{
	struct db_conn *c = &db->replica;
	char sql[sizeof db->unit.before + 64];
	snprintf(sql, sizeof sql, "SELECT %s('%s', 0.05)", c->mariadb ? "MASTER_GTID_WAIT" : "WAIT_FOR_EXECUTED_GTID_SET",
	    db->unit.before);
	struct arena *a = arena_new(4096);
	const char *left = NULL;
	db->unit.queries++;
	struct err *e = db_command(db, c, sql, false, a, &left);
	bool reached = !e && str_eq(left, "0");
	log_err(LOG_WARN, "waiting for the replica", e);
	arena_free(a);
	return reached;
}

static bool replica_serves(struct db *db)
{
	if (!db->has_replica || db->primary_only || db->unit.on_primary || db->unit.wrote)
		return false;
	if (!try_ready(db, &db->replica) || !lag_is_fine(db))
		return false;
	if (db->unit.wait) {
		db->unit.wait = false;
		db->unit.on_primary = !has_reached(db);
	}
	return !db->unit.on_primary;
}

struct err *db_route(struct db *db, unsigned flags, struct db_conn **ret)
{
	bool stale = (flags & DB_STALE_OK) && !db->in_tx;
	if (stale && replica_serves(db)) {
		*ret = &db->replica;
		return NULL;
	}
	struct err *e = db_conn_ready(db, &db->primary);
	if (e && stale && db->has_replica && !db->unit.wrote && try_ready(db, &db->replica)) {
		err_free(e); /* old data are better than none: the catalogue stays readable without the primary */
		*ret = &db->replica;
		return NULL;
	}
	TRY(e);
	*ret = &db->primary;
	return NULL;
}

void db_primary_only(struct db *db, bool on)
{
	db->primary_only = on;
}

/* ---- units of work ----------------------------------------------------------------------------------------------- */
void db_unit_begin(struct db *db, const char *wrote)
{
	db->unit.queries = 0;
	db->unit.wrote = db->unit.on_primary = db->unit.wait = false;
	db->unit.position[0] = '\0';
	db->unit.fresh = !str_empty(wrote);
	db_memo_unit(db);
	if (str_empty(wrote) || !db->has_replica)
		return;
	size_t n = strlen(wrote);
	if (n < sizeof db->unit.before && strspn(wrote, "0123456789abcdefABCDEF-:,") == n) {
		memcpy(db->unit.before, wrote, n + 1);
		db->unit.wait = true;
	} else {
		db->unit.on_primary = true;
	}
}

void db_unit_without_waiting(struct db *db)
{
	db->unit.on_primary |= db->unit.wait;
	db->unit.wait = db->unit.fresh = false;
}

unsigned db_unit_queries(const struct db *db)
{
	return db->unit.queries;
}

const char *db_unit_position(const struct db *db)
{
	return db->unit.position[0] ? db->unit.position : NULL;
}
