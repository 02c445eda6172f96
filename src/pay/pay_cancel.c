/* Cancelling tickets: what it costs and what comes back is told before; the account for what was deposited. */
#include "pay/pay_web.h"
#include "pay/refund.h"
#include "pay/rules.h"

#include "base/log.h"
#include "tmpl/pay/cancel.h"
#include "web/once.h"

#include <inttypes.h>
#include <string.h>

/* ---- bank accounts -------------------------------------------------------------------------------------------------------- */
/* Blanks and dashes taken out; NULL: anything but 6 to 20 digits. */
static const char *account_digits(struct arena *a, const char *typed)
{
	char *digits = arena_strdup(a, typed ? typed : ""), *to = digits;
	for (const char *s = digits; *s; s++) {
		if (*s == ' ' || *s == '-')
			continue;
		if (*s < '0' || *s > '9')
			return NULL;
		*to++ = *s;
	}
	*to = '\0';
	return to - digits >= 6 && to - digits <= 20 ? digits : NULL;
}

const char *pay_account_of(struct req *r, const struct pay_cancel_form *f)
{
	const char *number = account_digits(r->a, f->number);
	if (str_empty(f->bank))
		req_field_error(r, "bank", N_("Please choose the bank of your account."));
	if (!number)
		req_field_error(r, "number", N_("An account number has 6 to 20 digits."));
	if (str_empty(f->holder))
		req_field_error(r, "holder", N_("Please enter the account holder's name."));
	return r->form_errors ? NULL : pay_account_seal(r->a, f->bank, number, f->holder);
}

/* ---- the page -------------------------------------------------------------------------------------------------------------- */
static bool chosen(const struct form_ids *ids, int64_t line)
{
	for (size_t i = 0; ids && i < ids->n; i++)
		if (ids->v[i] == line)
			return true;
	return false;
}

static struct err *fill_lines(struct req *r, const struct form_ids *ids, struct pay_cancel_view *v)
{
	struct ticket_row *tickets;
	size_t n;
	TRY(ticket_list(r->db, r->a, v->order->id, &tickets, &n));
	struct pay_cancel_line *lines = arena_array(r->a, struct pay_cancel_line, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(tickets[i].state, "issued"))
			continue;
		struct refund_split s = pay_refund_split(tickets[i].price, 0, v->permille, false);
		struct pay_cancel_line *l = &lines[v->n++];
		*l = (struct pay_cancel_line){ &tickets[i], s.kept, s.amount, chosen(ids, tickets[i].line) };
		if (l->chosen) {
			v->n_chosen++;
			v->fee += l->fee;
			v->back += l->back;
		}
	}
	v->lines = lines;
	return NULL;
}

/* Deposited on a virtual account: it cannot go back the way it came. */
static struct err *needs_account(struct req *r, struct order_id id, bool *ret)
{
	struct pay_attempt *tries;
	size_t n;
	TRY(pay_attempts(r->db, r->a, id, &tries, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(tries[i].state, "done"))
			*ret = str_eq(tries[i].method, "virtual_account");
	return NULL;
}

static struct err *cancel_view(struct req *r, const struct form_ids *ids, struct pay_cancel_view *v)
{
	struct booking_order *o;
	TRY(pay_order_of_path(r, &o));
	v->order = o;
	TRY(pay_order_title(r, o, &v->performance, &v->title));
	TRY(show_refund_terms(r->db, r->a, o->refund_grid_id, v->performance, &v->grid));
	v->permille = show_refund_permille(&v->grid, o->paid_at, v->performance->starts_at, r->now);
	if (v->permille >= 0)
		TRY(fill_lines(r, ids, v));
	if (!str_eq(o->state, "paid") && !str_eq(o->state, "partly_cancelled"))
		v->why_not = tr(r->lang, N_("This order has no paid tickets, so there is nothing to cancel."));
	else if (v->permille < 0)
		v->why_not = tr(r->lang, N_("The event has begun: tickets cannot be cancelled any more."));
	else if (v->n == 0)
		v->why_not = tr(r->lang, N_("All tickets of this order were used or cancelled already."));
	v->banks = bank_options(r);
	return needs_account(r, o->id, &v->account);
}

static struct err *show(struct req *r, struct pay_cancel_view *v)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Cancel tickets")), .nav = NAV_ME, .no_index = true });
	v->terms = show_refund_words(o, &v->grid);
	if (v->n_chosen && !v->why_not)
		tmpl_pay_cancel_sure(o, v);
	else
		tmpl_pay_cancel_choose(o, v);
	return page_end(r, 200);
}

/* Without a choice: the tickets; with one: what it comes to, and the question. */
struct err *pay_cancel_page(struct req *r)
{
	const struct pay_cancel_form *f = r->form;
	struct pay_cancel_view v = { 0 };
	TRY(cancel_view(r, &f->line, &v));
	v.none_chosen = f->chosen && v.n_chosen == 0;
	return show(r, &v);
}

struct err *pay_cancel_do(struct req *r)
{
	const struct pay_cancel_form *f = r->form;
	struct pay_cancel_view v = { 0 };
	const char *account = NULL;
	int64_t amount;
	TRY(cancel_view(r, &f->line, &v));
	if (v.why_not || v.n_chosen == 0 || v.n_chosen != f->line.n) {
		req_flash(r, "error", v.why_not ? v.why_not : tr(r->lang, N_("One of these tickets was cancelled already. Look at the order again.")));
		return redirect(r, url_fmt(r->a, "/orders/%s", v.order->code));
	}
	if (v.back != f->back) { /* the day changed since the page was made */
		req_field_error(r, "", N_("The cancellation fee has changed since this page was opened. Nothing was cancelled; please look at the amounts again."));
		return req_again(r);
	}
	if (v.account && v.back > 0 && !(account = pay_account_of(r, f)))
		return req_again(r);
	struct err *e = pay_refund_lines(r->db, r->a, v.order->id, f->line.v, f->line.n, false, "buyer's wish", account, r->now, &amount);
	if (err_is(e, ERR_CONFLICT)) { /* pressed twice at once, or cancelled or used elsewhere this very moment: the order tells */
		const char *text = err_user_text(e);
		req_flash(r, "error", tr_text(r->a, r->lang, text ? text : N_("One of these tickets was cancelled already. Look at the order again.")));
		err_free(e);
		return redirect(r, url_fmt(r->a, "/orders/%s", v.order->code));
	}
	TRY(e);
	log_err(LOG_WARN, "a second press is told otherwise", once_made(r, r->db, url_fmt(r->a, "/orders/%s", v.order->code)));
	req_flash(r, "success", tr(r->lang, amount > 0 ? N_("The tickets are cancelled. We write to you as soon as the money is on its way.")
	    : N_("The tickets are cancelled.")));
	return redirect(r, url_fmt(r->a, "/orders/%s", v.order->code));
}

/* ---- money that waits for an account ---------------------------------------------------------------------------------------- */
static struct err *waiting_refunds(struct req *r, const struct booking_order *o, struct pay_refund **ret, size_t *ret_n, int64_t *ret_sum)
{
	struct pay_refund *all;
	size_t n, k = 0;
	TRY(pay_refunds(r->db, r->a, o->id, &all, &n));
	*ret_sum = 0;
	for (size_t i = 0; i < n; i++)
		if (str_eq(all[i].state, "failed") && str_eq(all[i].fail_text, REFUND_ACCOUNT_NEEDED)) {
			*ret_sum += all[i].amount;
			all[k++] = all[i];
		}
	*ret = all;
	*ret_n = k;
	return NULL;
}

struct err *pay_account_page(struct req *r)
{
	struct booking_order *o;
	struct pay_refund *refunds;
	const struct show_performance *p;
	size_t n;
	struct pay_account_view v = { .banks = bank_options(r) };
	TRY(pay_order_of_path(r, &o));
	TRY(waiting_refunds(r, o, &refunds, &n, &v.amount));
	if (n == 0)
		return redirect(r, url_fmt(r->a, "/orders/%s", o->code));
	v.order = o;
	TRY(pay_order_title(r, o, &p, &v.title));
	struct out *out = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Where shall the money go?")), .no_index = true });
	tmpl_pay_account(out, &v);
	return page_end(r, 200);
}

struct err *pay_account_do(struct req *r)
{
	struct booking_order *o;
	struct pay_refund *refunds;
	size_t n;
	int64_t sum;
	bool done;
	TRY(pay_order_of_path(r, &o));
	const char *account = pay_account_of(r, r->form);
	if (!account)
		return req_again(r);
	TRY(waiting_refunds(r, o, &refunds, &n, &sum));
	for (size_t i = 0; i < n; i++)
		TRY(pay_refund_retry(r->db, r->a, refunds[i].id, account, &done));
	req_flash(r, "success", tr(r->lang, N_("Thank you. The money is on its way; we write to you as soon as it was sent.")));
	return redirect(r, url_fmt(r->a, "/orders/%s", o->code));
}
