/* The rules of the organizer's pages of a show: pure.  And their handlers, by the file they stand in. */
#ifndef FOYER_SHOW_DESK_H
#define FOYER_SHOW_DESK_H

#include "web/req.h"

/* view-open ≤ booking-open < closing of the first performance (0: none yet).  NULL: fine; else the field's name, and the
 * msgid of what is wrong with it. */
const char *show_desk_times_fault(int64_t view_open, int64_t booking_open, int64_t first_closes, const char **ret_msgid);

/* The instants of a series: each day from first to last (starts of days) that falls on one of the weekdays (bit 0 is
 * Sunday; 0: all), at each of the times ("14:00 19:30", also with commas).  In order.  Returns how many there are; at most
 * cap are written; -1: a time cannot be read. */
int show_desk_series(struct arena *a, int64_t first, int64_t last, unsigned weekdays, const char *times, int64_t *ret, int cap);

/* An address for a show: its English title, or the Korean one, and something that makes it the only one. */
const char *show_desk_slug(struct arena *a, const char *title, const char *title_en, const char *unique);

enum { DESK_SERIES_MOST = 100 };

#define DESK_LIST_FORM(F)                                                                                              \
	F(text, q, .max = 60) F(choice, state, .options = "draft|published|withdrawn") F(i64, page, .min = 1, .max = 1000, .def = 1)
FORM(desk_list_form, DESK_LIST_FORM)
#define DESK_EDIT_FORM(F)                                                                                              \
	F(text, title, .required = true, .max = 120) F(text, title_en, .max = 120)                                     \
	F(choice, genre, .required = true, .options = "concert|musical|play|classic|dance|traditional|family|festival") \
	F(longtext, synopsis, .max = 10000) F(longtext, synopsis_en, .max = 10000) F(longtext, notice, .max = 5000)    \
	F(longtext, notice_en, .max = 5000) F(i64, minutes, .min = 0, .max = 1440)                                     \
	F(choice, age_limit, .required = true, .options = "0|7|12|15|19")                                              \
	F(i64, ticket_limit, .required = true, .min = 1, .max = 20) F(i64, fee_per_ticket, .min = 0, .max = 1000000)   \
	F(when, view_open_at, .required = true) F(when, booking_open_at, .required = true)                             \
	F(i64, close_minutes, .min = 0, .max = 10080) F(i64, refund_grid_id)
FORM(desk_edit_form, DESK_EDIT_FORM)
#define DESK_PUBLISH_FORM(F) F(i64, commission, .min = -1, .max = 1000, .def = -1)
FORM(desk_publish_form, DESK_PUBLISH_FORM)
#define DESK_POSTER_FORM(F) F(file, poster, .required = true)
FORM(desk_poster_form, DESK_POSTER_FORM)
#define DESK_GRADE_FORM(F) F(text, code, .required = true, .max = 10) F(i64, price, .required = true, .min = 0, .max = 100000000)
FORM(desk_grade_form, DESK_GRADE_FORM)
#define DESK_PRICE_FORM(F) F(i64, price, .required = true, .min = 0, .max = 100000000)
FORM(desk_price_form, DESK_PRICE_FORM)
#define DESK_CAST_FORM(F)                                                                                              \
	F(i64, performer) F(text, name, .max = 80) F(text, name_en, .max = 80) F(text, role, .max = 80) F(text, role_en, .max = 80)
FORM(desk_cast_form, DESK_CAST_FORM)
#define DESK_CAST_REMOVE_FORM(F) F(i64, performer, .required = true)
FORM(desk_cast_remove_form, DESK_CAST_REMOVE_FORM)
#define DESK_RUNS_FORM(F)                                                                                              \
	F(i64, hall, .required = true) F(date, first, .required = true) F(date, last) F(text, times, .required = true, .max = 100) \
	F(ids, weekday, .max = 7) F(text, cast_note, .max = 200)
FORM(desk_runs_form, DESK_RUNS_FORM)
#define DESK_RUN_FORM(F) F(when, starts_at, .required = true) F(text, cast_note, .max = 200)
FORM(desk_run_form, DESK_RUN_FORM)
#define DESK_CANCEL_FORM(F) F(text, reason, .required = true, .min = 2, .max = 200) F(flag, sure, .required = true)
FORM(desk_cancel_form, DESK_CANCEL_FORM)

/* desk_web_list.c, desk_web_edit.c */
handler_fn desk_shows_get, desk_show_get, desk_show_publish, desk_show_withdraw;
handler_fn desk_new_get, desk_new_post, desk_edit_get, desk_edit_post, desk_poster_post, desk_poster_remove;
/* desk_web_prices.c */
handler_fn desk_prices_get, desk_grade_add, desk_grade_change, desk_grade_remove, desk_map_get, desk_map_post;
/* desk_web_cast.c */
handler_fn desk_cast_get, desk_cast_add, desk_cast_remove;
/* desk_web_runs.c, desk_web_cancel.c */
handler_fn desk_runs_get, desk_runs_add, desk_run_get, desk_run_post, desk_run_remove, desk_cancel_get, desk_cancel_post;

#endif
