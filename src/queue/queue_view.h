/* What the public pages of the waiting room are drawn from.  Texts are translated, links typed, decisions made. */
#ifndef FOYER_QUEUE_VIEW_H
#define FOYER_QUEUE_VIEW_H

#include "queue/queue.h"
#include "tmplc/out.h"
#include "web/components.h"

#include <stdbool.h>

/* The sale as its room names it. */
struct queue_event { const char *sale, *title, *when; struct url back, go; /* the show; where a pass leads to */ };

enum queue_stage {
	QUEUE_CLOSED,   /* planned: no places are given out yet */
	QUEUE_OUTSIDE,  /* has no place: the join form */
	QUEUE_DRAWING,  /* has a number, the draw is still to come */
	QUEUE_WAITING,  /* has a place */
	QUEUE_TURN      /* may enter */
};
struct queue_view {
	struct queue_event e;
	enum queue_stage stage;
	const char *lang, *site;
	struct url other_lang;
	const char *other_lang_code;
	const char *state;                /* of the room */
	const char *note;                 /* what just happened, what was kept, what to do; NULL: nothing */
	int64_t number, place, ahead;     /* 0: none; ahead: place − head */
	int64_t head, per_minute;
	const char *ahead_text, *wait;    /* "1,204"; "about 5–8 minutes" */
	int64_t now, opens_at, gathers_at;
	const char *opens, *gathers;      /* "20:00", with the day where it is not today */
	bool sold_out, held;              /* everything is sold; everything is taken, but not all of it paid */
	bool paused, members_only, to_back, lottery, proof; /* lottery: the draw is still to come; proof: of one that was or will be */
	bool anew;                        /* the place was used up: only a new one, and only when asked for */
	const char *message;              /* of the organizer; "" none */
	const char *challenge;
	int refresh_s;                    /* for browsers without script; 0: none */
	int64_t turn_s, pass_minutes;
};

/* "about 5–8 minutes" from how many are before one and how many are let in a minute; what cannot be told is not told.  Pure. */
struct queue_wait { enum { WAIT_UNKNOWN, WAIT_SOON, WAIT_MINUTES, WAIT_HOURS } unit; int64_t from, to; };
struct queue_wait queue_wait_of(int64_t ahead, int64_t per_minute);

/* ---- the proof of the draw */
struct queue_proof_row { int64_t place, number; };
struct queue_proof_view {
	struct queue_event e;
	const char *hash, *seed;          /* seed NULL: the draw is still to come */
	const char *opens;
	int64_t n, number, place;         /* number: asked for, 0 none; place 0: it did not take part */
	const struct queue_proof_row *rows;
	size_t n_rows;
	const struct ui_pager *pager;
};

#endif
