/* What the templates of the organizer's console draw. */
#ifndef FOYER_QUEUE_CONSOLE_VIEW_H
#define FOYER_QUEUE_CONSOLE_VIEW_H

#include "queue/sale.h"
#include "queue/suspect.h"
#include "show/show.h"
#include "web/components.h"
#include "web/desk_frame.h"

/* What became of those who were let in. */
#define QUEUE_ENDS_ROW(F) F(i64, bought) F(i64, gone)
DB_ROW(queue_ends, QUEUE_ENDS_ROW)

/* What is fetched anew while the page is open. */
struct queue_figures {
	const struct queue_room *room;
	const char *word, *kind, *when;  /* of its state; when: a sentence */
	int64_t waiting;                 /* have a place and were not admitted yet */
	const struct queue_ends *ends;
	int64_t sold, held, left, capacity;
	const struct ui_chart *chart;    /* NULL before it opens */
};

#define QUEUE_PAST_ROW(F)                                                                                              \
	F(i64, id) F(flag, by_itself) F(time, gathers_at) F(time, opened_at) F(time, ended_at) F(str, ended_why) F(i64, issued) \
	F(i64, admitted) F(i64, skipped)
DB_ROW(queue_past, QUEUE_PAST_ROW)
struct queue_past_view { const struct queue_past *p; const char *why; };

struct queue_console {
	const struct show_performance *p;
	const char *title;
	bool may_change, may_orders;
	const struct queue_room *room;   /* NULL: there is none, the plan's form is shown */
	const struct queue_figures *figures;
	const char *channel;             /* "queue:p12": the page listens to it */
	struct url live, public_page, draw;
	struct ui_confirm end;
	bool plannable;                  /* the sale is not over */
	const char *why_not;
	const char *opens, *target, *rate;
	struct queue_past_view *past;
	size_t n_past;
	int64_t suspects;
};

/* ---- suspicious orders ---- */
struct queue_reason_view { const char *text; int64_t times; };
struct queue_suspect_view {
	const char *code, *state, *word, *kind, *name;
	int64_t tickets, total, weight, last_at;
	const char *strength, *strength_kind;
	struct queue_reason_view reasons[QUEUE_REASONS];
	size_t n;
};
struct queue_suspects {
	const struct show_performance *p;
	const char *title;
	struct queue_suspect_view *rows;
	size_t n, shown;
	int64_t others;                  /* who were noticed and have no order */
	struct url csv;
};

/* The performance of the path, if it is this organizer's; ERR_NOT_FOUND otherwise. */
struct err *queue_console_performance(struct req *r, struct show_performance **ret);
handler_fn queue_console_get, queue_console_live, queue_plan_post, queue_flow_post, queue_pause_post, queue_message_post, queue_end_post;
handler_fn queue_suspects_get, queue_suspects_csv;

#define QUEUE_PLAN_FORM(F)                                                                                             \
	F(when, opens, .required = true) F(i64, gather, .min = 0, .max = 720, .def = 30) F(when, ends)                  \
	F(i64, target, .required = true, .min = 1, .max = 100000) F(i64, rate, .required = true, .min = 1, .max = 100000) \
	F(flag, members_only) F(flag, reload_to_back)
FORM(queue_plan_form, QUEUE_PLAN_FORM)
#define QUEUE_FLOW_FORM(F) F(i64, target, .required = true, .min = 1, .max = 100000) F(i64, rate, .required = true, .min = 1, .max = 100000)
FORM(queue_flow_form, QUEUE_FLOW_FORM)
#define QUEUE_PAUSE_FORM(F) F(choice, to, .required = true, .options = "paused|open")
FORM(queue_pause_form, QUEUE_PAUSE_FORM)
#define QUEUE_MESSAGE_FORM(F) F(text, message, .max = 300) F(text, message_en, .max = 300)
FORM(queue_message_form, QUEUE_MESSAGE_FORM)

#endif
