/* Sales: what coming performances have sold, hour by hour; the page renews its figures by itself. */
#include "desk/desk_view.h"
#include "desk/desk_web.h"

#include "base/clock.h"
#include "tmpl/desk/sales.h"
#include "web/text.h"

#include <inttypes.h>

enum { COMING_MOST = 60, PAST_PER_PAGE = 50, LISTENED_MOST = 8 }; /* of a stream: live/token.h */

static struct err *fill_chart(struct req *r, int64_t show, bool days, const struct ui_chart **ret)
{
	enum { HOURS = 24, DAYS = 14 };
	int n = days ? DAYS : HOURS;
	int64_t step = days ? US_DAY : US_HOUR, *counts = arena_array(r->a, int64_t, n);
	int64_t end = days ? clock_day_start(clock_day(r->now)) + US_DAY : r->now / US_HOUR * US_HOUR + US_HOUR, from = end - n * step;
	struct ui_bar *bars = arena_array(r->a, struct ui_bar, n);
	TRY(desk_sales_spans(r, show, from, step, n, counts));
	for (int i = 0; i < n; i++) {
		int64_t at = from + i * step;
		struct day d = clock_day(at);
		bars[i] = (struct ui_bar){ .value = counts[i], .text = arena_printf(r->a, "%" PRId64, counts[i]),
			.label = days ? arena_printf(r->a, "%d.%d", d.month, d.day)
			              : arena_printf(r->a, "%02d:00", (int)((at - clock_day_start(d)) / US_HOUR)) };
	}
	*ret = ui_chart(r->a, days ? _("Tickets paid, by day") : _("Tickets paid, by hour"), bars, (size_t)n);
	return NULL;
}

/* Those that are on sale: they are public, so that everybody may listen to them.  ret_all: one stream takes them all. */
static const char *channels(struct req *r, const struct desk_sales *s, bool *ret_all)
{
	struct buf b;
	int n = 0;
	buf_init(&b, r->a);
	*ret_all = true;
	for (size_t i = 0; i < s->n && *ret_all; i++) {
		const char *state = s->rows[i].s->state;
		if (!str_eq(state, "on_sale") && !str_eq(state, "sold_out"))
			continue;
		*ret_all = n < LISTENED_MOST;
		if (*ret_all)
			buf_printf(&b, "%sperf:%" PRId64, n++ ? "," : "", s->rows[i].s->id.v);
	}
	return buf_cstr(&b);
}

/* What the figures need, with or without the page around them. */
static struct err *fill_figures(struct req *r, struct desk_sales_view *v)
{
	const struct desk_sales_form *f = r->form;
	struct desk_sales *sales = arena_one(r->a, struct desk_sales);
	struct desk_today *today = arena_one(r->a, struct desk_today);
	v->past = f->past;
	v->links = desk_may(&r->who, PERM_ORDERS);
	if (f->past) {
		TRY(desk_sales_past(r, f->show, PAST_PER_PAGE, (f->page - 1) * PAST_PER_PAGE, sales));
	} else {
		TRY(desk_sales_coming(r, f->show, COMING_MOST, sales));
		TRY(desk_sales_since(r, f->show, clock_day_start(clock_day(r->now)), today));
		TRY(fill_chart(r, f->show, str_eq(f->span, "days"), &v->chart));
	}
	v->sales = sales;
	v->today = today;
	v->channels = channels(r, sales, &v->follows_all);
	return NULL;
}

struct err *desk_sales_get(struct req *r)
{
	const struct desk_sales_form *f = r->form;
	struct desk_sales_view v = { 0 };
	long long show = f->show;
	bool days = str_eq(f->span, "days");
	TRY(desk_show_options(r, _("All shows"), &v.shows));
	TRY(fill_figures(r, &v));
	v.show = arena_printf(r->a, "%lld", show);
	struct out *o = desk_begin(r, &(struct page){ .title = _("Sales"), .script = f->past ? NULL : "desk-figures" }, DESK_SALES);
	v.spans[0] = (struct ui_link){ out_url(o, "/desk/sales?show=%lld&span=hours", show), _("24 hours"), !days };
	v.spans[1] = (struct ui_link){ out_url(o, "/desk/sales?show=%lld&span=days", show), _("14 days"), days };
	v.times[0] = (struct ui_link){ out_url(o, "/desk/sales?show=%lld", show), _("Coming"), !f->past };
	v.times[1] = (struct ui_link){ out_url(o, "/desk/sales?show=%lld&past=1", show), _("Past"), f->past };
	v.live = out_url(o, "/desk/sales/live?show=%lld&span=%s", show, days ? "days" : "hours");
	/* A full page of past performances may have another one behind it. */
	v.pager = ui_pager(r->a, v.times[1].href, f->page, PAST_PER_PAGE,
	    (f->page - 1) * PAST_PER_PAGE + (int64_t)v.sales->n + (v.sales->n == PAST_PER_PAGE));
	tmpl_desk_sales(o, &v);
	return desk_end(o, 200);
}

struct err *desk_sales_live(struct req *r)
{
	struct desk_sales_view v = { 0 };
	struct out o;
	TRY(fill_figures(r, &v));
	out_init(&o, r->a, r->lang, r);
	tmpl_desk_sales_figures(&o, &v);
	return respond(r, 200, "text/html; charset=utf-8", (struct bytes){ o.b.p, o.b.n });
}
