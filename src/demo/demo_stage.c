/* The shows of the demo: texts, cast, prices, performances around today. */
#include "demo/demo_store.h"

#include "base/clock.h"
#include "demo/demo_sale.h"
#include "ext/blob.h"
#include "ext/image.h"
#include "show/show.h"

#include <inttypes.h>
#include <string.h>

enum { COMMISSION_PERMILLE = 50 };

DB_EXEC(image_insert, "INSERT INTO image (organizer_id, name, width, height, created_at) VALUES (?, ?, 800, 1120, ?)")
DB_EXEC(show_insert,
    "INSERT INTO shows (organizer_id, slug, title, title_en, genre, image_id, synopsis, synopsis_en, notice, notice_en, minutes,"
    " age_limit, ticket_limit, fee_per_ticket, commission_permille, view_open_at, booking_open_at, close_minutes, state, created_at,"
    " refund_grid_id, search_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')")
DB_EXEC(grid_insert, "INSERT INTO refund_grid (name, free_hours) VALUES ('뮤지컬', 24)")
DB_EXEC(grid_rules_insert, "INSERT INTO refund_rule (grid_id, min_days, fee_permille) VALUES (?, 7, 0), (?, 1, 200), (?, 0, 800)")
DB_EXEC(show_dates,
    "UPDATE shows SET search_text = ?, first_at = (SELECT MIN(starts_at) FROM performance WHERE show_id = ?),"
    " last_at = (SELECT MAX(starts_at) FROM performance WHERE show_id = ?) WHERE id = ?")
DB_EXEC(performer_insert, "INSERT INTO performer (organizer_id, name, name_en, about) VALUES (?, ?, ?, ?)")
DB_EXEC(cast_insert, "INSERT INTO show_cast (show_id, performer_id, role, role_en, ord) VALUES (?, ?, ?, ?, ?)")
DB_EXEC(grade_insert, "INSERT INTO price_grade (show_id, ord, code, price) VALUES (?, ?, ?, ?)")
DB_EXEC(section_grade_insert, "INSERT INTO section_grade (show_id, section_id, grade_id) VALUES {(?, ?, ?)}")
DB_EXEC(performance_insert,
    "INSERT INTO performance (show_id, hall_id, starts_at, booking_closes_at, cancelled_at, cancel_reason, state, cast_note, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(ranks_insert,
    "INSERT INTO show_rank (show_id, booked_permille, sold_7d, views_7d)"
    " SELECT s.id, COALESCE((SELECT FLOOR(1000 * SUM(g.sold) / SUM(g.capacity)) FROM performance p JOIN performance_grade g"
    " ON g.performance_id = p.id WHERE p.show_id = s.id), 0), COALESCE((SELECT SUM(o.tickets) FROM performance p JOIN orders o"
    " ON o.performance_id = p.id AND o.state IN ('paid', 'partly_cancelled') WHERE p.show_id = s.id AND o.paid_at > ?), 0),"
    " 200 + MOD(s.id * 7919, 4000) FROM shows s WHERE s.state = 'published'")

/* ---- grades -------------------------------------------------------------------------------------------------------------- */
struct tier { const char *code; int permille; };
static const struct tier standing_tiers[] = { { "Standing", 1000 }, { "R", 850 }, { "S", 700 }, { "A", 550 }, { "B", 400 } };
static const struct tier seated_tiers[] = { { "VIP", 1000 }, { "R", 800 }, { "S", 600 }, { "A", 450 }, { "B", 300 } };

/* Which tier a section is: by its place in the preset's plan. */
static int tier_of(const char *preset, const struct demo_hall *h, size_t section)
{
	static const int concert_hall[] = { 1, 0, 1, 3, 2, 3, 4 };
	const struct plan_section *s = &h->plan.sections[section];
	if (str_eq(preset, "concert_hall"))
		return concert_hall[section];
	if (str_eq(preset, "theatre"))
		return (int)section;
	return s->standing ? 0 : str_starts(s->name, "2층") ? 2 : str_starts(s->name, "3층") ? 3 : str_starts(s->name, "4층") ? 4 : 1;
}

static struct err *add_grades(struct demo *d, struct demo_run_of *r)
{
	bool standing = str_eq(r->preset, "club") || str_eq(r->preset, "arena") || str_eq(r->preset, "stadium");
	bool used[5] = { false };
	r->grade_of = arena_array(d->a, int, r->hall->plan.n_sections);
	for (size_t i = 0; i < r->hall->plan.n_sections; i++)
		used[r->grade_of[i] = tier_of(r->preset, r->hall, i)] = true;
	for (int t = 0, ord = 0; t < 5; t++) {
		if (!used[t])
			continue;
		const struct tier *tier = standing ? &standing_tiers[t] : &seated_tiers[t];
		int64_t price = r->show->price * tier->permille / 1000000 * 1000;
		TRY(grade_insert_run(d->db, NULL, DB_ARGS(r->id, ord++, tier->code, price)));
		r->grades[t] = (struct demo_grade){ db_last_id(d->db), price, tier->code };
	}
	struct db_arg *args = arena_array(d->a, struct db_arg, r->hall->plan.n_sections * 3);
	for (size_t i = 0; i < r->hall->plan.n_sections; i++) {
		args[i * 3] = DB_ARG(r->id);
		args[i * 3 + 1] = DB_ARG(r->hall->sections[i].id);
		args[i * 3 + 2] = DB_ARG(r->grades[r->grade_of[i]].id);
	}
	return section_grade_insert_many(d->db, NULL, r->hall->plan.n_sections, args, r->hall->plan.n_sections * 3);
}

/* ---- cast ---------------------------------------------------------------------------------------------------------------- */
struct role { const char *name, *name_en; };
static const struct role musical_roles[] = { { "주인공", "the hero" }, { "친구", "the friend" }, { "경쟁자", "the rival" },
	{ "이야기꾼", "the storyteller" }, { "앙상블", "ensemble" } };
static const struct role classic_roles[] = { { "협연", "soloist" }, { "바이올린", "violin" }, { "첼로", "cello" }, { "피아노", "piano" },
	{ "해설", "commentary" } };
static const struct role concert_roles[] = { { "기타", "guitar" }, { "건반", "keyboard" }, { "드럼", "drums" }, { "베이스", "bass" },
	{ "코러스", "vocals" } };
static const struct role dance_roles[] = { { "안무", "choreography" }, { "무용", "dance" }, { "무용", "dance" }, { "무용", "dance" },
	{ "음악", "music" } };

static const struct role *roles_of(const char *genre)
{
	return str_eq(genre, "musical") || str_eq(genre, "play") || str_eq(genre, "family") ? musical_roles
	    : str_eq(genre, "classic") || str_eq(genre, "traditional") ? classic_roles
	    : str_eq(genre, "dance") ? dance_roles : concert_roles;
}

static struct err *performer(struct demo *d, int64_t organizer, const char *name, const char *name_en, int64_t *ret)
{
	TRY(performer_insert_run(d->db, NULL, DB_ARGS(organizer, name, name_en, "")));
	*ret = db_last_id(d->db);
	return NULL;
}

/* Appends the names to the text that is searched. */
static struct err *add_cast(struct demo *d, struct demo_run_of *r, const char **text)
{
	const struct demo_show *s = r->show;
	int64_t id, organizer = r->house->organizer;
	int ord = 0;
	if (s->act) {
		TRY(performer(d, organizer, s->act, s->act_en, &id));
		TRY(cast_insert_run(d->db, NULL, DB_ARGS(r->id, id, "", "", ord++)));
		*text = arena_printf(d->a, "%s %s %s", *text, s->act, s->act_en);
	}
	int n = s->act ? 2 + (int)demo_below(d, 4) : 0;
	for (int i = 0; i < n; i++) {
		size_t act = (size_t)(r->index * 5 + i) % demo_n_acts;
		int64_t *known = &d->performers[demo_venues[s->venue].organizer][act];
		if (!*known)
			TRY(performer(d, organizer, demo_acts[act].name, demo_acts[act].name_en, known));
		TRY(cast_insert_run(d->db, NULL, DB_ARGS(r->id, *known, roles_of(s->genre)[i % 5].name, roles_of(s->genre)[i % 5].name_en, ord++)));
		*text = arena_printf(d->a, "%s %s %s", *text, demo_acts[act].name, demo_acts[act].name_en);
	}
	return NULL;
}

/* ---- times --------------------------------------------------------------------------------------------------------------- */
static int64_t at_clock(int64_t day_start, int hours, int minutes)
{
	return day_start + hours * US_HOUR + minutes * US_MINUTE;
}

static int64_t round_up(int64_t us, int64_t to)
{
	return (us + to - 1) / to * to;
}

/* The house's week: no play on Mondays, two on a weekend day. */
static int starts_of_day(const struct demo_show *s, int64_t day, int64_t ret[2])
{
	int weekday = clock_weekday(clock_day(day));
	bool weekend = weekday == 0 || weekday == 6;
	bool run = str_eq(s->genre, "musical") || str_eq(s->genre, "play");
	if (run && weekday == 1)
		return 0;
	if (str_eq(s->genre, "family")) {
		ret[0] = at_clock(day, 11, 0);
		ret[1] = at_clock(day, 14, 0);
		return 2;
	}
	if (str_eq(s->genre, "festival") || s->minutes > 400 || s->minutes == 50) {
		ret[0] = at_clock(day, 12, 0);
		return 1;
	}
	if (run && weekend) {
		ret[0] = at_clock(day, 14, 0);
		ret[1] = at_clock(day, 18, 30);
		return 2;
	}
	ret[0] = weekend ? at_clock(day, 18, 0) : at_clock(day, 19, 30);
	return 1;
}

static void plan_starts(struct demo *d, struct demo_run_of *r)
{
	const struct demo_show *s = r->show;
	int64_t day = clock_day_start(clock_day(d->now)) + s->start * US_DAY;
	int n = d->small && s->n > 4 ? 4 : s->n;
	r->starts = arena_array(d->a, int64_t, (size_t)n);
	if (s->run == RUN_SOON) {
		for (; r->n_starts < n; r->n_starts++)
			r->starts[r->n_starts] = round_up(d->now + 50 * US_MINUTE, 5 * US_MINUTE) + r->n_starts * US_DAY;
		return;
	}
	for (; r->n_starts < n; day += US_DAY) {
		int64_t starts[2];
		int of_day = starts_of_day(s, day, starts);
		for (int i = 0; i < of_day && r->n_starts < n; i++)
			r->starts[r->n_starts++] = starts[i];
	}
}

static void plan_openings(struct demo *d, struct demo_run_of *r)
{
	const struct demo_show *s = r->show;
	int64_t month_before = r->starts[0] - 25 * US_DAY, days_ago = d->now - (1 + r->index % 9) * US_DAY;
	switch (s->run) {
	case RUN_OPENING:
		r->booking_open_at = round_up(d->now + s->opens_in * US_MINUTE, 5 * US_MINUTE);
		r->view_open_at = d->now - 6 * US_DAY;
		return;
	case RUN_HIDDEN:
	case RUN_DRAFT:
		r->view_open_at = clock_day_start(clock_day(d->now + 5 * US_DAY)) + 10 * US_HOUR;
		r->booking_open_at = r->view_open_at + 7 * US_DAY;
		return;
	default:
		r->booking_open_at = clock_day_start(clock_day(month_before < days_ago ? month_before : days_ago)) + 14 * US_HOUR;
		r->view_open_at = r->booking_open_at - 7 * US_DAY;
	}
}

/* ---- one show ------------------------------------------------------------------------------------------------------------ */
static struct err *add_poster(struct demo *d, const struct demo_run_of *r, int64_t *ret_image)
{
	static const struct { const char *suffix; int w, h; } sizes[] = { { "", 800, 1120 }, { "-400", 400, 560 }, { "-200", 200, 280 } };
	struct arena *a = arena_new((size_t)64 << 20);
	const char *name = arena_printf(d->a, "posters/demo-%02d", r->index + 1);
	struct bytes big, blob;
	struct image_size size;
	struct err *e = demo_poster(a, r->show, r->index, demo_venues[r->show->venue].name,
	    clock_date(a, "ko", r->starts[0]), &big);
	for (size_t i = 0; !e && i < ARRAY_LEN(sizes); i++) {
		blob = big;
		if (i > 0)
			e = image_jpeg(a, big, sizes[i].w, sizes[i].h, false, &blob, &size);
		if (!e)
			e = blob_put(a, arena_printf(a, "%s%s.jpg", name, sizes[i].suffix), "image/jpeg", blob);
	}
	arena_free(a);
	TRY(e);
	TRY(image_insert_run(d->db, NULL, DB_ARGS(r->house->organizer, name, db_time(d->now - 50 * US_DAY))));
	*ret_image = db_last_id(d->db);
	return NULL;
}

static const char notice[] = "공연 시작 30분 전부터 입장할 수 있어요.\n시작한 뒤에는 안내에 따라 입장이 늦어질 수 있어요.\n\n"
    "공연 중 사진과 영상 촬영은 할 수 없어요.\n휠체어석은 좌석 배치도에서 바로 고를 수 있어요.";
static const char notice_en[] = "Doors open 30 minutes before the start.\nLatecomers are seated at a suitable break.\n\n"
    "Please do not take pictures or videos.\nWheelchair places can be chosen on the seat map.";

static struct err *add_performances(struct demo *d, struct demo_run_of *r, int64_t close_minutes)
{
	r->performances = arena_array(d->a, int64_t, (size_t)r->n_starts);
	for (int i = 0; i < r->n_starts; i++) {
		bool off = demo_called_off(r, i);
		const char *note = i % 5 == 3 && r->show->n > 4 ? arena_printf(d->a, "오늘의 주인공: %s",
		    demo_acts[(size_t)(r->index + i) % demo_n_acts].name) : "";
		TRY(performance_insert_run(d->db, NULL, DB_ARGS(r->id, r->hall->id, db_time(r->starts[i]),
		    db_time(r->starts[i] - close_minutes * US_MINUTE), db_time(off ? d->now - 2 * US_DAY : 0),
		    off ? DEMO_CANCEL_REASON : "", off ? "cancelled" : "scheduled", note, db_time(r->view_open_at - US_DAY))));
		r->performances[i] = db_last_id(d->db);
		TRY(show_performance_stock(d->db, (struct performance_id){ r->performances[i] }));
	}
	return NULL;
}

static struct err *add_show(struct db *db, void *ctx)
{
	struct demo_run_of *r = ctx;
	struct demo *d = r->d;
	const struct demo_show *s = r->show;
	const struct demo_venue *v = &demo_venues[s->venue];
	int64_t image, close_minutes = s->run == RUN_SOON ? 10 : 60;
	TRY(add_poster(d, r, &image));
	TRY(show_insert_run(db, NULL, DB_ARGS(r->house->organizer, str_slug(d->a, s->title_en), s->title, s->title_en, s->genre, image,
	    s->synopsis, s->synopsis_en, notice, notice_en, s->minutes, s->age, DEMO_TICKET_LIMIT, r->fee,
	    db_i64_or_null(s->run == RUN_DRAFT ? 0 : COMMISSION_PERMILLE), db_time(r->view_open_at),
	    db_time(r->booking_open_at), close_minutes, s->run == RUN_DRAFT ? "draft" : "published", db_time(r->view_open_at - 2 * US_DAY),
	    db_i64_or_null(r->grid))));
	r->id = db_last_id(db);
	const char *text = arena_printf(d->a, "%s %s %s %s", s->title, s->title_en, v->name, v->name_en);
	TRY(add_grades(d, r));
	TRY(add_cast(d, r, &text));
	TRY(add_performances(d, r, close_minutes));
	return show_dates_run(db, NULL, DB_ARGS(str_lower_ascii(d->a, str_nfc(d->a, text)), r->id, r->id, r->id));
}

/* A small demo still has one of everything. */
static bool wanted(const struct demo *d, const struct demo_show *s, int index)
{
	return !d->small || index % 4 == 2 || s->sold >= 1000 || s->run == RUN_HIDDEN || s->run == RUN_DRAFT ||
	    (s->run == RUN_OPENING && s->opens_in <= 30);
}

struct err *demo_add_show(struct demo_run_of *r)
{
	plan_starts(r->d, r);
	plan_openings(r->d, r);
	return db_tx(r->d->db, add_show, r);
}

static struct err *add_grid(struct demo *d)
{
	TRY(grid_insert_run(d->db, NULL, DB_NO_ARGS));
	d->musical_grid = db_last_id(d->db);
	return grid_rules_insert_run(d->db, NULL, DB_ARGS(d->musical_grid, d->musical_grid, d->musical_grid));
}

struct err *demo_stage(struct demo *d)
{
	TRY(add_grid(d));
	struct demo_sale *sale = demo_sale_new(d);
	struct err *e = demo_sale_begin(sale);
	for (size_t i = 0; !e && i < demo_n_shows; i++) {
		const struct demo_show *s = &demo_shows[i];
		if (!wanted(d, s, (int)i))
			continue;
		struct demo_house *house = &d->houses[s->venue];
		struct demo_run_of r = { .d = d, .show = s, .index = (int)i, .house = house, .hall = &house->halls[i % (size_t)house->n_halls],
			.preset = demo_venues[s->venue].preset, .fee = i % 3 == 2 ? 0 : 2000 };
		if (str_eq(s->genre, "musical"))
			r.grid = d->musical_grid;
		if (d->small && str_eq(r.preset, "stadium"))
			r.preset = "arena";
		e = demo_add_show(&r);
		for (int k = 0; !e && k < r.n_starts; k++)
			e = demo_sell(sale, &r, k);
	}
	if (!e)
		e = demo_sale_end(sale);
	demo_sale_free(sale);
	return e ? e : ranks_insert_run(d->db, NULL, DB_ARGS(db_time(d->now - 7 * US_DAY)));
}
