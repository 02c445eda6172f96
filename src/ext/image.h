/* Images by libgd: decoded whole, re-encoded, so that nothing of the uploaded bytes is served. */
#ifndef FOYER_EXT_IMAGE_H
#define FOYER_EXT_IMAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct image_size { int w, h; };
/* JPEG, PNG or WebP by content, at most 36 megapixels (checked before decoding).  ERR_INVALID with a user text. */
struct err *image_probe(struct bytes in, struct image_size *ret);
/* Scaled to fit within max_w × max_h (never enlarged), cut to w:h when crop; JPEG quality 82, metadata gone. */
struct err *image_jpeg(struct arena *a, struct bytes in, int max_w, int max_h, bool crop, struct bytes *ret,
    struct image_size *ret_size);
/* The same of a picture that the program painted: w × h pixels 0x00RRGGBB, row by row. */
struct err *image_jpeg_pixels(struct arena *a, const uint32_t *pixels, int w, int h, struct bytes *ret);

#endif
