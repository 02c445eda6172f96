/* IDs are distinct types: an order's id cannot be passed where a show's is meant. */
#ifndef FOYER_IDS_H
#define FOYER_IDS_H

#include <stdint.h>

#define ID_TYPES(X)                                                                                                    \
	X(person) X(organizer) X(venue) X(hall) X(section) X(show) X(performer) X(grade) X(performance) X(stock)      \
	X(order) X(attempt) X(refund) X(ticket) X(image) X(staff)
#define ID_DECLARE(name) struct name##_id { int64_t v; };
ID_TYPES(ID_DECLARE)

#endif
