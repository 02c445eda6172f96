/* What the organizer's pages of a show share: rows, views, and the show they are about. */
#ifndef FOYER_SHOW_DESK_VIEW_H
#define FOYER_SHOW_DESK_VIEW_H

#include "show/desk.h"
#include "show/show_priv.h"
#include "web/components.h"
#include "web/desk_frame.h"

#define DESK_SHOW_ROW(F)                                                                                               \
	F(show_id, id) F(str, slug) F(str, title) F(str, title_en) F(str, genre) F(i64, image_id) F(str, image)       \
	F(str, synopsis) F(str, synopsis_en) F(str, notice) F(str, notice_en) F(i64, minutes) F(i64, age_limit)       \
	F(i64, ticket_limit) F(i64, fee_per_ticket) F(i64, commission) F(time, view_open_at) F(time, booking_open_at) F(i64, close_minutes) \
	F(i64, refund_grid_id) F(str, state) F(time, first_at) F(time, last_at)
DB_ROW(desk_show, DESK_SHOW_ROW)
/* The show of the path, if it is this organizer's (and the staff code is for it); ERR_NOT_FOUND otherwise. */
struct err *desk_show_of(struct req *r, struct desk_show **ret);
const char *desk_show_word(const char *lang, const char *state, const char **ret_kind);

#define DESK_GRADE_ROW(F) F(grade_id, id) F(i64, ord) F(str, code) F(i64, price) F(i64, sections) F(flag, sold)
DB_ROW(desk_grade, DESK_GRADE_ROW)
struct err *desk_grades(struct db *db, struct arena *a, struct show_id id, struct desk_grade **ret, size_t *ret_n);

/* Halls of the organizer's venues: mapped: sections that have a grade in this show; runs: its performances there. */
#define DESK_HALL_ROW(F)                                                                                               \
	F(hall_id, id) F(str, venue) F(str, venue_en) F(str, hall) F(str, hall_en) F(i64, places) F(i64, sections)     \
	F(i64, mapped) F(i64, runs)
DB_ROW(desk_hall, DESK_HALL_ROW)
struct err *desk_halls(struct req *r, struct show_id id, struct desk_hall **ret, size_t *ret_n);

#define DESK_RUN_ROW(F)                                                                                                \
	F(performance_id, id) F(time, starts_at) F(str, state) F(str, venue) F(str, venue_en) F(str, hall) F(str, hall_en) \
	F(str, cast_note) F(i64, capacity) F(i64, sold) F(i64, held) F(flag, orders)
DB_ROW(desk_run, DESK_RUN_ROW)
struct err *desk_runs(struct db *db, struct arena *a, struct show_id id, struct desk_run **ret, size_t *ret_n);

/* The performance of the path with its show, if they are this organizer's; ERR_NOT_FOUND otherwise. */
struct err *desk_run_of(struct req *r, struct desk_show **ret_show, struct show_performance **ret);

/* ---- views ---- */
struct desk_show_head { const struct desk_show *s; const char *title, *word, *kind; struct ui_link tabs[5]; size_t n_tabs; };
enum desk_tab { TAB_OVERVIEW, TAB_DETAILS, TAB_PRICES, TAB_CAST, TAB_RUNS };
/* Begins a page of the show: frame, head, tabs. */
struct out *desk_show_begin(struct req *r, const struct desk_show *s, enum desk_tab tab, const char *title);

struct desk_list_row { const struct desk_listed *s; const char *title, *word, *kind, *genre, *dates, *image; };
#define DESK_LISTED_ROW(F)                                                                                             \
	F(show_id, id) F(str, title) F(str, title_en) F(str, genre) F(str, state) F(str, image) F(time, first_at)      \
	F(time, last_at) F(time, booking_open_at)
DB_ROW(desk_listed, DESK_LISTED_ROW)
struct desk_list_view {
	const char *q, *state;
	const struct option *states;
	struct desk_list_row *rows;
	size_t n;
	bool any, may_create;      /* any: there are shows at all; may_create: staff of one show may not */
	struct ui_pager *pager;
};

struct desk_step { const char *title, *text; bool done; struct url href; const char *label; };
struct desk_overview_view {
	const struct desk_show *s;
	const char *image;
	struct desk_step steps[5];
	size_t n, left;
	bool publishable;
	struct ui_confirm withdraw;
	bool visible;
	const char *dates, *genre, *age, *commission; /* commission: percent, agreed or to be agreed */
	int64_t commission_permille;
};

struct desk_edit_view {
	const struct desk_show *s; /* NULL: a new one */
	const struct option *genres, *ages, *grids;
	const char *minutes, *ticket_limit, *fee, *fee_hint, *view_open, *booking_open, *close_minutes, *age, *grid;
	const char *image;
};

struct desk_grade_view { const struct desk_grade *g; struct ui_confirm remove; };
struct desk_hall_view { const struct desk_hall *h; const char *name, *state, *kind; };
struct desk_prices_view {
	const struct desk_show *s;
	struct desk_grade_view *grades;
	size_t n_grades;
	struct desk_hall_view *halls;
	size_t n_halls;
};

#define DESK_SECTION_ROW(F) F(section_id, id) F(str, name) F(str, kind) F(i64, capacity) F(i64, grade_id)
DB_ROW(desk_section, DESK_SECTION_ROW)
struct desk_section_view { const struct desk_section *c; const char *field, *chosen; };
struct desk_map_view {
	const struct desk_show *s;
	struct hall_id hall;
	const char *hall_name;
	const struct desk_grade *grades;
	size_t n_grades;
	struct desk_section_view *sections;
	size_t n;
	bool locked;
};

#define DESK_CAST_ROW(F) F(performer_id, id) F(str, name) F(str, name_en) F(str, role) F(str, role_en) F(i64, ord)
DB_ROW(desk_cast, DESK_CAST_ROW)
struct desk_cast_view {
	const struct desk_show *s;
	const struct desk_cast *cast;
	size_t n;
	const struct option *known;
	size_t n_known;
};

struct desk_run_view { const struct desk_run *p; const char *word, *kind, *place; bool coming; };
struct desk_runs_view {
	const struct desk_show *s;
	struct desk_run_view *runs;
	size_t n;
	const struct option *halls;
	size_t n_halls;
	const char *weekdays[7];
	bool weekday_on[7];
	bool may_orders;
};
struct desk_run_edit_view {
	const struct desk_show *s;
	const struct show_performance *p;
	const char *place, *starts;
	bool sold, coming;
	struct ui_confirm remove;
};
struct desk_cancel_view {
	const struct desk_show *s;
	const struct show_performance *p;
	const char *place;
	int64_t orders, unpaid, money;               /* what is open now */
	bool cancelled, over;
	const char *reason;
	int64_t back_done, back_open, back_failed;   /* refunds of this performance: money given back, on its way, refused */
	int64_t n_failed;
};

#endif
