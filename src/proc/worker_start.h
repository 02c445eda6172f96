/* The first steps of a worker after the fork. */
#ifndef FOYER_PROC_WORKER_START_H
#define FOYER_PROC_WORKER_START_H

#include "base/err.h"

#include <signal.h>
#include <sys/types.h>

void worker_signals(sigset_t *ret); /* what masters wait for and workers are told by: TERM QUIT HUP INT */
/* ERR_INVALID when conf user is to be taken on and does not exist: the master asks before it forks. */
struct err *worker_user_check(void);
/* Names the process, becomes conf user, limits its memory growth, sets signals and the parent-death signal.  Exits with
 * 3 when the user cannot be taken on, with 0 when the master has died meanwhile. */
void worker_start(const char *name, pid_t master);

void worker_become_user(void); /* only that */

#endif
