/* Which route answers an address. */
#include "web/web_priv.h"

#include <stdio.h>
#include <string.h>

#include "../support/arena.h"

static struct err *run(struct req *r)
{
	(void)r;
	return NULL;
}

static const struct route first[] = {
	{ GET, "/", run },
	{ GET, "/shows", run },
	{ GET, "/shows/{slug}", run },
	{ GET, "/shows/new", run },
	{ POST, "/shows/new", run },
	{ POST, "/shows/{slug}/close", run },
	{ GET, "/desk/{kind}/list", run },
	{ GET, "/desk/shows/{id}", run },
	{ 0 }
};
static const struct route second[] = {
	{ GET, "/performances/{id}/seats", run },
	{ GET, "/performances/{performance}/seats/{seat}/of/{row}", run },
	{ POST, "/shows", run },
	{ 0 }
};
static const struct domain one = { .name = "one", .routes = first }, none = { .name = "none" },
	two = { .name = "two", .routes = second };
static const struct domain *const list[] = { &one, &none, &two, NULL };

static int begin(void **state)
{
	arena_setup(state);
	route_table_set(list);
	return 0;
}

static struct route_match find(enum method m, const char *path)
{
	struct route_match match;
	route_find(a, m, path, &match);
	return match;
}

static void leads(enum method m, const char *path, const char *pattern)
{
	struct route_match match = find(m, path);
	if (!pattern) {
		assert_null(match.route);
		return;
	}
	if (!match.route)
		fail_msg("nothing at %s", path);
	assert_string_equal(match.route->path, pattern);
	assert_int_equal(match.route->method, m);
}

static void literals_win(void **state)
{
	(void)state;
	leads(GET, "/", "/");
	leads(GET, "/shows", "/shows");
	leads(POST, "/shows", "/shows");
	leads(GET, "/shows/new", "/shows/new");
	leads(GET, "/shows/news", "/shows/{slug}");
	leads(GET, "/shows/ne", "/shows/{slug}");
	leads(POST, "/shows/new", "/shows/new");
}

static void a_literal_that_leads_nowhere_gives_way(void **state)
{
	(void)state;
	leads(GET, "/desk/shows/7", "/desk/shows/{id}");
	leads(GET, "/desk/shows/list", "/desk/shows/{id}");
	leads(GET, "/desk/venues/list", "/desk/{kind}/list");
	leads(POST, "/shows/new/close", "/shows/{slug}/close");
}

static void parameters(void **state)
{
	(void)state;
	struct route_match m = find(GET, "/performances/12/seats/A%20B/of/%ea%b0%80");
	assert_int_equal(m.n, 3);
	assert_string_equal(m.names[0], "performance");
	assert_string_equal(m.values[0], "12");
	assert_string_equal(m.names[1], "seat");
	assert_string_equal(m.values[1], "A B");
	assert_string_equal(m.names[2], "row");
	assert_string_equal(m.values[2], "가");
}

static void another_method(void **state)
{
	(void)state;
	leads(POST, "/", NULL);
	assert_true(find(POST, "/").other_method);
	assert_true(find(GET, "/shows/x/close").other_method);
	assert_true(find(POST, "/shows/x").other_method);
	assert_false(find(POST, "/nothing").other_method);
	assert_false(find(GET, "/shows/x").other_method);
}

static void nothing_there(void **state)
{
	static const char *const paths[] = { "", "shows", "//", "/shows/", "//shows", "/shows//new", "/Shows", "/shows/x/y", "/shows/%",
		"/shows/%4", "/shows/%zz", "/shows/%00", "/shows/a%2fb", "/shows/a%5cb", "/shows/%ff", "/shows/a%0ab", "/shows/\xff",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13/14" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (find(GET, paths[i]).route)
			fail_msg("found: %s", paths[i]);
}

static void the_real_table_is_sound(void **state)
{
	(void)state;
	route_table_set(domains);
	leads(GET, "/healthz", "/healthz");
	for (size_t d = 0; domains[d]; d++)
		for (const struct route *r = domains[d]->routes; r && r->path; r++) {
			char path[200];
			size_t n = 0;
			for (const char *s = r->path; *s && n < sizeof path - 1; s++) {
				if (*s == '{') {
					path[n++] = '1';
					s += strcspn(s, "}");
				} else {
					path[n++] = *s;
				}
			}
			path[n] = '\0';
			assert_non_null(r->run);
			assert_non_null(find(r->method, path).route);
			/* Only machine callers come without the token of a form. */
			if (r->no_csrf)
				assert_true(r->access == ACCESS_PROVIDER || r->access == ACCESS_LOOPBACK);
			if (r->cache_s)
				assert_true(r->method == GET && r->access == ACCESS_ANYONE);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_win),
		cmocka_unit_test(a_literal_that_leads_nowhere_gives_way),
		cmocka_unit_test(parameters),
		cmocka_unit_test(another_method),
		cmocka_unit_test(nothing_there),
		cmocka_unit_test(the_real_table_is_sound),
	};
	return cmocka_run_group_tests(tests, begin, arena_teardown);
}
