/* A hall as a picture: what the pages of the desk show as SVG.  Pure. */
#ifndef FOYER_VENUE_DRAWING_H
#define FOYER_VENUE_DRAWING_H

#include "tmplc/out.h"
#include "venue/venue.h"

struct drawn_section {
	const char *name;
	const char *seats, *marked;      /* path data: seats (rows where there are many), seats with flags; "" for none */
	bool standing;
	int64_t x, y, w, h;
	int64_t label_x, label_y, label_size;
	struct url href;                 /* filled by the page */
};
struct hall_drawing {
	int64_t x, y, w, h;              /* what is seen */
	int64_t dot;                     /* width of a seat */
	bool stage;
	int64_t stage_x, stage_y, stage_w, stage_h, stage_size;
	struct drawn_section *sections;
	size_t n;
	const char *draft;               /* path data of a section that is tried; "" for none */
};
/* draft: NULL, or one more section that is not there yet. */
struct hall_drawing *hall_draw(struct arena *a, const struct plan *p, const struct plan_section *draft);

#endif
