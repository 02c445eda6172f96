/* A Redis of the test's own, which it may kill and start again: empty, or with what it had. */
#ifndef FOYER_TESTS_OWN_REDIS_H
#define FOYER_TESTS_OWN_REDIS_H

#include <sys/types.h>

extern pid_t own_redis; /* 0: it does not run */

/* Starts it and points the configuration at it, which gets a secret, too.  password NULL: none. */
void own_redis_open(const char *password);
void own_redis_close(void);
/* Returns when it answers; the wrapper's pause after a failure is over then, too. */
void own_redis_start(void);
/* Returns when it answers; the wrapper has not tried. */
void own_redis_launch(void);
void own_redis_kill(void);
/* Forgets what it has saved; while it does not run. */
void own_redis_empty(void);

#endif
