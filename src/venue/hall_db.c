/* Venues and halls as rows: what their organizer sees. */
#include "venue/hall.h"

#define VENUE_FIELDS                                                                                                   \
	"v.id, v.name, v.name_en, v.region, v.address, v.address_en,"                                                  \
	" (SELECT COUNT(*) FROM hall h WHERE h.venue_id = v.id) AS halls,"                                             \
	" (SELECT CAST(COALESCE(SUM(h.seats + h.standing), 0) AS SIGNED) FROM hall h WHERE h.venue_id = v.id) AS places"
/* The flag is a number: a bound text and a literal one have different collations. */
#define VENUE_FOUND                                                                                                    \
	" FROM venue v WHERE v.organizer_id = ? AND (? = 0 OR LOCATE(?, v.name) > 0 OR LOCATE(?, v.name_en) > 0 OR LOCATE(?, v.address) > 0)"
DB_QUERY(venue_by_id, venue_row, "SELECT " VENUE_FIELDS " FROM venue v WHERE v.id = ? AND v.organizer_id = ?")
DB_QUERY(venues_found, venue_row, "SELECT " VENUE_FIELDS VENUE_FOUND " ORDER BY v.name, v.id LIMIT ? OFFSET ?")
DB_QUERY(venues_count, db_count, "SELECT COUNT(*) AS n" VENUE_FOUND)

struct err *venue_find(struct db *db, struct arena *a, struct organizer_id owner, int64_t id, struct venue_row **ret)
{
	return venue_by_id_one(db, a, ret, DB_ARGS(id, owner.v));
}

struct err *venue_list(struct db *db, struct arena *a, struct organizer_id owner, const char *q, int64_t limit, int64_t offset,
    struct venue_row **ret, size_t *ret_n, int64_t *ret_total)
{
	struct db_count *count;
	bool filter = *q != '\0';
	TRY(venues_count_one(db, a, &count, DB_ARGS(owner.v, filter, q, q, q)));
	TRY(venues_found_all(db, a, ret, ret_n, DB_ARGS(owner.v, filter, q, q, q, limit, offset)));
	*ret_total = count ? count->n : 0;
	return NULL;
}

#define HALL_FIELDS                                                                                                    \
	"SELECT h.id, h.venue_id, v.name AS venue, v.name_en AS venue_en, h.name, h.name_en, h.seats, h.standing, h.width, h.height," \
	" h.version, (SELECT COUNT(*) FROM performance p WHERE p.hall_id = h.id) AS performances"                      \
	" FROM hall h JOIN venue v ON v.id = h.venue_id"
DB_QUERY(hall_by_id, hall_row, HALL_FIELDS " WHERE h.id = ? AND v.organizer_id = ?")
DB_QUERY(halls_of_venue, hall_row, HALL_FIELDS " WHERE h.venue_id = ? AND v.organizer_id = ? ORDER BY h.id")

struct err *hall_find(struct db *db, struct arena *a, struct organizer_id owner, int64_t id, struct hall_row **ret)
{
	return hall_by_id_one(db, a, ret, DB_ARGS(id, owner.v));
}

struct err *venue_halls(struct db *db, struct arena *a, struct organizer_id owner, int64_t venue, struct hall_row **ret, size_t *ret_n)
{
	return halls_of_venue_all(db, a, ret, ret_n, DB_ARGS(venue, owner.v));
}

DB_QUERY(sections_of_hall, hall_section, "SELECT id, name, kind, capacity, ord FROM section WHERE hall_id = ? ORDER BY ord")
DB_QUERY(seats_of_section, hall_seat,
    "SELECT idx, row_label, label, flags FROM seat WHERE hall_id = ? AND section_id = ? ORDER BY idx LIMIT ? OFFSET ?")

struct err *hall_sections_of(struct db *db, struct arena *a, struct hall_id hall, struct hall_section **ret, size_t *ret_n)
{
	return sections_of_hall_all(db, a, ret, ret_n, DB_ARGS(hall.v));
}

struct err *hall_seats_of(struct db *db, struct arena *a, struct hall_id hall, int64_t section, int64_t limit, int64_t offset,
    struct hall_seat **ret, size_t *ret_n)
{
	return seats_of_section_all(db, a, ret, ret_n, DB_ARGS(hall.v, section, limit, offset));
}
