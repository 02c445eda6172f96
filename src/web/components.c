#include "web/components.h"

#include <string.h>

static struct url page_link(struct arena *a, struct url base, int64_t n)
{
	if (n == 1)
		return base;
	return (struct url){ arena_printf(a, "%s%cpage=%lld", base.s, strchr(base.s, '?') ? '&' : '?', (long long)n) };
}

/* Shown: the first and the last page and two on either side of the current one. */
struct ui_pager *ui_pager(struct arena *a, struct url base, int64_t page, int64_t per_page, int64_t total)
{
	struct ui_pager *p = arena_one(a, struct ui_pager);
	int64_t last = total > 0 ? (total + per_page - 1) / per_page : 1, before = 0;

	if (last < 2)
		return p;
	if (page > last)
		page = last + 1; /* nothing there: no page is the current one, "previous" leads to the last */
	for (int64_t n = 1; n <= last; n++) {
		if (n == 2 && page > 4)
			n = page - 2 > last - 2 ? last - 2 : page - 2;
		if (n > page + 2 && n < last)
			n = last;
		p->pages[p->n++] = (struct ui_page){ page_link(a, base, n), n, n == page, n > before + 1 };
		before = n;
	}
	if (page > 1)
		p->prev = page_link(a, base, page - 1);
	if (page < last)
		p->next = page_link(a, base, page + 1);
	return p;
}

/* In units of the drawing; more bars than MOST_WIDE share its width, so that the labels stay legible. */
enum { BAR_STEP = 40, BAR_WIDTH = 26, MOST_WIDE = 24, CHART_TOP = 18, CHART_HEIGHT = 140 };

struct ui_chart *ui_chart(struct arena *a, const char *title, struct ui_bar *bars, size_t n)
{
	struct ui_chart *c = arena_one(a, struct ui_chart);
	int64_t most = 1, step = n > MOST_WIDE ? BAR_STEP * MOST_WIDE / (int64_t)n : BAR_STEP, width = BAR_WIDTH * step / BAR_STEP;

	for (size_t i = 0; i < n; i++)
		most = bars[i].value > most ? bars[i].value : most;
	for (size_t i = 0; i < n; i++) {
		struct ui_bar *b = &bars[i];
		b->height = b->value > 0 ? (int64_t)((double)b->value / (double)most * CHART_HEIGHT + 0.5) : 0;
		b->y = CHART_TOP + CHART_HEIGHT - b->height;
		b->x = (int64_t)i * step + (step - width) / 2;
		b->width = width;
		b->middle = (int64_t)i * step + step / 2;
	}
	c->title = title;
	c->bars = bars;
	c->n = n;
	c->width = (int64_t)(n > 8 ? n : 8) * step;
	c->every = n > 16 ? (n + 7) / 8 : 1;
	return c;
}
