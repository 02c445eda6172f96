/* What the organizer's pages of a show read in common. */
#include "show/desk_view.h"

#include "tmpl/desk_show/show.h"

DB_QUERY(show_owned, desk_show,
    "SELECT s.id, s.slug, s.title, s.title_en, s.genre, s.image_id, i.name AS image, s.synopsis, s.synopsis_en, s.notice,"
    " s.notice_en, s.minutes, s.age_limit, s.ticket_limit, s.fee_per_ticket, COALESCE(s.commission_permille, -1) AS commission, s.view_open_at, s.booking_open_at, s.close_minutes,"
    " s.refund_grid_id, s.state, s.first_at, s.last_at FROM shows s LEFT JOIN image i ON i.id = s.image_id"
    " WHERE s.id = ? AND " DESK_OWN)

struct err *desk_show_of(struct req *r, struct desk_show **ret)
{
	TRY(show_owned_one(r->db, r->a, ret, DB_ARGS(req_param_id(r, "id"), DESK_OWNER(r))));
	return *ret ? NULL : err_new(ERR_NOT_FOUND, "no such show of this organizer");
}

const char *desk_show_word(const char *lang, const char *state, const char **ret_kind)
{
	bool draft = str_eq(state, "draft"), published = str_eq(state, "published");
	*ret_kind = draft ? "warn" : published ? "ok" : "bad";
	return tr(lang, draft ? N_("Draft") : published ? N_("Published") : N_("Withdrawn"));
}

DB_QUERY(grades_of_show, desk_grade,
    "SELECT g.id, g.ord, g.code, g.price, (SELECT COUNT(*) FROM section_grade m WHERE m.show_id = g.show_id AND m.grade_id = g.id)"
    " AS sections, EXISTS (SELECT 1 FROM performance p JOIN orders o ON o.performance_id = p.id AND o.state IN ('pending',"
    " 'awaiting_deposit', 'paid', 'partly_cancelled') WHERE p.show_id = g.show_id) AS sold"
    " FROM price_grade g WHERE g.show_id = ? ORDER BY g.ord")

struct err *desk_grades(struct db *db, struct arena *a, struct show_id id, struct desk_grade **ret, size_t *ret_n)
{
	return grades_of_show_all(db, a, ret, ret_n, DB_ARGS(id.v));
}

DB_QUERY(halls_of_organizer, desk_hall,
    "SELECT h.id, v.name AS venue, v.name_en AS venue_en, h.name AS hall, h.name_en AS hall_en, h.seats + h.standing AS places,"
    " (SELECT COUNT(*) FROM section c WHERE c.hall_id = h.id) AS sections,"
    " (SELECT COUNT(*) FROM section c JOIN section_grade m ON m.section_id = c.id AND m.show_id = ? WHERE c.hall_id = h.id) AS mapped,"
    " (SELECT COUNT(*) FROM performance p WHERE p.show_id = ? AND p.hall_id = h.id) AS runs"
    " FROM venue v JOIN hall h ON h.venue_id = v.id WHERE v.organizer_id = ? ORDER BY v.name, h.id")

struct err *desk_halls(struct req *r, struct show_id id, struct desk_hall **ret, size_t *ret_n)
{
	return halls_of_organizer_all(r->db, r->a, ret, ret_n, DB_ARGS(id.v, id.v, r->who.organizer.v));
}

DB_QUERY(runs_of_show, desk_run,
    "SELECT p.id, p.starts_at, p.state, v.name AS venue, v.name_en AS venue_en, h.name AS hall, h.name_en AS hall_en, p.cast_note,"
    " CAST(COALESCE(SUM(g.capacity), 0) AS SIGNED) AS capacity, CAST(COALESCE(SUM(g.sold), 0) AS SIGNED) AS sold,"
    " CAST(COALESCE(SUM(g.taken - g.sold), 0) AS SIGNED) AS held,"
    " EXISTS (SELECT 1 FROM orders o WHERE o.performance_id = p.id) AS orders"
    " FROM performance p JOIN hall h ON h.id = p.hall_id JOIN venue v ON v.id = h.venue_id"
    " LEFT JOIN performance_grade g ON g.performance_id = p.id WHERE p.show_id = ? GROUP BY p.id ORDER BY p.starts_at")

struct err *desk_runs(struct db *db, struct arena *a, struct show_id id, struct desk_run **ret, size_t *ret_n)
{
	return runs_of_show_all(db, a, ret, ret_n, DB_ARGS(id.v));
}

/* ---- the head of a show's pages ------------------------------------------------------------------------------------------- */
struct out *desk_show_begin(struct req *r, const struct desk_show *s, enum desk_tab tab, const char *title)
{
	static const char *const labels[] = { N_("Overview"), N_("Details"), N_("Prices and seats"), N_("Cast"), N_("Performances") };
	static const char *const paths[] = { "", "/edit", "/prices", "/cast", "/performances" };
	struct desk_show_head h = { .s = s, .title = tr_pick(r->lang, s->title, s->title_en) };
	struct out *o = desk_begin(r, &(struct page){ .title = arena_printf(r->a, "%s – %s", title, h.title) }, DESK_SHOWS);
	h.word = desk_show_word(r->lang, s->state, &h.kind);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		h.tabs[h.n_tabs++] = (struct ui_link){
			{ arena_printf(r->a, "%s/desk/shows/%lld%s", r->url_prefix, (long long)s->id.v, paths[i]) },
			tr(r->lang, labels[i]), i == (size_t)tab };
	tmpl_desk_show_head(o, &h);
	return o;
}
