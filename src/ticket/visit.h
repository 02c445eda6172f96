/* What the pages, the paper and the mail of a ticket tell: the ticket together with its performance and place. */
#ifndef FOYER_TICKET_VISIT_H
#define FOYER_TICKET_VISIT_H

#include "notify/notify.h"
#include "show/show.h"
#include "ticket/ticket.h"
#include "tmplc/out.h"

#define TICKET_ORDER_ROW(F)                                                                                            \
	F(order_id, id) F(str, code) F(performance_id, performance_id) F(str, lang) F(str, contact_name) F(str, contact_email) \
	F(i64, total) F(i64, refunded) F(time, paid_at) F(i64, refund_grid_id)
DB_ROW(ticket_order, TICKET_ORDER_ROW) /* what is told of its order */
struct ticket_visit {
	const struct ticket_order *order;
	const struct show_performance *performance;
	struct ticket_row *tickets;
	size_t n;
	/* in the language of the reader */
	const char *title, *venue, *address, *when, *link; /* link: to the order's page, with the site */
	int64_t ends_at;
};
/* Of an order; ret NULL where there is none.  person .v 0: whoever (mail, desk); otherwise only that person's. */
struct err *ticket_visit_load(struct db *db, struct arena *a, const char *lang, const char *order_code, struct person_id person,
    struct ticket_visit **ret);
/* Of one ticket by its code: *ret_ticket is the one of the visit's tickets. */
struct err *ticket_visit_of_ticket(struct db *db, struct arena *a, const char *lang, const char *ticket_code,
    struct person_id person, struct ticket_visit **ret, struct ticket_row **ret_ticket);

const char *ticket_state_name(const char *lang, const char *state);
const char *ticket_code_groups(struct arena *a, const char *code); /* ABCD-EFGH-JKMN-PQRS */
/* The tickets still good for entry, one a page. */
struct err *ticket_paper(struct arena *a, const char *lang, const struct ticket_visit *v, const struct ticket_row *only, struct bytes *ret);
struct bytes ticket_calendar(struct arena *a, const struct ticket_visit *v, int64_t now);

/* What the template of a ticket's page draws. */
struct ticket_view { const struct ticket_visit *v; const struct ticket_row *t; const char *code, *state, *state_kind; bool renamable; };
struct ticket_mail_view {
	const struct ticket_visit *v;
	const char *const *qr_cids;
	const char *reason;              /* of a cancellation */
	struct refund_words terms;       /* what the buyer's own cancellation costs */
};

extern const struct mail_kind ticket_mails[];
extern const struct check ticket_checks[];
extern const struct job ticket_jobs[];

#endif
