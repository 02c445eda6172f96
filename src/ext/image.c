#include "ext/image.h"

#include <gd.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define MAX_PIXELS 36000000LL /* a PNG needs seven bytes for each, more than a worker has (worker_memory_mb) for many more */
#define MAX_SIDE 30000
#define JPEG_QUALITY 82

enum kind { KIND_NONE, KIND_JPEG, KIND_PNG, KIND_WEBP };

static unsigned be16(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }
static unsigned le16(const uint8_t *p) { return (unsigned)p[1] << 8 | p[0]; }
static uint32_t be32(const uint8_t *p) { return (uint32_t)be16(p) << 16 | be16(p + 2); }
static uint32_t le24(const uint8_t *p) { return (uint32_t)p[2] << 16 | le16(p); }
static uint32_t tiff32(const uint8_t *p, bool big) { return big ? be32(p) : (uint32_t)le16(p + 2) << 16 | le16(p); }
static unsigned tiff16(const uint8_t *p, bool big) { return big ? be16(p) : le16(p); }

static enum kind kind_of(struct bytes in)
{
	if (in.n >= 3 && memcmp(in.p, "\xff\xd8\xff", 3) == 0)
		return KIND_JPEG;
	if (in.n >= 24 && memcmp(in.p, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) == 0)
		return KIND_PNG;
	if (in.n >= 30 && memcmp(in.p, "RIFF", 4) == 0 && memcmp((const char *)in.p + 8, "WEBPVP8", 7) == 0)
		return KIND_WEBP;
	return KIND_NONE;
}

/* The orientation of an APP1 segment: 1…8, 1 where there is none.  p begins behind the segment's length. */
static int exif_orientation(const uint8_t *p, size_t n)
{
	if (n < 14 || memcmp(p, "Exif\0\0", 6) != 0)
		return 1;
	p += 6, n -= 6;
	bool big = p[0] == 'M';
	size_t at = tiff32(p + 4, big);
	if (at > n - 2)
		return 1;
	unsigned entries = tiff16(p + at, big);
	for (at += 2; entries > 0 && at + 12 <= n; entries--, at += 12)
		if (tiff16(p + at, big) == 0x0112) {
			unsigned o = tiff16(p + at + 8, big);
			return o >= 1 && o <= 8 ? (int)o : 1;
		}
	return 1;
}

/* Walks the segments up to the frame header. */
static bool jpeg_size(const uint8_t *p, size_t n, struct image_size *ret, int *ret_orientation)
{
	for (size_t at = 2; at + 4 <= n;) {
		if (p[at] != 0xff)
			return false;
		unsigned marker = p[at + 1];
		if (marker == 0xff || (marker >= 0xd0 && marker <= 0xd7) || marker == 0x01) {
			at += marker == 0xff ? 1 : 2;
			continue;
		}
		size_t len = be16(p + at + 2);
		if (len < 2 || at + 2 + len > n || marker == 0xda || marker == 0xd9)
			return false;
		if (marker == 0xe1 && *ret_orientation == 1)
			*ret_orientation = exif_orientation(p + at + 4, len - 2);
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
			if (len < 8)
				return false;
			*ret = (struct image_size){ .w = (int)be16(p + at + 7), .h = (int)be16(p + at + 5) };
			return true;
		}
		at += 2 + len;
	}
	return false;
}

static bool webp_size(const uint8_t *p, struct image_size *ret)
{
	switch (p[15]) {
	case ' ': /* lossy: frame tag, start code, 14 bits each */
		*ret = (struct image_size){ .w = (int)(le16(p + 26) & 0x3fff), .h = (int)(le16(p + 28) & 0x3fff) };
		return memcmp(p + 23, "\x9d\x01\x2a", 3) == 0;
	case 'L': /* lossless: signature, then 14 bits each, less one */
		*ret = (struct image_size){ .w = (int)(le16(p + 21) & 0x3fff) + 1,
			.h = (int)((le24(p + 22) >> 6) & 0x3fff) + 1 };
		return p[20] == 0x2f;
	case 'X': /* canvas size, 24 bits each, less one */
		*ret = (struct image_size){ .w = (int)le24(p + 24) + 1, .h = (int)le24(p + 27) + 1 };
		return true;
	default:
		return false;
	}
}

static struct err *refuse(const char *log, const char *user)
{
	return err_user(err_new(ERR_INVALID, "image: %s", log), "%s", user);
}

#define NOT_AN_IMAGE "This is not a picture we can read. Please choose a JPEG, PNG or WebP file."

static struct err *probe(struct bytes in, struct image_size *ret, enum kind *ret_kind, int *ret_orientation)
{
	const uint8_t *p = in.p;
	struct image_size size = { 0, 0 };
	int orientation = 1;
	bool ok = false;
	enum kind kind = kind_of(in);
	if (kind == KIND_JPEG)
		ok = jpeg_size(p, in.n, &size, &orientation);
	else if (kind == KIND_PNG)
		ok = be32(p + 16) <= INT32_MAX && be32(p + 20) <= INT32_MAX &&
			(size = (struct image_size){ .w = (int)be32(p + 16), .h = (int)be32(p + 20) }, true);
	else if (kind == KIND_WEBP)
		ok = webp_size(p, &size);
	if (!ok || size.w < 1 || size.h < 1)
		return refuse("not a JPEG, PNG or WebP", NOT_AN_IMAGE);
	if (size.w > MAX_SIDE || size.h > MAX_SIDE || (int64_t)size.w * size.h > MAX_PIXELS)
		return refuse("too many pixels", "This picture is too large. The limit is 36 megapixels.");
	*ret = orientation >= 5 ? (struct image_size){ size.h, size.w } : size;
	*ret_kind = kind;
	*ret_orientation = orientation;
	return NULL;
}

struct err *image_probe(struct bytes in, struct image_size *ret)
{
	enum kind kind;
	int orientation;
	return probe(in, ret, &kind, &orientation);
}

static void quiet(int priority, const char *format, va_list args)
{
	(void)priority, (void)format, (void)args; /* a broken upload is the person's error, not a line on stderr */
}

static gdImagePtr decode(struct bytes in, enum kind kind)
{
	gdSetErrorMethod(quiet);
	void *p = (void *)(uintptr_t)in.p; /* libgd reads only */
	switch (kind) {
	case KIND_JPEG: return gdImageCreateFromJpegPtr((int)in.n, p);
	case KIND_PNG: return gdImageCreateFromPngPtr((int)in.n, p);
	case KIND_WEBP: return gdImageCreateFromWebpPtr((int)in.n, p);
	case KIND_NONE: break;
	}
	return NULL;
}

/* Cameras store the picture as the sensor saw it; the tag that tells how to turn it is lost with the metadata. */
static gdImagePtr turn_upright(gdImagePtr im, int orientation)
{
	static const int turns[9] = { [3] = 2, [4] = 2, [5] = 3, [6] = 3, [7] = 1, [8] = 1 }; /* counter-clockwise */
	int quarter_turns = turns[orientation];
	if (quarter_turns) {
		gdImagePtr turned = gdImageRotateInterpolated(im, (float)(90 * quarter_turns), 0);
		gdImageDestroy(im);
		im = turned;
	}
	if (im && (orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7))
		gdImageFlipHorizontal(im);
	return im;
}

struct cut { int x, y, w, h, to_w, to_h; };

static int at_least_one(int64_t v) { return v < 1 ? 1 : (int)v; }

static struct cut plan(int w, int h, int max_w, int max_h, bool crop)
{
	struct cut c = { 0, 0, w, h, w, h };
	if (crop) { /* the largest middle part with the wanted proportions */
		if ((int64_t)w * max_h > (int64_t)h * max_w)
			c.w = at_least_one((int64_t)h * max_w / max_h);
		else
			c.h = at_least_one((int64_t)w * max_h / max_w);
		c.x = (w - c.w) / 2;
		c.y = (h - c.h) / 2;
	}
	c.to_w = c.w;
	c.to_h = c.h;
	if (c.to_w > max_w) {
		c.to_h = at_least_one((int64_t)c.h * max_w / c.w);
		c.to_w = max_w;
	}
	if (c.to_h > max_h) {
		c.to_w = at_least_one((int64_t)c.w * max_h / c.h);
		c.to_h = max_h;
	}
	return c;
}

/* A new image on white, so that transparency becomes paper. */
static gdImagePtr redraw(gdImagePtr im, const struct cut *c)
{
	gdImagePtr out = gdImageCreateTrueColor(c->to_w, c->to_h);
	if (!out)
		return NULL;
	gdImageFilledRectangle(out, 0, 0, c->to_w - 1, c->to_h - 1, gdTrueColor(255, 255, 255));
	gdImageAlphaBlending(out, 1);
	gdImageCopyResampled(out, im, 0, 0, c->x, c->y, c->to_w, c->to_h, c->w, c->h);
	return out;
}

static struct err *encode(struct arena *a, gdImagePtr im, struct bytes *ret)
{
	int n = 0;
	if (im)
		gdImageInterlace(im, 1); /* progressive JPEG */
	void *p = im ? gdImageJpegPtr(im, &n, JPEG_QUALITY) : NULL;
	if (im)
		gdImageDestroy(im);
	if (!p)
		return err_new(ERR_INTERNAL, "libgd: JPEG not written");
	*ret = (struct bytes){ arena_copy(a, p, (size_t)n), (size_t)n };
	gdFree(p);
	return NULL;
}

struct err *image_jpeg(struct arena *a, struct bytes in, int max_w, int max_h, bool crop, struct bytes *ret,
    struct image_size *ret_size)
{
	struct image_size size;
	enum kind kind;
	int orientation;
	TRY(probe(in, &size, &kind, &orientation));
	gdImagePtr im = decode(in, kind);
	if (im && (gdImageSX(im) > MAX_SIDE || (int64_t)gdImageSX(im) * gdImageSY(im) > MAX_PIXELS)) {
		gdImageDestroy(im);
		im = NULL; /* the frame inside disagrees with the header that was read */
	}
	if (!im)
		return refuse("does not decode", NOT_AN_IMAGE);
	/* Turned when it is small: the large one is not needed twice. */
	bool side = orientation >= 5;
	struct cut c = plan(gdImageSX(im), gdImageSY(im), side ? max_h : max_w, side ? max_w : max_h, crop);
	gdImagePtr out = redraw(im, &c);
	gdImageDestroy(im);
	if (out)
		out = turn_upright(out, orientation);
	TRY(encode(a, out, ret));
	*ret_size = side ? (struct image_size){ c.to_h, c.to_w } : (struct image_size){ c.to_w, c.to_h };
	return NULL;
}

struct err *image_jpeg_pixels(struct arena *a, const uint32_t *pixels, int w, int h, struct bytes *ret)
{
	gdImagePtr im = gdImageCreateTrueColor(w, h);
	for (int y = 0; im && y < h; y++)
		for (int x = 0; x < w; x++)
			gdImageTrueColorPixel(im, x, y) = (int)(pixels[(size_t)y * (size_t)w + (size_t)x] & 0xffffff);
	return encode(a, im, ret);
}
