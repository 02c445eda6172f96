/* The gate's words. */
#include "gate/gate_view.h"

#include "base/clock.h"

#include <assert.h>

/* "19:02", of another day with its date. */
static const char *time_of(struct arena *a, const char *lang, int64_t at, int64_t now)
{
	return clock_days_between(at, now) == 0 ? clock_local_input(a, at) + sizeof "2026-11-20T" - 1 : clock_short(a, lang, at);
}

static const char *already_used(struct out *o, const struct gate_ticket *t, int64_t now)
{
	const char *at = time_of(o->a, o->lang, t->used_at, now);
	int64_t ago = (now - t->used_at) / US_SECOND;
	if (ago < 60)
		return _f("Used %lld seconds ago: %s.", (long long)ago, t->used_by);
	if (ago < 3600)
		return _f("Used at %s, %lld minutes ago: %s.", at, (long long)(ago / 60), t->used_by);
	return _f("Used at %s: %s.", at, t->used_by);
}

static const char *wrong_performance(struct out *o, const struct show_performance *p, const struct gate_ticket *t)
{
	if (t->organizer_id.v != p->organizer_id.v)
		return _("This ticket is for an event of another organizer.");
	return _f("This ticket is for: %s, %s.", tr_pick(o->lang, t->title, t->title_en), clock_long(o->a, o->lang, t->starts_at));
}

static const char *head_of(struct out *o, enum gate_result result)
{
	switch (result) {
	case GATE_ENTERED: return _("Please enter");
	case GATE_ALREADY_USED: return _("Ticket already used");
	case GATE_VOID: return _("Cancelled ticket");
	case GATE_WRONG_PERFORMANCE: return _("Another performance");
	case GATE_TOO_EARLY: return _("Too early to enter");
	case GATE_TOO_LATE: return _("Performance over");
	case GATE_UNKNOWN: return _("Unknown code");
	case GATE_FORGED: return _("Not genuine");
	case GATE_CANCELLED: return _("Performance cancelled");
	case GATE_UNDONE: return _("Entry taken back");
	}
	return "";
}

static const char *why_of(struct out *o, const struct show_performance *p, const struct gate_outcome *g, int64_t now)
{
	const struct gate_window w = gate_window(p);
	assert(g->ticket || (g->result != GATE_ALREADY_USED && g->result != GATE_VOID && g->result != GATE_WRONG_PERFORMANCE));
	switch (g->result) {
	case GATE_ENTERED: return "";
	case GATE_ALREADY_USED: return already_used(o, g->ticket, now);
	case GATE_VOID: return _f("Given back at %s: it admits nobody.", time_of(o->a, o->lang, g->ticket->void_at, now));
	case GATE_WRONG_PERFORMANCE: return wrong_performance(o, p, g->ticket);
	case GATE_TOO_EARLY: return _f("Doors open at %s.", time_of(o->a, o->lang, w.from, now));
	case GATE_TOO_LATE: return _f("The performance ended at %s.", time_of(o->a, o->lang, w.until, now));
	case GATE_UNKNOWN: return _("No ticket has this code. Scan again, or look for the name below.");
	case GATE_FORGED: return _("The signature is wrong: this code is not from here. Look for the name below.");
	case GATE_CANCELLED: return _("This performance does not take place; everybody gets the money back.");
	case GATE_UNDONE: return _("The entry was taken back: the ticket is valid again.");
	}
	return "";
}

void gate_answer_fill(struct arena *a, const char *lang, const struct show_performance *p, const struct gate_outcome *g,
    int64_t now, struct gate_answer *ret)
{
	struct out o;
	struct gate_outcome said = *g;
	out_init(&o, a, lang, NULL);
	const struct gate_ticket *t = g->ticket && g->ticket->organizer_id.v == p->organizer_id.v ? g->ticket : NULL;
	int64_t undo_us = g->at + GATE_UNDO_US - now;
	if (g->result == GATE_ENTERED && !(t && str_eq(t->state, "used") && t->used_at == g->at))
		said.result = GATE_UNDONE; /* an old page is loaded anew: nobody enters by it */
	*ret = (struct gate_answer){ .scan = g->scan, .result = gate_result_name(said.result), .ok = said.result == GATE_ENTERED,
		.refused = said.result != GATE_ENTERED && said.result != GATE_UNDONE, .head = head_of(&o, said.result),
		.why = why_of(&o, p, &said, now), .holder = t ? t->holder : NULL, .seat = t ? t->label : NULL,
		.grade_ord = t ? t->grade_ord : 0, .grade = t ? t->grade : NULL };
	if (ret->ok && undo_us > 0)
		ret->undo_s = undo_us / US_SECOND;
}
