/* The line in Redis: the counter, who is there, and the copy of the state that everybody reads.  All of it can be made
 * again from the room's row; a key that was written by another run of the server is not believed. */
#ifndef FOYER_QUEUE_LINE_H
#define FOYER_QUEUE_LINE_H

#include "queue/queue.h"
#include "queue/rules.h"

/* What the tick finds.  ERR_UNAVAILABLE: Redis is away. */
struct queue_line {
	bool known;                              /* false: Redis has forgotten, or was restarted: queue_line_restore */
	int64_t issued;
	int64_t restored_at;                     /* when it was begun anew last */
};
struct err *queue_line_look(struct arena *a, int64_t room, struct queue_line *ret);
/* Begins the line anew behind every number that may have been given out (the row's licence); gives out none before the
 * next queue_line_share. */
struct err *queue_line_restore(struct arena *a, const struct queue_room *room, int64_t now, struct queue_line *ret);
/* Moves w->head, from what is known of presence now; reads as much of it as is walked over, at most a bounded piece. */
struct err *queue_line_walk(struct arena *a, int64_t room, int64_t now, struct queue_walk *w);
/* Tells everybody the row as it was saved.  ret_changed: not as it was last told.  live: the message for the channel. */
struct err *queue_line_share(struct arena *a, const struct queue_room *row, const char *live, int64_t now, bool *ret_changed);
/* The room has ended: nobody joins, everything goes within a day; open pages are told. */
struct err *queue_line_close(struct arena *a, int64_t room, struct queue_sale s);

#endif
