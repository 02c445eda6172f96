/* What the show room's files share among themselves. */
#ifndef FOYER_SHOW_PRIV_H
#define FOYER_SHOW_PRIV_H

#include "show/show.h"

#define SHOW_PERFORMANCE_REF(F) F(performance_id, id)
DB_ROW(show_performance_ref, SHOW_PERFORMANCE_REF)
/* Performances whose state is not what time and stock say, at most 500. */
struct err *show_performances_overdue(struct db *db, struct arena *a, int64_t now, struct show_performance_ref **ret,
    size_t *ret_n);

/* What is taken of performances now, beside facts that may be remembered; in the order of performances' ids. */
#define SHOW_TAKEN_ROW(F) F(performance_id, performance_id) F(grade_id, grade_id) F(i64, taken) F(i64, sold)
DB_ROW(show_taken, SHOW_TAKEN_ROW)
struct err *show_taken_of(struct db *db, struct arena *a, const int64_t *performances, size_t n, struct show_taken **ret,
    size_t *ret_n);

/* The SET part of an UPDATE of `shows s` that tells its facts anew. */
#define SHOW_FACTS_SQL                                                                                                 \
	"s.first_at = (SELECT MIN(f.starts_at) FROM performance f WHERE f.show_id = s.id AND f.state <> 'cancelled'),"  \
	" s.last_at = (SELECT MAX(l.starts_at) FROM performance l WHERE l.show_id = s.id AND l.state <> 'cancelled'),"  \
	" s.sale = (SELECT ELT(1 + COALESCE(MAX(CASE o.state WHEN 'on_sale' THEN 4 WHEN 'scheduled' THEN 3"            \
	" WHEN 'sold_out' THEN 2 WHEN 'closed' THEN 1 ELSE 0 END), 0), 'none', 'closed', 'sold_out', 'soon', 'open')"  \
	" FROM performance o WHERE o.show_id = s.id),"                                                                 \
	" s.venue_id = (SELECT h.venue_id FROM performance n JOIN hall h ON h.id = n.hall_id WHERE n.show_id = s.id"   \
	" ORDER BY n.state IN ('closed', 'done', 'cancelled'), n.starts_at LIMIT 1),"                                  \
	" s.price_from = (SELECT MIN(g.price) FROM price_grade g WHERE g.show_id = s.id),"                             \
	" s.search_text = REPLACE(CONCAT_WS('|', s.title, s.title_en,"                                                 \
	" (SELECT GROUP_CONCAT(DISTINCT v.name, '|', v.name_en SEPARATOR '|') FROM performance q"                      \
	" JOIN hall w ON w.id = q.hall_id JOIN venue v ON v.id = w.venue_id WHERE q.show_id = s.id),"                  \
	" (SELECT GROUP_CONCAT(m.name, '|', m.name_en SEPARATOR '|') FROM show_cast k"                                 \
	" JOIN performer m ON m.id = k.performer_id WHERE k.show_id = s.id)), ' ', '')"

/* ---- the room's jobs, metrics and pages ---- */
extern const struct job show_jobs[];
metrics_fn show_metrics;
handler_fn show_home, show_list, show_search, show_page, show_seen, show_performance_page, show_calendar, show_performer_page,
    show_venue_page, show_feed, show_sitemap;

#endif
