/* What the pages of booking show, and what their handlers share. */
#ifndef FOYER_BOOKING_VIEW_H
#define FOYER_BOOKING_VIEW_H

#include "booking/booking.h"
#include "booking/seats.h"
#include "show/show.h"
#include "queue/queue.h"
#include "venue/venue.h"
#include "base/clock.h"
#include "web/components.h"
#include "web/req.h"

/* The performance as every page of the purchase names it. */
struct booking_event {
	const struct show_performance *p;
	const char *title, *place, *when, *image; /* image: NULL without a poster */
};
void booking_event_fill(struct req *r, const struct show_performance *p, struct booking_event *ret);
/* The performance of a path's {id}, if this person may see it; ERR_NOT_FOUND otherwise. */
struct err *booking_event_load(struct req *r, bool fresh, const struct show_performance **ret);

/* The same for the pages of the sale: through the waiting room, where one stands before it, and not too often.  ret_pass:
 * NULL where none is needed.  *ret NULL: the person was sent to the room, the request is answered. */
struct err *booking_enter(struct req *r, const struct show_performance **ret, struct queue_pass **ret_pass);

/* ---- choosing seats ---- */
struct seats_grade_view { const struct show_grade *g; const char *sections; /* ids: "3,4" */ };
struct seats_chosen_view { const struct seats_seat *seat; const char *label, *note, *others; /* others: the choice without it */ };
struct seats_tray {                      /* the seats chosen so far */
	struct booking_event e;
	const struct seats_chosen_view *seats;
	size_t n;
	int64_t total, fee;
	const char *csv, *from;              /* "map" or "list" */
};
struct seats_standing_view { const struct seats_section *section; int64_t left; };
struct seats_view {
	struct booking_event e;
	enum show_sale sale;
	const char *sale_text;
	const struct seats_grade_view *grades;
	size_t n_grades;
	struct seats_tray tray;
	const struct seats_standing_view *standing;
	size_t n_standing;
	const char *own_code, *own;          /* what this person holds already: order code, seats "12,13" */
	int64_t n_own, most;                 /* most: tickets this person may choose */
	bool seated, guest;
	const struct queue_pass *pass;       /* NULL: no waiting room stands before the sale */
	const char *pass_until, *room;       /* time of day; the room's name in addresses */
	int64_t pass_seconds, pass_span;
	const struct option *best_counts, *best_grades;
};
struct seats_section_view { const struct seats_section *section; int64_t left; };
struct seats_list_view {
	struct seats_view v;
	const struct seats_section_view *sections;
	size_t n_sections;
};
struct seats_box { const struct seats_seat *seat; const char *note; bool checked; };
struct seats_row { const char *label; const struct seats_box *boxes; size_t n; };
struct seats_rows_view {
	struct booking_event e;
	const struct seats_section *section;
	const struct seats_row *rows;
	size_t n_rows;
	const int64_t *elsewhere;            /* chosen seats of other sections */
	size_t n_elsewhere;
	int64_t left, most;
	const char *csv;                     /* everything chosen so far */
};
/* Fills what the map and the list have in common; v->e is filled already. */
struct booking_seats_form; /* booking_web.h */
struct err *booking_seats_fill(struct req *r, const struct booking_seats_form *f, const char *from, const struct seats_section *sections,
    size_t n, const struct seats_state *state, struct seats_view *v);
bool booking_sale_open(struct req *r, struct seats_view *v); /* fills v->sale */
struct err *booking_closed_page(struct req *r, const struct seats_view *v);
/* What there is to know of a seat, translated; NULL: nothing. */
const char *booking_seat_note(struct req *r, const struct seats_seat *s);
/* "1,2,3" */
const char *booking_csv(struct arena *a, const int64_t *v, size_t n);

/* ---- checkout and orders ---- */
struct checkout_view {
	struct booking_event e;
	const struct booking_order *order;
	const struct booking_line *lines;
	size_t n_lines;
	const char *seats;                   /* "12,13", to choose them again */
	const char *name, *email, *phone;    /* what the contact form begins with */
	int64_t seconds, hold_seconds, extend_minutes;
	const char *until;                   /* the deadline's time of day */
	bool can_extend;
	struct refund_words terms;
	struct ui_confirm release;
};
struct order_line_view { const struct booking_line *line; const char *ticket, *word, *kind; /* of the ticket; ticket NULL: none */ };
struct order_account { const char *bank, *number; int64_t due_at; bool sandbox; /* paid in at the sandbox's own bank */ };
struct order_view {
	struct booking_event e;
	const struct booking_order *order;
	const char *word, *kind, *what;      /* badge, its kind, the sentence */
	const struct order_line_view *lines;
	size_t n_lines;
	const struct order_account *account; /* NULL: none waits for a deposit */
	bool asking;                         /* the provider has not told yet */
	bool needs_account;                  /* a refund waits for the buyer's account */
	struct refund_words terms;           /* of cancellation; no lines: the order is over */
	bool standing, can_cancel, pays;     /* standing: has living tickets; pays: the hold runs, payment may be begun */
};
struct order_row_view { const char *code, *title, *when, *word, *kind; int64_t tickets, total; };
struct orders_view { const struct order_row_view *rows; size_t n; const struct ui_pager *pager; };
/* How a state is told: its word, and through ret_kind the badge's kind. */
const char *booking_state_word(const char *lang, const char *state, const char **ret_kind);

#endif
