/* What stands behind a waiting room: the kinds of sales.  'p': a performance. */
#ifndef FOYER_QUEUE_SALE_H
#define FOYER_QUEUE_SALE_H

#include "queue/queue.h"

enum queue_sale_state { QUEUE_SALE_SOON, QUEUE_SALE_OPEN, QUEUE_SALE_OVER };
struct queue_sale_info {
	struct queue_sale sale;
	const char *title, *title_en;            /* pick with tr_pick */
	const char *buy_path, *back_path;        /* where a pass leads to; the page of the show */
	struct organizer_id organizer;           /* whose sale it is */
	int64_t starts_at;
	enum queue_sale_state state;
	int64_t left, capacity, room;            /* left: neither held nor sold, a second old; room: 0 none */
	bool sold_out;                           /* everything sold, nothing only held */
	bool hidden;                             /* only its organizer knows of it yet */
};
/* NULL: no such sale.  fresh: from the primary. */
struct err *queue_sale_load(struct db *db, struct arena *a, struct queue_sale s, int64_t now, bool fresh,
    struct queue_sale_info **ret);
/* Puts the room before the sale, or takes it away: in the transaction of its cause. */
struct err *queue_sale_door(struct db *db, struct queue_sale s, int64_t room, bool there);

#endif
