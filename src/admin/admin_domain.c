/* What the platform's desk brings into the house.  Access is ACCESS_ADMIN throughout: the zero value. */
#include "admin/admin.h"
#include "admin/admin_web.h"

static const struct route routes[] = {
	{ GET, "/admin", admin_home_get, .budget = 5 },
	{ GET, "/admin/organizers", admin_organizers_get, .form = FORM_OF(admin_state_form), .budget = 4 },
	{ POST, "/admin/organizers/{id}/approve", admin_approve_post },
	{ POST, "/admin/organizers/{id}/reject", admin_reject_post, .form = FORM_OF(admin_reason_form) },
	{ GET, "/admin/queues", admin_queues_get, .form = FORM_OF(admin_page_form), .budget = 3 },
	{ GET, "/admin/orders", admin_orders_get, .form = FORM_OF(admin_orders_form), .budget = 3 },
	{ GET, "/admin/orders.csv", admin_orders_csv, .form = FORM_OF(admin_orders_form), .budget = 3, .deadline_ms = 20000 },
	{ GET, "/admin/orders/{code}", admin_order_get, .budget = 10 },
	{ GET, "/admin/payments", admin_payments_get, .form = FORM_OF(admin_state_form), .budget = 5 },
	{ POST, "/admin/payments/{id}/ask", admin_payment_ask_post, .pool = POOL_PAY, .budget = 41 },
	{ POST, "/admin/refunds/{id}/retry", admin_refund_retry_post },
	{ GET, "/admin/mail", admin_mails_get, .form = FORM_OF(admin_state_form), .budget = 3 },
	{ POST, "/admin/mail/{id}/resend", admin_mail_resend_post, .budget = 9 },
	{ GET, "/admin/jobs", admin_jobs_get, .form = FORM_OF(admin_jobs_form), .budget = 4 },
	{ GET, "/admin/audit", admin_audit_get, .form = FORM_OF(admin_audit_form), .budget = 3 },
	{ GET, "/admin/members", admin_members_get, .form = FORM_OF(admin_find_form), .budget = 3 },
	{ GET, "/admin/members/{id}", admin_member_get, .budget = 6 },
	{ POST, "/admin/members/{id}/sessions", admin_member_sessions_post, .budget = 9 },
	{ GET, "/admin/refund-grids", admin_grids_get, .budget = 4 },
	{ GET, "/admin/refund-grids/new", admin_grid_new_get, .budget = 2 },
	{ POST, "/admin/refund-grids/new", admin_grid_new_post, .form = FORM_OF(admin_grid_form), .again = admin_grid_new_get,
	    .once = true },
	{ GET, "/admin/refund-grids/{id}", admin_grid_get, .budget = 4 },
	{ POST, "/admin/refund-grids/{id}", admin_grid_post, .form = FORM_OF(admin_grid_form), .again = admin_grid_get, .once = true },
	{ POST, "/admin/refund-grids/{id}/default", admin_grid_default_post },
	{ GET, "/admin/settings", admin_settings_get, .budget = 3 },
	{ POST, "/admin/settings", admin_settings_post, .form = FORM_OF(admin_settings_form), .again = admin_settings_get },
	{ GET, "/admin/ledger", admin_ledger_get, .budget = 4, .deadline_ms = 20000 },
	{ 0 }
};

const struct domain admin_domain = { .name = "admin", .routes = routes };
