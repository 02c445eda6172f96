#include "people.h"

#include "watch.h"

#include "ext/crypto.h"

#include <event2/event.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct rush rush;

enum { REPEATS_MOST = 120 }; /* who was told so often to come back is an error */

static people_answer *const answers[STEPS] = {
	[STEP_show] = people_on_show, [STEP_seats] = people_on_seats, [STEP_queue] = people_on_queue, [STEP_join] = people_on_join,
	[STEP_head] = people_on_head, [STEP_here] = people_on_here, [STEP_enter] = people_on_enter, [STEP_state] = people_on_state,
	[STEP_hold] = people_on_hold, [STEP_checkout] = people_on_checkout, [STEP_details] = people_on_details,
	[STEP_pay] = people_on_pay, [STEP_start] = people_on_start, [STEP_window] = people_on_window, [STEP_card] = people_on_card,
	[STEP_back] = people_on_back, [STEP_wait] = people_on_wait, [STEP_order] = people_on_order, [STEP_ticket] = people_on_ticket,
	[STEP_leave] = people_on_leave, [STEP_release] = people_on_release,
};
#define STEP_NAME(name, text) #name,
static const char *const step_names[] = { PEOPLE_STEPS(STEP_NAME) };

/* ---- chance ------------------------------------------------------------------------------------------------------------- */
double people_random(void)
{
	return (double)crypto_uniform(1U << 30) / (1U << 30);
}

bool people_chance(double share)
{
	return people_random() < share;
}

double people_think(double median_s)
{
	double normal = sqrt(-2 * log(1 - people_random())) * cos(2 * M_PI * people_random());
	double times = exp(0.5 * normal);
	return median_s * (times < 5 ? times : 5) / rush.speed;
}

bool people_sold_out(void)
{
	return rush.watch->sold >= rush.n_seats;
}

/* ---- texts ---------------------------------------------------------------------------------------------------------------- */
const char *people_text(const char *fmt, ...)
{
	static char text[8192];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return text;
}

const char *people_guard(const char *csrf)
{
	static char text[160];
	arena_reset(rush.scratch);
	snprintf(text, sizeof text, "csrf=%s&idem=%s", csrf, crypto_uuid(rush.scratch));
	return text;
}

bool people_redirect(const struct lab_answer *a, const char *to)
{
	return a->status == 303 && strncmp(a->location, to, strlen(to)) == 0;
}

/* ---- acting ------------------------------------------------------------------------------------------------------------------ */
static void wake(evutil_socket_t fd, short what, void *ctx)
{
	struct person *b = ctx;
	people_fn *then = b->then;
	(void)fd;
	(void)what;
	b->then = NULL;
	then(b);
}

void people_later(struct person *b, double seconds, people_fn *then)
{
	struct timeval pause = { (time_t)seconds, (suseconds_t)((seconds - floor(seconds)) * 1e6) };
	lab_person_rest(b->p);
	b->then = then;
	event_add(b->timer, &pause);
}

static void again(struct person *b);

/* 502 and the like, no answer, or a session that Redis cannot tell: things that happen while parts are being killed. */
static bool away(const struct lab_answer *a)
{
	return a->status == 0 || a->status == 502 || a->status == 504 || people_redirect(a, "/sign-in");
}

static void answered(void *ctx, const struct lab_answer *a)
{
	struct person *b = ctx;
	tell_took(b->step, a->us);
	if (b->cheat != CHEAT_none && cheat_answer(b, a))
		return;
	if (a->status != 503 && a->status != 429 && !(rush.outage && away(a))) {
		b->repeats = 0;
		answers[b->step](b, a);
		return;
	}
	tell(a->status == 503 ? COUNT_busy : a->status == 429 ? COUNT_limited : COUNT_away, 1);
	if (++b->repeats > REPEATS_MOST)
		people_error(b, a, "told to come back for ever");
	else
		people_later(b, (a->status == 429 ? 5 : 0.5) * (0.5 + people_random()), again);
}

static void again(struct person *b)
{
	lab_ask_again(b->p, answered, b);
}

void people_go(struct person *b, enum step step, const char *path, const char *body)
{
	b->step = step;
	lab_ask(b->p, path, body, answered, b);
}

struct people_tab *people_tab_open(struct person *b, int i)
{
	lab_person_free(b->tab[i].p);
	b->tab[i] = (struct people_tab){ .of = b, .p = lab_person_tab(b->p) };
	b->tabs_open++;
	return &b->tab[i];
}

void people_tabs_close(struct person *b)
{
	for (int i = 0; i < TABS; i++) {
		lab_person_free(b->tab[i].p);
		b->tab[i].p = NULL;
	}
	b->tabs_open = 0;
}

void people_sign_in(struct person *b)
{
	lab_cookie_set(b->p, "foyer", b->who->session);
	b->signed_in = true;
}

static void look_at_show(struct person *b)
{
	people_go(b, STEP_show, people_text("/shows/%s", rush.slug), NULL);
}

void people_start(struct person *b)
{
	b->p = lab_person_new(rush.house);
	b->timer = evtimer_new(rush.base, wake, b);
	lab_address_set(b->p, b->address);
	tell(COUNT_arrived, 1);
	rush.here++;
	if (b->kind != KIND_VISITOR)
		people_sign_in(b);
	if (b->cheat != CHEAT_none)
		cheats[b->cheat].people++;
	if (b->cheat == CHEAT_no_pass || b->cheat == CHEAT_bot)
		cheat_begin(b);
	else
		look_at_show(b);
}

void people_gone(struct person *b)
{
	rush.here--;
	rush.waiting -= b->in_line;
	rush.inside -= b->inside;
	b->in_line = b->inside = false;
	event_free(b->timer);
	people_tabs_close(b);
	lab_person_free(b->p);
	b->p = NULL;
}

void people_error(struct person *b, const struct lab_answer *a, const char *what)
{
	char to[48];
	snprintf(to, sizeof to, "%s", a->location);
	char *digits = strpbrk(to, "0123456789?"); /* one kind, not one for each order */
	if (digits)
		*digits = '\0';
	tell_error(people_text("%s: %s (status %d%s%s)", step_names[b->step], what, a->status, *to ? ", to " : "", to));
	people_gone(b);
}
