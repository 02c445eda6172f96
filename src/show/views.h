/* How many people looked at a show: a HyperLogLog per show and day in Redis, so that a view costs no write to the
 * database and a visitor counts once a day. */
#ifndef FOYER_SHOW_VIEWS_H
#define FOYER_SHOW_VIEWS_H

#include "show/show.h"

/* visitor: whatever tells visitors apart (never stored as such).  ERR_UNAVAILABLE without Redis. */
struct err *show_views_add(struct arena *a, struct show_id id, const char *visitor, int64_t now);
/* Views of the last seven days, each day's visitors added up: ret[i] for ids[i]; n at most 500. */
struct err *show_views_of(struct arena *a, const int64_t *ids, size_t n, int64_t now, int64_t *ret);

#endif
