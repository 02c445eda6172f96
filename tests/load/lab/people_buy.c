/* From the seat map to the ticket. */
#include "people.h"

#include "watch.h"

#include "base/str.h"
#include "ext/crypto.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES_MOST = 40, CROWDED = 60, HOVER_S = 60 };

/* ---- choosing --------------------------------------------------------------------------------------------------------------- */
static bool is_free(const struct lab_answer *state, int64_t seat)
{
	size_t at = 16 + (size_t)(seat >> 2);
	return at < state->body_n && ((unsigned char)state->body[at] >> ((seat & 3) * 2) & 3) == 0;
}

/* One of the best free seats, rather a very good one, and its free neighbours; all look at the same few. */
int people_pick(const struct lab_answer *state, int n, int64_t *ret)
{
	double u = people_random();
	int skip = (int)(u * u * CROWDED), found = 0;
	if (state->body_n < 16 || memcmp(state->body, "FST1", 4) != 0)
		return 0;
	for (int round = 0; round < 2 && found == 0; round++, skip = 0)
		for (int64_t i = 0; i < rush.n_seats && found == 0; i++)
			if (is_free(state, rush.wish[i]) && skip-- <= 0)
				ret[found++] = rush.wish[i];
	for (int step = -1; step <= 1 && found > 0; step += 2)
		for (int64_t seat = ret[0] + step; found < n && seat >= 0 && seat < rush.n_seats && is_free(state, seat); seat += step)
			ret[found++] = seat;
	return found;
}

const char *people_hold_form(const char *csrf, const int64_t *seats, int n)
{
	static char text[400];
	int k = snprintf(text, sizeof text, "%s&from=map", people_guard(csrf));
	for (int i = 0; i < n; i++)
		k += snprintf(text + k, sizeof text - (size_t)k, "&seat=%" PRId64, seats[i]);
	return text;
}

void people_to_state(struct person *b)
{
	people_go(b, STEP_state, people_text("/performances/%" PRId64 "/seats.bin", rush.performance), NULL);
}

static void drop_out(struct person *b)
{
	tell(COUNT_dropped, 1);
	tell(COUNT_without, 1);
	people_gone(b);
}

/* With nothing to hope for people close the page; the polite press leave, which frees their pass. */
static void give_up(struct person *b)
{
	tell(COUNT_sold_out, 1);
	tell(COUNT_without, 1);
	if (rush.room && people_chance(0.7))
		people_leave_line(b);
	else
		people_gone(b);
}

void people_on_map(struct person *b)
{
	if (!b->signed_in) {
		people_sign_in(b);
		people_to_seats(b); /* forms of the new session */
	} else if (b->drop == DROP_MAP) {
		people_later(b, people_think(4), drop_out);
	} else {
		people_to_state(b);
	}
}

static void hold(struct person *b);

void people_on_state(struct person *b, const struct lab_answer *a)
{
	if (a->status != 200) {
		people_error(b, a, "no state of the seats");
		return;
	}
	b->n_seats = people_pick(a, b->wants, b->seats);
	if (b->n_seats > 0) {
		people_later(b, people_think(b->tries ? 3 : 8), hold);
		return;
	}
	int64_t now = clock_monotonic();
	if (!b->hover_until) /* perhaps a hold runs out: some wait for it */
		b->hover_until = now + (b->patient ? 3 * HOVER_S : people_chance(0.3) ? HOVER_S : 0) * US_SECOND;
	if (people_sold_out() || now > b->hover_until)
		give_up(b);
	else
		people_later(b, 1 + 2 * people_random(), people_to_state);
}

/* ---- holding ------------------------------------------------------------------------------------------------------------------ */
static void twin_done(void *ctx, const struct lab_answer *a)
{
	struct people_tab *twin = ctx;
	tell_took(STEP_hold, a->us);
	snprintf(twin->code, sizeof twin->code, "%s", people_redirect(a, "/checkout/") ? a->location + 10 : "");
}

const char *people_hold_path(void)
{
	return people_text("/performances/%" PRId64 "/hold", rush.performance);
}

static void hold(struct person *b)
{
	snprintf(b->hold_form, sizeof b->hold_form, "%s", people_hold_form(b->csrf, b->seats, b->n_seats));
	if (cheat_at_hold(b))
		return;
	if (b->double_clicks) {
		struct people_tab *twin = people_tab_open(b, 0);
		tell(COUNT_double_clicks, 1);
		lab_ask(twin->p, people_hold_path(), b->hold_form, twin_done, twin);
	}
	people_go(b, STEP_hold, people_hold_path(), b->hold_form);
}

static void try_another(struct person *b)
{
	people_tabs_close(b);
	if (people_sold_out() || ++b->tries > TRIES_MOST)
		give_up(b);
	else
		people_to_state(b);
}

void people_to_checkout(struct person *b)
{
	const struct people_tab *twin = &b->tab[0];
	if (b->double_clicks && twin->p && *twin->code && !str_eq(twin->code, b->code))
		tell_error(people_text("a double click made two orders"));
	people_tabs_close(b);
	people_go(b, STEP_checkout, people_text("/checkout/%s", b->code), NULL);
}

void people_on_hold(struct person *b, const struct lab_answer *a)
{
	if (people_redirect(a, "/checkout/")) {
		tell(COUNT_held, 1);
		if (b->hover_until) /* who has waited for a seat to come back does not let it go */
			b->drop = DROP_NEVER;
		snprintf(b->code, sizeof b->code, "%s", a->location + 10);
		people_later(b, 0.3, people_to_checkout);
	} else if (people_redirect(a, "/performances/") && strstr(a->location, "/seats?seat=")) {
		tell(COUNT_taken, 1);
		people_later(b, people_think(1.5), try_another);
	} else if (people_redirect(a, "/performances/")) {
		tell(COUNT_person_limit, 1);
		people_later(b, people_think(1.5), try_another);
	} else if (people_redirect(a, "/queue/")) {
		people_tabs_close(b);
		people_on_seats(b, a);
	} else {
		people_error(b, a, "no hold");
	}
}

/* ---- checkout -------------------------------------------------------------------------------------------------------------------- */
static void send_details(struct person *b)
{
	people_go(b, STEP_details, people_text("/checkout/%s", b->code), arena_printf(rush.scratch,
	    "%s&name=Lab&email=order-%s%%40lab.example&phone=01012345678&agreed=1", people_guard(b->csrf), b->code));
}

static void give_back(struct person *b)
{
	people_go(b, STEP_release, people_text("/checkout/%s/release", b->code), people_guard(b->csrf));
}

/* The time was over: the same way once more. */
static void begin_anew(struct person *b)
{
	tell(COUNT_hold_over, 1);
	b->drop = DROP_NEVER;
	people_later(b, people_think(2), people_to_seats);
}

void people_on_checkout(struct person *b, const struct lab_answer *a)
{
	if (a->status == 410) {
		begin_anew(b);
	} else if (people_redirect(a, "/orders/")) {
		people_go(b, STEP_order, a->location, NULL);
	} else if (a->status != 200 || !lab_form_value(a->body, "csrf", b->csrf, sizeof b->csrf)) {
		people_error(b, a, "no checkout");
	} else if (b->drop == DROP_CHECKOUT) {
		people_later(b, people_think(10), drop_out);
	} else if (b->drop == DROP_RELEASE) {
		people_later(b, people_think(10), give_back);
	} else if (b->drop == DROP_LATE) { /* answers the telephone and forgets the time */
		tell(COUNT_late, 1);
		people_later(b, (double)rush.hold_seconds + 4, send_details);
	} else {
		people_later(b, people_think(15), send_details);
	}
}

void people_on_release(struct person *b, const struct lab_answer *a)
{
	if (a->status != 303)
		people_error(b, a, "seats not given back");
	else
		drop_out(b);
}

static void go_where_it_points(struct person *b, const struct lab_answer *a);

void people_on_details(struct person *b, const struct lab_answer *a)
{
	go_where_it_points(b, a);
}

/* ---- paying ------------------------------------------------------------------------------------------------------------------------ */
/* Where a redirect points decides what comes next. */
static void go_where_it_points(struct person *b, const struct lab_answer *a)
{
	char to[512];
	snprintf(to, sizeof to, "%s", a->location);
	if (a->status == 410)
		begin_anew(b);
	else if (people_redirect(a, "/sandbox/window"))
		people_go(b, STEP_window, to, NULL);
	else if (people_redirect(a, "/pay/sandbox/"))
		people_go(b, STEP_back, to, NULL);
	else if (people_redirect(a, "/pay/"))
		people_go(b, strstr(to, "/wait") ? STEP_wait : STEP_pay, to, NULL);
	else if (people_redirect(a, "/orders/"))
		people_go(b, STEP_order, to, NULL);
	else if (people_redirect(a, "/checkout/"))
		people_go(b, STEP_checkout, to, NULL);
	else if (people_redirect(a, "/queue/"))
		people_on_seats(b, a);
	else
		people_error(b, a, "an answer nobody expected");
}

static void press_pay(struct person *b)
{
	people_go(b, STEP_start, people_text("/pay/%s/start", b->code), people_guard(b->csrf));
}

void people_on_pay(struct person *b, const struct lab_answer *a)
{
	if (a->status != 200 || !lab_form_value(a->body, "csrf", b->csrf, sizeof b->csrf))
		go_where_it_points(b, a);
	else if (b->drop == DROP_PAY)
		people_later(b, people_think(5), drop_out);
	else if (b->drop == DROP_WINDOW && b->cards > 0) /* has been to the window and left it */
		people_later(b, people_think(3), give_back);
	else
		people_later(b, people_think(3), press_pay);
}

void people_on_start(struct person *b, const struct lab_answer *a)
{
	go_where_it_points(b, a);
}

static void url_encode(const char *s, char *ret, size_t n)
{
	size_t k = 0;
	for (; *s && k + 4 < n; s++) {
		bool amp = strncmp(s, "&amp;", 5) == 0; /* from an attribute */
		k += (size_t)snprintf(ret + k, n - k, "%%%02X", (unsigned char)*s);
		s += amp ? 4 : 0;
	}
	ret[k] = '\0';
}

/* Of a hundred: five are refused at once, three at the confirmation, one takes five seconds, and a few go wrong in ways that
 * the house has to clear up.  Whoever was refused takes another card. */
static const char *card(struct person *b)
{
	static const struct { double share; const char *card; } cards[] = { { 0.05, "4000000000000002" }, { 0.03, "4000000000000341" },
		{ 0.01, "4000000000005000" }, { 0.005, "4000000000000119" }, { 0.003, "4000000000000408" }, { 0.005, "4000000000000200" } };
	double u = people_random();
	for (size_t i = 0; i < ARRAY_LEN(cards) && b->cards == 0; i++)
		if ((u -= cards[i].share) < 0)
			return cards[i].card;
	return "4242424242424242";
}

static void pay_by_card(struct person *b)
{
	char window[2200];
	const char *number = card(b);
	bool leave = b->drop == DROP_WINDOW;
	b->cards++;
	url_encode(b->window, window, sizeof window);
	people_go(b, STEP_card, "/sandbox/window", arena_printf(rush.scratch, "%s&window=%s&card=%s&how=%s", people_guard(b->csrf), window,
	    number, leave ? "leave" : "card"));
}

void people_on_window(struct person *b, const struct lab_answer *a)
{
	if (a->status == 303)
		go_where_it_points(b, a);
	else if (a->status != 200 || !lab_form_value(a->body, "window", b->window, sizeof b->window) ||
	    !lab_form_value(a->body, "csrf", b->csrf, sizeof b->csrf))
		people_error(b, a, "no window");
	else
		people_later(b, people_think(10), pay_by_card);
}

void people_on_card(struct person *b, const struct lab_answer *a)
{
	go_where_it_points(b, a);
}

void people_on_back(struct person *b, const struct lab_answer *a)
{
	/* Back on the payment page: the card was refused, or the buyer left. */
	if (people_redirect(a, "/pay/") && !strstr(a->location, "/wait") && b->drop != DROP_WINDOW)
		tell(COUNT_card_refused, 1);
	go_where_it_points(b, a);
}

static void look_whether_clear(struct person *b)
{
	people_go(b, STEP_wait, people_text("/pay/%s/wait", b->code), NULL);
}

void people_on_wait(struct person *b, const struct lab_answer *a)
{
	if (a->status == 200)
		people_later(b, 3, look_whether_clear);
	else
		go_where_it_points(b, a);
}

/* ---- the ticket ---------------------------------------------------------------------------------------------------------------------- */
void people_on_order(struct person *b, const struct lab_answer *a)
{
	const char *link = a->status == 200 ? strstr(a->body, "\"/tickets/") : NULL;
	char path[64];
	if (a->status == 200 && !link) { /* money taken too late is given back, and the page says so */
		begin_anew(b);
		return;
	}
	if (a->status != 200) {
		people_error(b, a, "no order");
		return;
	}
	snprintf(path, sizeof path, "%.*s", (int)strcspn(link + 1, "\"?#"), link + 1);
	tell_paid(b->code, b->n_seats);
	if (b->inside)
		rush.inside--;
	b->inside = false;
	people_go(b, STEP_ticket, path, NULL);
}

void people_on_ticket(struct person *b, const struct lab_answer *a)
{
	if (a->status != 200)
		people_error(b, a, "no ticket");
	else if (!cheat_after_paying(b))
		people_gone(b);
}
