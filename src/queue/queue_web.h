/* The public pages of the waiting room, /queue/…, by the file they stand in. */
#ifndef FOYER_QUEUE_WEB_H
#define FOYER_QUEUE_WEB_H

#include "queue/queue_view.h"
#include "web/req.h"

extern const struct domain queue_web_domain;

/* queue_web.c, queue_web_join.c, queue_web_draw.c */
handler_fn queue_page_get, queue_head_get, queue_here_get, queue_join_post, queue_enter_post, queue_leave_post, queue_draw_get;

#define QUEUE_PAGE_FORM(F) F(text, again, .max = 60) F(flag, full) /* full: there was no room to enter */
FORM(queue_page_form, QUEUE_PAGE_FORM)
#define QUEUE_JOIN_FORM(F)                                                                                             \
	F(text, challenge, .max = 120) F(text, nonce, .max = 20) F(text, website, .max = 200) F(flag, anew)
FORM(queue_join_form, QUEUE_JOIN_FORM)
#define QUEUE_DRAW_FORM(F) F(i64, number) F(i64, page, .min = 1, .max = 100000, .def = 1)
FORM(queue_draw_form, QUEUE_DRAW_FORM)

/* Where this browser stands. */
struct queue_spot {
	struct queue_room *room;  /* NULL: no living room, the sale is open to everybody */
	struct queue_event e;
	const char *holder;       /* whose the number is, or whose the next one would be; "" without a device cookie */
	int64_t number, place;    /* 0: none; place 0: not drawn yet */
	bool used_up;             /* the pass of this browser's place has ended: only a new place helps */
};
/* ERR_NOT_FOUND: no such sale, or not to be seen. */
struct err *queue_spot_load(struct req *r, struct queue_spot *ret);
/* The page; note: what stood in the way, NULL nothing. */
struct err *queue_show(struct req *r, const struct queue_spot *s, int status, const char *note);
struct err *queue_to_room(struct req *r, const struct queue_spot *s);  /* 303 to the room's page */
/* Keeps the number in this browser, or that its place is used up. */
void queue_spot_keep(struct req *r, const struct queue_spot *s, int64_t number);
void queue_spot_used_up(struct req *r, const struct queue_spot *s);
void queue_spot_forget(struct req *r, const struct queue_spot *s);
struct err *queue_event_load(struct req *r, struct queue_sale s, struct queue_event *ret);

#endif
