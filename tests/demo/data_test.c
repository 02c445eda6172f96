/* What the demo promises: twelve venues, sixty shows over all genres, three hundred performances; posters are pictures. */
#include "base/str.h"
#include "demo/demo_store.h"
#include "ext/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static void counts(void **state)
{
	int performances = 0;
	(void)state;
	assert_int_equal(demo_n_venues, 12);
	assert_int_equal(demo_n_shows, 60);
	for (size_t i = 0; i < demo_n_shows; i++)
		performances += demo_shows[i].n;
	assert_int_equal(performances, 300);
}

static void rows(void **state)
{
	static const char *const genres[] = { "concert", "musical", "play", "classic", "dance", "traditional", "family", "festival" };
	size_t of_genre[ARRAY_LEN(genres)] = { 0 };
	(void)state;
	for (size_t i = 0; i < demo_n_shows; i++) {
		const struct demo_show *s = &demo_shows[i];
		for (size_t g = 0; g < ARRAY_LEN(genres); g++)
			of_genre[g] += str_eq(genres[g], s->genre);
		assert_true(s->venue >= 0 && (size_t)s->venue < demo_n_venues);
		assert_true(str_utf8_len(s->title) <= 120 && str_utf8_len(s->title_en) <= 120);
		assert_true(s->age == 0 || s->age == 7 || s->age == 12 || s->age == 15 || s->age == 19);
		assert_true(!str_empty(s->synopsis) && !str_empty(s->synopsis_en));
		assert_true(s->run != RUN_OPENING || s->opens_in > 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(s->title_en, demo_shows[k].title_en); /* slugs are made of it */
	}
	for (size_t g = 0; g < ARRAY_LEN(genres); g++)
		assert_true(of_genre[g] > 0);
}

static void same_every_time(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct demo one = { .random = 7 }, two = { .random = 7 };
	(void)state;
	for (int i = 0; i < 100; i++) {
		const char *code = demo_code(&one, a, 10), *uuid = demo_uuid(&one, a);
		assert_string_equal(code, demo_code(&two, a, 10));
		assert_string_equal(uuid, demo_uuid(&two, a));
		assert_int_equal(strlen(uuid), 36);
		assert_int_equal(strspn(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 10);
	}
	arena_free(a);
}

static void posters(void **state)
{
	(void)state;
	for (size_t i = 0; i < demo_n_shows; i += 7) {
		struct arena *a = arena_new((size_t)64 << 20);
		struct bytes jpeg;
		struct image_size size;
		assert_null(demo_poster(a, &demo_shows[i], (int)i, "클럽 파랑", "2026.11.20 (금)", &jpeg));
		assert_null(image_probe(jpeg, &size));
		assert_int_equal(size.w, 800);
		assert_int_equal(size.h, 1120);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(counts), cmocka_unit_test(rows), cmocka_unit_test(same_every_time),
		cmocka_unit_test(posters) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
