/* The scoreboard: memory shared by a master and its workers, backed by a file in run_dir so that `foyer status` and a
 * master that re-executes itself can read it.  A slot is written by its worker; the master fills it before the fork and
 * empties it when the worker is gone.  Counters are sums over all workers, kept with atomic additions. */
#ifndef FOYER_PROC_BOARD_H
#define FOYER_PROC_BOARD_H

#include "base/err.h"
#include "web/route.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BOARD_SLOTS = 512, BOARD_POOLS = 8, BOARD_BUCKETS = 12 };
enum stage { STAGE_START, STAGE_IDLE, STAGE_READ, STAGE_RUN, STAGE_WRITE, STAGE_N };

struct slot {
	_Atomic pid_t pid;             /* 0: the slot is free */
	int pool, generation;
	int64_t forked_at;             /* monotonic µs, like all times here */
	_Atomic int stage;             /* enum stage */
	_Atomic int64_t busy_since;    /* 0: idle */
	_Atomic int64_t deadline_us;   /* after busy_since the master kills the worker */
	_Atomic int64_t requests;
	_Atomic int route;             /* index into the counters; -1: see what */
	_Atomic bool told, killed;     /* by the master: to leave; past its deadline */
	char what[64];                 /* consumers and jobs: the topic or job */
	char request_id[64];
};

enum death { DEATH_LEFT, DEATH_CRASHED, DEATH_DEADLINE, DEATH_N };
struct pool_counts { char name[32]; _Atomic int workers; _Atomic int64_t ended[DEATH_N]; };

struct route_counts {
	char method[8], path[120];
	_Atomic int64_t by_class[6];   /* 0: the peer had gone; 1xx … 5xx */
	_Atomic int64_t bucket[BOARD_BUCKETS]; /* not cumulative; beyond the last bound only in total */
	_Atomic int64_t total, sum_us;
};

struct board {
	uint64_t layout;               /* of this file: structs and route table */
	_Atomic pid_t master;
	_Atomic int generation;
	struct pool_counts pools[BOARD_POOLS];
	struct slot slots[BOARD_SLOTS];
	int n_routes;                  /* the last one stands for requests without a route */
	struct route_counts routes[];
};

extern const int64_t board_bounds_us[BOARD_BUCKETS]; /* upper bounds of the buckets */

/* Makes run_dir/NAME.board, or takes over an inherited one (fd ≥ 0) when its layout still fits.  The calling process
 * and its children then share it: board() is theirs.  The descriptor is close-on-exec. */
struct err *board_make(const char *name, int inherited_fd, int *ret_fd, bool *ret_inherited);
struct err *board_view(const char *name, const struct board **ret, size_t *ret_size); /* read-only, by another process */
struct board *board(void);                      /* NULL in a process outside of serve, work, clock */
size_t board_size(const struct board *b);

struct slot *board_slot_take(int pool, int generation, int64_t now); /* NULL: none is free; what is filled in: no pid yet */
void board_slot_free(struct slot *s);
int board_route_index(const struct route *r);   /* NULL: the index of "no route" */
void board_count(int route, int status, int64_t us);
size_t board_bucket(int64_t us);                /* BOARD_BUCKETS where it is beyond the last bound */
bool slot_overdue(const struct slot *s, int64_t now);

/* The worker's side: what it does now.  A NULL slot is fine (tests). */
void slot_busy(struct slot *s, int64_t deadline_us, int64_t now);
void slot_what(struct slot *s, const char *what, const char *request_id);
void slot_idle(struct slot *s);

#endif
