/* Waiting rooms of all organizers: the living ones, then those that have ended. */
#include "admin/admin_web.h"

#include "tmpl/admin/queues.h"
#include "web/text.h"

DB_QUERY_F(queues_list, admin_queue_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT w.id, w.state, w.by_itself, w.sale_id, s.title, s.title_en, g.name AS organizer, p.starts_at, w.opens_at, w.ended_at,"
    " GREATEST(w.issued - w.head, 0) AS waiting, w.active, w.target, w.per_minute, w.admitted, w.skipped FROM waiting_room w"
    " JOIN performance p ON p.id = w.sale_id JOIN shows s ON s.id = p.show_id JOIN organizer g ON g.id = s.organizer_id"
    " WHERE w.sale_kind = 'p' ORDER BY w.state = 'ended', w.id DESC LIMIT ? OFFSET ?")
DB_QUERY_F(queues_count, db_count, DB_STALE_OK | DB_SCAN_OK, "SELECT COUNT(*) AS n FROM waiting_room WHERE sale_kind = 'p'")

struct err *admin_queues_get(struct req *r)
{
	const struct admin_page_form *f = r->form;
	struct admin_queues v = { 0 };
	struct admin_queue_row *rows;
	struct db_count *count;
	TRY(queues_list_all(r->db, r->a, &rows, &v.n, DB_ARGS((int64_t)ADMIN_ROWS, (f->page - 1) * ADMIN_ROWS)));
	TRY(queues_count_one(r->db, r->a, &count, DB_NO_ARGS));
	v.rows = rows;
	v.pager = ui_pager(r->a, LINK("/admin/queues"), f->page, ADMIN_ROWS, count->n);
	struct out *o = admin_begin(r, _("Waiting rooms"), "queues");
	tmpl_admin_queues(o, &v);
	return admin_end(r, o);
}
