/* The desk's own pages; those of shows, venues and staff codes are their rooms'. */
#include "desk/desk.h"
#include "desk/desk_web.h"

static const struct route routes[] = {
	{ GET, "/desk", desk_home, ACCESS_ORGANIZER, .perm = PERM_DESK, .budget = 5 },
	{ GET, "/desk/sales", desk_sales_get, ACCESS_ORGANIZER, .perm = PERM_SALES, .form = FORM_OF(desk_sales_form), .budget = 5 },
	{ GET, "/desk/sales/live", desk_sales_live, ACCESS_ORGANIZER, .perm = PERM_SALES, .form = FORM_OF(desk_sales_form), .budget = 4 },
	{ GET, "/desk/orders", desk_orders_get, ACCESS_ORGANIZER, .perm = PERM_ORDERS, .form = FORM_OF(desk_orders_form),
	    .again = desk_orders_get, .budget = 4 },
	{ GET, "/desk/orders.csv", desk_orders_csv, ACCESS_ORGANIZER, .perm = PERM_ORDERS, .form = FORM_OF(desk_orders_form), .budget = 2 },
	{ GET, "/desk/orders/{code}", desk_order_get, ACCESS_ORGANIZER, .perm = PERM_ORDERS, .budget = 8 },
	{ POST, "/desk/orders/{code}/resend", desk_order_resend, ACCESS_ORGANIZER, .perm = PERM_ORDERS, .once = true },
	{ POST, "/desk/orders/{code}/refund", desk_order_refund, ACCESS_ORGANIZER, .perm = PERM_ORDERS, .form = FORM_OF(desk_refund_form),
	    .again = desk_order_get, .budget = 40, .once = true },
	{ GET, "/desk/performances/{id}", desk_performance_get, ACCESS_ORGANIZER, .perm = PERM_ORDERS, .form = FORM_OF(desk_guests_form),
	    .again = desk_performance_get, .budget = 7 },
	{ GET, "/desk/performances/{id}/attendees.csv", desk_performance_csv, ACCESS_ORGANIZER, .perm = PERM_ORDERS,
	    .form = FORM_OF(desk_guests_form), .budget = 4 },
	{ 0 }
};

const struct domain desk_domain = { .name = "desk", .routes = routes };
