#include "ext/qr.h"

#include "base/buf.h"

#include <errno.h>
#include <gd.h>
#include <qrencode.h>
#include <string.h>

#define QUIET 4

/* Level M: a screen with a scratch, a paper with a fold. */
struct err *qr_encode(struct arena *a, const char *text, struct qr_code *ret)
{
	QRcode *c = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (!c && errno == ERANGE)
		return err_new(ERR_INVALID, "text of %zu bytes is too long for a QR code", strlen(text));
	if (!c)
		return err_new(ERR_INTERNAL, "libqrencode: %s", strerror(errno));
	size_t n = (size_t)c->width * (size_t)c->width;
	uint8_t *modules = arena_copy(a, c->data, n);
	for (size_t i = 0; i < n; i++)
		modules[i] &= 1;
	*ret = (struct qr_code){ c->width, modules };
	QRcode_free(c);
	return NULL;
}

static void add_escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&': buf_str(b, "&amp;"); break;
		case '<': buf_str(b, "&lt;"); break;
		case '>': buf_str(b, "&gt;"); break;
		default: buf_chr(b, *s);
		}
	}
}

struct err *qr_svg(struct arena *a, const char *text, const char *label, struct bytes *ret)
{
	struct qr_code c;
	TRY(qr_encode(a, text, &c));
	int side = c.width + 2 * QUIET;
	struct buf b;
	buf_init(&b, a);
	buf_printf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
		" shape-rendering=\"crispEdges\"><title>", side, side);
	add_escaped(&b, label ? label : "");
	buf_printf(&b, "</title><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"", side, side);
	for (int y = 0; y < c.width; y++)
		for (int x = 0; x < c.width; x++) {
			int from = x;
			while (x < c.width && c.modules[y * c.width + x])
				x++;
			if (x > from)
				buf_printf(&b, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
		}
	buf_str(&b, "\"/></svg>");
	*ret = (struct bytes){ b.p, b.n };
	return NULL;
}

struct err *qr_png(struct arena *a, const char *text, int module_px, struct bytes *ret)
{
	struct qr_code c;
	TRY(qr_encode(a, text, &c));
	int side = (c.width + 2 * QUIET) * module_px;
	gdImagePtr im = gdImageCreate(side, side);
	if (!im)
		return err_new(ERR_INTERNAL, "libgd: no image of %d pixels", side);
	gdImageColorAllocate(im, 255, 255, 255); /* the first colour is the background */
	int black = gdImageColorAllocate(im, 0, 0, 0);
	for (int y = 0; y < c.width; y++)
		for (int x = 0; x < c.width; x++)
			if (c.modules[y * c.width + x]) {
				int left = (x + QUIET) * module_px, top = (y + QUIET) * module_px;
				gdImageFilledRectangle(im, left, top, left + module_px - 1, top + module_px - 1, black);
			}
	int n;
	void *p = gdImagePngPtrEx(im, &n, 9);
	gdImageDestroy(im);
	if (!p)
		return err_new(ERR_INTERNAL, "libgd: PNG not written");
	*ret = (struct bytes){ arena_copy(a, p, (size_t)n), (size_t)n };
	gdFree(p);
	return NULL;
}
