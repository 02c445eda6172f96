/* What the parts of a plan share: its limits, its files' words. */
#ifndef FOYER_VENUE_PLAN_PRIV_H
#define FOYER_VENUE_PLAN_PRIV_H

#include "base/buf.h"
#include "venue/venue.h"

enum {
	PLAN_SEATS_MAX = 100000, PLAN_SECTIONS_MAX = 500, PLAN_SPACE_MAX = 100000, PLAN_LABEL_MAX = 8, PLAN_NAME_MAX = 60,
	PLAN_ROWS_MAX = 1000, /* of a section in a file */
	PLAN_MARGIN = 40      /* between the last seat and the drawing's edge */
};

/* Box of a seated section from its seats. */
void plan_measure_section(struct plan_section *s);
/* Boxes of all sections; makes the drawing larger where it is too small for them. */
void plan_measure(struct plan *p);

/* One line of text as names and labels are kept: NFC, trimmed, line ends and tabs as spaces. */
const char *plan_text(struct arena *a, const char *s);
/* "wheelchair companion restricted": flags by their words, parted by spaces; false where there is another word. */
bool plan_flags_read(const char *words, unsigned *ret);
const char *plan_flags_words(struct arena *a, unsigned flags);

#endif
