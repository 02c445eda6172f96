/* What the templates of the desk draw. */
#ifndef FOYER_DESK_VIEW_H
#define FOYER_DESK_VIEW_H

#include "booking/booking.h"
#include "pay/pay.h"
#include "show/show.h"
#include "ticket/ticket.h"
#include "web/components.h"
#include "web/desk_frame.h"

/* ---- sales ---- */
#define DESK_SALE_ROW(F)                                                                                               \
	F(performance_id, id) F(show_id, show_id) F(str, title) F(str, title_en) F(time, starts_at) F(str, state) F(i64, capacity) \
	F(i64, sold) F(i64, held) F(i64, revenue)
DB_ROW(desk_sale, DESK_SALE_ROW)
struct desk_sale_view { const struct desk_sale *s; const char *title, *word, *kind; int64_t left, percent; bool queue; /* may have a waiting room */ };
/* What performances offer and have sold, from the counts that follow a sale within a second. */
struct desk_sales {
	struct desk_sale_view *rows;
	size_t n;
	int64_t capacity, sold, held, revenue;
};
#define DESK_TODAY_ROW(F) F(i64, orders) F(i64, tickets) F(i64, amount)
DB_ROW(desk_today, DESK_TODAY_ROW)
/* Coming performances of the organizer (of one show), the next first, at most `most`. */
struct err *desk_sales_coming(struct req *r, int64_t show, int most, struct desk_sales *ret);
struct err *desk_sales_past(struct req *r, int64_t show, int most, int64_t offset, struct desk_sales *ret);
/* Paid since `from`, for performances that were still to come then. */
struct err *desk_sales_since(struct req *r, int64_t show, int64_t from, struct desk_today *ret);
/* Tickets paid in each of n spans of `step`, the last one ending now. */
struct err *desk_sales_spans(struct req *r, int64_t show, int64_t from, int64_t step, int n, int64_t *ret);

struct desk_sales_view {
	const struct option *shows;
	const char *show;          /* id of the chosen one, "0": all */
	struct ui_link spans[2], times[2];
	const struct desk_sales *sales;
	const struct desk_today *today;
	const struct ui_chart *chart;
	struct ui_pager *pager;    /* past performances */
	bool past, links;
	const char *channels;      /* "perf:1,perf:2": the page listens to them */
	bool follows_all;          /* there is nothing else to listen to */
	struct url live;
};

/* ---- home ---- */
struct desk_todo { const char *title, *text; struct url href; };
struct desk_start { const char *title, *text; bool done, next; struct url href; const char *label; };
struct desk_home_view {
	const char *name;
	bool starting;             /* nothing is published yet: the way to the first sale is shown */
	struct desk_start starts[3];
	const struct desk_today *today;   /* NULL: not for this staff code */
	const struct desk_sales *next;
	struct desk_todo *todos;
	size_t n_todos;
	bool links;
};

/* ---- orders ---- */
#define DESK_LISTED_ROW(F)                                                                                             \
	F(str, code) F(str, state) F(str, name) F(str, email) F(str, phone) F(i64, tickets) F(i64, total) F(i64, refunded) \
	F(time, created_at) F(time, paid_at) F(str, title) F(str, title_en) F(time, starts_at)
DB_ROW(desk_listed_order, DESK_LISTED_ROW)
struct desk_order_line { const struct desk_listed_order *o; const char *title, *word, *kind; };
struct desk_orders_view {
	const char *q, *state, *show, *from, *to;
	const struct option *states, *shows;
	struct desk_order_line *rows;
	size_t n;
	int64_t total;
	bool filtered;
	struct ui_pager *pager;
	struct url csv;
};

struct desk_order_seat { const struct booking_line *l; const char *ticket, *word, *kind; bool refundable; };
struct desk_money { const char *title, *word, *kind; int64_t amount, at; const char *note; };
struct desk_order_view {
	const struct booking_order *o;
	const struct show_performance *p;
	const char *title, *when, *word, *kind;
	struct desk_order_seat *seats;
	size_t n_seats, n_refundable;
	struct desk_money *payments, *refunds;
	size_t n_payments, n_refunds;
	struct refund_words terms;
	bool may_resend;
};

/* ---- attendees ---- */
#define DESK_GUEST_ROW(F)                                                                                              \
	F(str, code) F(str, holder) F(str, state) F(time, used_at) F(str, used_by) F(str, label) F(str, grade) F(i64, ord) F(str, order_code) \
	F(str, name) F(str, phone)
DB_ROW(desk_guest, DESK_GUEST_ROW)
struct desk_guest_view { const struct desk_guest *g; const char *word, *kind; };
struct desk_performance_view {
	const struct show_performance *p;
	const char *title, *place, *word, *kind, *q, *state;
	const struct desk_sale *sale;
	const struct option *states;
	struct desk_guest_view *guests;
	size_t n;
	int64_t issued, used;
	bool may_gate, may_shows, may_sales, coming;
	struct ui_pager *pager;
	struct url csv;
};

#endif
