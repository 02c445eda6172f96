/* What the shared components of templates/web/components.html are drawn from.  A handler fills these structs; texts are
 * translated, links typed.  A template that calls the components has {{ include "tmpl/web/components.h" }}. */
#ifndef FOYER_WEB_COMPONENTS_H
#define FOYER_WEB_COMPONENTS_H

#include "base/arena.h"
#include "tmplc/out.h"

/* {{ call poster_card(p) }} within <ul class="poster-grid"><li>…; {{ call rank_row(p) }} within <ol class="rank-list"><li> */
struct ui_poster {
	struct url href;
	const char *title, *place, *dates; /* place, dates: NULL leaves the line out */
	const char *price;                 /* "from ₩55,000", or NULL */
	const char *image;                 /* address of a 3:4 picture; NULL: the title is drawn instead */
	const char *badge_kind, *badge;    /* kind as in {{ call badge(…) }}; badge NULL: none */
	int64_t opens_at;                  /* counts down to it; 0: no countdown */
	int64_t rank;                      /* rank_row */
	bool eager;                        /* in sight when the page opens: not loaded lazily */
};

/* {{ call tabs(label, links, n) }} and {{ call chips(label, links, n) }} */
struct ui_link { struct url href; const char *label; bool current; };

/* {{ call pager(p) }}: nothing is drawn for a single page. */
struct ui_page { struct url href; int64_t n; bool current, gap; /* gap: pages left out before this one */ };
struct ui_pager { struct ui_page pages[9]; size_t n; struct url prev, next; /* .s NULL at the ends */ };
/* The pager of page (1…) of `total` things, per_page on each.  base: the list's address with its other parameters; the
 * parameter `page` is appended. */
struct ui_pager *ui_pager(struct arena *a, struct url base, int64_t page, int64_t per_page, int64_t total);

/* {{ call sort_head(h) }}: a <th> whose link sorts by it. */
struct ui_sort { const char *label; struct url href; bool number; enum { UI_UNSORTED, UI_ASCENDING, UI_DESCENDING } order; };

/* {{ call bar_chart(c) }}: bars with their values, and for everybody who cannot see them a sentence.  {{ call … }} takes
 * what ui_chart made. */
struct ui_bar { const char *label; int64_t value; const char *text; /* the value as people read it */
	int64_t x, y, width, height, middle; };
struct ui_chart { const char *title; struct ui_bar *bars; size_t n; int64_t width; size_t every; /* label each n-th */ };
struct ui_chart *ui_chart(struct arena *a, const char *title, struct ui_bar *bars, size_t n);

/* {{ call confirm_box(c) }}: a button that first asks, without script. */
struct ui_confirm {
	const char *button, *question, *yes;
	struct url action;
	const char *name, *value; /* one hidden field; name NULL: none */
};

#endif
