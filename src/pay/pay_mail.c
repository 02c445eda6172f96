/* Mails about money. */
#include "pay/mail_view.h"
#include "pay/pay_jobs.h"
#include "pay/pay_web.h"

#include "tmpl/pay/mail.h"

#include <assert.h>
#include <string.h>

struct about { struct booking_order *order; struct show_performance *performance; const char *title; };

/* What all of these mails are about; the mail is dropped when it is not there any more. */
static struct err *load(struct mail_ctx *m, struct about *ret)
{
	const char *code = json_string_value(json_object_get(m->args, "order"));
	TRY(booking_order_by_code(m->db, m->a, code ? code : "", &ret->order));
	m->drop = ret->order == NULL;
	if (m->drop)
		return NULL;
	TRY(show_performance_load(m->db, m->a, ret->order->performance_id, true, &ret->performance));
	if (!ret->performance)
		return err_new(ERR_NOT_FOUND, "performance of order %s", ret->order->code);
	ret->title = tr_pick(m->lang, ret->performance->title, ret->performance->title_en);
	return NULL;
}

static void say(struct mail_ctx *m, struct pay_letter *l, const char *msgid)
{
	assert(l->n_says < ARRAY_LEN(l->says));
	l->says[l->n_says++] = tr(m->lang, msgid);
}

static void fact(struct mail_ctx *m, struct pay_letter *l, const char *msgid, const char *value)
{
	assert(l->n_facts < ARRAY_LEN(l->facts));
	l->facts[l->n_facts++] = (struct pay_fact){ tr(m->lang, msgid), value };
}

/* Both parts of the mail from the same letter. */
static void write_letter(struct mail_ctx *m, const struct about *about, struct pay_letter *l, const char *heading, const char *path,
    const char *link_label)
{
	l->heading = tr(m->lang, heading);
	l->link = notify_link(m->a, m->lang, arena_printf(m->a, "/orders/%s%s", about->order->code, path));
	l->link_label = tr(m->lang, link_label);
	m->mail->subject = arena_printf(m->a, "%s: %s", l->heading, about->title);
	tmpl_pay_mail(m->html, l);
	struct buf *b = &m->text->b;
	buf_printf(b, "%s\n", l->heading);
	for (size_t i = 0; i < l->n_says; i++)
		buf_printf(b, "\n%s\n", l->says[i]);
	buf_str(b, "\n");
	for (size_t i = 0; i < l->n_facts; i++)
		buf_printf(b, "%s: %s\n", l->facts[i].label, l->facts[i].value);
	buf_printf(b, "\n%s: %s\n", l->link_label, l->link);
}

static void order_facts(struct mail_ctx *m, const struct about *about, struct pay_letter *l)
{
	fact(m, l, N_("Event"), about->title);
	fact(m, l, N_("When"), out_when(m->text, about->performance->starts_at));
	fact(m, l, N_("Order"), about->order->code);
}

static struct err *too_late(struct mail_ctx *m)
{
	struct about about;
	struct pay_letter l = { 0 };
	TRY(load(m, &about));
	if (m->drop)
		return NULL;
	say(m, &l, N_("A payment of yours arrived that we could not use: it came too late, was made twice, or did not fit the order."));
	say(m, &l, N_("The whole amount goes back to you; we write again as soon as it was sent. You need not do anything."));
	order_facts(m, &about, &l);
	write_letter(m, &about, &l, N_("Your payment is given back"), "", N_("Open the order"));
	return NULL;
}

static struct err *refund_done(struct mail_ctx *m)
{
	struct about about;
	struct pay_letter l = { 0 };
	struct pay_refund *refunds;
	size_t n;
	int64_t id = json_integer_value(json_object_get(m->args, "refund"));
	TRY(load(m, &about));
	if (m->drop)
		return NULL;
	TRY(pay_refunds(m->db, m->a, about.order->id, &refunds, &n));
	size_t i = 0;
	while (i < n && refunds[i].id.v != id)
		i++;
	if (i == n)
		return err_new(ERR_NOT_FOUND, "refund %lld of order %s", (long long)id, about.order->code);
	bool sent = refunds[i].amount > 0;
	say(m, &l, sent ? N_("The money was sent back. Cards show it within three to four business days, accounts within two.")
	    : refunds[i].kept ? N_("The tickets are cancelled. By the cancellation rules nothing comes back this late.")
	    : N_("The tickets are cancelled. They had cost nothing."));
	order_facts(m, &about, &l);
	fact(m, &l, N_("Refund"), out_money(m->text, refunds[i].amount));
	if (refunds[i].kept)
		fact(m, &l, N_("Cancellation fee"), out_money(m->text, refunds[i].kept));
	write_letter(m, &about, &l, sent ? N_("Your refund is on its way") : N_("Your tickets are cancelled"), "", N_("Open the order"));
	return NULL;
}

static struct err *deposit_due(struct mail_ctx *m)
{
	struct about about;
	struct pay_letter l = { 0 };
	struct pay_attempt *tries, *at = NULL;
	size_t n;
	TRY(load(m, &about));
	if (m->drop)
		return NULL;
	TRY(pay_attempts(m->db, m->a, about.order->id, &tries, &n));
	for (size_t i = 0; i < n && !at; i++)
		if (str_eq(tries[i].state, "waiting_deposit"))
			at = &tries[i];
	m->drop = !at; /* paid or over meanwhile */
	if (m->drop)
		return NULL;
	say(m, &l, N_("Your seats are held until the deadline. The tickets come by mail as soon as the deposit has arrived."));
	say(m, &l, N_("Please deposit exactly this amount. Without a deposit in time the order expires by itself."));
	order_facts(m, &about, &l);
	fact(m, &l, N_("Bank account"), arena_printf(m->a, "%s %s", bank_name(m->lang, at->account_bank), at->account_number));
	fact(m, &l, N_("Amount"), out_money(m->text, at->amount));
	fact(m, &l, N_("Deposit by"), out_when(m->text, at->account_due_at));
	write_letter(m, &about, &l, N_("Please make your deposit"), "", N_("Open the order"));
	return NULL;
}

static struct err *refund_account(struct mail_ctx *m)
{
	struct about about;
	struct pay_letter l = { 0 };
	TRY(load(m, &about));
	if (m->drop)
		return NULL;
	say(m, &l, N_("A deposit of yours has to be given back. Deposits cannot go back by themselves: please tell us your account."));
	order_facts(m, &about, &l);
	write_letter(m, &about, &l, N_("Where shall your refund go?"), "/account", N_("Enter your account"));
	return NULL;
}

const struct mail_kind pay_mails[] = {
	{ "order_too_late", too_late },
	{ "refund_done", refund_done },
	{ "deposit_due", deposit_due },
	{ "refund_account", refund_account },
	{ 0 }
};
