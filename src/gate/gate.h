/* The gate: tickets are scanned, checked, and admit one person once.  Who may enter is judged at the scan, by one
 * conditional statement; every scan is kept with its result. */
#ifndef FOYER_GATE_H
#define FOYER_GATE_H

#include "db/db.h"
#include "ids.h"
#include "show/show.h"
#include "web/route.h"

extern const struct domain gate_domain;

/* The order is that of gate_result_name. */
enum gate_result { GATE_ENTERED, GATE_ALREADY_USED, GATE_VOID, GATE_WRONG_PERFORMANCE, GATE_TOO_EARLY, GATE_TOO_LATE, GATE_UNKNOWN,
	GATE_FORGED, GATE_CANCELLED, GATE_UNDONE };
const char *gate_result_name(enum gate_result r); /* as in gate_scan.result */

/* A ticket as the gate sees it: whatever performance and organizer it belongs to. */
#define GATE_TICKET_ROW(F)                                                                                             \
	F(ticket_id, id) F(str, code) F(performance_id, performance_id) F(organizer_id, organizer_id) F(str, holder)   \
	F(str, state) F(time, used_at) F(str, used_by) F(time, void_at) F(str, label) F(i64, grade_ord) F(str, grade)  \
	F(time, starts_at) F(str, title) F(str, title_en)
DB_ROW(gate_ticket, GATE_TICKET_ROW)

/* ---- rules.  Pure. */
struct gate_window { int64_t from, until; }; /* doors open 2 hours before the start; until the end */
struct gate_window gate_window(const struct show_performance *p);
/* What was read: the code of a ticket, something that is none (GATE_UNKNOWN), or a false signature (GATE_FORGED). */
enum gate_result gate_read(struct arena *a, const char *text, const char **ret_code); /* GATE_ENTERED: it may enter if it is good */
/* t NULL: there is no such ticket.  GATE_ENTERED: it may enter. */
enum gate_result gate_judge(const struct show_performance *p, const struct gate_ticket *t, int64_t now);

/* ---- scanning.  Who scans: only the same one may take an entry back. */
struct gate_staff { const char *name; struct staff_id staff; struct person_id person; };
struct gate_outcome { int64_t scan, at; enum gate_result result; struct gate_ticket *ticket; /* NULL: none was found */ };
/* Reads, decides, and keeps the scan, in a transaction of its own.  A refusal is a result, not an error. */
struct err *gate_scan(struct db *db, struct arena *a, const struct show_performance *p, const struct gate_staff *by,
    const char *text, int64_t now, struct gate_outcome *ret);
/* A scan of the same person at this performance, not older than since; ret->scan 0 where there is none. */
struct err *gate_outcome_load(struct db *db, struct arena *a, struct performance_id p, const struct gate_staff *by, int64_t scan,
    int64_t since, struct gate_outcome *ret);
/* Takes a mistaken entry back within a minute, in the caller's transaction.  ERR_GONE (user text) afterwards. */
#define GATE_UNDO_US (60 * INT64_C(1000000))
struct err *gate_undo(struct db *db, struct arena *a, struct performance_id p, const struct gate_staff *by, int64_t scan,
    int64_t now, struct gate_outcome *ret);

/* The performance is called off: everybody who has entered counts as out again, so that the tickets can be given back.  Each ticket
 * in a transaction of its own, at most so many. */
struct err *gate_let_out(struct db *db, struct arena *a, struct performance_id p, int64_t now, int max);

/* ---- what the gate's pages list */
struct gate_counts { int64_t entered, sold; };
struct err *gate_count(struct db *db, struct arena *a, struct performance_id p, struct gate_counts *ret);
/* Tickets that may be meant by a name, an order code or the end of a phone number; at most 20. */
#define GATE_FOUND_ROW(F)                                                                                              \
	F(str, code) F(str, holder) F(str, state) F(time, used_at) F(str, label) F(i64, grade_ord) F(str, grade) F(str, order_code)
DB_ROW(gate_found, GATE_FOUND_ROW)
struct err *gate_find(struct db *db, struct arena *a, struct performance_id p, const char *text, struct gate_found **ret, size_t *ret_n);
#define GATE_TODAY_ROW(F)                                                                                              \
	F(performance_id, id) F(time, starts_at) F(str, state) F(i64, minutes) F(str, title) F(str, title_en) F(str, venue) \
	F(str, venue_en) F(str, hall) F(str, hall_en)
DB_ROW(gate_today, GATE_TODAY_ROW)
/* Performances of the organizer (show .v 0: all shows) that start within the span, in order. */
struct err *gate_list(struct db *db, struct arena *a, struct organizer_id organizer, struct show_id show, int64_t from,
    int64_t until, struct gate_today **ret, size_t *ret_n);

extern const struct check gate_checks[];

#endif
