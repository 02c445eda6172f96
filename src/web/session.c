/* Sessions in Redis: session:<key> holds one, sessions:p<id> and sessions:s<id> list the keys of a person or a staff
 * code.  A session's time-out slides with each use; none lives longer than SESSION_MOST.  With too many the oldest end. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/redis.h"
#include "web/web_priv.h"

#include <stdlib.h>
#include <string.h>

#define SESSION_COOKIE "foyer"
#define SESSION_MOST (90 * US_DAY)
enum { TOKEN_N = 43, HANDLE_N = 16, FIELDS = 9, UA_MAX = 200, SESSIONS_MOST = 50 /* of one person */ };

static int64_t idle_seconds(void)
{
	return conf()->session_days * 24 * 3600;
}

static const char *redis_key(struct arena *a, const char *key)
{
	return arena_printf(a, "session:%s", key);
}

static const char *list_key(struct arena *a, int64_t person, int64_t staff)
{
	return staff ? arena_printf(a, "sessions:s%lld", (long long)staff) : arena_printf(a, "sessions:p%lld", (long long)person);
}

static const char *number(struct arena *a, int64_t v)
{
	return arena_printf(a, "%lld", (long long)v);
}

/* A header as it may be stored and shown: valid UTF-8, no separators, not long. */
static const char *plain(struct arena *a, const char *s)
{
	if (!s || !str_utf8_valid(s, strlen(s)))
		return "";
	char *t = arena_strdup(a, s);
	size_t n = 0;
	for (; n < UA_MAX && t[n]; n++)
		if ((unsigned char)t[n] < 0x20)
			t[n] = ' ';
	while (n > 0 && ((unsigned char)t[n] & 0xc0) == 0x80)
		n--; /* not in the middle of a character */
	t[n] = '\0';
	return t;
}

static const char *session_pack(struct arena *a, const struct session *s)
{
	return arena_printf(a, "1\x1f%lld\x1f%lld\x1f%lld\x1f%d\x1f%d\x1f%lld\x1f%s\x1f%s", (long long)s->person,
	    (long long)s->staff, (long long)s->organizer, s->member, s->second_factor, (long long)s->started_at, s->ip,
	    s->user_agent);
}

static bool session_unpack(struct arena *a, const char *text, struct session *ret)
{
	char *field[FIELDS], *s = arena_strdup(a, text);
	size_t n = 0;
	for (; n < FIELDS && s; n++) {
		field[n] = s;
		if ((s = strchr(s, '\x1f')))
			*s++ = '\0';
	}
	struct session got = { .state = SESSION_OK, .key = ret->key };
	if (n != FIELDS || s || strcmp(field[0], "1") != 0 || !str_to_i64(field[1], &got.person) ||
	    !str_to_i64(field[2], &got.staff) || !str_to_i64(field[3], &got.organizer) || !str_to_i64(field[6], &got.started_at))
		return false;
	got.member = strcmp(field[4], "1") == 0;
	got.second_factor = strcmp(field[5], "1") == 0;
	got.ip = field[7];
	got.user_agent = field[8];
	*ret = got;
	return true;
}

static void cookie_drop(struct req *r)
{
	req_set_cookie(r, SESSION_COOKIE, "", 0);
}

static struct err *session_load(struct req *r)
{
	struct session *s = &r->priv->session;
	const char *token = req_cookie(r, cookie_name(r->a, SESSION_COOKIE));
	if (!token)
		return NULL;
	if (strlen(token) != TOKEN_N) {
		cookie_drop(r);
		return NULL;
	}
	s->key = crypto_sha256_hex(r->a, token);
	s->state = SESSION_UNKNOWN;
	struct redis_reply reply;
	TRY(REDIS(r->a, &reply, "GETEX", redis_key(r->a, s->key), "EX", number(r->a, idle_seconds())));
	if (reply.kind != REDIS_STR || !session_unpack(r->a, reply.s, s) || r->now - s->started_at > SESSION_MOST) {
		*s = (struct session){ .state = SESSION_NONE };
		cookie_drop(r);
	}
	return NULL;
}

/* ---- begin and end ----------------------------------------------------------------------------------------------- */
static struct err *forget(struct arena *a, int64_t person, int64_t staff, const char *key)
{
	struct redis_reply reply;
	TRY(REDIS(a, &reply, "DEL", redis_key(a, key)));
	return REDIS(a, &reply, "SREM", list_key(a, person, staff), key);
}

struct err *session_store(struct arena *a, struct session *s, const char **ret_token)
{
	const char *token = crypto_token(a), *list = list_key(a, s->person, s->staff);
	struct redis_reply reply;
	s->state = SESSION_OK;
	s->key = crypto_sha256_hex(a, token);
	TRY(REDIS(a, &reply, "SET", redis_key(a, s->key), session_pack(a, s), "EX", number(a, idle_seconds())));
	TRY(REDIS(a, &reply, "SADD", list, s->key));
	TRY(REDIS(a, &reply, "EXPIRE", list, number(a, (SESSION_MOST + US_DAY) / US_SECOND)));
	*ret_token = token;
	return NULL;
}

/* A person's sessions; those that ended by themselves leave the list. */
static struct err *living(struct arena *a, int64_t person, struct session **ret, size_t *ret_n)
{
	struct redis_reply keys, value;
	TRY(REDIS(a, &keys, "SMEMBERS", list_key(a, person, 0)));
	struct session *list = arena_array(a, struct session, keys.list_n + 1);
	size_t n = 0;
	for (size_t i = 0; i < keys.list_n; i++) {
		list[n].key = keys.list[i].s;
		TRY(REDIS(a, &value, "GET", redis_key(a, list[n].key)));
		if (value.kind == REDIS_STR && session_unpack(a, value.s, &list[n]))
			n++;
		else
			TRY(forget(a, person, 0, list[n].key));
	}
	*ret = list;
	*ret_n = n;
	return NULL;
}

static int oldest_first(const void *a, const void *b)
{
	const struct session *x = a, *y = b;
	return (x->started_at > y->started_at) - (x->started_at < y->started_at);
}

/* Whoever signs in without end must not make a list so long that nobody can end what stands in it.  A staff code may be that
 * of a hundred gates, and ends all of them when it is revoked. */
static struct err *end_too_many(struct arena *a, int64_t person)
{
	struct redis_reply listed;
	struct session *list;
	size_t n;
	TRY(REDIS(a, &listed, "SCARD", list_key(a, person, 0)));
	if (listed.i <= SESSIONS_MOST)
		return NULL;
	TRY(living(a, person, &list, &n));
	qsort(list, n, sizeof *list, oldest_first);
	for (size_t i = 0; i + SESSIONS_MOST < n; i++)
		TRY(forget(a, person, 0, list[i].key));
	return NULL;
}

static struct err *begin(struct req *r, struct session s)
{
	const char *token;
	const struct session *old = &r->priv->session;
	s.started_at = r->now;
	s.ip = plain(r->a, r->ip);
	s.user_agent = plain(r->a, r->user_agent);
	TRY(session_store(r->a, &s, &token));
	if (old->state == SESSION_OK)
		TRY(forget(r->a, old->person, old->staff, old->key));
	if (s.person)
		TRY(end_too_many(r->a, s.person));
	r->priv->session = s;
	req_set_cookie(r, SESSION_COOKIE, token, (int)(SESSION_MOST / US_SECOND)); /* Redis knows when it ends */
	csrf_rotate(r);
	return NULL;
}

struct err *session_begin(struct req *r, struct person_id person, bool member, bool second_factor)
{
	TRY(begin(r, (struct session){ .person = person.v, .member = member, .second_factor = second_factor }));
	r->who = (struct who){ .person = person, .member = member };
	return NULL;
}

struct err *session_begin_staff(struct req *r, struct staff_id staff, struct organizer_id organizer)
{
	TRY(begin(r, (struct session){ .staff = staff.v, .organizer = organizer.v }));
	r->who = (struct who){ .staff = staff, .organizer = organizer };
	return NULL;
}

struct err *session_end(struct req *r)
{
	struct session *s = &r->priv->session;
	if (s->state == SESSION_OK)
		TRY(forget(r->a, s->person, s->staff, s->key));
	*s = (struct session){ .state = SESSION_NONE };
	r->who = (struct who){ 0 };
	cookie_drop(r);
	csrf_rotate(r);
	return NULL;
}

/* ---- a person's sessions ----------------------------------------------------------------------------------------- */
static const char *handle_of(struct arena *a, const char *key)
{
	return arena_strndup(a, key, HANDLE_N);
}

static struct err *end_matching(struct req *r, struct person_id person, const char *handle, bool others)
{
	struct redis_reply keys;
	TRY(REDIS(r->a, &keys, "SMEMBERS", list_key(r->a, person.v, 0)));
	for (size_t i = 0; i < keys.list_n; i++) {
		bool same = handle && strcmp(handle_of(r->a, keys.list[i].s), handle) == 0;
		if (same != others)
			TRY(forget(r->a, person.v, 0, keys.list[i].s));
	}
	return NULL;
}

struct err *session_end_others(struct req *r, struct person_id person, const char *keep_session_id)
{
	return end_matching(r, person, keep_session_id, true);
}

struct err *session_end_one(struct req *r, struct person_id person, const char *session_id)
{
	return end_matching(r, person, session_id, false);
}

static int newest_first(const void *a, const void *b)
{
	const struct session_info *x = a, *y = b;
	return (x->seen_at < y->seen_at) - (x->seen_at > y->seen_at);
}

struct err *session_list(struct req *r, struct person_id person, struct session_info **ret, size_t *ret_n)
{
	struct redis_reply ttl;
	struct session *s;
	size_t n;
	TRY(living(r->a, person.v, &s, &n));
	struct session_info *list = arena_array(r->a, struct session_info, n + 1);
	for (size_t i = 0; i < n; i++) {
		/* Each use sets the time to live anew: what is missing of it has passed since the last one. */
		TRY(REDIS(r->a, &ttl, "TTL", redis_key(r->a, s[i].key)));
		list[i] = (struct session_info){ .id = handle_of(r->a, s[i].key), .ip = s[i].ip, .user_agent = s[i].user_agent,
			.started_at = s[i].started_at, .seen_at = r->now - (idle_seconds() - ttl.i) * US_SECOND,
			.current = str_eq(s[i].key, r->priv->session.key) };
	}
	qsort(list, n, sizeof *list, newest_first);
	*ret = list;
	*ret_n = n;
	return NULL;
}

/* ---- who ---------------------------------------------------------------------------------------------------------- */
#define WHO_PERSON_ROW(F) F(str, name) F(str, email) F(flag, admin) F(organizer_id, organizer)
DB_ROW(who_person_row, WHO_PERSON_ROW)
#define WHO_PERSON_SQL                                                                                                 \
	"SELECT p.name, p.email, p.admin, o.id AS organizer "                                                          \
	"FROM person p LEFT JOIN organizer o ON o.person_id = p.id AND o.state = 'approved' "                          \
	"WHERE p.id = ? AND p.deleted_at IS NULL"
DB_QUERY_F(who_person, who_person_row, DB_STALE_OK, WHO_PERSON_SQL)
DB_QUERY(who_person_now, who_person_row, WHO_PERSON_SQL)

#define WHO_STAFF_ROW(F) F(str, name) F(organizer_id, organizer) F(i64, perms) F(show_id, staff_show)
DB_ROW(who_staff_row, WHO_STAFF_ROW)
#define WHO_STAFF_SQL                                                                                                  \
	"SELECT s.label AS name, s.organizer_id AS organizer, s.perms, s.show_id AS staff_show "                       \
	"FROM staff_code s JOIN organizer o ON o.id = s.organizer_id AND o.state = 'approved' "                        \
	"WHERE s.id = ? AND s.revoked_at IS NULL AND s.expires_at > ?"
DB_QUERY_F(who_staff, who_staff_row, DB_STALE_OK, WHO_STAFF_SQL)
DB_QUERY(who_staff_now, who_staff_row, WHO_STAFF_SQL)

/* Who is not there ends the session.  Perhaps the replica only does not know them yet: the primary has the last word. */

static struct err *load_person(struct req *r, const struct session *s, bool *ret_found)
{
	struct who_person_row *row;
	TRY(who_person_one(r->db, r->a, &row, DB_ARGS(s->person)));
	if (!row)
		TRY(who_person_now_one(r->db, r->a, &row, DB_ARGS(s->person)));
	*ret_found = row != NULL;
	if (!row)
		return NULL;
	/* A guest's session proves an e-mail address only: it carries none of the rights of a member. */
	r->who = (struct who){ .person = { s->person }, .member = s->member, .name = row->name, .email = row->email,
		.admin = s->member && row->admin, .second_factor = s->member && s->second_factor };
	if (s->member && row->organizer.v) {
		r->who.organizer = row->organizer;
		r->who.perms = ~0u;
	}
	return NULL;
}

static struct err *load_staff(struct req *r, const struct session *s, bool *ret_found)
{
	struct who_staff_row *row;
	TRY(who_staff_one(r->db, r->a, &row, DB_ARGS(s->staff, db_time(r->now))));
	if (!row)
		TRY(who_staff_now_one(r->db, r->a, &row, DB_ARGS(s->staff, db_time(r->now))));
	*ret_found = row != NULL;
	if (row && row->staff_show.v)
		row->perms &= ~PERM_VENUES; /* venues are the house's, not one show's */
	if (row)
		r->who = (struct who){ .staff = { s->staff }, .organizer = row->organizer, .name = row->name,
			.perms = (unsigned)row->perms, .staff_show = row->staff_show };
	return NULL;
}

static struct err *who_complete(struct req *r)
{
	struct session *s = &r->priv->session;
	bool found;
	struct err *e = s->staff ? load_staff(r, s, &found) : load_person(r, s, &found);
	if (e) {
		s->state = SESSION_UNKNOWN;
		return e;
	}
	if (!found) {
		TRY(forget(r->a, s->person, s->staff, s->key));
		*s = (struct session){ .state = SESSION_NONE };
		r->who = (struct who){ 0 };
		cookie_drop(r);
		return NULL;
	}
	r->who.session_id = handle_of(r->a, s->key);
	return NULL;
}

/* A step of a purchase asks for a buyer, and mostly ends in a redirect: neither name nor further rights are needed. */
static bool session_suffices(const struct req *r)
{
	return r->route && r->route->step && r->route->access != ACCESS_ADMIN && r->route->access != ACCESS_ORGANIZER;
}

struct err *who_load(struct req *r)
{
	struct session *s = &r->priv->session;
	TRY(session_load(r));
	if (s->state != SESSION_OK)
		return NULL;
	if (!s->person || !session_suffices(r))
		return who_complete(r);
	r->priv->who_later = true;
	r->who = (struct who){ .person = { s->person }, .member = s->member, .second_factor = s->member && s->second_factor,
		.name = "", .email = "", .session_id = handle_of(r->a, s->key) };
	return NULL;
}

const struct who *req_who(struct req *r)
{
	if (r->priv->who_later) {
		r->priv->who_later = false;
		log_err(LOG_WARN, "the person could not be loaded", who_complete(r));
	}
	return &r->who;
}
