/* The handlers of booking, by the file they stand in; booking_domain.c lists their routes. */
#ifndef FOYER_BOOKING_WEB_H
#define FOYER_BOOKING_WEB_H

#include "web/req.h"

/* booking_web_seats.c, booking_web_list.c */
handler_fn booking_map_get, booking_state_get, booking_best_get, booking_who_get, booking_list_get;
struct err *booking_perf_may_listen(struct req *r, const char *rest);
/* booking_web_hold.c */
handler_fn booking_hold_post;
/* booking_web_checkout.c */
handler_fn booking_checkout_get, booking_checkout_post, booking_extend_post, booking_release_post;
/* booking_web_orders.c */
handler_fn booking_order_get, booking_orders_get;

/* ?seat=1&seat=2: chosen seats travel in the address, so that nothing is lost on the way through sign-in.  missed: they come
 * back from a hold that was too late. */
#define BOOKING_SEATS_FORM(F) F(ids, seat, .max = 20) F(i64, section) F(flag, missed)
FORM(booking_seats_form, BOOKING_SEATS_FORM)
#define BOOKING_STATE_FORM(F) F(i64, at)
FORM(booking_state_form, BOOKING_STATE_FORM)
#define BOOKING_BEST_FORM(F)                                                                                           \
	F(i64, count, .min = 1, .max = 20, .def = 1) F(i64, grade) F(flag, wheelchair)                                 \
	F(choice, from, .options = "map|list", .def_text = "map")
FORM(booking_best_form, BOOKING_BEST_FORM)
#define BOOKING_HOLD_FORM(F)                                                                                           \
	F(ids, seat, .max = 20) F(i64, section) F(i64, standing, .min = 0, .max = 20) F(code, idem, .required = true, .max = 36) \
	F(choice, from, .options = "map|list", .def_text = "map")
FORM(booking_hold_form, BOOKING_HOLD_FORM)
#define BOOKING_CHECKOUT_FORM(F)                                                                                       \
	F(text, name, .required = true, .max = 60) F(email, email, .required = true) F(text, phone, .required = true, .min = 8, .max = 20) \
	F(flag, agreed, .required = true)
FORM(booking_checkout_form, BOOKING_CHECKOUT_FORM)
#define BOOKING_PAGE_FORM(F) F(i64, page, .min = 1, .max = 10000, .def = 1)
FORM(booking_page_form, BOOKING_PAGE_FORM)

#endif
