/* What booking brings into the house: its pages, jobs, checks and metrics. */
#include "booking/booking.h"
#include "booking/booking_web.h"

#include "booking/booking_jobs.h"
#include "booking/lately.h"

static const struct route routes[] = {
	{ GET, "/performances/{id}/seats", booking_map_get, ACCESS_ANYONE, .form = FORM_OF(booking_seats_form),
	    .budget = 9, .pool = POOL_SALE },
	{ GET, "/performances/{id}/seats.bin", booking_state_get, ACCESS_ANYONE, .form = FORM_OF(booking_state_form), .cache_s = 1,
	    .budget = 5, .pool = POOL_SALE },
	{ GET, "/performances/{id}/list", booking_list_get, ACCESS_ANYONE, .form = FORM_OF(booking_seats_form),
	    .budget = 9, .pool = POOL_SALE },
	{ GET, "/performances/{id}/best", booking_best_get, ACCESS_ANYONE, .form = FORM_OF(booking_best_form),
	    .budget = 7, .pool = POOL_SALE },
	{ GET, "/performances/{id}/who", booking_who_get, ACCESS_ANYONE, .form = FORM_OF(booking_seats_form),
	    .budget = 4, .pool = POOL_SALE },
	{ POST, "/performances/{id}/hold", booking_hold_post, ACCESS_ANYONE, .form = FORM_OF(booking_hold_form),
	    .budget = 24, .pool = POOL_SALE, .step = true },
	{ GET, "/checkout/{code}", booking_checkout_get, ACCESS_BUYER, .budget = 7, .pool = POOL_SALE, .step = true },
	{ POST, "/checkout/{code}", booking_checkout_post, ACCESS_BUYER, .form = FORM_OF(booking_checkout_form),
	    .again = booking_checkout_get, .budget = 7, .pool = POOL_SALE, .step = true },
	{ POST, "/checkout/{code}/extend", booking_extend_post, ACCESS_BUYER, .budget = 9, .pool = POOL_SALE, .step = true },
	{ POST, "/checkout/{code}/release", booking_release_post, ACCESS_BUYER, .pool = POOL_SALE, .step = true },
	{ GET, "/orders/{code}", booking_order_get, ACCESS_BUYER, .budget = 8, .step = true },
	{ GET, "/me/orders", booking_orders_get, ACCESS_BUYER, .form = FORM_OF(booking_page_form), .budget = 5 },
	{ 0 }
};

static const struct live_rule live_rules[] = { { "perf:", booking_perf_may_listen }, { 0 } };

const struct domain booking_domain = { .name = "booking", .routes = routes, .jobs = booking_jobs, .checks = booking_checks,
	.metrics = booking_metrics, .live = live_rules, .share = lately_open };
