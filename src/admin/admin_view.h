/* What the pages of the platform's desk show. */
#ifndef FOYER_ADMIN_VIEW_H
#define FOYER_ADMIN_VIEW_H

#include "admin/admin_rules.h"
#include "booking/booking.h"
#include "pay/pay.h"
#include "ticket/ticket.h"
#include "web/components.h"
#include "web/req.h"

/* ---- home ---- */
#define ADMIN_HOME_ROW(F)                                                                                              \
	F(i64, applications) F(i64, unknown) F(i64, refunds_failed) F(i64, mails_failed) F(i64, rows_failed) F(i64, on_sale) \
	F(i64, members) F(i64, organizers) F(i64, waiting)
DB_ROW(admin_home_row, ADMIN_HOME_ROW)
#define ADMIN_TODAY_ROW(F) F(i64, orders) F(i64, tickets) F(i64, money)
DB_ROW(admin_today_row, ADMIN_TODAY_ROW)
#define ADMIN_FAILING_ROW(F) F(str, job) F(time, started_at) F(str, note)
DB_ROW(admin_failing_row, ADMIN_FAILING_ROW)
struct admin_task { const char *kind, *text; struct url href; const char *label; };
struct admin_home { const struct admin_home_row *now; const struct admin_today_row *today; struct admin_task tasks[8]; size_t n_tasks; };

/* ---- organizers ---- */
#define ADMIN_ORGANIZER_ROW(F)                                                                                         \
	F(organizer_id, id) F(str, name) F(str, registration_no) F(str, phone) F(str, about) F(str, state) F(str, reason) \
	F(time, applied_at) F(time, decided_at) F(str, person) F(str, email) F(i64, shows)
DB_ROW(admin_organizer_row, ADMIN_ORGANIZER_ROW)
struct admin_organizers { struct ui_link filters[4]; size_t n_filters; const struct admin_organizer_row *rows; size_t n; const struct ui_pager *pager; };

/* ---- waiting rooms ---- */
#define ADMIN_QUEUE_ROW(F)                                                                                             \
	F(i64, id) F(str, state) F(flag, by_itself) F(i64, sale_id) F(str, title) F(str, title_en) F(str, organizer) F(time, starts_at) \
	F(time, opens_at) F(time, ended_at) F(i64, waiting) F(i64, active) F(i64, target) F(i64, per_minute) F(i64, admitted) F(i64, skipped)
DB_ROW(admin_queue_row, ADMIN_QUEUE_ROW)
struct admin_queues { const struct admin_queue_row *rows; size_t n; const struct ui_pager *pager; };

/* ---- orders ---- */
#define ADMIN_ORDER_ROW(F)                                                                                             \
	F(order_id, id) F(str, code) F(str, state) F(time, created_at) F(time, paid_at) F(i64, tickets) F(i64, total)   \
	F(i64, refunded) F(str, contact_name) F(str, contact_email) F(str, contact_phone) F(str, title) F(str, title_en) \
	F(time, starts_at) F(str, organizer)
DB_ROW(admin_order_row, ADMIN_ORDER_ROW)
struct admin_orders {
	const char *q, *state, *from, *to;
	const struct option *states;
	const struct admin_order_row *rows;
	size_t n;
	struct url older, csv;                 /* older.s NULL: that is all */
};
#define ADMIN_LEDGER_ROW(F) F(str, kind) F(str, ref) F(time, at) F(str, account) F(str, organizer) F(i64, amount)
DB_ROW(admin_ledger_row, ADMIN_LEDGER_ROW)
#define ADMIN_OUTBOX_ROW(F)                                                                                            \
	F(i64, id) F(str, topic) F(str, about) F(str, kind) F(str, recipient) F(str, state) F(i64, tries) F(time, created_at) \
	F(time, due_at) F(time, done_at) F(str, last_error)
DB_ROW(admin_outbox_row, ADMIN_OUTBOX_ROW)
#define ADMIN_AUDIT_ROW(F)                                                                                             \
	F(i64, id) F(time, at) F(i64, person_id) F(str, actor) F(str, action) F(str, object) F(str, detail) F(str, ip) F(str, request_id)
DB_ROW(admin_audit_row, ADMIN_AUDIT_ROW)
struct admin_order {
	const struct booking_order *order;
	const struct show_performance *p;
	const struct booking_line *lines; size_t n_lines;
	const struct ticket_row *tickets; size_t n_tickets;
	const struct pay_attempt *attempts; size_t n_attempts;
	const struct pay_refund *refunds; size_t n_refunds;
	const struct admin_ledger_row *ledger; size_t n_ledger;
	const struct admin_outbox_row *outbox; size_t n_outbox;
	struct refund_words terms;
};

/* ---- payments ---- */
#define ADMIN_ATTEMPT_ROW(F)                                                                                           \
	F(attempt_id, id) F(str, provider) F(str, provider_order) F(str, method) F(i64, amount) F(i64, refunded) F(str, state) \
	F(str, fail_code) F(str, fail_text) F(time, created_at) F(time, next_check_at) F(i64, checks) F(str, code)
DB_ROW(admin_attempt_row, ADMIN_ATTEMPT_ROW)
#define ADMIN_REFUND_ROW(F)                                                                                            \
	F(refund_id, id) F(str, code) F(i64, amount) F(i64, kept) F(str, reason) F(str, state) F(str, fail_text) F(i64, tries) \
	F(time, created_at)
DB_ROW(admin_refund_row, ADMIN_REFUND_ROW)
struct admin_payments {
	struct ui_link filters[8]; size_t n_filters;
	const char *state;
	const struct admin_attempt_row *rows; size_t n;
	const struct admin_refund_row *refunds; size_t n_refunds;
	struct url older;
};

/* ---- the house ---- */
struct admin_mails { struct ui_link filters[4]; size_t n_filters; const struct admin_outbox_row *rows; size_t n; struct url older; };
#define ADMIN_JOB_ROW(F) F(str, job) F(time, last_ok) F(time, last_failed) F(i64, runs) F(i64, failed)
DB_ROW(admin_job_row, ADMIN_JOB_ROW)
#define ADMIN_RUN_ROW(F) F(i64, id) F(str, job) F(str, host) F(time, started_at) F(time, finished_at) F(i64, open) F(flag, ok) F(str, note)
DB_ROW(admin_run_row, ADMIN_RUN_ROW)
struct admin_job { const char *name, *doc; int64_t every_s; const struct admin_job_row *seen; const char *kind, *word; };
struct admin_jobs { const struct admin_job *jobs; size_t n_jobs; const struct admin_run_row *runs; size_t n_runs; const char *job; };
struct admin_audit { const char *q, *action; const struct admin_audit_row *rows; size_t n; struct url older; };

/* ---- people ---- */
#define ADMIN_MEMBER_ROW(F)                                                                                            \
	F(person_id, id) F(str, email) F(str, name) F(str, phone) F(flag, admin) F(flag, guest) F(time, created_at) F(time, seen_at) \
	F(time, totp_on_at) F(time, deleted_at) F(str, lang)
DB_ROW(admin_member_row, ADMIN_MEMBER_ROW)
struct admin_members { const char *q; const struct admin_member_row *rows; size_t n; struct url older; };
struct session_info;
struct admin_member {
	const struct admin_member_row *person;
	const struct session_info *sessions; size_t n_sessions;
	const struct admin_order_row *orders; size_t n_orders;
	const struct admin_audit_row *deeds; size_t n_deeds;
	struct ui_confirm end_sessions;
};

/* ---- money ---- */
#define ADMIN_GRID_ROW(F) F(i64, id) F(str, name) F(i64, free_hours) F(flag, is_default) F(i64, replaced_by) F(i64, shows)
DB_ROW(admin_grid_row, ADMIN_GRID_ROW)
#define ADMIN_RULE_ROW(F) F(i64, grid_id) F(i64, min_days) F(i64, fee_permille)
DB_ROW(admin_rule_row, ADMIN_RULE_ROW)
struct admin_grids { const struct admin_grid_row *grids; size_t n; const struct admin_rule_row *rules; size_t n_rules; };
struct admin_grid_line { const char *days_name, *fee_name, *days, *fee; };
struct admin_grid {
	const struct admin_grid_row *grid;     /* NULL: a new one */
	const char *name, *free_hours;
	struct admin_grid_line lines[ADMIN_STEPS];
	const char *fault;                     /* of the lines, told above them */
};
#define ADMIN_BALANCE_ROW(F) F(str, account) F(str, organizer) F(i64, entries) F(i64, balance)
DB_ROW(admin_balance_row, ADMIN_BALANCE_ROW)
struct admin_balance { const struct admin_balance_row *row; const char *meaning; int64_t side; };
struct admin_ledger { const struct admin_balance *rows; size_t n; int64_t unbalanced; const char *first; };

/* ---- settings ---- */
struct admin_settings { const char *booking_fee, *booking_fee_most, *commission; };

/* Used by the templates. */
static inline const char *admin_word(struct out *o, const char *state)
{
	return tr(o->lang, admin_state_word(state));
}
static inline const char *admin_account(struct out *o, const char *account)
{
	return tr(o->lang, admin_account_meaning(account));
}

#endif
