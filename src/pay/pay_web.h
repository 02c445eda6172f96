/* What the pages of payment share. */
#ifndef FOYER_PAY_WEB_H
#define FOYER_PAY_WEB_H

#include "pay/pay.h"
#include "ticket/ticket.h"
#include "web/banks.h"
#include "web/req.h"

/* The person's order of the path parameter; ERR_NOT_FOUND where it is not his. */
struct err *pay_order_of_path(struct req *r, struct booking_order **ret);
/* "Title, date" of an order in the language of the request. */
struct err *pay_order_title(struct req *r, const struct booking_order *o, const struct show_performance **ret_performance,
    const char **ret_title);
/* Why a payment did not happen, in plain words (msgid), with what to do. */
const char *pay_fail_text(const char *code);

struct pay_method { const char *value, *label; };
struct pay_view {
	const struct booking_order *order;
	const struct show_performance *performance;
	const char *title, *failed, *failed_kind; /* failed: translated reason of the last try; NULL: none */
	const struct booking_line *lines;
	size_t n_lines;
	const struct pay_method *methods; /* to choose from; n_methods 0: the provider's window asks */
	size_t n_methods;
	bool sandbox;
	int64_t extend_minutes;
};
struct pay_over_view { const struct booking_order *order; const char *title; bool returned; };
struct pay_wait_view { const struct booking_order *order; const char *title; bool long_ago; };
struct pay_window_view { const char *client_key, *order_ref, *order_name, *amount, *method, *success, *fail, *name, *email, *phone;
	const struct booking_order *order; };

handler_fn pay_page, pay_start, pay_wait, pay_return, pay_failed, pay_toss_page, pay_webhook;
handler_fn pay_cancel_page, pay_cancel_do, pay_account_page, pay_account_do;
#define PAY_START_FORM(F) F(choice, method, .options = "CARD|TRANSFER|VIRTUAL_ACCOUNT|MOBILE_PHONE", .def_text = "CARD")
FORM(pay_start_form, PAY_START_FORM)
#define PAY_RETURN_FORM(F)                                                                                             \
	F(text, paymentKey, .required = true, .max = 200) F(text, orderId, .required = true, .max = 64)                \
	F(i64, amount, .required = true)
FORM(pay_return_form, PAY_RETURN_FORM)
#define PAY_FAIL_FORM(F) F(text, code, .max = 60)
FORM(pay_fail_form, PAY_FAIL_FORM)
#define PAY_WINDOW_FORM(F) F(code, attempt, .required = true, .max = 64)
FORM(pay_window_form, PAY_WINDOW_FORM)

/* ---- cancelling tickets (pay_cancel.c) ---- */
#define PAY_CANCEL_FORM(F)                                                                                             \
	F(ids, line, .max = 20) F(i64, back) F(flag, chosen) F(choice, bank, .options = BANK_CODES, .def_text = "")          \
	F(text, number, .max = 30) F(text, holder, .max = 60)
FORM(pay_cancel_form, PAY_CANCEL_FORM)
struct pay_cancel_line { const struct ticket_row *ticket; int64_t fee, back; bool chosen; };
struct pay_cancel_view {
	const struct booking_order *order;
	const struct show_performance *performance;
	const char *title, *why_not;   /* why nothing can be cancelled any more, translated; NULL: it can */
	const struct pay_cancel_line *lines;
	size_t n, n_chosen;
	int64_t fee, back;             /* of the chosen ones */
	int permille;
	bool none_chosen;              /* sent on without a choice */
	bool account;                  /* money goes to an account the buyer has to name */
	const struct option *banks;
	struct refund_grid grid;       /* the order's terms, */
	struct refund_words terms;     /* and in words */
};
struct pay_account_view { const struct booking_order *order; const char *title; int64_t amount; const struct option *banks; };
/* The refund account of a form, sealed; NULL with errors noted in the form where it is none. */
const char *pay_account_of(struct req *r, const struct pay_cancel_form *f);

#endif
