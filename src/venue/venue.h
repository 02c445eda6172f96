/* Venues: venue → halls → sections → rows → seats.  Seats are numbered idx 0… within the hall. */
#ifndef FOYER_VENUE_H
#define FOYER_VENUE_H

#include "db/db.h"
#include "ids.h"
#include "web/route.h"

extern const struct domain venue_domain;

enum seat_flag { SEAT_WHEELCHAIR = 1, SEAT_COMPANION = 2, SEAT_RESTRICTED = 4 };
#define SEAT_STANDING_BASE (INT64_C(1) << 40) /* claims of standing sections: sql/001, table claim */

/* A hall as a plan: what the generator, the JSON/CSV import and the demo make, checked and stored by venue_plan_store. */
struct plan_seat { const char *row, *label; int x, y; unsigned flags; };
struct plan_section { const char *name; bool standing; int capacity; /* standing */ struct plan_seat *seats; size_t n_seats; int x, y, w, h; };
struct plan { int width, height; struct plan_section *sections; size_t n_sections; };
struct plan_block {  /* one block of rows for the generator */
	const char *section, *first_row;     /* rows are numbered on from first_row: "1", "A", "가" */
	int rows, seats_per_row, x, y, seat_gap, row_gap;
	int curve;                           /* ‰ of bow towards the stage; 0: straight */
	int rotate;                          /* degrees around the block's centre */
};
struct err *venue_plan_check(struct arena *a, const struct plan *p);        /* ERR_INVALID with a user text */
struct err *venue_plan_generate(struct arena *a, const struct plan_block *blocks, size_t n, struct plan *ret);
/* Plans as files (plan_json.c, plan_csv.c tell the formats).  What is read is checked too; ERR_INVALID names the line or the
 * section in its user text. */
struct err *venue_plan_from_json(struct arena *a, struct bytes json, struct plan *ret);
struct err *venue_plan_from_csv(struct arena *a, struct bytes csv, struct plan *ret);
struct bytes venue_plan_to_json(struct arena *a, const struct plan *p);
struct bytes venue_plan_to_csv(struct arena *a, const struct plan *p);
/* A ready-made plan: club, theatre, concert_hall (2,000 seats), arena, stadium (50,000).  ERR_NOT_FOUND. */
struct err *venue_preset(struct arena *a, const char *name, struct plan *ret);
/* Writes sections and seats of an empty hall (inside the caller's transaction; 50,000 seats take well under a second). */
struct err *venue_plan_store(struct db *db, struct hall_id hall, const struct plan *p);
/* The same behind what the hall has already; grows the drawing. */
struct err *venue_plan_append(struct db *db, struct arena *a, struct hall_id hall, const struct plan *p);
struct err *venue_plan_load(struct db *db, struct arena *a, struct hall_id hall, struct plan *ret);

/* The geometry file of a hall for the seat map: GET /geo/{hall}/{version}.json, immutable; compact arrays:
 * {"w":…,"h":…,"sections":[{"id":…,"name":…,"standing":0,"cap":…,"box":[x,y,w,h],"first":idx,"rows":[{"label":"1","seats":[[label,x,y,flags],…]}]}]} */
struct err *venue_geometry(struct db *db, struct arena *a, struct hall_id hall, struct bytes *ret);

/* How a seat is told: "1층 A구역 3열 12번" / "1F A, row 3, seat 12"; standing: section name. */
const char *venue_seat_label(struct arena *a, const char *lang, const char *section, const char *row, const char *seat);
/* A hall with its venue, each in the language of lang where it has a name there: "한빛홀 대극장" / "Hanbit Hall, Main Stage". */
const char *venue_place(struct arena *a, const char *lang, const char *venue, const char *venue_en, const char *hall, const char *hall_en);
extern const char *const venue_regions[]; /* codes, NULL-terminated: seoul gyeonggi incheon busan daegu daejeon gwangju ulsan gangwon jeju other */
const char *venue_region_name(const char *lang, const char *code);

#endif
