/* Prometheus text format, for what a domain tells of itself (its metrics_fn). */
#ifndef FOYER_PROC_METRICS_H
#define FOYER_PROC_METRICS_H

#include "base/buf.h"
#include "db/db.h"

/* `# HELP` and `# TYPE` lines of a metric; type: "counter", "gauge" or "histogram". */
void metrics_head(struct buf *b, const char *name, const char *type, const char *help);
/* How many there are by state, as a domain's query counted them. */
#define METRICS_STATE_ROW(F) F(str, state) F(i64, n)
DB_ROW(metrics_state, METRICS_STATE_ROW)
/* A gauge of it.  states: those to tell, 0 where there is none; NULL: those there are. */
void metrics_by_state(struct buf *b, const char *name, const char *help, const char *const *states, size_t n_states,
    const struct metrics_state *rows, size_t n);
/* A label's value with \ " and line ends escaped (without the quotes). */
void metrics_label(struct buf *b, const char *value);

#endif
