/* The metrics of the processes, and the page that has all of them. */
#ifndef FOYER_PROC_METRICS_PAGE_H
#define FOYER_PROC_METRICS_PAGE_H

#include "base/buf.h"
#include "proc/board.h"
#include "web/route.h"

/* Requests and workers of the scoreboard. */
void metrics_board(struct buf *b, const struct board *s);
/* The outbox and the jobs: the room's metrics_fn. */
metrics_fn metrics_proc;
/* GET /metrics: the scoreboard and every domain's metrics. */
handler_fn metrics_page;

#endif
