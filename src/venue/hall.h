/* Venues and halls as their organizer keeps them.  Every query has the organizer in it. */
#ifndef FOYER_VENUE_HALL_H
#define FOYER_VENUE_HALL_H

#include "venue/venue.h"
#include "web/req.h"

#define VENUE_ROW(F) F(venue_id, id) F(str, name) F(str, name_en) F(str, region) F(str, address) F(str, address_en) \
	F(i64, halls) F(i64, places)
DB_ROW(venue_row, VENUE_ROW)
#define HALL_ROW(F) F(hall_id, id) F(venue_id, venue_id) F(str, venue) F(str, venue_en) F(str, name) F(str, name_en) \
	F(i64, seats) F(i64, standing) F(i64, width) F(i64, height) F(i64, version) F(i64, performances)
DB_ROW(hall_row, HALL_ROW)
#define HALL_SECTION_ROW(F) F(section_id, id) F(str, name) F(str, kind) F(i64, capacity) F(i64, ord)
DB_ROW(hall_section, HALL_SECTION_ROW)
#define HALL_SEAT_ROW(F) F(i64, idx) F(str, row_label) F(str, label) F(i64, flags)
DB_ROW(hall_seat, HALL_SEAT_ROW)

/* What a form says of a venue. */
struct venue_facts { const char *name, *name_en, *region, *address, *address_en; };

/* ---- reading; ret is NULL where there is none, or it is another's ---- */
struct err *venue_find(struct db *db, struct arena *a, struct organizer_id owner, int64_t id, struct venue_row **ret);
struct err *venue_list(struct db *db, struct arena *a, struct organizer_id owner, const char *q, int64_t limit, int64_t offset,
    struct venue_row **ret, size_t *ret_n, int64_t *ret_total);
struct err *venue_halls(struct db *db, struct arena *a, struct organizer_id owner, int64_t venue, struct hall_row **ret, size_t *ret_n);
struct err *hall_find(struct db *db, struct arena *a, struct organizer_id owner, int64_t id, struct hall_row **ret);
struct err *hall_sections_of(struct db *db, struct arena *a, struct hall_id hall, struct hall_section **ret, size_t *ret_n);
struct err *hall_seats_of(struct db *db, struct arena *a, struct hall_id hall, int64_t section, int64_t limit, int64_t offset,
    struct hall_seat **ret, size_t *ret_n);

/* Their pages at the desk. */
struct url venue_url(struct req *r, int64_t id);
struct url hall_url(struct req *r, int64_t id);

/* ---- changing, each with its line in the audit log; ERR_NOT_FOUND for what is another's ---- */
struct err *venue_create(struct req *r, const struct venue_facts *f, struct venue_id *ret);
struct err *venue_update(struct req *r, int64_t id, const struct venue_facts *f);
struct err *venue_delete(struct req *r, int64_t id); /* ERR_CONFLICT while it has halls */
struct err *hall_create(struct req *r, int64_t venue, const char *name, const char *name_en, const struct plan *plan, struct hall_id *ret);
struct err *hall_rename(struct req *r, int64_t id, const char *name, const char *name_en);
/* The seats too; its name gets a number. */
struct err *hall_duplicate(struct req *r, int64_t id, const char *name, const char *name_en, struct hall_id *ret);
/* These change the structure: ERR_CONFLICT for a hall with performances. */
struct err *hall_delete(struct req *r, int64_t id, struct venue_id *ret_venue);
struct err *hall_replace(struct req *r, int64_t id, const struct plan *plan);
struct err *hall_add(struct req *r, int64_t id, const struct plan *plan); /* ERR_INVALID where it does not fit beside the rest */
struct err *hall_remove_section(struct req *r, int64_t id, int64_t section);
/* These don't. */
struct err *hall_rename_section(struct req *r, int64_t id, int64_t section, const char *name);
struct err *hall_mark_seats(struct req *r, int64_t id, int64_t section, unsigned flags, const int64_t *idx, size_t n);

#endif
