/* Whole requests through the web room, without services: who gets which answer, with which headers. */
#include "fake.h"

#include "base/clock.h"
#include "base/log.h"
#include "tmplc/out.h"

static int runs;

#define NOTE_FORM(F) F(text, title, .required = true, .max = 10) F(password, secret) F(i64, n, .min = 1, .max = 9, .def = 1)
FORM(note_form, NOTE_FORM)

static struct err *show_note(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = "Note" });
	out_text_html(o, out_form_guard(o));
	out_text_html(o, out_form_errors(o));
	out_text_html(o, FIELD("title", .label = "Title"));
	out_text_html(o, FIELD("secret", .label = "Secret", .type = "password"));
	return page_end(r, 200);
}

static struct err *save_note(struct req *r)
{
	const struct note_form *f = r->form;
	runs++;
	if (strcmp(f->title, "taken") == 0) {
		req_field_error(r, "title", "Somebody has this one.");
		return req_again(r);
	}
	req_flash(r, "success", "Saved <b>well</b> 한글");
	return redirect(r, url_fmt(r->a, "/note/%s", f->title));
}

static struct err *plain(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = "Plain" });
	out_text_str(o, r->lang);
	return page_end(r, 200);
}

static struct err *in_parts(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = "Half" });
	out_text_str(o, "HALF A PAGE");
	if (strcmp(req_param(r, "how"), "gone") == 0)
		return err_user(err_new(ERR_GONE, "secret detail"), "Your seats were released.");
	if (strcmp(req_param(r, "how"), "away") == 0)
		return err_new(ERR_UNAVAILABLE, "secret detail");
	return strcmp(req_param(r, "how"), "silent") == 0 ? NULL : err_new(ERR_INTERNAL, "secret detail");
}

static struct err *snapshot(struct req *r)
{
	req_cache_public(r, 1);
	req_set_header(r, "X-Bad", "a\r\nSet-Cookie: evil=1");
	return respond(r, 200, "application/octet-stream", (struct bytes){ "a\0b", 3 });
}

static struct err *leave(struct req *r)
{
	return redirect_outside(r, "https://pay.example/start?x=1&y=2");
}

static struct err *file(struct req *r)
{
	return respond_download(r, "text/csv", "명단 \"x\".csv", (struct bytes){ "a,b\n", 4 });
}

static struct err *hook(struct req *r)
{
	return respond(r, 200, "text/plain", req_body(r));
}

static const struct route routes[] = {
	{ GET, "/", plain, ACCESS_ANYONE, .cache_s = 1 },
	{ GET, "/note", show_note, ACCESS_ANYONE, .cache_s = 1 },
	{ POST, "/note", save_note, ACCESS_ANYONE, .form = FORM_OF(note_form), .again = show_note },
	{ POST, "/plain-note", save_note, ACCESS_ANYONE, .form = FORM_OF(note_form) },
	{ GET, "/note/{title}", plain, ACCESS_ANYONE },
	{ GET, "/half/{how}", in_parts, ACCESS_ANYONE, .cache_s = 1 },
	{ GET, "/snapshot", snapshot, ACCESS_ANYONE },
	{ POST, "/leave", leave, ACCESS_ANYONE },
	{ GET, "/file", file, ACCESS_ANYONE },
	{ POST, "/hook", hook, ACCESS_PROVIDER, .no_csrf = true, .raw_body = true, .body_kib = 1 },
	{ GET, "/admin", plain },
	{ POST, "/admin", save_note },
	{ GET, "/me", plain, ACCESS_MEMBER },
	{ GET, "/desk", plain, ACCESS_ORGANIZER, .perm = PERM_SHOWS },
	{ GET, "/metrics", plain, ACCESS_LOOPBACK },
	{ GET, "/api/v1/shows", in_parts, ACCESS_MEMBER },
	{ 0 }
};
static const struct domain test_domain = { .name = "test", .routes = routes };
static const struct domain *const list[] = { &test_domain, NULL };

static struct conf settings;

static int begin(void **state)
{
	(void)state;
	fake_arena = arena_new(32 << 20);
	jar[0] = '\0';
	settings = *conf();
	settings.secret = "0123456789abcdef0123456789abcdef";
	settings.redis_socket = "/nonexistent/redis.sock";
	settings.rate_per_minute = 1000;
	conf_set_for_test(&settings);
	runs = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	clock_set_for_test(0);
	conf_set_for_test(NULL);
	arena_free(fake_arena);
	return 0;
}

static int begin_all(void **state)
{
	(void)state;
	log_setup(LOG_ERROR, "test");
	route_table_set(list);
	fake_worker = web_worker_new(NULL);
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	web_worker_free(fake_worker);
	return 0;
}

static void holds(const char *text)
{
	if (!strstr(body_of(), text))
		fail_msg("'%s' is missing in: %s", text, body_of());
}

static void lacks(const char *text)
{
	if (strstr(last.out.p, text))
		fail_msg("'%s' is in: %s", text, last.out.p);
}

/* ---- pages ---------------------------------------------------------------------------------------------------------- */
static void a_page(void **state)
{
	(void)state;
	assert_int_equal(get("/"), 200);
	assert_string_equal(header_of("Content-Type"), "text/html; charset=utf-8");
	assert_string_equal(header_of("X-Content-Type-Options"), "nosniff");
	assert_non_null(strstr(header_of("Content-Security-Policy"), "default-src 'none'; script-src 'self'"));
	assert_string_equal(header_of("X-Accel-Expires"), "1");
	assert_null(header_of("Set-Cookie"));
	assert_null(header_of("X-Foyer-Route"));
	assert_int_equal(strtol(header_of("Content-Length"), NULL, 10), strlen(body_of()));
	holds("Plain · Foyer");
}

static void head_is_get_without_a_body(void **state)
{
	(void)state;
	get("/");
	const char *length = header_of("Content-Length");
	ask("HEAD", "/");
	assert_int_equal(send_it(), 200);
	assert_string_equal(body_of(), "");
	assert_string_equal(header_of("Content-Length"), length);
}

static void what_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(get("/nothing"), 404);
	assert_null(header_of("X-Accel-Expires"));
	assert_int_equal(post("/", ""), 405);
	assert_string_equal(header_of("Allow"), "GET, HEAD");
	assert_int_equal(get("/leave"), 405);
	assert_string_equal(header_of("Allow"), "POST");
	ask("DELETE", "/");
	assert_int_equal(send_it(), 405);
	assert_int_equal(get("http://evil.com/"), 400);
	assert_int_equal(get("/%"), 404);
	assert_int_equal(get("/note/?a=1"), 301);
	assert_string_equal(header_of("Location"), "/note?a=1");
	assert_int_equal(get("//evil.com/"), 404);
	assert_int_equal(get("/?utm=100%"), 200);
}

static void debug_headers_only_in_development(void **state)
{
	(void)state;
	settings.debug = true;
	conf_set_for_test(&settings);
	get("/note/x");
	assert_string_equal(header_of("X-Foyer-Route"), "/note/{title}");
	assert_string_equal(header_of("X-Foyer-Queries"), "0");
}

static void a_late_error_gives_a_clean_page(void **state)
{
	(void)state;
	assert_int_equal(get("/half/x"), 500);
	lacks("HALF A PAGE");
	lacks("secret detail");
	holds("request-1");
	assert_null(header_of("X-Accel-Expires"));
	assert_int_equal(get("/half/gone"), 410);
	holds("Your seats were released.");
	assert_int_equal(get("/half/away"), 503);
	assert_non_null(header_of("Retry-After"));
	assert_int_equal(get("/half/silent"), 500);
}

static void programs_get_json(void **state)
{
	(void)state;
	ask("GET", "/half/gone");
	with("HTTP_ACCEPT", "application/json");
	assert_int_equal(send_it(), 410);
	assert_string_equal(header_of("Content-Type"), "application/json");
	holds("\"message\":\"Your seats were released.\"");
	assert_int_equal(get("/api/v1/shows"), 401);
	assert_string_equal(header_of("Content-Type"), "application/json");
}

static void languages(void **state)
{
	(void)state;
	get("/note/x");
	holds("<html lang=\"ko\"");
	get("/en/note/x");
	holds("<html lang=\"en\"");
	assert_int_equal(get("/en"), 200);
	assert_null(header_of("Vary"));
	assert_int_equal(get("/english"), 404);
	ask("GET", "/");
	with("HTTP_ACCEPT_LANGUAGE", "en-GB,en;q=0.8");
	send_it();
	holds("<html lang=\"en\"");
	assert_string_equal(header_of("Vary"), "Accept-Language, Cookie");
	ask("GET", "/");
	with("HTTP_ACCEPT_LANGUAGE", "en");
	with("HTTP_COOKIE", "lang=ko");
	send_it();
	holds("<html lang=\"ko\"");
	ask("GET", "/");
	with("FOYER_LANG", "en");
	with("HTTP_COOKIE", "lang=ko");
	send_it();
	holds("<html lang=\"en\"");
	assert_null(header_of("Vary"));
	holds("/lang/ko?next=%2F");
}

static void answers_for_everyone(void **state)
{
	(void)state;
	assert_int_equal(get("/snapshot"), 200);
	assert_string_equal(header_of("X-Accel-Expires"), "1");
	assert_string_equal(header_of("Content-Length"), "3");
	assert_null(header_of("X-Bad"));
	lacks("evil=1");
	/* A page that hands out a token is for one browser, whatever its route says. */
	assert_int_equal(get("/note"), 200);
	assert_null(header_of("X-Accel-Expires"));
	assert_non_null(header_of("Set-Cookie"));
	assert_int_equal(get("/note"), 200); /* also when the cookie is there already */
	assert_null(header_of("X-Accel-Expires"));
}

static void files(void **state)
{
	(void)state;
	get("/file");
	assert_string_equal(header_of("Content-Disposition"),
	    "attachment; filename=\"______ _x_.csv\"; filename*=UTF-8''%EB%AA%85%EB%8B%A8%20%22x%22.csv");
}

/* ---- forms ---------------------------------------------------------------------------------------------------------- */
static int post_with_token(const char *uri, const char *token, const char *fields)
{
	return post(uri, arena_printf(fake_arena, "csrf=%s&%s", token, fields));
}

static void a_form_and_its_message(void **state)
{
	(void)state;
	get("/note");
	assert_int_equal(post_with_token("/note", token_of(), "title=hello+w"), 303);
	assert_string_equal(header_of("Location"), "/note/hello%20w");
	assert_int_equal(runs, 1);
	assert_int_equal(get("/note/x"), 200);
	holds("Saved &lt;b&gt;well&lt;/b&gt; 한글");
	get("/note/x"); /* shown once */
	lacks("Saved");
	assert_int_equal(get("/en/note"), 200);
	assert_int_equal(post_with_token("/en/note", token_of(), "title=a"), 303);
	assert_string_equal(header_of("Location"), "/en/note/a");
}

static void a_refused_form_keeps_what_was_typed(void **state)
{
	(void)state;
	get("/en/note");
	const char *token = token_of();
	assert_int_equal(post_with_token("/en/note", token, "title=much+too+%3Clong%3E&secret=hunter2"), 422);
	holds("At most 10 characters, please.");
	holds("much too &lt;long&gt;");
	lacks("hunter2");
	assert_int_equal(post_with_token("/en/note", token_of(), "title=taken"), 422);
	holds("Somebody has this one.");
	assert_int_equal(runs, 1);
	assert_int_equal(post_with_token("/en/plain-note", token, "title="), 422);
	holds("title: Please fill this in.");
	assert_int_equal(runs, 1);
}

static void bodies(void **state)
{
	(void)state;
	get("/note");
	const char *token = token_of();
	ask("POST", "/note");
	with_body("multipart/form-data; boundary=B", arena_printf(fake_arena,
	    "--B\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n%s\r\n"
	    "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nmulti\r\n--B--\r\n", token));
	assert_int_equal(send_it(), 303);
	assert_int_equal(post("/note", "title=%"), 422);
	ask("POST", "/note");
	with_body("text/xml", "<x/>");
	assert_int_equal(send_it(), 422);
	ask("POST", "/note");
	with("CONTENT_LENGTH", "65537");
	assert_int_equal(send_it(), 413);
	ask("POST", "/note");
	with("CONTENT_LENGTH", "-1");
	assert_int_equal(send_it(), 422);
	ask("POST", "/note");
	with_body("", "title=a");
	with("CONTENT_LENGTH", "100"); /* ends before */
	assert_int_equal(send_it(), 422);
	assert_int_equal(post("/hook", "{\"a\":\"%%\"}"), 200);
	assert_string_equal(body_of(), "{\"a\":\"%%\"}");
	ask("POST", "/hook");
	with("CONTENT_LENGTH", "1025");
	assert_int_equal(send_it(), 413);
}

/* ---- forgery --------------------------------------------------------------------------------------------------------- */
static void a_form_needs_its_token(void **state)
{
	(void)state;
	assert_int_equal(post("/note", "title=a"), 403);
	get("/note");
	const char *token = token_of();
	assert_int_equal(post("/note", "title=a"), 403);
	assert_int_equal(post_with_token("/note", "", "title=a"), 403);
	assert_int_equal(post_with_token("/note", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "title=a"), 403);
	for (size_t i = 0; i < strlen(token); i++) {
		char *other = arena_strdup(fake_arena, token);
		other[i] = other[i] == 'A' ? 'B' : 'A';
		/* The last character carries bits that belong to no byte. */
		if (i + 1 < strlen(token))
			assert_int_equal(post_with_token("/note", other, "title=a"), 403);
	}
	assert_int_equal(runs, 0);
	assert_int_equal(post_with_token("/note", token, "title=a"), 303);
	ask("POST", "/note"); /* scripts send it as a header */
	with_body("application/x-www-form-urlencoded", "title=a");
	with("HTTP_X_FOYER_CSRF", token);
	assert_int_equal(send_it(), 303);
	/* Another browser's token is none. */
	jar[0] = '\0';
	get("/note");
	assert_int_equal(post_with_token("/note", token, "title=a"), 403);
	assert_int_equal(runs, 2);
	assert_int_equal(post("/admin", "title=a"), 401); /* access comes first */
}

static int post_from(const char *param, const char *value, const char *token)
{
	ask("POST", "/note");
	with(param, value);
	with_body("application/x-www-form-urlencoded", arena_printf(fake_arena, "csrf=%s&title=typed", token));
	return send_it();
}

static void a_form_of_another_site_is_refused(void **state)
{
	static const char *const sites[] = { "cross-site", "same-site", "", "SAME-ORIGIN" };
	static const char *const origins[] = { "null", "", "https://evil.com", "http://localhost:8080.evil.com", "http://localhost",
		"https://localhost:8080", "http://localhost:80801", "http://evil.com/http://localhost:8080" };

	(void)state;
	get("/note");
	const char *token = token_of();
	for (size_t i = 0; i < ARRAY_LEN(sites); i++)
		assert_int_equal(post_from("HTTP_SEC_FETCH_SITE", sites[i], token), 403);
	for (size_t i = 0; i < ARRAY_LEN(origins); i++)
		assert_int_equal(post_from("HTTP_ORIGIN", origins[i], token), 403);
	lacks("typed");
	assert_int_equal(runs, 0);
	assert_int_equal(post_from("HTTP_SEC_FETCH_SITE", "same-origin", token), 303);
	assert_int_equal(post_from("HTTP_SEC_FETCH_SITE", "none", token), 303);
	assert_int_equal(post_from("HTTP_ORIGIN", "http://localhost:8080", token), 303);
}

static void an_old_page_is_shown_again_as_it_was_filled(void **state)
{
	(void)state;
	assert_int_equal(post_from("HTTP_SEC_FETCH_SITE", "same-origin", "old"), 403);
	assert_int_equal(runs, 0);
	holds("value=\"typed\"");
	assert_int_equal(post_with_token("/note", token_of(), "title=typed"), 303); /* and it carries a good token */
}

/* ---- who may -------------------------------------------------------------------------------------------------------- */
static void visitors_are_sent_to_sign_in(void **state)
{
	(void)state;
	assert_int_equal(get("/me?tab=a&b"), 303);
	assert_string_equal(header_of("Location"), "/sign-in?next=%2Fme%3Ftab%3Da%26b");
	assert_int_equal(get("/en/admin"), 303);
	assert_string_equal(header_of("Location"), "/en/sign-in?next=%2Fadmin");
	assert_int_equal(get("/desk"), 303);
	assert_int_equal(get("/metrics"), 403);
	ask("GET", "/metrics");
	with("REMOTE_ADDR", "127.0.0.1");
	assert_int_equal(send_it(), 200);
}

static void without_redis_nobody_is_sent_away(void **state)
{
	(void)state;
	snprintf(jar, sizeof jar, "foyer=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	assert_int_equal(get("/"), 200);
	assert_null(header_of("X-Accel-Expires"));
	assert_int_equal(get("/me"), 503); /* not the sign-in page: the session may be good */
	assert_non_null(header_of("Retry-After"));
	ask("POST", "/leave");
	assert_int_equal(send_it(), 503); /* nothing is done as if it came from a stranger */
	snprintf(jar, sizeof jar, "foyer=short");
	assert_int_equal(get("/me"), 303);
	assert_string_equal(jar, ""); /* no cookie of ours */
}

static struct who someone(bool member, bool admin, bool factor, int64_t organizer, int64_t staff, unsigned perms)
{
	return (struct who){ .person = { staff ? 0 : 1 }, .member = member, .admin = admin, .second_factor = factor,
		.organizer = { organizer }, .staff = { staff }, .perms = perms };
}

static void roles(void **state)
{
	const struct who nobody = { 0 }, guest = someone(false, false, false, 0, 0, 0), member = someone(true, false, false, 0, 0, 0),
		organizer = someone(true, false, false, 5, 0, ~0u), gate = someone(false, false, false, 5, 9, PERM_GATE),
		half_admin = someone(true, true, false, 0, 0, 0), admin = someone(true, true, true, 0, 0, 0);
	const struct who *const all[] = { &nobody, &guest, &member, &organizer, &gate, &half_admin, &admin };
	static const struct { enum access access; unsigned perm; const char *may; } rows[] = {
		{ ACCESS_ADMIN, 0, "      x" }, { ACCESS_ANYONE, 0, "xxxxxxx" }, { ACCESS_BUYER, 0, " xxx xx" }, { ACCESS_MEMBER, 0, "  xx xx" },
		{ ACCESS_ORGANIZER, 0, "   x   " }, { ACCESS_ORGANIZER, PERM_GATE, "   xx  " }, { ACCESS_ORGANIZER, PERM_SHOWS, "   x   " },
		{ ACCESS_ORGANIZER, PERM_GATE | PERM_ORDERS, "   x   " } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t k = 0; k < ARRAY_LEN(all); k++) {
			const struct route r = { .access = rows[i].access, .perm = rows[i].perm };
			if (access_allows(&r, all[k]) != (rows[i].may[k] == 'x'))
				fail_msg("row %zu, role %zu", i, k);
		}
}

static void too_many_forms_from_one_address(void **state)
{
	(void)state;
	settings.rate_per_minute = 3;
	conf_set_for_test(&settings);
	get("/note");
	const char *token = token_of();
	int status = 0;
	for (int i = 0; i < 5; i++) {
		ask("POST", "/note");
		with("REMOTE_ADDR", "2001:db8::1");
		with_body("application/x-www-form-urlencoded", arena_printf(fake_arena, "csrf=%s&title=a", token));
		status = send_it();
	}
	assert_int_equal(status, 429);
	assert_int_equal(runs, 3);
	ask("POST", "/note");
	with("REMOTE_ADDR", "2001:db8:0:1::1");
	with_body("application/x-www-form-urlencoded", arena_printf(fake_arena, "csrf=%s&title=a", token));
	assert_int_equal(send_it(), 303);
}

/* ---- messages, other sites -------------------------------------------------------------------------------------------- */
static void forged_messages_are_not_shown(void **state)
{
	(void)state;
	get("/note");
	post_with_token("/note", token_of(), "title=a");
	const char *good = strstr(jar, "foyer_flash=");
	assert_non_null(good);
	char *value = arena_strndup(fake_arena, good, strcspn(good, ";"));
	size_t n = strlen(value);
	for (size_t i = strlen("foyer_flash="); i + 1 < n; i += 3) {
		char *other = arena_strdup(fake_arena, value);
		other[i] = other[i] == 'A' ? 'B' : 'A';
		snprintf(jar, sizeof jar, "%s", other);
		get("/note/x");
		lacks("Saved");
		lacks("role=\"status\"");
	}
	static const char *const bad[] = { "foyer_flash=", "foyer_flash=a", "foyer_flash=!!", "foyer_flash=AAAAAAAAAAAAAAAAAAAAAA" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(jar, sizeof jar, "%s", bad[i]);
		assert_int_equal(get("/note/x"), 200);
	}
	snprintf(jar, sizeof jar, "%s", value);
	clock_set_for_test(clock_now() + 10 * US_MINUTE);
	get("/note/x");
	lacks("Saved");
	clock_set_for_test(0);
	snprintf(jar, sizeof jar, "%s", value);
	get("/note/x");
	holds("Saved");
}

static void leaving_the_house(void **state)
{
	(void)state;
	get("/note");
	assert_int_equal(post_with_token("/leave", token_of(), ""), 200);
	assert_null(header_of("Location"));
	assert_string_equal(header_of("Refresh"), "0; url=https://pay.example/start?x=1&y=2");
	holds("href=\"https://pay.example/start?x=1&amp;y=2\"");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_page), TEST(head_is_get_without_a_body), TEST(what_is_not_there), TEST(debug_headers_only_in_development),
		TEST(a_late_error_gives_a_clean_page), TEST(programs_get_json), TEST(languages), TEST(answers_for_everyone), TEST(files),
		TEST(a_form_and_its_message), TEST(a_refused_form_keeps_what_was_typed), TEST(bodies), TEST(a_form_needs_its_token),
		TEST(a_form_of_another_site_is_refused), TEST(an_old_page_is_shown_again_as_it_was_filled),
		TEST(visitors_are_sent_to_sign_in), TEST(without_redis_nobody_is_sent_away), TEST(roles),
		TEST(too_many_forms_from_one_address), TEST(forged_messages_are_not_shown), TEST(leaving_the_house),
	};
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
