/* What the seat map and its list are drawn from: sections with their price, the state of every seat, chosen seats. */
#ifndef FOYER_BOOKING_SEATS_H
#define FOYER_BOOKING_SEATS_H

#include "booking/booking.h"
#include "booking/store.h"

/* The sections of a performance's hall, in order; grade_id 0: not offered by this show. */
#define SEATS_SECTION_ROW(F)                                                                                           \
	F(section_id, id) F(i64, ord) F(str, name) F(flag, standing) F(i64, capacity) F(grade_id, grade_id)            \
	F(i64, grade_ord) F(str, grade) F(i64, price)
DB_ROW(seats_section, SEATS_SECTION_ROW)
struct err *seats_sections(struct db *db, struct arena *a, const struct show_performance *p, struct seats_section **ret,
    size_t *ret_n);

/* Seats of one section, or the seats of a choice, as they stand now. */
#define SEATS_SEAT_ROW(F)                                                                                              \
	F(i64, idx) F(section_id, section_id) F(str, section) F(str, row_label) F(str, label) F(i64, flags)           \
	F(i64, grade_ord) F(str, grade) F(i64, price) F(flag, taken) F(person_id, person_id) /* who has it; 0: nobody */
DB_ROW(seats_seat, SEATS_SEAT_ROW)
struct err *seats_of_section(struct db *db, struct arena *a, const struct show_performance *p, struct section_id section,
    struct seats_seat **ret, size_t *ret_n);
/* Seats that are not offered or don't exist are left out. */
struct err *seats_chosen(struct db *db, struct arena *a, const struct show_performance *p, const int64_t *idx, size_t n,
    struct seats_seat **ret, size_t *ret_n);

/* The state of all seats, from the primary: 2 bits a seat (enum booking_seat), the first seat in the lowest bits. */
struct seats_state {
	uint8_t *bits;
	size_t n_bits;              /* bytes */
	int64_t *left;              /* by section: free seats or places; 0 for a section that is not offered */
};
/* The places of the standing sections alone (no bits, no free seats): a few rows, whatever the number of seats. */
struct err *seats_places(struct db *db, struct arena *a, const struct show_performance *p, const struct seats_section *sections,
    size_t n_sections, struct seats_state *ret);
struct err *seats_state(struct db *db, struct arena *a, const struct show_performance *p, const struct seats_section *sections,
    size_t n_sections, struct seats_state *ret);

/* Best available: n free neighbours of the grade (0: any), wheelchair places where wanted and only then.  ret_n 0: there
 * are none. */
struct err *seats_best(struct db *db, struct arena *a, const struct show_performance *p, struct grade_id grade, bool wheelchair,
    size_t n, int64_t *ret, size_t *ret_n);

/* What this person holds of a performance. */
#define SEATS_OWN_ROW(F) F(str, code) F(i64, seat_idx) F(time, expires_at)
DB_ROW(seats_own, SEATS_OWN_ROW)
struct err *seats_own_holds(struct db *db, struct arena *a, struct performance_id p, struct person_id person,
    struct seats_own **ret, size_t *ret_n);

#endif
