/* PDF pages by cairo and pango (any script): text boxes, rules, a QR code.  A4, units are points. */
#ifndef FOYER_EXT_PDF_H
#define FOYER_EXT_PDF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct pdf;
struct pdf *pdf_new(struct arena *a, double w_pt, double h_pt, const char *title);
void pdf_page(struct pdf *p);                       /* ends the current page, begins the next */
/* Draws wrapped text; returns the height used.  rgb 0xRRGGBB. */
double pdf_text(struct pdf *p, double x, double y, double w, double size_pt, bool bold, unsigned rgb, const char *text);
void pdf_rect(struct pdf *p, double x, double y, double w, double h, unsigned rgb, double radius);
void pdf_line(struct pdf *p, double x1, double y1, double x2, double y2, unsigned rgb, double width);
struct err *pdf_qr(struct pdf *p, double x, double y, double size, const char *text);
struct err *pdf_finish(struct pdf *p, struct bytes *ret);

#endif
