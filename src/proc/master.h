/* A master and its workers: forks them per pool, replaces the dead (with a pause when they die young), kills what is
 * past its deadline, leaves and reloads without dropping work.  Used by serve (FastCGI workers), work and clock.
 *
 *   HUP        the master executes itself anew (a new binary and configuration take effect) with the inherited
 *              sockets and scoreboard; the old workers leave after their current request
 *   TERM QUIT INT   graceful end: on_stop (unlinks the sockets), the workers drain what was already waiting and leave;
 *              a second TERM skips the draining
 *
 * Workers run with TERM and QUIT blocked and ask worker_told between two pieces of work; HUP and INT do nothing to
 * them.  When their master dies they get USR2 and leave after the current piece of work (a minute at most). */
#ifndef FOYER_PROC_MASTER_H
#define FOYER_PROC_MASTER_H

#include "base/err.h"
#include "proc/board.h"

enum told { TOLD_NOTHING, TOLD_DRAIN, TOLD_LEAVE };

struct master_pool {
	const char *name;
	int workers;
	/* Runs in the child until told; its value is the exit status, 0 = left in order. */
	int (*run)(struct slot *slot, const struct master_pool *pool);
	int fd;                  /* listening socket, inherited over HUP; -1: none */
	int index, young;        /* the master's */
	int64_t next_fork_at;
};

struct master {
	const char *name;        /* "serve": run_dir/serve.pid, run_dir/serve.board */
	struct master_pool pools[BOARD_POOLS];
	size_t n_pools;
	struct err *(*on_start)(struct master *m);   /* once the pid file is locked: adds the pools */
	void (*on_stop)(const struct master *m);     /* NULL: nothing */
};

/* In on_start: the descriptor that pool `name` listened on before the HUP, or -1. */
int master_inherited_fd(const char *name);
/* Locks run_dir/NAME.pid, makes the scoreboard, forks.  Returns the exit status when all workers are gone. */
int master_run(struct master *m);

/* ---- in a worker ---- */
int worker_signal_fd(void);          /* becomes readable when the worker was told something */
enum told worker_told(void);         /* never blocks; what was told once stays told */

#endif
