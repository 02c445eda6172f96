/* People who try it another way.  Each try is counted; a hold without one's turn, or more than the limit, is a success, and
 * there must be none. */
#include "people.h"

#include "puzzle.h"
#include "watch.h"

#include "base/str.h"
#include "ext/crypto.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct cheat_tally cheats[CHEATS];

enum { NO_PASS_TRIES = 5, COOKIE_TRIES = 3, EARLY_TRIES = 15, BOT_NUMBERS = 40, BOT_HOLDS = 60, BOT_MOST_BITS = 15 };

static void tried(struct person *b, bool won)
{
	struct cheat_tally *t = &cheats[b->cheat];
	b->cheat_tries++;
	t->tries++;
	t->won += won;
	t->refused += !won;
	if (won)
		tell_error(people_text("a cheater got through: %d", (int)b->cheat));
}

static const char *place_cookie(void)
{
	static char name[40];
	snprintf(name, sizeof name, "foyer_place_p%" PRId64, rush.performance);
	return name;
}

static int64_t some_seat(void)
{
	return rush.wish[crypto_uniform((uint32_t)rush.n_seats)];
}

static void send_hold(struct person *b)
{
	int64_t seat = some_seat();
	people_go(b, STEP_hold, people_hold_path(), people_hold_form(b->csrf, &seat, 1));
}

/* ---- no pass ------------------------------------------------------------------------------------------------------------- */
static bool no_pass(struct person *b, const struct lab_answer *a)
{
	if (b->step == STEP_queue && lab_form_value(a->body, "csrf", b->csrf, sizeof b->csrf)) {
		people_later(b, 1 + 4 * people_random(), send_hold);
		return true;
	}
	if (b->step != STEP_hold) { /* no room, nothing to cheat */
		people_gone(b);
		return true;
	}
	tried(b, people_redirect(a, "/checkout/"));
	if (b->cheat_tries < NO_PASS_TRIES)
		people_later(b, 10 * people_random(), send_hold);
	else
		people_gone(b);
	return true;
}

/* ---- a machine: number after number from one address, then hold after hold ---------------------------------------------------- */
static void new_browser(struct person *b)
{
	struct lab_person *fresh = lab_person_new(rush.house);
	lab_address_set(fresh, b->address);
	lab_person_free(b->p);
	b->p = fresh;
	people_to_queue(b);
}

static void bot_holds(struct person *b)
{
	people_sign_in(b);
	b->checking = true; /* from now on holds */
	people_to_queue(b);
}

static bool bot(struct person *b, const struct lab_answer *a)
{
	char body[500];
	if (b->step == STEP_queue && b->checking && lab_form_value(a->body, "csrf", b->csrf, sizeof b->csrf)) {
		send_hold(b);
	} else if (b->step == STEP_queue && a->status == 200 && people_join_form(a->body, BOT_MOST_BITS, body, sizeof body)) {
		people_go(b, STEP_join, people_text("/queue/p%" PRId64 "/join", rush.performance), body);
	} else if (b->step == STEP_queue && !b->checking) { /* too dear, or refused */
		people_later(b, 0.1, bot_holds);
	} else if (b->step == STEP_join) {
		people_later(b, 0.05, ++b->tries < BOT_NUMBERS ? new_browser : bot_holds);
	} else if (b->step == STEP_hold) {
		tried(b, people_redirect(a, "/checkout/"));
		if (b->cheat_tries < BOT_HOLDS)
			people_later(b, 0.1, send_hold);
		else
			people_gone(b);
	} else {
		people_gone(b);
	}
	return true;
}

void cheat_begin(struct person *b)
{
	people_to_queue(b);
}

/* ---- let in before the turn ------------------------------------------------------------------------------------------------------ */
static void ask_head(struct person *b)
{
	people_go(b, STEP_head, people_text("/queue/p%" PRId64 "/head", rush.performance), NULL);
}

static void ask_to_enter(struct person *b)
{
	b->cheating = true;
	people_go(b, STEP_enter, people_text("/queue/p%" PRId64 "/enter", rush.performance), people_guard(b->csrf));
}

/* Let in: was it one's turn?  The head may be a second old, so it is looked at a little later. */
static bool entered(struct person *b, const struct lab_answer *a)
{
	static const struct lab_answer in = { .status = 303, .location = "/performances/" };
	if (b->checking && b->step == STEP_head && a->status == 200) {
		b->checking = false;
		if (b->place == 0 || b->place > lab_json_number(a->body, "head", 0))
			tried(b, true);
		people_on_enter(b, &in);
		return true;
	}
	if (!b->cheating || b->step != STEP_enter)
		return false;
	b->cheating = false;
	if (*b->own_cookie)
		lab_cookie_set(b->p, place_cookie(), b->own_cookie);
	b->own_cookie[0] = '\0';
	if (people_redirect(a, "/performances/")) {
		b->checking = true;
		people_later(b, 1.5, ask_head);
	} else {
		tried(b, false);
		people_later(b, 1 + 2 * people_random(), people_to_queue);
	}
	return true;
}

/* The number within the signed cookie becomes a small one; where it isn't readable, another byte stands in it. */
static void forge(char *cookie)
{
	size_t n = strlen(cookie), at = n / 3;
	char *digit = strpbrk(cookie, "23456789");
	if (digit)
		*digit = '1';
	else if (n)
		cookie[at] = cookie[at] == 'A' ? 'B' : 'A';
}

/* Somebody further in front. */
static const struct person *somebody_ahead(const struct person *b)
{
	for (int i = 0; i < 50; i++) {
		const struct person *v = &rush.all[crypto_uniform((uint32_t)rush.people)];
		if (v != b && v->p && v->place && v->place < b->place && lab_cookie(v->p, place_cookie()))
			return v;
	}
	return NULL;
}

static bool with_another_cookie(struct person *b)
{
	const char *own = lab_cookie(b->p, place_cookie());
	if (!own || !b->place || b->place <= rush.head + rush.target / 4 || b->cheat_tries >= COOKIE_TRIES)
		return false;
	char cookie[256];
	snprintf(b->own_cookie, sizeof b->own_cookie, "%s", own);
	snprintf(cookie, sizeof cookie, "%s", own);
	if (b->cheat == CHEAT_forged) {
		forge(cookie);
	} else {
		const struct person *v = somebody_ahead(b);
		if (!v)
			return false;
		snprintf(cookie, sizeof cookie, "%s", lab_cookie(v->p, place_cookie()));
	}
	lab_cookie_set(b->p, place_cookie(), cookie);
	ask_to_enter(b);
	return true;
}

/* ---- the browser of somebody who is inside, another account ------------------------------------------------------------------------ */
static void copied_over(struct person *b, bool won)
{
	tried(b, won);
	people_tabs_close(b);
	people_to_queue(b);
}

static void copied_hold(void *ctx, const struct lab_answer *a)
{
	struct people_tab *t = ctx;
	copied_over(t->of, people_redirect(a, "/checkout/"));
}

static void copied_page(void *ctx, const struct lab_answer *a)
{
	struct people_tab *t = ctx;
	char csrf[80];
	int64_t seat = some_seat();
	if (a->status == 200 && lab_form_value(a->body, "csrf", csrf, sizeof csrf))
		lab_ask(t->p, people_hold_path(), people_hold_form(csrf, &seat, 1), copied_hold, t);
	else
		copied_over(t->of, false);
}

static bool with_a_copied_browser(struct person *b)
{
	for (int i = 0; i < 200 && b->cheat_tries < COOKIE_TRIES; i++) {
		struct person *v = &rush.all[crypto_uniform((uint32_t)rush.people)];
		if (!v->p || v->kind != KIND_VISITOR || !v->inside || !*v->code)
			continue;
		struct people_tab *t = people_tab_open(b, 0);
		lab_person_free(t->p);
		t->p = lab_person_tab(v->p);
		lab_address_set(t->p, b->address);
		lab_cookie_set(t->p, "foyer", b->who->session);
		lab_ask(t->p, people_text("/performances/%" PRId64 "/seats", rush.performance), NULL, copied_page, t);
		return true;
	}
	return false;
}

bool cheat_while_waiting(struct person *b)
{
	if (people_sold_out())
		return false;
	if (b->cheat == CHEAT_early && clock_now() > rush.opens_at && b->place && b->cheat_tries < EARLY_TRIES) {
		ask_to_enter(b);
		return true;
	}
	if (b->cheat == CHEAT_forged || b->cheat == CHEAT_foreign)
		return with_another_cookie(b);
	return b->cheat == CHEAT_copied && with_a_copied_browser(b);
}

/* ---- ten tabs ------------------------------------------------------------------------------------------------------------------------ */
static void tab_joins_done(struct person *b)
{
	bool won = false;
	for (int i = 1; i < TABS; i++)
		won |= b->tab[i].number && b->tab[0].number && b->tab[i].number != b->tab[0].number;
	people_tabs_close(b);
	b->tabs_joined = true;
	tried(b, won);
	people_to_queue(b);
}

static void tab_over(struct people_tab *t, int64_t number)
{
	t->number = number;
	if (--t->of->tabs_open == 0)
		tab_joins_done(t->of);
}

static void tab_number(void *ctx, const struct lab_answer *a)
{
	char value[32];
	tab_over(ctx, a->status == 200 && lab_attribute(a->body, "data-number", value, sizeof value) ? strtoll(value, NULL, 10) : 0);
}

static void tab_joined(void *ctx, const struct lab_answer *a)
{
	struct people_tab *t = ctx;
	if (people_redirect(a, "/queue/"))
		lab_ask(t->p, people_text("/queue/p%" PRId64, rush.performance), NULL, tab_number, t);
	else
		tab_over(t, 0);
}

static void tab_page(void *ctx, const struct lab_answer *a)
{
	struct people_tab *t = ctx;
	char body[500];
	if (a->status == 200 && people_join_form(a->body, BOT_MOST_BITS, body, sizeof body))
		lab_ask(t->p, people_text("/queue/p%" PRId64 "/join", rush.performance), body, tab_joined, t);
	else
		tab_over(t, 0);
}

static bool tabs_join(struct person *b, const struct lab_answer *a)
{
	if (b->step != STEP_queue || b->tabs_joined || a->status != 200 || !strstr(a->body, "id=\"join\""))
		return false;
	for (int i = 0; i < TABS; i++) {
		struct people_tab *t = people_tab_open(b, i);
		lab_ask(t->p, people_text("/queue/p%" PRId64, rush.performance), NULL, tab_page, t);
	}
	return true;
}

static void tab_held(void *ctx, const struct lab_answer *a)
{
	struct people_tab *t = ctx;
	struct person *b = t->of;
	snprintf(t->code, sizeof t->code, "%s", people_redirect(a, "/checkout/") ? a->location + 10 : "");
	if (--b->tabs_open > 0)
		return;
	int won = 0;
	for (int i = 0; i < TABS; i++)
		if (*b->tab[i].code && ++won == 1)
			snprintf(b->code, sizeof b->code, "%s", b->tab[i].code);
	people_tabs_close(b);
	tried(b, won > 1); /* each asked for as many as one person may have */
	if (won == 0) {
		people_later(b, people_think(2), people_to_state);
		return;
	}
	tell(COUNT_held, 1);
	people_to_checkout(b);
}

bool cheat_at_hold(struct person *b)
{
	if (b->cheat != CHEAT_tabs || ++b->tries > 5)
		return false;
	int64_t first = b->seats[0];
	b->n_seats = (int)rush.limit;
	for (int i = 0; i < TABS; i++) {
		int64_t seats[TICKETS_MAX];
		for (int k = 0; k < b->n_seats; k++)
			seats[k] = (first + i * b->n_seats + k) % rush.n_seats;
		struct people_tab *t = people_tab_open(b, i);
		lab_ask(t->p, people_hold_path(), people_hold_form(b->csrf, seats, b->n_seats), tab_held, t);
	}
	return true;
}

/* ---- the hold form once more, after paying -------------------------------------------------------------------------------------------- */
static void replay(struct person *b)
{
	people_go(b, STEP_hold, people_hold_path(), b->hold_form);
}

bool cheat_after_paying(struct person *b)
{
	if (b->cheat != CHEAT_replay)
		return false;
	b->cheating = true;
	people_later(b, 1, replay);
	return true;
}

static bool replayed(struct person *b, const struct lab_answer *a)
{
	if (!b->cheating || b->step != STEP_hold)
		return false;
	tried(b, people_redirect(a, "/checkout/") && !str_eq(a->location + 10, b->code));
	if (b->cheat_tries >= COOKIE_TRIES) {
		people_gone(b);
		return true;
	}
	int64_t seats[TICKETS_MAX];
	for (int i = 0; i < rush.limit; i++)
		seats[i] = some_seat();
	snprintf(b->hold_form, sizeof b->hold_form, "%s", people_hold_form(b->csrf, seats, (int)rush.limit));
	people_later(b, 1, replay);
	return true;
}

bool cheat_answer(struct person *b, const struct lab_answer *a)
{
	if (b->cheat == CHEAT_bot && a->status != 0)
		return bot(b, a);
	if (a->status == 429 || a->status >= 500 || a->status == 0)
		return false; /* as with everybody */
	switch (b->cheat) {
	case CHEAT_no_pass: return no_pass(b, a);
	case CHEAT_early: case CHEAT_forged: case CHEAT_foreign: return entered(b, a);
	case CHEAT_tabs: return tabs_join(b, a);
	case CHEAT_replay: return replayed(b, a);
	default: return false;
	}
}
