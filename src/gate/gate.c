/* Rules of the gate. */
#include "gate/gate.h"

#include "base/clock.h"
#include "ticket/ticket.h"

#define DOORS_BEFORE (2 * US_HOUR)
enum { MINUTES_UNKNOWN = 120 };

const char *gate_result_name(enum gate_result r)
{
	static const char *const names[] = { "entered", "already_used", "void", "wrong_performance", "too_early", "too_late",
		"unknown", "forged", "cancelled", "undone" };
	return names[r];
}

struct gate_window gate_window(const struct show_performance *p)
{
	int64_t minutes = p->minutes > 0 ? p->minutes : MINUTES_UNKNOWN;
	return (struct gate_window){ p->starts_at - DOORS_BEFORE, p->starts_at + minutes * US_MINUTE };
}

/* A scanner that types like a keyboard turns the case of every letter while Caps Lock is on. */
static const char *case_turned(struct arena *a, const char *text)
{
	char *s = arena_strdup(a, text);
	for (char *c = s; *c; c++)
		if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'))
			*c ^= 0x20;
	return s;
}

enum gate_result gate_read(struct arena *a, const char *text, const char **ret_code)
{
	struct ticket_scanned scanned;
	if (str_starts(text, "f1."))
		text = case_turned(a, text);
	if (!ticket_qr_read(a, text, &scanned))
		return str_starts(text, "F1.") ? GATE_FORGED : GATE_UNKNOWN;
	*ret_code = scanned.code;
	return GATE_ENTERED;
}

enum gate_result gate_judge(const struct show_performance *p, const struct gate_ticket *t, int64_t now)
{
	const struct gate_window w = gate_window(p);
	if (!t)
		return GATE_UNKNOWN;
	if (t->performance_id.v != p->id.v)
		return GATE_WRONG_PERFORMANCE;
	if (str_eq(p->state, "cancelled"))
		return GATE_CANCELLED;
	if (str_eq(t->state, "void"))
		return GATE_VOID;
	if (str_eq(t->state, "used"))
		return GATE_ALREADY_USED;
	return now < w.from ? GATE_TOO_EARLY : now > w.until ? GATE_TOO_LATE : GATE_ENTERED;
}
