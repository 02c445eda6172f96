/* From the show's page through the waiting room to the seat map, as the page's script does it. */
#include "people.h"

#include "puzzle.h"
#include "watch.h"

#include "base/str.h"
#include "queue/draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HERE_NEAR_S = 20, HERE_FAR_S = 120, NEAR_S = 300, STREAM_PLACES = 2000, PUZZLE_MOST_BITS = 20 };

void people_to_seats(struct person *b)
{
	people_go(b, STEP_seats, people_text("/performances/%" PRId64 "/seats", rush.performance), NULL);
}

void people_to_queue(struct person *b)
{
	people_go(b, STEP_queue, people_text("/queue/p%" PRId64, rush.performance), NULL);
}

void people_leave_line(struct person *b)
{
	people_go(b, STEP_leave, people_text("/queue/p%" PRId64 "/leave", rush.performance), people_guard(b->csrf));
}

void people_on_leave(struct person *b, const struct lab_answer *a)
{
	if (a->status != 303)
		people_error(b, a, "cannot leave");
	else
		people_gone(b);
}

static void to_here(struct person *b)
{
	people_go(b, STEP_here, people_text("/queue/p%" PRId64 "/here", rush.performance), NULL);
}

static void to_head(struct person *b)
{
	people_go(b, STEP_head, people_text("/queue/p%" PRId64 "/head", rush.performance), NULL);
}

void people_on_show(struct person *b, const struct lab_answer *a)
{
	if (a->status != 200)
		people_error(b, a, "no page");
	else
		people_later(b, people_think(3), people_to_seats);
}

static void to_enter(struct person *b)
{
	people_go(b, STEP_enter, people_text("/queue/p%" PRId64 "/enter", rush.performance), people_guard(b->csrf));
}

/* ---- at the seat map's door ------------------------------------------------------------------------------------------------ */
static double until_opening_s(void)
{
	return (double)(rush.opens_at - clock_now()) / US_SECOND;
}

void people_on_seats(struct person *b, const struct lab_answer *a)
{
	if (people_redirect(a, "/queue/")) {
		tell(b->inside ? COUNT_pass_over : COUNT_to_room, 1);
		rush.inside -= b->inside;
		b->inside = false;
		b->expect_new_number |= b->entered_at != 0; /* a pass that ended takes its place with it */
		people_to_queue(b);
	} else if (a->status != 200) {
		people_error(b, a, "no seat map");
	} else if (strstr(a->body, "id=\"tray\"") && lab_form_value(a->body, "csrf", b->csrf, sizeof b->csrf)) {
		people_on_map(b);
	} else {
		tell(COUNT_closed, 1);
		if (until_opening_s() > -5)
			people_later(b, 1 + 3 * people_random() + (until_opening_s() > 20 ? 15 : 0), people_to_seats);
		else
			people_gone(b);
	}
}

/* ---- the waiting room ---------------------------------------------------------------------------------------------------------- */
static int64_t attribute_number(const char *page, const char *name)
{
	char value[32];
	return lab_attribute(page, name, value, sizeof value) ? strtoll(value, NULL, 10) : 0;
}

bool people_join_form(const char *page, int most_bits, char *ret, size_t n)
{
	char challenge[200], csrf[80], nonce[LAB_NONCE_MAX], anew[8] = "";
	const char *form = strstr(page, "id=\"join\"");
	if (!form || !lab_form_value(form, "challenge", challenge, sizeof challenge) ||
	    !lab_form_value(form, "csrf", csrf, sizeof csrf) || !lab_puzzle_solve(challenge, most_bits, nonce))
		return false;
	lab_form_value(form, "anew", anew, sizeof anew);
	snprintf(ret, n, "%s&challenge=%s&nonce=%s&website=&anew=%s", people_guard(csrf), challenge, nonce, anew);
	return true;
}

static void join(struct person *b, const struct lab_answer *a)
{
	char body[500];
	if (people_join_form(a->body, PUZZLE_MOST_BITS, body, sizeof body))
		people_go(b, STEP_join, people_text("/queue/p%" PRId64 "/join", rush.performance), body);
	else
		people_error(b, a, "no join form that can be solved");
}

void people_on_join(struct person *b, const struct lab_answer *a)
{
	if (people_redirect(a, "/queue/"))
		people_to_queue(b);
	else if (a->status == 200 || a->status == 409 || a->status == 410 || a->status == 422)
		people_later(b, 1 + people_random(), people_to_queue); /* refused with words: the page again */
	else
		people_error(b, a, "no number");
}

/* The number that the page tells; one that has changed by itself is a lost place. */
static void take_number(struct person *b, int64_t number)
{
	if (b->number && b->number != number && !b->expect_new_number) {
		tell(COUNT_places_lost, 1);
		tell_error(people_text("place lost: number %" PRId64 " became %" PRId64, b->number, number));
	}
	if (!b->number)
		tell(COUNT_joined, 1);
	if (b->number != number) {
		b->place = 0;
		b->expect_new_number = false;
	}
	b->number = number;
	rush.waiting += !b->in_line;
	b->in_line = true;
}

static void look_again(struct person *b);

/* What is left, as far as the head's speed tells; −1: unknown. */
static double estimate_s(const struct person *b)
{
	return b->place && rush.per_minute > 0 ? (double)(b->place - rush.head) * 60 / (double)rush.per_minute : -1;
}

/* Looks again after a tenth of what is left, as the page's script does; before the opening with patience.  Near the head the
 * page has a stream, which tells each second; here a look every three seconds stands for it. */
static void wait_on(struct person *b)
{
	double opening = until_opening_s(), left = estimate_s(b), s = left < 0 || left > 300 ? 30 : left < 20 ? 2 : left / 10;
	if (b->place && b->place - rush.head <= STREAM_PLACES && s > 3)
		s = 3;
	if (opening > 20)
		s = 20;
	people_later(b, opening > 0 && opening <= 20 ? opening + 3 * people_random() : s * (0.5 + people_random()), look_again);
}

static void come_back(struct person *b)
{
	tell(COUNT_wandered, 1);
	b->line = LINE_STAYS;
	people_to_queue(b);
}

static void look_again(struct person *b)
{
	if (b->line == LINE_WANDERS && people_chance(0.15)) {
		people_later(b, 20 + 40 * people_random(), come_back);
	} else if (b->line == LINE_QUITS && people_chance(0.15)) {
		tell(COUNT_quit, 1);
		tell(COUNT_without, 1);
		people_leave_line(b);
	} else if (!cheat_while_waiting(b)) {
		bool near = estimate_s(b) >= 0 && estimate_s(b) < NEAR_S;
		if (clock_monotonic() - b->seen_at > (near ? HERE_NEAR_S : HERE_FAR_S) * US_SECOND)
			to_here(b);
		else
			to_head(b);
	}
}

static void went_without(struct person *b)
{
	tell(COUNT_sold_out, 1);
	tell(COUNT_without, 1);
	people_gone(b);
}

void people_on_queue(struct person *b, const struct lab_answer *a)
{
	if (a->status == 303) { /* no room any more: on to the sale */
		people_later(b, 0.2 + people_random(), people_to_seats);
		return;
	}
	if (a->status != 200) {
		people_error(b, a, "no waiting page");
		return;
	}
	int64_t number = attribute_number(a->body, "data-number");
	if (!number) {
		if (strstr(a->body, "id=\"join\""))
			join(b, a);
		else
			people_later(b, 3 + 3 * people_random(), people_to_queue);
		return;
	}
	take_number(b, number);
	int64_t place = attribute_number(a->body, "data-place");
	b->place = place ? place : b->place;
	b->seen_at = clock_monotonic();
	lab_form_value(a->body, "csrf", b->csrf, sizeof b->csrf);
	if (people_sold_out())
		went_without(b);
	else if (b->place && b->place <= attribute_number(a->body, "data-head"))
		people_later(b, 1.5 * people_random(), to_enter);
	else
		wait_on(b);
}

/* Which place the number drew: everybody works it out from the published seed. */
static int64_t place_of(const char *head, int64_t number)
{
	static struct draw draw;
	int64_t drawn = lab_json_number(head, "drawn", 0);
	const char *seed = strstr(head, "\"seed\":\"");
	uint8_t bytes[32];
	char hex[65];
	snprintf(hex, sizeof hex, "%s", seed ? seed + 8 : "");
	if (draw.n != drawn && drawn > 0 && str_unhex(hex, bytes, sizeof bytes))
		draw_init(&draw, bytes, drawn);
	return draw.n != drawn || drawn == 0 ? 0 : number > drawn ? number : draw_place(&draw, number);
}

void people_on_head(struct person *b, const struct lab_answer *a)
{
	if (a->status != 200) {
		people_later(b, 1 + people_random(), people_to_queue); /* the room has gone */
		return;
	}
	int64_t head = lab_json_number(a->body, "head", 0);
	bool open = strstr(a->body, "\"state\":\"open\"") || strstr(a->body, "\"state\":\"paused\"");
	bool none_left = open && lab_json_number(a->body, "left", 1) == 0;
	rush.head = head > rush.head ? head : rush.head;
	rush.per_minute = lab_json_number(a->body, "per_minute", rush.per_minute);
	if (open && !b->place)
		b->place = place_of(a->body, b->number);
	if (people_sold_out() || strstr(a->body, "\"sold_out\":true") || (none_left && !b->patient && people_chance(0.1)))
		went_without(b);
	else if (strstr(a->body, "\"state\":\"ended\"") || strstr(a->body, "\"state\":\"none\""))
		people_to_queue(b);
	else if (open && b->place && b->place <= head)
		people_later(b, 1.5 * people_random(), to_enter);
	else
		wait_on(b);
}

void people_on_here(struct person *b, const struct lab_answer *a)
{
	if (a->status != 200) {
		people_later(b, 1 + people_random(), people_to_queue);
		return;
	}
	b->seen_at = clock_monotonic();
	b->place = lab_json_number(a->body, "place", b->place);
	if (strstr(a->body, "\"turn\":true"))
		to_enter(b);
	else
		to_head(b);
}

void people_on_enter(struct person *b, const struct lab_answer *a)
{
	if (people_redirect(a, "/performances/")) {
		tell(COUNT_entered, 1);
		tell_event("enter", "");
		rush.waiting -= b->in_line;
		rush.inside += !b->inside;
		b->in_line = false;
		b->inside = true;
		b->entered_at = clock_monotonic();
		people_to_seats(b);
	} else if (people_redirect(a, "/queue/")) {
		tell(COUNT_not_yet, 1);
		if (people_sold_out())
			went_without(b);
		else if (strstr(a->location, "full="))
			people_later(b, 2 + 4 * people_random(), to_enter);
		else
			people_later(b, 1 + 2 * people_random(), people_to_queue);
	} else {
		people_error(b, a, "cannot enter");
	}
}
