/* Posters: an abstract picture of the genre, another one for every show, and the title in large letters. */
#include "demo/demo_store.h"

#include "base/buf.h"
#include "ext/image.h"

#include <cairo.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

enum { W = 800, H = 1120, MARGIN = 64 };
#define SERIF "Noto Serif CJK KR, Noto Serif KR, serif"
#define SANS "Noto Sans CJK KR, Pretendard, DejaVu Sans, sans-serif"

struct palette { unsigned ground, deep, light, accent, ink; };
struct brush { cairo_t *cr; struct palette p; uint64_t random; };

static double chance(struct brush *b)
{
	b->random = b->random * 6364136223846793005u + 1442695040888963407u;
	return (double)(b->random >> 11) / (double)(UINT64_C(1) << 53);
}

static double between(struct brush *b, double low, double high)
{
	return low + (high - low) * chance(b);
}

static void colour(struct brush *b, unsigned rgb, double alpha)
{
	cairo_set_source_rgba(b->cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0, alpha);
}

static void disc(struct brush *b, double x, double y, double r, unsigned rgb, double alpha)
{
	cairo_new_sub_path(b->cr);
	cairo_arc(b->cr, x, y, r, 0, 2 * M_PI);
	colour(b, rgb, alpha);
	cairo_fill(b->cr);
}

static void ground(struct brush *b)
{
	cairo_pattern_t *sky = cairo_pattern_create_linear(0, 0, W * 0.3, H);
	const unsigned stops[] = { b->p.deep, b->p.ground };
	for (int i = 0; i < 2; i++)
		cairo_pattern_add_color_stop_rgb(sky, i, (stops[i] >> 16 & 255) / 255.0, (stops[i] >> 8 & 255) / 255.0, (stops[i] & 255) / 255.0);
	cairo_set_source(b->cr, sky);
	cairo_paint(b->cr);
	cairo_pattern_destroy(sky);
}

/* ---- pictures ------------------------------------------------------------------------------------------------------------ */
/* Concerts: rings of sound. */
static void rings(struct brush *b)
{
	double x = between(b, 180, 620), y = between(b, 260, 460);
	for (int i = 14; i > 0; i--) {
		cairo_new_sub_path(b->cr);
		cairo_arc(b->cr, x, y, i * i * 3.6 + 20, 0, 2 * M_PI);
		cairo_set_line_width(b->cr, between(b, 3, 26));
		colour(b, i % 3 == 0 ? b->p.accent : b->p.light, 0.16 + 0.5 / i);
		cairo_stroke(b->cr);
	}
	disc(b, x, y, 46, b->p.accent, 1);
}

/* Concerts, too: the bars of a level meter. */
static void levels(struct brush *b)
{
	for (int i = 0; i < 13; i++) {
		double h = 120 + 420 * fabs(sin(i * between(b, 0.5, 0.9))) * between(b, 0.5, 1);
		for (int y = 0; y < h; y += 30) {
			colour(b, y > h - 60 ? b->p.accent : b->p.light, 0.25 + 0.6 * y / h);
			cairo_rectangle(b->cr, 70 + i * 51, 660 - y, 38, 20);
			cairo_fill(b->cr);
		}
	}
}

/* Musicals: light that falls on a stage. */
static void spotlights(struct brush *b)
{
	for (int i = 0; i < 3; i++) {
		double from = between(b, 60, 740), to = 160 + 240 * i + between(b, -40, 40);
		cairo_move_to(b->cr, from, -20);
		cairo_line_to(b->cr, to - 150, 640);
		cairo_line_to(b->cr, to + 150, 640);
		cairo_close_path(b->cr);
		colour(b, i == 1 ? b->p.accent : b->p.light, 0.22);
		cairo_fill(b->cr);
	}
	cairo_save(b->cr);
	cairo_translate(b->cr, W / 2.0, 640);
	cairo_scale(b->cr, 1, 0.16);
	disc(b, 0, 0, 330, b->p.light, 0.5);
	cairo_restore(b->cr);
	disc(b, between(b, 220, 580), between(b, 150, 300), between(b, 60, 110), b->p.accent, 0.92);
	for (int i = 0; i < 60; i++)
		disc(b, between(b, 0, W), between(b, 0, 600), between(b, 1, 3.4), b->p.light, between(b, 0.3, 0.9));
}

/* Plays: doors and windows of a house at night. */
static void doors(struct brush *b)
{
	for (int row = 0; row < 4; row++)
		for (int col = 0; col < 5; col++) {
			bool lit = chance(b) < 0.3;
			double x = 96 + col * 128, y = 90 + row * 150, open = lit ? between(b, 0.25, 1) : 1;
			colour(b, lit ? b->p.accent : b->p.light, lit ? 0.95 : 0.16);
			cairo_rectangle(b->cr, x, y, 92 * open, 112);
			cairo_fill(b->cr);
		}
}

/* Classical music: staves that bend, and their notes. */
static void staves(struct brush *b)
{
	double bend = between(b, 60, 150), phase = between(b, 0, 6);
	for (int i = 0; i < 5; i++) {
		for (int x = 0; x <= W; x += 8) {
			double y = 240 + i * 44 + bend * sin(x / 190.0 + phase);
			if (x == 0)
				cairo_move_to(b->cr, x, y);
			else
				cairo_line_to(b->cr, x, y);
		}
		cairo_set_line_width(b->cr, 2.4);
		colour(b, b->p.light, 0.65);
		cairo_stroke(b->cr);
	}
	for (int i = 0; i < 11; i++) {
		double x = 60 + i * 70, y = 240 + 22 * floor(between(b, 0, 9)) + bend * sin(x / 190.0 + phase);
		disc(b, x, y, 19, i % 4 == 1 ? b->p.accent : b->p.light, 0.95);
		colour(b, b->p.light, 0.8);
		cairo_set_line_width(b->cr, 4);
		cairo_move_to(b->cr, x + 17, y);
		cairo_line_to(b->cr, x + 17, y - 110);
		cairo_stroke(b->cr);
	}
}

/* Dance: ribbons. */
static void ribbons(struct brush *b)
{
	for (int i = 0; i < 9; i++) {
		double y = between(b, 60, 640);
		cairo_move_to(b->cr, -40, y);
		cairo_curve_to(b->cr, between(b, 100, 400), between(b, -100, 300), between(b, 300, 700), between(b, 400, 800), W + 40,
		    between(b, 60, 640));
		cairo_set_line_width(b->cr, between(b, 6, 60));
		cairo_set_line_cap(b->cr, CAIRO_LINE_CAP_ROUND);
		colour(b, i % 3 == 0 ? b->p.accent : i % 3 == 1 ? b->p.light : b->p.ink, 0.3 + 0.06 * i);
		cairo_stroke(b->cr);
	}
}

/* Traditional music: the moon over mountains. */
static void mountains(struct brush *b)
{
	disc(b, between(b, 220, 580), between(b, 200, 300), between(b, 100, 150), b->p.accent, 0.95);
	for (int layer = 0; layer < 5; layer++) {
		double base = 400 + layer * 85, phase = between(b, 0, 6), wide = between(b, 90, 170);
		cairo_move_to(b->cr, 0, H);
		for (int x = 0; x <= W; x += 10)
			cairo_line_to(b->cr, x, base + 60 * sin(x / wide + phase) + 26 * sin(x / 47.0 + phase * 2));
		cairo_line_to(b->cr, W, H);
		cairo_close_path(b->cr);
		colour(b, b->p.ground, 0.45 + layer * 0.08);
		cairo_fill(b->cr);
	}
}

/* For families: clouds, kites and balloons. */
static void balloons(struct brush *b)
{
	for (int i = 0; i < 5; i++) {
		double x = between(b, 0, W), y = between(b, 80, 640);
		for (int k = 0; k < 4; k++)
			disc(b, x + k * 46, y + (k % 2 ? -16 : 0), 44, b->p.light, 0.55);
	}
	for (int i = 0; i < 9; i++) {
		double x = between(b, 70, 730), y = between(b, 90, 520), r = between(b, 30, 66);
		colour(b, b->p.ink, 0.5);
		cairo_set_line_width(b->cr, 2);
		cairo_move_to(b->cr, x, y + r);
		cairo_curve_to(b->cr, x + 20, y + r + 50, x - 20, y + r + 90, x, y + r + 140);
		cairo_stroke(b->cr);
		disc(b, x, y, r, i % 3 == 0 ? b->p.accent : i % 3 == 1 ? b->p.deep : b->p.light, 0.95);
		disc(b, x - r * 0.3, y - r * 0.35, r * 0.16, 0xffffff, 0.6);
	}
}

/* Festivals: a sun with its rays. */
static void rays(struct brush *b)
{
	double x = W / 2.0, y = between(b, 380, 470), turn = between(b, 0, 1);
	for (int i = 0; i < 24; i++) {
		double from = 2 * M_PI * i / 24 + turn, to = from + M_PI / 24;
		cairo_move_to(b->cr, x, y);
		cairo_line_to(b->cr, x + 1200 * cos(from), y + 1200 * sin(from));
		cairo_line_to(b->cr, x + 1200 * cos(to), y + 1200 * sin(to));
		cairo_close_path(b->cr);
		colour(b, i % 2 ? b->p.accent : b->p.light, 0.35);
		cairo_fill(b->cr);
	}
	disc(b, x, y, 150, b->p.light, 0.95);
	disc(b, x, y, 118, b->p.accent, 1);
}

struct genre { const char *name; void (*draw[2])(struct brush *b); struct palette palettes[3]; };
static const struct genre genres[] = {
	{ "concert", { rings, levels }, { { 0x2b1750, 0x0d1030, 0xb9a7ff, 0xff5c8a, 0xfdf6ff }, { 0x0b3a4a, 0x06141f, 0x8be3e0, 0xffb14a, 0xf3fffd },
		{ 0x5c1130, 0x1c0613, 0xff9db5, 0xffd166, 0xfff5f2 } } },
	{ "musical", { spotlights, spotlights }, { { 0x6b1430, 0x20060f, 0xf2c7a0, 0xf0b429, 0xfff7ea }, { 0x14324f, 0x071320, 0xb7d4ee, 0xe8b04a, 0xf7fbff },
		{ 0x3c1d52, 0x120819, 0xd9b8ee, 0xf29b6b, 0xfdf6ff } } },
	{ "play", { doors, doors }, { { 0x2f3a32, 0x11160f, 0xc9d6bd, 0xf0c75e, 0xfbfbf0 }, { 0x4a2c22, 0x190d09, 0xe2bfa7, 0xffa25e, 0xfff6ee },
		{ 0x2c3440, 0x0e1218, 0xb8c4d4, 0xf3d27a, 0xf8fafc } } },
	{ "classic", { staves, staves }, { { 0xefe6d4, 0xf8f3e8, 0x4b4034, 0xa12b3b, 0x2a211a }, { 0x1d3a36, 0x0a1715, 0xd8e6d9, 0xd8b45c, 0xf5faf5 },
		{ 0xdfe5ea, 0xf3f6f8, 0x33475b, 0xc0842b, 0x1c2733 } } },
	{ "dance", { ribbons, ribbons }, { { 0xf3d9d2, 0xfbf0ec, 0xd97a6c, 0x8e1b3a, 0x34141c }, { 0x122b2e, 0x061113, 0x74c7b8, 0xf2a65a, 0xeefaf7 },
		{ 0x2a2238, 0x0d0a13, 0xc6a9dd, 0xf06f6f, 0xfaf5ff } } },
	{ "traditional", { mountains, mountains }, { { 0x22403c, 0xd9cdb2, 0xf0e8d6, 0xc2402f, 0xfbf5e6 }, { 0x2b3350, 0xc9bfd0, 0xece4ee, 0xe0a63a, 0xfdf8ff },
		{ 0x3a2a22, 0xe3c9a3, 0xf5e7d0, 0x8e2d22, 0xfff7e8 } } },
	{ "family", { balloons, balloons }, { { 0x8fd3f0, 0xd8f1fb, 0xffffff, 0xff7a59, 0x17384d }, { 0xffd98a, 0xfff3cf, 0xffffff, 0x3aa17e, 0x4a3311 },
		{ 0xc8b6f2, 0xf0eafd, 0xffffff, 0xf2679a, 0x2f2352 } } },
	{ "festival", { rays, rays }, { { 0x0f4c5c, 0x083039, 0xf6e7cb, 0xfb8b24, 0xfffaf0 }, { 0x5f0f40, 0x2b061c, 0xffd9a0, 0xfb6f24, 0xfff6ea },
		{ 0x14213d, 0x0a1020, 0xe5e9f2, 0xfca311, 0xffffff } } },
};

/* ---- letters ------------------------------------------------------------------------------------------------------------- */
struct type { const char *family; double size; bool bold; double spacing; unsigned rgb; double alpha; };

static PangoLayout *layout_of(struct brush *b, const struct type *t, const char *text)
{
	PangoLayout *layout = pango_cairo_create_layout(b->cr);
	PangoFontDescription *font = pango_font_description_new();
	pango_font_description_set_family(font, t->family);
	pango_font_description_set_absolute_size(font, t->size * PANGO_SCALE);
	pango_font_description_set_weight(font, t->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	PangoAttrList *attributes = pango_attr_list_new();
	pango_attr_list_insert(attributes, pango_attr_letter_spacing_new((int)(t->spacing * PANGO_SCALE)));
	pango_layout_set_attributes(layout, attributes);
	pango_attr_list_unref(attributes);
	pango_layout_set_width(layout, (W - 2 * MARGIN) * PANGO_SCALE);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_line_spacing(layout, 0.9F);
	pango_layout_set_text(layout, text, -1);
	return layout;
}

/* Draws the text with its last line ending at y; returns where it begins. */
static double write_above(struct brush *b, double y, const struct type *t, const char *text)
{
	PangoLayout *layout = layout_of(b, t, text);
	int height;
	pango_layout_get_pixel_size(layout, NULL, &height);
	colour(b, t->rgb, t->alpha);
	cairo_move_to(b->cr, MARGIN, y - height);
	pango_cairo_show_layout(b->cr, layout);
	g_object_unref(layout);
	return y - height;
}

/* The name of the show within 〈…〉, or all of it. */
static const char *name_within(struct arena *a, const char *title, const char **ret_rest)
{
	const char *open = strstr(title, "〈"), *close = strstr(title, "〉");
	if (!open || !close || close < open) {
		*ret_rest = "";
		return title;
	}
	*ret_rest = str_trim(a, arena_strndup(a, title, (size_t)(open - title)));
	return arena_strndup(a, open + strlen("〈"), (size_t)(close - open) - strlen("〈"));
}

/* Hangul may break anywhere; a title breaks between words: the other letters are joined (U+2060). */
static const char *whole_words(struct arena *a, const char *s)
{
	struct buf b;
	buf_init(&b, a);
	for (; *s; s++) {
		buf_chr(&b, *s);
		bool ends = (s[1] & 0xc0) != 0x80; /* the last byte of a character */
		if (ends && s[0] != ' ' && s[1] != ' ' && s[1])
			buf_str(&b, "\u2060");
	}
	return buf_cstr(&b);
}

static void shade(struct brush *b)
{
	cairo_pattern_t *fade = cairo_pattern_create_linear(0, H * 0.45, 0, H * 0.78);
	unsigned rgb = b->p.ground;
	cairo_pattern_add_color_stop_rgba(fade, 0, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0, 0);
	cairo_pattern_add_color_stop_rgba(fade, 1, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0, 0.96);
	cairo_set_source(b->cr, fade);
	cairo_paint(b->cr);
	cairo_pattern_destroy(fade);
}

static void letters(struct brush *b, struct arena *a, const struct demo_show *s, const char *place, const char *when)
{
	const char *rest, *name = name_within(a, s->title, &rest);
	size_t length = str_utf8_len(name);
	struct type small = { SANS, 25, false, 0.5, b->p.ink, 0.88 }, title = { SERIF, length > 14 ? 66 : length > 9 ? 82 : 104, true, -2,
		b->p.ink, 1 }, english = { SANS, 27, false, 1.2, b->p.ink, 0.8 }, kind = { SANS, 30, true, 1, b->p.accent, 1 };
	shade(b);
	double y = write_above(b, H - 58, &small, arena_printf(a, "%s   %s", when, place));
	colour(b, b->p.accent, 1);
	cairo_rectangle(b->cr, MARGIN, y - 34, 72, 6);
	cairo_fill(b->cr);
	y = write_above(b, y - 62, &english, s->title_en);
	y = write_above(b, y - 10, &title, whole_words(a, name));
	if (rest[0] || s->act)
		write_above(b, y - 6, &kind, rest[0] ? rest : s->act);
}

/* ---- all of it ------------------------------------------------------------------------------------------------------------ */
struct err *demo_poster(struct arena *a, const struct demo_show *s, int n, const char *place, const char *when, struct bytes *ret)
{
	const struct genre *g = &genres[0];
	for (size_t i = 0; i < ARRAY_LEN(genres); i++)
		if (str_eq(genres[i].name, s->genre))
			g = &genres[i];
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, W, H);
	struct brush b = { cairo_create(surface), g->palettes[n % 3], (uint64_t)n * 7919 + 17 };
	ground(&b);
	g->draw[n / 3 % 2](&b);
	letters(&b, a, s, place, when);
	cairo_surface_flush(surface);
	struct err *e = cairo_status(b.cr) ? err_new(ERR_INTERNAL, "poster: %s", cairo_status_to_string(cairo_status(b.cr)))
	    : image_jpeg_pixels(a, (const void *)cairo_image_surface_get_data(surface), W, H, ret);
	cairo_destroy(b.cr);
	cairo_surface_destroy(surface);
	return e;
}
