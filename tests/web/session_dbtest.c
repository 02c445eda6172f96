/* Sessions, roles and the audit log, with a database and a Redis of their own. */
#include "fake.h"

#include "../support/own_redis.h"
#include "../support/testdb.h"
#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/redis.h"
#include "web/audit.h"
#include "web/once.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- pages ---------------------------------------------------------------------------------------------------------- */
#define SIGN_FORM(F) F(i64, person) F(flag, member) F(flag, factor) F(i64, staff) F(text, session)
FORM(sign_form, SIGN_FORM)

static struct err *sign_in(struct req *r)
{
	const struct sign_form *f = r->form;
	if (f->staff)
		TRY(session_begin_staff(r, (struct staff_id){ f->staff }, (struct organizer_id){ 1 }));
	else
		TRY(session_begin(r, (struct person_id){ f->person }, f->member, f->factor));
	return redirect(r, (struct url){ "/who" });
}

static struct err *sign_out(struct req *r)
{
	TRY(session_end(r));
	return redirect(r, (struct url){ "/who" });
}

static struct err *end_others(struct req *r)
{
	TRY(session_end_others(r, r->who.person, r->who.session_id));
	return redirect(r, (struct url){ "/who" });
}

static struct err *end_one(struct req *r)
{
	const struct sign_form *f = r->form;
	TRY(session_end_one(r, r->who.person, f->session));
	return redirect(r, (struct url){ "/who" });
}

static struct err *who_is(struct req *r)
{
	const struct who *w = &r->who;
	const char *text = arena_printf(r->a, "person=%lld name=%s member=%d admin=%d factor=%d organizer=%lld staff=%lld perms=%u show=%lld "
	    "csrf=%s session=%s", (long long)w->person.v, w->name ? w->name : "-", w->member, w->admin, w->second_factor,
	    (long long)w->organizer.v, (long long)w->staff.v, w->perms, (long long)w->staff_show.v, csrf_token(r),
	    w->session_id ? w->session_id : "-");
	return respond(r, 200, "text/plain", (struct bytes){ text, strlen(text) });
}

static struct err *listing(struct req *r)
{
	struct session_info *v;
	size_t n;
	struct buf b;
	TRY(session_list(r, r->who.person, &v, &n));
	buf_init(&b, r->a);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s|%s|%s|%d|%lld\n", v[i].id, v[i].ip, v[i].user_agent, v[i].current,
		    (long long)((r->now - v[i].seen_at) / US_SECOND));
	return respond(r, 200, "text/plain", (struct bytes){ buf_cstr(&b), b.n });
}

DB_EXEC(note_name, "UPDATE person SET name = ? WHERE id = ?")

static struct err *write_it(struct req *r)
{
	TRY(note_name_run(r->db, NULL, DB_ARGS("Renamed", r->who.person.v)));
	TRY(audit(r, r->db, "person.rename", "person:1", "{\"a\":1}"));
	return redirect(r, (struct url){ "/who" });
}

/* Makes something whose page has a long address. */
static struct err *make_far(struct req *r)
{
	const char *where = arena_printf(r->a, "/who?next=%0400d", 7);
	TRY(once_made(r, r->db, (struct url){ where }));
	return redirect(r, (struct url){ where });
}

static const struct route routes[] = {
	{ POST, "/in", sign_in, ACCESS_ANYONE, .form = FORM_OF(sign_form) },
	{ POST, "/out", sign_out, ACCESS_BUYER },
	{ POST, "/end-others", end_others, ACCESS_BUYER },
	{ POST, "/end-one", end_one, ACCESS_BUYER, .form = FORM_OF(sign_form) },
	{ POST, "/write", write_it, ACCESS_MEMBER },
	{ POST, "/far", make_far, ACCESS_MEMBER, .once = true },
	{ GET, "/who", who_is, ACCESS_ANYONE },
	{ GET, "/sessions", listing, ACCESS_BUYER },
	{ GET, "/member", who_is, ACCESS_MEMBER },
	{ GET, "/desk", who_is, ACCESS_ORGANIZER, .perm = PERM_SHOWS },
	{ GET, "/gate", who_is, ACCESS_ORGANIZER, .perm = PERM_GATE },
	{ GET, "/admin", who_is },
	{ POST, "/admin", write_it },
	{ 0 }
};
static const struct domain test_domain = { .name = "test", .routes = routes };
static const struct domain *const list[] = { &test_domain, NULL };

static int begin(void **state)
{
	(void)state;
	fake_arena = arena_new(32 << 20);
	jar[0] = '\0';
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(fake_arena);
	return 0;
}

static const char *csrf_of(void)
{
	get("/who");
	const char *s = strstr(body_of(), "csrf=") + 5;
	return arena_strndup(fake_arena, s, strcspn(s, " "));
}

static int send_form(const char *uri, const char *fields)
{
	return post(uri, arena_printf(fake_arena, "csrf=%s&%s", csrf_of(), fields));
}

static void i_am(const char *text)
{
	assert_int_equal(get("/who"), 200);
	if (!strstr(body_of(), text))
		fail_msg("'%s' is not in '%s'", text, body_of());
}

static const char *cookie_of(const char *name)
{
	const char *s = strstr(jar, arena_printf(fake_arena, "%s=", name));
	return s ? arena_strndup(fake_arena, s, strcspn(s, ";")) : NULL;
}

/* ---- tests ---------------------------------------------------------------------------------------------------------- */
static void signing_in_and_out(void **state)
{
	(void)state;
	i_am("person=0 name=- member=0");
	const char *csrf_before = arena_strdup(fake_arena, cookie_of("foyer_csrf"));
	assert_int_equal(send_form("/in", "person=1&member=1"), 303);
	assert_non_null(cookie_of("foyer"));
	assert_string_not_equal(cookie_of("foyer_csrf"), csrf_before);
	i_am("person=1 name=Kim member=1 admin=0 factor=0 organizer=0");
	assert_string_equal(header_of("Cache-Control"), "private, no-store");
	char old[sizeof jar];
	memcpy(old, jar, sizeof jar);
	assert_int_equal(send_form("/out", ""), 303);
	assert_null(cookie_of("foyer"));
	i_am("person=0");
	memcpy(jar, old, sizeof jar); /* the old cookie is worth nothing */
	i_am("person=0");
	assert_null(cookie_of("foyer"));
}

static void a_session_cannot_be_planted(void **state)
{
	(void)state;
	csrf_of();
	snprintf(jar + strlen(jar), sizeof jar - strlen(jar), "; foyer=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	const char *planted = arena_strdup(fake_arena, cookie_of("foyer"));
	i_am("person=0");
	assert_int_equal(send_form("/in", "person=1&member=1"), 303);
	assert_string_not_equal(cookie_of("foyer"), planted);
	/* Signing in anew ends the session before it. */
	const char *first = arena_strdup(fake_arena, cookie_of("foyer"));
	assert_int_equal(send_form("/in", "person=1&member=1"), 303);
	assert_string_not_equal(cookie_of("foyer"), first);
	snprintf(jar, sizeof jar, "%s", first);
	i_am("person=0");
}

static void rights_come_from_the_database(void **state)
{
	(void)state;
	send_form("/in", "person=1&member=0"); /* a guest */
	assert_int_equal(get("/sessions"), 200);
	assert_int_equal(get("/member"), 403);
	send_form("/in", "person=2&member=1");
	i_am("organizer=1 staff=0");
	assert_int_equal(get("/desk"), 200);
	assert_int_equal(get("/admin"), 403);
	send_form("/in", "person=2&member=0"); /* an organizer's e-mail address alone is no organizer */
	i_am("organizer=0");
	assert_int_equal(get("/desk"), 403);
	send_form("/in", "person=3&member=1"); /* the application is not decided yet */
	assert_int_equal(get("/desk"), 403);
	send_form("/in", "person=5&member=1"); /* deleted */
	i_am("person=0");
}

static void admins_need_their_second_factor(void **state)
{
	(void)state;
	send_form("/in", "person=4&member=1");
	assert_int_equal(get("/admin?page=2"), 303);
	assert_string_equal(header_of("Location"), "/me/second-factor?next=%2Fadmin%3Fpage%3D2");
	assert_int_equal(send_form("/admin", ""), 403);
	send_form("/in", "person=4&member=1&factor=1");
	assert_int_equal(get("/admin"), 200);
	send_form("/in", "person=4&factor=1"); /* as a guest: never */
	assert_int_equal(get("/admin"), 403);
}

static void staff_may_what_their_code_says(void **state)
{
	(void)state;
	send_form("/in", "staff=1");
	i_am("person=0 name=Door A member=0 admin=0 factor=0 organizer=1 staff=1 perms=1 show=7");
	assert_int_equal(get("/gate"), 200);
	assert_int_equal(get("/desk"), 403);
	assert_int_equal(get("/sessions"), 403);
	testdb_sql("UPDATE staff_code SET revoked_at = '2026-01-01' WHERE id = 1");
	i_am("staff=0");
	send_form("/in", "staff=2"); /* expired */
	i_am("staff=0");
	assert_int_equal(get("/gate"), 303);
}

static size_t sessions(void)
{
	assert_int_equal(get("/sessions"), 200);
	size_t n = 0;
	for (const char *s = body_of(); (s = strchr(s, '\n')); s++)
		n++;
	return n;
}

static void sessions_are_listed_and_ended(void **state)
{
	(void)state;
	char phone[sizeof jar], desktop[sizeof jar];
	send_form("/in", "person=6&member=1");
	memcpy(phone, jar, sizeof jar);
	jar[0] = '\0';
	const char *csrf = csrf_of();
	ask("POST", "/in");
	with_body("application/x-www-form-urlencoded", arena_printf(fake_arena, "csrf=%s&person=6&member=1", csrf));
	with("HTTP_USER_AGENT", "Desk\x1ftop\xec\x95\x84");
	assert_int_equal(send_it(), 303);
	memcpy(desktop, jar, sizeof jar);
	assert_int_equal(sessions(), 2);
	const char *own = strstr(body_of(), "|192.0.2.1|Desk top아|1|");
	assert_non_null(own);
	assert_true(strtol(own + strlen("|192.0.2.1|Desk top아|1|"), NULL, 10) < 60);
	/* One, by its handle: the phone's. */
	memcpy(jar, phone, sizeof jar);
	i_am("person=6");
	const char *handle = arena_strndup(fake_arena, strstr(body_of(), "session=") + 8, 16);
	memcpy(jar, desktop, sizeof jar);
	assert_int_equal(send_form("/end-one", arena_printf(fake_arena, "session=%s", handle)), 303);
	assert_int_equal(sessions(), 1);
	memcpy(jar, phone, sizeof jar);
	i_am("person=0");
	/* All but this one. */
	jar[0] = '\0';
	send_form("/in", "person=6&member=1");
	assert_int_equal(sessions(), 2);
	send_form("/end-others", "");
	assert_int_equal(sessions(), 1);
	i_am("person=6");
	memcpy(jar, desktop, sizeof jar);
	i_am("person=0");
}

/* Who signs in again and again has the newest sessions only: the list stays one that can be read, and ended. */
static void the_oldest_of_too_many_end(void **state)
{
	(void)state;
	char first[sizeof jar], second[sizeof jar];
	for (int i = 0; i < 51; i++) {
		jar[0] = '\0';
		assert_int_equal(send_form("/in", "person=8&member=1"), 303);
		memcpy(i == 0 ? first : second, jar, i < 2 ? sizeof jar : 0);
	}
	assert_int_equal(sessions(), 50);
	i_am("person=8");
	memcpy(jar, second, sizeof jar);
	i_am("person=8");
	memcpy(jar, first, sizeof jar);
	i_am("person=0");
	/* One that has ended by itself makes room first. */
	const char *key = crypto_sha256_hex(fake_arena, strchr(arena_strndup(fake_arena, strstr(second, "foyer="), 49), '=') + 1);
	OK(REDIS(fake_arena, NULL, "DEL", arena_printf(fake_arena, "session:%s", key)));
	jar[0] = '\0';
	send_form("/in", "person=8&member=1");
	assert_int_equal(sessions(), 50);
}

static void writing_is_remembered_and_audited(void **state)
{
	(void)state;
	send_form("/in", "person=7&member=1");
	assert_int_equal(send_form("/write", ""), 303);
	assert_int_equal(get("/who"), 200);
	i_am("name=Renamed");
	/* Fails unless exactly the one row is there: a subquery of two rows is an error. */
	testdb_sql("DO IF((SELECT COUNT(*) FROM audit_log WHERE person_id = 7 AND action = 'person.rename' AND object = 'person:1' "
	           "AND actor = 'member Park' AND ip = '192.0.2.1' AND request_id = 'request-1') = 1, 1, "
	           "(SELECT 1 UNION ALL SELECT 2))");
}

static void a_long_address_is_no_obstacle(void **state)
{
	(void)state;
	send_form("/in", "person=6&member=1");
	for (int i = 0; i < 2; i++)
		assert_int_equal(send_form("/far", "idem=0123456789"), 303);
}

static void limits_are_shared_through_redis(void **state)
{
	struct err *e;

	(void)state;
	for (int i = 0; i < 3; i++)
		OK(rate_limit("test", "a", 3, 60));
	e = rate_limit("test", "a", 3, 60);
	assert_true(err_is(e, ERR_LIMIT));
	err_free(e);
	OK(rate_limit("test", "b", 3, 60));
	struct redis_reply reply;
	OK(REDIS(fake_arena, &reply, "TTL", "rate:test:a"));
	assert_true(reply.i > 50 && reply.i <= 60);
}

static void redis_dies_and_comes_back(void **state)
{
	(void)state;
	send_form("/in", "person=6&member=1");
	char before[sizeof jar];
	memcpy(before, jar, sizeof jar);
	own_redis_kill();
	own_redis_empty();
	i_am("person=0");                        /* pages for everybody go on */
	assert_non_null(cookie_of("foyer"));     /* and the cookie is kept: Redis may come back */
	assert_int_equal(get("/member"), 503);
	assert_int_equal(send_form("/in", "person=6&member=1"), 503);
	own_redis_start();
	assert_int_equal(get("/member"), 303);   /* empty after the restart: please sign in */
	jar[0] = '\0';
	assert_int_equal(send_form("/in", "person=6&member=1"), 303);
	i_am("person=6");
}

int main(void)
{
	testdb();
	own_redis_open(NULL);
	struct conf settings = *conf();
	settings.rate_per_minute = 1000;
	conf_set_for_test(&settings);
	log_setup(LOG_ERROR, "test");
	testdb_sql("INSERT INTO person (id, email, name, password_hash, admin, created_at, deleted_at) VALUES "
	           "(1, 'a@b.kr', 'Kim', 'x', 0, '2026-01-01', NULL), (2, 'b@b.kr', 'Lee', 'x', 0, '2026-01-01', NULL), "
	           "(3, 'c@b.kr', 'Choi', 'x', 0, '2026-01-01', NULL), (4, 'd@b.kr', 'Admin', 'x', 1, '2026-01-01', NULL), "
	           "(5, NULL, 'Gone', NULL, 0, '2026-01-01', '2026-01-02'), (6, 'e@b.kr', 'Two', 'x', 0, '2026-01-01', NULL), "
	           "(7, 'f@b.kr', 'Park', 'x', 0, '2026-01-01', NULL), (8, 'g@b.kr', 'Many', 'x', 0, '2026-01-01', NULL)");
	testdb_sql("INSERT INTO organizer (id, person_id, name, about, state, applied_at) VALUES "
	           "(1, 2, 'House', '', 'approved', '2026-01-01'), (2, 3, 'Hope', '', 'pending_approval', '2026-01-01')");
	testdb_sql("INSERT INTO staff_code (id, organizer_id, label, code_hash, perms, show_id, created_at, expires_at) VALUES "
	           "(1, 1, 'Door A', 'a', 1, 7, '2026-01-01', '2999-01-01'), (2, 1, 'Door B', 'b', 1, NULL, '2020-01-01', '2020-01-02')");
	route_table_set(list);
	fake_worker = web_worker_new(NULL);
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(signing_in_and_out), T(a_session_cannot_be_planted), T(rights_come_from_the_database),
		T(admins_need_their_second_factor), T(staff_may_what_their_code_says), T(sessions_are_listed_and_ended), T(the_oldest_of_too_many_end),
		T(writing_is_remembered_and_audited), T(a_long_address_is_no_obstacle), T(limits_are_shared_through_redis), T(redis_dies_and_comes_back),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	web_worker_free(fake_worker);
	own_redis_close();
	return failed;
}
