#include "ext/image.h"

#include <gd.h>
#include <string.h>
#include <sys/resource.h>

#include "../support/arena.h"

/* Left half red, right half blue. */
static struct bytes picture(int w, int h, void *(*write)(gdImagePtr, int *))
{
	gdImagePtr im = gdImageCreateTrueColor(w, h);
	gdImageFilledRectangle(im, 0, 0, w / 2 - 1, h - 1, gdTrueColor(255, 0, 0));
	gdImageFilledRectangle(im, w / 2, 0, w - 1, h - 1, gdTrueColor(0, 0, 255));
	int n;
	void *p = write(im, &n);
	struct bytes b = { arena_copy(a, p, (size_t)n), (size_t)n };
	gdFree(p);
	gdImageDestroy(im);
	return b;
}
static void *jpeg(gdImagePtr im, int *n) { return gdImageJpegPtr(im, n, 90); }
static void *png(gdImagePtr im, int *n) { return gdImagePngPtr(im, n); }
static void *webp(gdImagePtr im, int *n) { return gdImageWebpPtr(im, n); }

static int red_at(struct bytes b, int x, int y)
{
	gdImagePtr im = gdImageCreateFromJpegPtr((int)b.n, (void *)(uintptr_t)b.p);
	int c = gdImageGetTrueColorPixel(im, x, y);
	gdImageDestroy(im);
	return gdTrueColorGetRed(c) > 200 && gdTrueColorGetBlue(c) < 60;
}

static void sizes_are_read_from_the_header(void **state)
{
	(void)state;
	struct image_size s;
	void *(*const kinds[])(gdImagePtr, int *) = { jpeg, png, webp };
	for (size_t i = 0; i < 3; i++) {
		assert_null(image_probe(picture(321, 123, kinds[i]), &s));
		assert_int_equal(s.w, 321);
		assert_int_equal(s.h, 123);
	}
}

static void scaled_but_never_enlarged(void **state)
{
	(void)state;
	struct bytes out;
	struct image_size s;
	assert_null(image_jpeg(a, picture(800, 400, png), 200, 200, false, &out, &s));
	assert_int_equal(s.w, 200);
	assert_int_equal(s.h, 100);
	assert_true(red_at(out, 20, 50));
	assert_false(red_at(out, 180, 50));
	assert_null(image_jpeg(a, picture(80, 40, webp), 200, 200, false, &out, &s));
	assert_int_equal(s.w, 80);
}

static void cropped_to_the_middle(void **state)
{
	(void)state;
	struct bytes out;
	struct image_size s;
	assert_null(image_jpeg(a, picture(900, 300, jpeg), 100, 100, true, &out, &s));
	assert_int_equal(s.w, 100);
	assert_int_equal(s.h, 100);
	assert_true(red_at(out, 10, 50));
	assert_false(red_at(out, 90, 50));
}

/* Inserts an EXIF segment with the orientation behind SOI. */
static struct bytes with_orientation(struct bytes in, int o)
{
	const uint8_t app1[] = { 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0,
		3, 0, 0, 0, 1, 0, (uint8_t)o, 0, 0, 0, 0, 0, 0 };
	uint8_t *p = arena_alloc(a, in.n + sizeof app1);
	memcpy(p, in.p, 2);
	memcpy(p + 2, app1, sizeof app1);
	memcpy(p + 2 + sizeof app1, (const uint8_t *)in.p + 2, in.n - 2);
	return (struct bytes){ p, in.n + sizeof app1 };
}

static void camera_orientation_is_applied(void **state)
{
	(void)state;
	/* where the red half is afterwards: x, y of a point inside of it, in a picture of 200 × 100 or turned */
	const struct { int o, w, h, x, y; } want[] = { { 1, 200, 100, 20, 50 }, { 2, 200, 100, 180, 50 }, { 3, 200, 100, 180, 50 },
		{ 4, 200, 100, 20, 50 }, { 5, 100, 200, 50, 20 }, { 6, 100, 200, 50, 20 }, { 7, 100, 200, 50, 180 },
		{ 8, 100, 200, 50, 180 } };
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		struct bytes in = with_orientation(picture(200, 100, jpeg), want[i].o), out;
		struct image_size s;
		assert_null(image_probe(in, &s));
		assert_int_equal(s.w, want[i].w);
		assert_null(image_jpeg(a, in, 400, 400, false, &out, &s));
		assert_int_equal(s.w, want[i].w);
		assert_int_equal(s.h, want[i].h);
		assert_true(red_at(out, want[i].x, want[i].y));
		assert_null(memmem(out.p, out.n, "Exif", 4));
	}
}

#ifndef __SANITIZE_ADDRESS__
/* A phone's portrait photo is turned in a worker's memory, which does not hold it twice. */
static void a_large_picture_is_not_held_twice(void **state)
{
	(void)state;
	struct bytes in = with_orientation(picture(6000, 5000, jpeg), 6), out;
	struct image_size s;
	struct rlimit was, little;
	getrlimit(RLIMIT_DATA, &was);
	little = was;
	little.rlim_cur = 200 << 20;
	setrlimit(RLIMIT_DATA, &little);
	struct err *e = image_jpeg(a, in, 800, 1120, false, &out, &s);
	setrlimit(RLIMIT_DATA, &was);
	assert_null(e);
	assert_int_equal(s.w, 800);
	assert_int_equal(s.h, 960);
}
#endif

static void refused(struct bytes in)
{
	struct bytes out;
	struct image_size s;
	struct err *e = image_jpeg(a, in, 100, 100, false, &out, &s);
	assert_true(err_is(e, ERR_INVALID));
	assert_non_null(err_user_text(e));
	err_free(e);
}

static void bombs_and_rubbish_are_refused(void **state)
{
	(void)state;
	/* a PNG that says 30000 × 30000 in its header: refused before a byte of it is inflated */
	struct bytes p = picture(10, 10, png);
	uint8_t *bomb = arena_copy(a, p.p, p.n);
	bomb[18] = bomb[22] = 0x75;
	bomb[19] = bomb[23] = 0x30;
	refused((struct bytes){ bomb, p.n });
	bomb[16] = 0xff;
	refused((struct bytes){ bomb, p.n });
	refused((struct bytes){ "", 0 });
	refused((struct bytes){ "GIF89a", 6 });
	refused((struct bytes){ "<svg xmlns='http://www.w3.org/2000/svg'/>", 40 });
	struct bytes whole = picture(300, 300, png);
	refused((struct bytes){ whole.p, 40 });
	whole = picture(300, 300, webp);
	refused((struct bytes){ whole.p, 32 });
	whole = picture(300, 300, jpeg);
	for (size_t n = 2; n < 160; n += 7) /* a JPEG cut in its headers */
		refused((struct bytes){ whole.p, n });
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sizes_are_read_from_the_header),
		cmocka_unit_test(scaled_but_never_enlarged), cmocka_unit_test(cropped_to_the_middle),
		cmocka_unit_test(camera_orientation_is_applied),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test(a_large_picture_is_not_held_twice),
#endif
		cmocka_unit_test(bombs_and_rubbish_are_refused) };
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
