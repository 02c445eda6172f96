/* The handlers of the desk, by the file they stand in; desk_domain.c lists their routes. */
#ifndef FOYER_DESK_WEB_H
#define FOYER_DESK_WEB_H

#include "web/req.h"

/* home.c, sales_web.c */
handler_fn desk_home, desk_sales_get, desk_sales_live;
/* orders_web.c, order_web.c, performance_web.c */
handler_fn desk_orders_get, desk_orders_csv, desk_order_get, desk_order_resend, desk_order_refund;
handler_fn desk_performance_get, desk_performance_csv;

#define DESK_SALES_FORM(F)                                                                                             \
	F(i64, show) F(choice, span, .options = "hours|days", .def_text = "hours") F(flag, past) F(i64, page, .min = 1, .max = 1000, .def = 1)
FORM(desk_sales_form, DESK_SALES_FORM)
#define DESK_ORDERS_FORM(F)                                                                                            \
	F(text, q, .max = 100) F(choice, state, .options = "pending|awaiting_deposit|paid|partly_cancelled|cancelled|expired") \
	F(i64, show) F(date, from) F(date, to) F(i64, page, .min = 1, .max = 5000, .def = 1)
FORM(desk_orders_form, DESK_ORDERS_FORM)
#define DESK_REFUND_FORM(F)                                                                                            \
	F(ids, line, .required = true, .max = 20) F(text, reason, .required = true, .min = 2, .max = 200) F(flag, sure, .required = true)
FORM(desk_refund_form, DESK_REFUND_FORM)
#define DESK_GUESTS_FORM(F)                                                                                            \
	F(text, q, .max = 60) F(choice, state, .options = "issued|used|void") F(i64, page, .min = 1, .max = 1000, .def = 1)
FORM(desk_guests_form, DESK_GUESTS_FORM)

/* Choices of a filter: all shows of the organizer, newest first, "0" before them. */
struct err *desk_show_options(struct req *r, const char *all, const struct option **ret);
/* "%text%" for LIKE, its wildcards taken literally; NULL where there is no text. */
const char *desk_like(struct arena *a, const char *text);

#endif
