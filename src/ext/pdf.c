#include "ext/pdf.h"

#include "base/buf.h"
#include "ext/qr.h"

#include <cairo-pdf.h>
#include <math.h>
#include <pango/pangocairo.h>

#define FAMILIES "Pretendard, Noto Sans CJK KR, Noto Sans KR, DejaVu Sans, sans-serif"

struct pdf {
	struct arena *a;
	cairo_surface_t *surface;
	cairo_t *cr;
	struct buf out;
};

static cairo_status_t take(void *closure, const unsigned char *data, unsigned n)
{
	buf_add(closure, data, n);
	return CAIRO_STATUS_SUCCESS;
}

/* The surface still writes its trailer when it is destroyed, into the buffer of the same arena. */
static void pdf_release(void *p)
{
	struct pdf *pdf = p;
	if (pdf->cr)
		cairo_destroy(pdf->cr);
	if (pdf->surface) {
		cairo_surface_finish(pdf->surface);
		cairo_surface_destroy(pdf->surface);
	}
	pdf->cr = NULL;
	pdf->surface = NULL;
}

struct pdf *pdf_new(struct arena *a, double w_pt, double h_pt, const char *title)
{
	struct pdf *p = arena_one(a, struct pdf);
	p->a = a;
	buf_init(&p->out, a);
	p->surface = cairo_pdf_surface_create_for_stream(take, &p->out, w_pt, h_pt);
	p->cr = cairo_create(p->surface);
	arena_defer(a, pdf_release, p);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, title);
	return p;
}

void pdf_page(struct pdf *p)
{
	cairo_show_page(p->cr);
}

static void set_colour(struct pdf *p, unsigned rgb)
{
	cairo_set_source_rgb(p->cr, ((rgb >> 16) & 255) / 255.0, ((rgb >> 8) & 255) / 255.0, (rgb & 255) / 255.0);
}

double pdf_text(struct pdf *p, double x, double y, double w, double size_pt, bool bold, unsigned rgb, const char *text)
{
	PangoLayout *layout = pango_cairo_create_layout(p->cr);
	/* 72 dots an inch: a pango point is then a PDF point. */
	pango_cairo_context_set_resolution(pango_layout_get_context(layout), 72);
	pango_layout_context_changed(layout);
	PangoFontDescription *font = pango_font_description_new();
	pango_font_description_set_family(font, FAMILIES);
	pango_font_description_set_size(font, (gint)lround(size_pt * PANGO_SCALE));
	pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, font);
	pango_layout_set_width(layout, (int)lround(w * PANGO_SCALE));
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(layout, text, -1);
	set_colour(p, rgb);
	cairo_move_to(p->cr, x, y);
	pango_cairo_show_layout(p->cr, layout);
	int height;
	pango_layout_get_size(layout, NULL, &height);
	pango_font_description_free(font);
	g_object_unref(layout);
	return (double)height / PANGO_SCALE;
}

void pdf_rect(struct pdf *p, double x, double y, double w, double h, unsigned rgb, double radius)
{
	set_colour(p, rgb);
	cairo_new_sub_path(p->cr);
	if (radius > 0) {
		cairo_arc(p->cr, x + w - radius, y + radius, radius, -M_PI / 2, 0);
		cairo_arc(p->cr, x + w - radius, y + h - radius, radius, 0, M_PI / 2);
		cairo_arc(p->cr, x + radius, y + h - radius, radius, M_PI / 2, M_PI);
		cairo_arc(p->cr, x + radius, y + radius, radius, M_PI, 3 * M_PI / 2);
		cairo_close_path(p->cr);
	} else {
		cairo_rectangle(p->cr, x, y, w, h);
	}
	cairo_fill(p->cr);
}

void pdf_line(struct pdf *p, double x1, double y1, double x2, double y2, unsigned rgb, double width)
{
	set_colour(p, rgb);
	cairo_set_line_width(p->cr, width);
	cairo_move_to(p->cr, x1, y1);
	cairo_line_to(p->cr, x2, y2);
	cairo_stroke(p->cr);
}

struct err *pdf_qr(struct pdf *p, double x, double y, double size, const char *text)
{
	struct qr_code c;
	TRY(qr_encode(p->a, text, &c));
	double m = size / (c.width + 8); /* four modules of quiet zone on each side */
	pdf_rect(p, x, y, size, size, 0xffffff, 0);
	set_colour(p, 0x000000);
	for (int row = 0; row < c.width; row++)
		for (int col = 0; col < c.width; col++) {
			int from = col;
			while (col < c.width && c.modules[row * c.width + col])
				col++;
			if (col > from)
				cairo_rectangle(p->cr, x + (from + 4) * m, y + (row + 4) * m, (col - from) * m, m);
		}
	cairo_fill(p->cr);
	return NULL;
}

struct err *pdf_finish(struct pdf *p, struct bytes *ret)
{
	cairo_show_page(p->cr);
	cairo_status_t drawn = cairo_status(p->cr);
	cairo_destroy(p->cr);
	p->cr = NULL;
	cairo_surface_finish(p->surface);
	cairo_status_t written = cairo_surface_status(p->surface);
	pdf_release(p);
	if (drawn || written)
		return err_new(ERR_INTERNAL, "cairo: %s", cairo_status_to_string(drawn ? drawn : written));
	*ret = (struct bytes){ p->out.p, p->out.n };
	return NULL;
}
