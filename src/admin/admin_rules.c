#include "admin/admin_rules.h"

#include "base/str.h"

const char *admin_grid_fault(const struct admin_step *s, size_t n)
{
	bool day_0 = false;
	for (size_t i = 0; i < n; i++) {
		if (s[i].min_days < 0 && s[i].percent < 0)
			continue;
		if (s[i].min_days < 0 || s[i].percent < 0)
			return N_("A line needs both: the days and the fee. Empty both to leave the line out.");
		if (s[i].min_days > 365 || s[i].percent > 100)
			return N_("Days go up to 365, fees up to 100%.");
		day_0 |= s[i].min_days == 0;
		for (size_t k = 0; k < n; k++) {
			if (k == i || s[k].min_days < 0)
				continue;
			if (s[k].min_days == s[i].min_days)
				return N_("Two lines are for the same number of days.");
			if (s[k].min_days < s[i].min_days && s[k].percent >= 0 && s[k].percent < s[i].percent)
				return N_("The fee may not fall while the day comes nearer.");
		}
	}
	return day_0 ? NULL : N_("One line must be for 0 days: the day of the event itself.");
}

static const struct { const char *state, *badge, *word; } states[] = {
	{ "pending", "info", N_("pending") },
	{ "awaiting_deposit", "warn", N_("waiting for a deposit") },
	{ "paid", "ok", N_("paid") },
	{ "partly_cancelled", "warn", N_("partly cancelled") },
	{ "cancelled", "bad", N_("cancelled") },
	{ "expired", "", N_("expired") },
	{ "created", "info", N_("window open") },
	{ "confirming", "info", N_("being confirmed") },
	{ "unknown", "bad", N_("outcome unknown") },
	{ "waiting_deposit", "warn", N_("waiting for a deposit") },
	{ "done", "ok", N_("done") },
	{ "failed", "bad", N_("failed") },
	{ "returned", "warn", N_("given back whole") },
	{ "pending_approval", "warn", N_("to be decided") },
	{ "approved", "ok", N_("approved") },
	{ "rejected", "bad", N_("rejected") },
	{ "taken", "info", N_("under way") },
	{ "handing_over", "info", N_("under way") },
	{ "unsure", "warn", N_("perhaps sent") },
	{ "issued", "ok", N_("valid") },
	{ "used", "", N_("used") },
	{ "void", "bad", N_("void") },
	{ "planned", "info", N_("planned") },
	{ "gathering", "warn", N_("gathering") },
	{ "open", "ok", N_("letting people in") },
	{ "paused", "warn", N_("paused") },
	{ "ended", "", N_("ended") },
	/* Ways of payment, and why an order was closed. */
	{ "card", "", N_("card") },
	{ "easy_pay", "", N_("easy pay") },
	{ "transfer", "", N_("bank transfer") },
	{ "virtual_account", "", N_("virtual account") },
	{ "mobile", "", N_("mobile phone bill") },
	{ "gift", "", N_("gift voucher") },
	{ "free", "", N_("nothing to pay") },
	{ "deadline", "", N_("not paid in time") },
	{ "released", "", N_("seats given back") },
	{ "buyer's wish", "", N_("buyer's wish") },
	/* Entries of the ledger, and kinds of mail. */
	{ "capture", "", N_("payment") },
	{ "late_capture", "", N_("payment that came too late") },
	{ "refund", "", N_("refund") },
	{ "late_refund", "", N_("given back: came too late") },
	{ "verify", "", N_("confirming the address") },
	{ "already_member", "", N_("sign-up of a member") },
	{ "reset", "", N_("new password") },
	{ "email_change", "", N_("new e-mail address") },
	{ "email_changed_notice", "", N_("e-mail address changed") },
	{ "password_changed", "", N_("password changed") },
	{ "recovery_code_used", "", N_("recovery code used") },
	{ "guest_code", "", N_("code for a guest") },
	{ "organizer_decision", "", N_("answer to an organizer") },
	{ "order_paid", "", N_("tickets") },
	{ "tickets_again", "", N_("tickets, sent again") },
	{ "event_tomorrow", "", N_("reminder of tomorrow") },
	{ "performance_cancelled", "", N_("performance cancelled") },
	{ "order_too_late", "", N_("payment came too late") },
	{ "refund_done", "", N_("refund on its way") },
	{ "deposit_due", "", N_("account to pay in to") },
	{ "refund_account", "", N_("account for the refund needed") },
};

const char *admin_state_word(const char *state)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (str_eq(states[i].state, state))
			return states[i].word;
	return state;
}

const char *admin_state_badge(const char *state)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (str_eq(states[i].state, state) && states[i].badge[0])
			return states[i].badge;
	return "neutral";
}

const char *admin_account_meaning(const char *account)
{
	return str_starts(account, "provider:") ? N_("held for us by the payment provider")
	    : str_starts(account, "organizer:") ? N_("owed to the organizer")
	    : str_eq(account, "fee:booking") ? N_("booking fees, ours")
	    : str_starts(account, "fee:cancellation") ? N_("cancellation fees kept")
	    : str_starts(account, "suspense:") ? N_("came too late, to be given back") : N_("other");
}
