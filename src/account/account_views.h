/* What the pages of account/ are drawn from. */
#ifndef FOYER_ACCOUNT_VIEWS_H
#define FOYER_ACCOUNT_VIEWS_H

#include "account/account.h"
#include "tmplc/out.h"
#include "web/components.h"
#include "web/session.h"

/* sign_up_confirm, reset, email_confirm: pages behind a link of a mail. */
struct link_view { const char *token, *email, *name; bool ask; }; /* token NULL: the link is not good (any more); ask: for
                                                                      * the password, sign_up_confirm only */

struct guest_view { const char *next; bool order_wanted; };

struct me_view {
	const struct account_person *person;
	bool marketing, admin, factor_on;
	const char *organizer_state;     /* "" where there was no application */
};

struct session_row { const char *id, *device, *ip; int64_t started_at, seen_at; bool current; };
struct sessions_view { struct session_row *rows; size_t n; };

struct factor_view {
	bool on, passed, required;       /* passed: in this session; required: the person is an admin */
	struct html qr;                  /* while it is being set up */
	const char *key;                 /* the key as text, in groups */
	const char *next;
	int64_t codes_left;              /* recovery codes, when it is on */
};
struct recovery_view { const char *const *codes; size_t n; int64_t left; struct url next; }; /* codes: just made, shown once */

struct delete_view { int64_t upcoming; bool organizer, admin; }; /* tickets for what is still to come */

struct organizer_view {
	bool member;
	const char *state;               /* "" where there was no application */
	const char *name, *reason;
	int64_t applied_at;
	const char *registration_no, *phone, *about;
};

struct staff_row { int64_t id; const char *label, *show, *perms; int64_t expires_at, used_at; struct ui_confirm revoke;
	const char *badge_kind, *badge; bool live; };
struct desk_staff_view {
	struct staff_row *rows;
	size_t n;
	struct option *shows;
	const char *fresh;               /* the code issued just now, shown once; NULL: none */
};

#endif
