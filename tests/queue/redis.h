/* A Redis of the test's own, which it may kill and start again: empty, or with what it had. */
#ifndef FOYER_TESTS_QUEUE_REDIS_H
#define FOYER_TESTS_QUEUE_REDIS_H

#include "base/conf.h"
#include "ext/redis.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char own_redis_dir[] = "/tmp/foyer-queue-XXXXXX", own_redis_socket[64];
static pid_t own_redis;

/* Returns when it answers; the wrapper's pause after a failure is over then, too. */
static inline void own_redis_start(void)
{
	own_redis = fork();
	if (own_redis == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails for good does not come to its teardown */
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", own_redis_socket, "--save", "", "--appendonly",
		    "yes", "--appendfsync", "everysec", "--dir", own_redis_dir, "--logfile", "log", NULL);
		_exit(127);
	}
	for (int i = 0; i < 500 && !redis_up(); i++)
		usleep(10000);
}

static inline void own_redis_kill(void)
{
	kill(own_redis, SIGKILL);
	waitpid(own_redis, NULL, 0);
	unlink(own_redis_socket);
}

/* Forgets what it has saved. */
static inline void own_redis_empty(void)
{
	char what[96];
	snprintf(what, sizeof what, "rm -rf %s/appendonlydir", own_redis_dir);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", what, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static inline void own_redis_open(void)
{
	static struct conf c;
	if (!mkdtemp(own_redis_dir))
		exit(1);
	snprintf(own_redis_socket, sizeof own_redis_socket, "%s/s", own_redis_dir);
	c = *conf();
	c.redis_socket = own_redis_socket;
	c.secret = "a secret of the tests that is long enough";
	conf_set_for_test(&c);
	own_redis_start();
}

static inline void own_redis_close(void)
{
	char log_path[80];
	own_redis_kill();
	own_redis_empty();
	snprintf(log_path, sizeof log_path, "%s/log", own_redis_dir);
	unlink(log_path);
	rmdir(own_redis_dir);
}

#endif
