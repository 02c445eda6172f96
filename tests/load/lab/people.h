/* The virtual people of an on-sale.  Each is a small state machine over HTTP: arrives, waits, looks at the map, clicks what
 * others want, thinks, holds, pays, or gives up on the way; some cheat.  One process, one event loop, bounded connections.
 *
 *   people.c         the engine: asking, thinking, leaving; what an answer without a plan is
 *   people_wait.c    from the show's page through the waiting room to the seat map
 *   people_buy.c     from the seat map to the ticket
 *   people_cheat.c   those who try it another way
 *   people_tell.c    counts, latencies, a row each second, the results as JSON
 *   people_truth.c   the stage before, and what the database says afterwards
 *   watch.c          the house's own figures each second, from a process beside */
#ifndef LAB_PEOPLE_H
#define LAB_PEOPLE_H

#include "crowd.h"
#include "http.h"
#include "stats.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct event;
struct event_base;
struct person;
typedef void people_fn(struct person *b);
typedef void people_answer(struct person *b, const struct lab_answer *a);

/* ---- steps, counts ---------------------------------------------------------------------------------------------------- */
#define PEOPLE_STEPS(S)                                                                                                \
	S(show, "show's page") S(seats, "seat map's page") S(queue, "waiting page") S(join, "joining") S(head, "look at the head") \
	S(here, "being there") S(enter, "entering") S(state, "state of the seats") S(hold, "hold, or taken") S(checkout, "checkout page") \
	S(details, "details") S(pay, "payment page") S(start, "start of the payment") S(window, "provider's window") S(card, "card") \
	S(back, "return and confirmation") S(wait, "look while it is unclear") S(order, "order's page") S(ticket, "ticket") \
	S(leave, "leaving the line") S(release, "seats given back")
#define STEP_ENUM(name, text) STEP_##name,
enum step { PEOPLE_STEPS(STEP_ENUM) STEPS };

/* What is counted, each second and in all.  plan: a refusal that belongs to the plan. */
#define PEOPLE_COUNTS(C)                                                                                               \
	C(arrived, false, "arrived") C(joined, false, "took a number") C(entered, false, "let in") C(held, false, "holds") \
	C(paid, false, "orders paid") C(tickets, false, "tickets") C(without, false, "went without a ticket")          \
	C(wandered, false, "left while waiting, came back") C(quit, false, "left the line for good")                   \
	C(dropped, false, "dropped out while buying") C(double_clicks, false, "double clicks") C(late, false, "came back too late") \
	C(taken, true, "seat just taken") C(card_refused, true, "card refused") C(hold_over, true, "hold had run out") \
	C(pass_over, true, "pass had run out") C(not_yet, true, "not yet one's turn") C(to_room, true, "sent to the waiting room") \
	C(sold_out, true, "sold out") C(closed, true, "sale not open") C(person_limit, true, "more than the limit")     \
	C(limited, true, "too many requests (429)") C(busy, true, "busy, come back (503)") C(away, true, "away while being killed") \
	C(errors, false, "errors") C(places_lost, false, "places lost")
#define COUNT_ENUM(name, plan, text) COUNT_##name,
enum count { PEOPLE_COUNTS(COUNT_ENUM) COUNTS };

#define PEOPLE_CHEATS(C)                                                                                               \
	C(no_pass, "No pass", "sends the hold form without having been let in")                                        \
	C(early, "Too early", "asks to be let in again and again before the turn")                                     \
	C(forged, "Forged number", "alters the number in the signed cookie")                                           \
	C(foreign, "Foreign number", "uses a copied number of somebody further in front")                              \
	C(copied, "Copied pass", "uses the browser cookies of somebody who is inside, with another account")           \
	C(replay, "Replayed form", "sends the hold form again after paying: the same, then with more seats")           \
	C(tabs, "Ten tabs", "joins in ten tabs and holds the full limit in each at once")                              \
	C(bot, "Hammering", "draws number after number and tries holds as fast as it can")
#define CHEAT_ENUM(name, title, what) CHEAT_##name,
enum cheat { PEOPLE_CHEATS(CHEAT_ENUM) CHEATS, CHEAT_none = CHEATS };
struct cheat_tally { int64_t people, tries, refused, won; };

/* ---- a person ------------------------------------------------------------------------------------------------------------ */
enum kind { KIND_MEMBER, KIND_GUEST, KIND_VISITOR /* signs in when inside */ };
enum { TICKETS_MAX = 4, TABS = 10 };
struct people_tab { struct person *of; struct lab_person *p; int64_t number; char code[16]; bool done; };
struct person {
	struct lab_person *p;            /* NULL: not come yet, or gone */
	const struct crowd_member *who;
	uint32_t address;
	enum kind kind;
	enum cheat cheat;
	enum step step;
	struct event *timer;
	people_fn *then;
	int wants, tries, repeats, cards;
	bool signed_in, patient, in_line, inside, double_clicks, expect_new_number;
	enum { DROP_NEVER, DROP_MAP, DROP_CHECKOUT, DROP_RELEASE, DROP_PAY, DROP_WINDOW, DROP_LATE } drop;
	enum { LINE_STAYS, LINE_WANDERS, LINE_QUITS } line;
	int64_t number, place, seen_at, entered_at, hover_until;
	int64_t seats[TICKETS_MAX];
	int n_seats;
	char csrf[80], code[16], window[1400], hold_form[400];
	struct people_tab tab[TABS];     /* more requests of the same browser at once */
	int tabs_open;
	/* what a cheat is at */
	int cheat_tries;
	bool cheating, checking, tabs_joined;
	char own_cookie[256];
};

/* ---- the rush --------------------------------------------------------------------------------------------------------------- */
struct rush {
	const char *dir;
	int64_t people, n_seats, gather_s, burst_s, tail_s, seconds, target, rate, limit, hold_seconds;
	double speed, cheats, drops;
	bool outage;
	struct event_base *base;
	struct lab_house *house;
	struct arena *scratch;           /* texts of one request */
	/* the stage */
	int64_t show, performance, room, organizer;
	const char *slug;
	int64_t *wish;                   /* seats, the front's middle first */
	int64_t opens_at;                /* wall clock */
	/* what everybody knows from the head */
	int64_t head, per_minute;
	/* under way */
	struct person *all;
	int64_t here, waiting, inside;
	int64_t lag_us;                  /* the longest that the generator itself was late in this second */
	const struct watch_seen *watch;
};
extern struct rush rush;

/* ---- people.c ---- */
void people_start(struct person *b);
void people_go(struct person *b, enum step step, const char *path, const char *body);
void people_later(struct person *b, double seconds, people_fn *then);
double people_think(double median_s);   /* log-normal, in house time: divided by the speed */
double people_random(void);             /* [0, 1) */
bool people_chance(double share);
void people_gone(struct person *b);     /* closes everything */
void people_error(struct person *b, const struct lab_answer *a, const char *what);
const char *people_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *people_guard(const char *csrf); /* "csrf=…&idem=…" with a fresh key */
bool people_redirect(const struct lab_answer *a, const char *to); /* a 303 to a path that begins so */
bool people_sold_out(void);             /* every seat is paid */
void people_sign_in(struct person *b);
struct people_tab *people_tab_open(struct person *b, int i);
void people_tabs_close(struct person *b);

/* ---- people_wait.c ---- */
people_answer people_on_show, people_on_seats, people_on_queue, people_on_join, people_on_head, people_on_here, people_on_enter, people_on_leave;
people_fn people_to_seats, people_to_queue, people_leave_line;
bool people_join_form(const char *page, int most_bits, char *ret, size_t n); /* the body of the join form, solved */

/* ---- people_buy.c ---- */
people_answer people_on_state, people_on_hold, people_on_checkout, people_on_details, people_on_pay, people_on_start,
    people_on_window, people_on_card, people_on_back, people_on_wait, people_on_order, people_on_ticket, people_on_release;
void people_on_map(struct person *b);
int people_pick(const struct lab_answer *state, int n, int64_t *ret); /* how many free seats were found */
const char *people_hold_form(const char *csrf, const int64_t *seats, int n);
const char *people_hold_path(void);
people_fn people_to_state, people_to_checkout;

/* ---- people_cheat.c ---- */
people_fn cheat_begin;                       /* those who never act like others */
bool cheat_answer(struct person *b, const struct lab_answer *a); /* true: the answer was the cheat's own */
bool cheat_while_waiting(struct person *b);  /* true: does something instead of waiting */
bool cheat_at_hold(struct person *b);        /* true: holds in its own way */
bool cheat_after_paying(struct person *b);

/* ---- people_tell.c ---- */
extern struct cheat_tally cheats[CHEATS];
void tell_open(void);
void tell_took(enum step step, int64_t us);
void tell(enum count c, int64_t n);
int64_t told(enum count c);
void tell_error(const char *text);
void tell_event(const char *kind, const char *what); /* with the time, for the recovery */
void tell_paid(const char *code, int tickets);
void tell_second(void);
struct truth;
void tell_results(const struct truth *t);
struct promise { char code[16]; int tickets; };
const struct promise *told_promises(size_t *ret_n);

/* ---- people_truth.c ---- */
struct truth {
	int64_t sold, paid_orders, promises_lost, over_limit, without_pass, before_turn, twice_inside, issued, head, admitted,
	    skipped, unclear_payments;
};
struct err *truth_stage(struct db *db, struct arena *a); /* hall, show, performance, waiting room */
struct err *truth_find(struct db *db, struct arena *a, struct truth *ret);

#endif
