/* QR codes by libqrencode, as SVG (pages) and PNG (mail). */
#ifndef FOYER_EXT_QR_H
#define FOYER_EXT_QR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct qr_code { int width; const uint8_t *modules; /* width × width, 1 is dark; without the quiet zone of 4 */ };
/* Level M.  ERR_INVALID: the text is too long. */
struct err *qr_encode(struct arena *a, const char *text, struct qr_code *ret);
struct err *qr_svg(struct arena *a, const char *text, const char *label, struct bytes *ret); /* viewBox only; <title> label */
struct err *qr_png(struct arena *a, const char *text, int module_px, struct bytes *ret);      /* black on white, 4 modules quiet */

#endif
