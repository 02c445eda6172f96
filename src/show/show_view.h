/* What the room's templates are drawn from.  Texts are translated, links typed, decisions made. */
#ifndef FOYER_SHOW_VIEW_H
#define FOYER_SHOW_VIEW_H

#include "show/catalogue.h"
#include "tmplc/out.h"
#include "web/components.h"

struct show_home_view {
	const struct ui_poster *hero;       /* NULL: none */
	const char *hero_eyebrow;
	const struct ui_link *genres; size_t n_genres;
	const struct ui_poster *soon, *ranked, *fresh;
	size_t n_soon, n_ranked, n_fresh;
	const struct show_slot_view *tonight; size_t n_tonight;
	const char *tonight_day;            /* YYYY-MM-DD, for the link to all */
};

/* One dated performance in a list: tonight, a day of the calendar. */
struct show_slot_view {
	struct url href;
	const char *title, *place, *time, *image, *genre;
	int64_t starts_at;
	const char *badge_kind, *badge;     /* badge NULL: none */
};

struct show_choice { const char *value, *label; bool selected; };
struct show_list_view {
	const char *title, *q;
	const struct ui_link *genres;
	const char *genre;
	const struct show_choice *regions, *offers, *sorts;
	size_t n_genres, n_regions, n_offers, n_sorts;
	const char *from, *to;              /* as <input type=date> writes them */
	bool filtered;                      /* anything but the order is chosen */
	bool unfold;                        /* and it stands in the form */
	int64_t total;
	const struct ui_poster *cards; size_t n;
	const struct ui_pager *pager;
	const char *empty_title, *empty_text;
};

struct show_left { int64_t ord; const char *code; int64_t left; const char *text; bool none; };
struct show_run_view {
	int64_t id, starts_at;
	const char *when, *note;            /* note: cast of the day, hall */
	const struct show_left *left; size_t n_left;
	const char *line;                   /* instead of what is left: when booking opens, why not */
	const char *badge_kind, *badge;     /* instead of the button */
	struct url seats; bool bookable, off;
	struct url room; const char *room_note; /* a waiting room stands before the sale; room_note NULL: none */
};
struct show_person { struct url href; const char *name, *role; };
struct show_price { int64_t ord; const char *code; int64_t price; };
struct show_page_view {
	const char *title, *genre, *image, *lead; /* lead: a synopsis of one paragraph; then synopsis is NULL */
	struct url genre_href, venue_href;
	const char *venue, *address, *organizer, *dates, *minutes, *age, *fee, *limit;
	int64_t age_limit;
	const char *badge_kind, *badge;
	const char *banner_kind, *banner;   /* draft, withdrawn; NULL: none */
	int64_t opens_at;                   /* countdown; 0: open already */
	bool can_book;                      /* a performance in the list is bookable */
	const struct show_price *prices; size_t n_prices;
	const struct show_run_view *runs; size_t n_runs;
	struct url earlier, later;          /* .s NULL: none */
	bool over;
	const struct show_person *cast; size_t n_cast;
	const char *synopsis, *notice;
	struct refund_words refund;
	struct url seen;
};

struct show_day_view { struct url href; int64_t day; int64_t count; bool here, today, current, past; const char *label; };
struct show_month_view {
	const char *title;
	struct url prev, next, this_month;  /* .s NULL: none */
	const char *prev_label, *next_label;
	const char *weekdays[7];
	const struct show_day_view *days;   /* whole weeks */
	size_t n_weeks;
	const char *day_title;
	const struct show_slot_view *slots; size_t n_slots;
};

struct show_cards_view {
	const char *title, *eyebrow, *lead, *about;
	const struct ui_poster *cards; size_t n;
};

#endif
