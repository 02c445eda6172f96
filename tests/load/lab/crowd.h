/* A crowd of members with sessions, made straight in the database and Redis: signing in thousands of people would measure
 * argon2id.  Their e-mail addresses begin with "lab-". */
#ifndef LAB_CROWD_H
#define LAB_CROWD_H

#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"

#include <stddef.h>

struct crowd_member { int64_t person; const char *session; };
/* n members; those of an earlier run are used again. */
struct err *crowd_make(struct db *db, struct arena *a, size_t n, struct crowd_member **ret);
/* The same without sessions: for whoever comes without HTTP. */
struct err *crowd_people(struct db *db, struct arena *a, size_t n, struct crowd_member **ret);
/* The same with guests: an e-mail, no password. */
struct err *crowd_make_guests(struct db *db, struct arena *a, size_t n, struct crowd_member **ret);
/* Seats of a performance that are on offer and free, in order, at most n. */
struct err *crowd_free_seats(struct db *db, struct arena *a, int64_t performance, size_t n, int64_t **ret, size_t *ret_n);

#endif
