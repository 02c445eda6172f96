/* What the files of booking share among themselves. */
#ifndef FOYER_BOOKING_STORE_H
#define FOYER_BOOKING_STORE_H

#include "booking/booking.h"

enum booking_seat { BOOKING_SEAT_FREE, BOOKING_SEAT_HELD, BOOKING_SEAT_SOLD, BOOKING_SEAT_NOT_OFFERED };
/* Tells everyone who looks at the seat map, through the outbox of the current transaction: {"s":state,"i":[idx,…]}.
 * Standing places are told as counts by the job that recounts. */
struct err *booking_tell_seats(struct db *db, struct arena *a, struct performance_id p, enum booking_seat state,
    const int64_t *idx, size_t n);
/* Expires one order if its deadline (and the grace) has passed; nothing when it has not. */
struct err *booking_expire_order(struct db *db, struct order_id id, int64_t now);

#endif
