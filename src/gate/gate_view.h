/* What the gate's pages show. */
#ifndef FOYER_GATE_GATE_VIEW_H
#define FOYER_GATE_GATE_VIEW_H

#include "gate/gate.h"
#include "tmplc/out.h"

/* The answer to a scan, in words: head is read from two metres away. */
struct gate_answer {
	int64_t scan;
	const char *result;           /* gate_result_name */
	bool ok, refused;             /* neither: an entry was taken back */
	const char *head, *why;       /* why: "" on entry */
	const char *holder, *seat;    /* NULL: no ticket, or not the organizer's */
	int64_t grade_ord;
	const char *grade;
	int64_t undo_s;               /* seconds for which the entry can be taken back; 0: it cannot */
};
void gate_answer_fill(struct arena *a, const char *lang, const struct show_performance *p, const struct gate_outcome *o,
    int64_t now, struct gate_answer *ret);

struct gate_row { const struct gate_today *p; const char *title, *place, *state_kind, *state; };
struct gate_home_view { const struct gate_row *open, *later; size_t n_open, n_later; };

struct gate_page_view {
	const struct show_performance *p;
	const char *title, *place, *when, *doors;
	bool closed;                      /* nobody can enter now: doors says why */
	struct gate_counts counts;
	const struct gate_answer *answer; /* NULL: nothing scanned yet */
	const char *q;                    /* what was looked for, or NULL */
	const struct gate_found *found;
	size_t n_found;
};

#endif
