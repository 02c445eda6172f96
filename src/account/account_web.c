/* The pages of people: one table. */
#include "account/account_priv.h"

static const struct route routes[] = {
	{ GET, "/sign-up", sign_up_page, ACCESS_ANYONE, .form = FORM_OF(next_form) },
	{ POST, "/sign-up", sign_up, ACCESS_ANYONE, .form = FORM_OF(sign_up_form), .again = sign_up_page },
	{ GET, "/sign-up/sent", sign_up_sent_page, ACCESS_ANYONE },
	{ GET, "/sign-up/confirm", sign_up_confirm_page, ACCESS_ANYONE, .form = FORM_OF(confirm_form) },
	{ POST, "/sign-up/confirm", sign_up_confirm, ACCESS_ANYONE, .form = FORM_OF(confirm_form), .again = sign_up_confirm_page,
		.budget = 16 },
	{ GET, "/sign-in", sign_in_page, ACCESS_ANYONE, .form = FORM_OF(next_form) },
	{ POST, "/sign-in", sign_in, ACCESS_ANYONE, .form = FORM_OF(sign_in_form), .again = sign_in_page },
	{ GET, "/sign-in/second-factor", sign_in_factor_page, ACCESS_ANYONE, .form = FORM_OF(next_form) },
	{ POST, "/sign-in/second-factor", sign_in_factor, ACCESS_ANYONE, .form = FORM_OF(factor_form), .again = sign_in_factor_page },
	{ GET, "/sign-in/recovery-code", sign_in_recovery_page, ACCESS_ANYONE, .form = FORM_OF(next_form) },
	{ POST, "/sign-in/recovery-code", sign_in_factor, ACCESS_ANYONE, .form = FORM_OF(factor_form), .again = sign_in_recovery_page },
	{ POST, "/sign-out", sign_out, ACCESS_ANYONE },
	{ GET, "/forgot-password", forgot_page, ACCESS_ANYONE },
	{ POST, "/forgot-password", forgot, ACCESS_ANYONE, .form = FORM_OF(forgot_form), .again = forgot_page },
	{ GET, "/forgot-password/sent", forgot_sent_page, ACCESS_ANYONE },
	{ GET, "/reset-password", reset_page, ACCESS_ANYONE, .form = FORM_OF(token_form) },
	{ POST, "/reset-password", reset, ACCESS_ANYONE, .form = FORM_OF(reset_form), .again = reset_page },
	{ GET, "/guest", guest_page, ACCESS_ANYONE, .form = FORM_OF(next_form) },
	{ POST, "/guest", guest_ask, ACCESS_ANYONE, .form = FORM_OF(guest_form), .again = guest_page },
	{ GET, "/guest/code", guest_code_page, ACCESS_ANYONE, .form = FORM_OF(next_form) },
	{ POST, "/guest/code", guest_code, ACCESS_ANYONE, .form = FORM_OF(guest_code_form), .again = guest_code_page },
	{ GET, "/me", me_page, ACCESS_MEMBER },
	{ POST, "/me", me_save, ACCESS_MEMBER, .form = FORM_OF(profile_form), .again = me_page },
	{ GET, "/me/strip", me_strip, ACCESS_ANYONE },
	{ GET, "/me/password", password_page, ACCESS_MEMBER },
	{ POST, "/me/password", password_save, ACCESS_MEMBER, .form = FORM_OF(password_form), .again = password_page },
	{ GET, "/me/email", email_page, ACCESS_MEMBER },
	{ POST, "/me/email", email_ask, ACCESS_MEMBER, .form = FORM_OF(email_form), .again = email_page },
	{ GET, "/me/email/confirm", email_confirm_page, ACCESS_ANYONE, .form = FORM_OF(token_form) },
	{ POST, "/me/email/confirm", email_confirm, ACCESS_ANYONE, .form = FORM_OF(token_form) },
	{ GET, "/me/sessions", sessions_page, ACCESS_MEMBER },
	{ POST, "/me/sessions/end", session_end_form, ACCESS_MEMBER, .form = FORM_OF(session_form) },
	{ POST, "/me/sessions/end-others", session_end_others_form, ACCESS_MEMBER },
	{ GET, "/me/delete", delete_page, ACCESS_MEMBER },
	{ POST, "/me/delete", delete_account, ACCESS_MEMBER, .form = FORM_OF(delete_form), .again = delete_page },
	{ GET, "/me/second-factor", factor_page, ACCESS_MEMBER, .form = FORM_OF(next_form) },
	{ POST, "/me/second-factor", factor_confirm, ACCESS_MEMBER, .form = FORM_OF(factor_form), .again = factor_page },
	{ POST, "/me/second-factor/off", factor_off, ACCESS_MEMBER, .form = FORM_OF(factor_form), .again = factor_page },
	{ GET, "/me/second-factor/codes", recovery_page, ACCESS_MEMBER, .form = FORM_OF(next_form) },
	{ POST, "/me/second-factor/codes", recovery_renew, ACCESS_MEMBER, .form = FORM_OF(factor_form), .again = recovery_page, .once = true },
	{ GET, "/organizer", organizer_page, ACCESS_ANYONE },
	{ GET, "/organizer/apply", organizer_apply_page, ACCESS_MEMBER },
	{ POST, "/organizer/apply", organizer_apply, ACCESS_MEMBER, .form = FORM_OF(apply_form), .again = organizer_apply_page },
	{ GET, "/terms", terms_page, ACCESS_ANYONE, .cache_s = 60 },
	{ GET, "/privacy", privacy_page, ACCESS_ANYONE, .cache_s = 60 },
	{ GET, "/staff", staff_page, ACCESS_ANYONE },
	{ POST, "/staff", staff_enter, ACCESS_ANYONE, .form = FORM_OF(staff_form), .again = staff_page },
	{ GET, "/desk/staff", desk_staff_page, ACCESS_ORGANIZER },
	{ POST, "/desk/staff", desk_staff_issue, ACCESS_ORGANIZER, .form = FORM_OF(staff_issue_form), .again = desk_staff_page, .once = true },
	{ POST, "/desk/staff/revoke", desk_staff_revoke, ACCESS_ORGANIZER, .form = FORM_OF(staff_revoke_form) },
	{ 0 }
};

static const struct job jobs[] = {
	{ "account_tokens", 3600, token_clean, N_("Deletes links and codes a week after their end."), 0 },
	{ "account_orders_forget", 24 * 3600, orders_forget_job,
	    N_("Takes the names off past bookings of people who have deleted their account."), 0 },
	{ 0 }
};

static const struct command commands[] = {
	{ "user", "[-c FILE] add|list|password|unlock|factor-off …",
	    "Makes and mends accounts.  Passwords are made and printed, or with --stdin read from standard input.\n\n"
	    "  user add --email E --name N [--lang ko|en] [--admin] [--organizer NAME] [--stdin]\n"
	    "  user list [--admins]\n"
	    "  user password --email E [--stdin]\n"
	    "  user unlock --email E\n"
	    "  user factor-off --email E", user_main },
	{ 0 }
};

const struct domain account_domain = {
	.name = "account", .routes = routes, .jobs = jobs, .commands = commands, .mails = account_mails
};
