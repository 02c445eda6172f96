/* The handlers of the platform's desk, their forms, and what they share. */
#ifndef FOYER_ADMIN_WEB_H
#define FOYER_ADMIN_WEB_H

#include "admin/admin_view.h"
#include "notify/notify.h"

/* A list goes from the newest row on, a page at a time.  Its query reads ADMIN_READ rows with an id below admin_before() of
 * the form's `before`; admin_more() leaves ADMIN_ROWS of them, and says whether there was one too many: there are older ones. */
enum { ADMIN_ROWS = 50, ADMIN_READ = ADMIN_ROWS + 1 };
int64_t admin_before(int64_t before);
bool admin_more(size_t *n);

/* Begins a page of the desk: the frame's head, then the desk's navigation with `section` ("orders") as the current one. */
struct out *admin_begin(struct req *r, const char *title, const char *section);
struct err *admin_end(struct req *r, struct out *o);
/* A link for a view: LINK("/admin/orders/%s", code), with the language prefix. */
struct out *admin_out(struct req *r);
#define LINK(...) out_url(admin_out(r), __VA_ARGS__)

/* Rows of the outbox as the desk lists them (admin_outbox_row); a mail's with its kind and recipient. */
#define ADMIN_MAIL_FIELD(name) "COALESCE(JSON_UNQUOTE(JSON_EXTRACT(IF(topic IN " NOTIFY_TOPICS ", payload, NULL), '$." name "')), '')"
#define ADMIN_OUTBOX_SQL                                                                                               \
	"SELECT id, topic, about, " ADMIN_MAIL_FIELD("kind") " AS kind, " ADMIN_MAIL_FIELD("to") " AS recipient, state, tries," \
	" created_at, due_at, done_at, last_error FROM outbox"

/* Whose account of the ledger: organizer:9 and fee:cancellation:9 are those of organizer 9; 0: the house's own. */
#define ADMIN_ACCOUNT_OF(account) "CAST(SUBSTRING_INDEX(" account ", ':', -1) AS UNSIGNED)"

#define ADMIN_STATE_FORM(F) F(text, state, .max = 20) F(i64, before) F(i64, page, .min = 1, .max = 100000, .def = 1)
FORM(admin_state_form, ADMIN_STATE_FORM)
#define ADMIN_REASON_FORM(F) F(text, reason, .max = 400)
FORM(admin_reason_form, ADMIN_REASON_FORM)
#define ADMIN_ORDERS_FORM(F)                                                                                           \
	F(text, q, .max = 100)                                                                                         \
	F(choice, state, .options = "pending|awaiting_deposit|paid|partly_cancelled|cancelled|expired", .def_text = "")  \
	F(date, from) F(date, to) F(i64, before)
FORM(admin_orders_form, ADMIN_ORDERS_FORM)
#define ADMIN_AUDIT_FORM(F) F(text, q, .max = 80) F(text, action, .max = 60) F(i64, before)
FORM(admin_audit_form, ADMIN_AUDIT_FORM)
#define ADMIN_FIND_FORM(F) F(text, q, .max = 100) F(i64, before)
FORM(admin_find_form, ADMIN_FIND_FORM)
#define ADMIN_JOBS_FORM(F) F(text, job, .max = 40)
FORM(admin_jobs_form, ADMIN_JOBS_FORM)
#define ADMIN_STEP_FIELDS(F, n) F(i64, days##n, .min = -1, .max = 1000, .def = -1) F(i64, fee##n, .min = -1, .max = 1000, .def = -1)
#define ADMIN_GRID_FORM(F)                                                                                             \
	F(text, name, .required = true, .max = 60) F(i64, free_hours, .min = 0, .max = 720)                             \
	ADMIN_STEP_FIELDS(F, 1) ADMIN_STEP_FIELDS(F, 2) ADMIN_STEP_FIELDS(F, 3) ADMIN_STEP_FIELDS(F, 4)               \
	ADMIN_STEP_FIELDS(F, 5) ADMIN_STEP_FIELDS(F, 6) ADMIN_STEP_FIELDS(F, 7) ADMIN_STEP_FIELDS(F, 8)
FORM(admin_grid_form, ADMIN_GRID_FORM)

#define ADMIN_SETTINGS_FORM(F)                                                                                         \
	F(i64, booking_fee, .required = true, .min = 0, .max = 1000000)                                                \
	F(i64, booking_fee_most, .required = true, .min = 0, .max = 1000000) F(text, commission, .required = true, .max = 6)
FORM(admin_settings_form, ADMIN_SETTINGS_FORM)
#define ADMIN_PAGE_FORM(F) F(i64, page, .min = 1, .max = 100000, .def = 1)
FORM(admin_page_form, ADMIN_PAGE_FORM)

/* admin_web.c */
handler_fn admin_home_get;
/* admin_web_organizers.c */
handler_fn admin_organizers_get, admin_approve_post, admin_reject_post;
/* admin_web_queues.c */
handler_fn admin_queues_get;
/* admin_web_orders.c */
handler_fn admin_orders_get, admin_orders_csv, admin_order_get;
/* admin_web_payments.c */
handler_fn admin_payments_get, admin_payment_ask_post, admin_refund_retry_post;
/* admin_web_house.c */
handler_fn admin_mails_get, admin_mail_resend_post, admin_jobs_get, admin_audit_get;
/* admin_web_members.c */
handler_fn admin_members_get, admin_member_get, admin_member_sessions_post;
/* admin_web_money.c */
handler_fn admin_grids_get, admin_grid_get, admin_grid_new_get, admin_grid_post, admin_grid_new_post, admin_grid_default_post,
    admin_ledger_get;
/* admin_web_settings.c */
handler_fn admin_settings_get, admin_settings_post;

#endif
