#include "own_redis.h"

#include "base/conf.h"
#include "ext/redis.h"
#include "secret.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t own_redis;
static char dir[] = "/tmp/foyer-redis-XXXXXX", path[64];
static struct conf settings;

void own_redis_launch(void)
{
	own_redis = fork();
	if (own_redis == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails for good does not come to its teardown */
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "yes",
		    "--appendfsync", "everysec", "--dir", dir, "--logfile", "log", "--requirepass", settings.redis_password, NULL);
		_exit(127);
	}
	for (int i = 0; i < 500 && access(path, F_OK) != 0; i++)
		usleep(10000);
}

void own_redis_start(void)
{
	own_redis_launch();
	for (int i = 0; i < 500 && !redis_up(); i++)
		usleep(10000);
}

void own_redis_kill(void)
{
	if (!own_redis)
		return;
	kill(own_redis, SIGKILL);
	waitpid(own_redis, NULL, 0);
	own_redis = 0;
	unlink(path);
}

void own_redis_empty(void)
{
	char what[96];
	snprintf(what, sizeof what, "rm -rf %s/appendonlydir", dir);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", what, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

void own_redis_open(const char *password)
{
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir))
		exit(1);
	snprintf(path, sizeof path, "%s/s", dir);
	use_test_secret();
	settings = *conf();
	settings.redis_socket = path;
	if (password)
		settings.redis_password = password;
	conf_set_for_test(&settings);
	own_redis_start();
}

void own_redis_close(void)
{
	char log_path[80];
	own_redis_kill();
	own_redis_empty();
	snprintf(log_path, sizeof log_path, "%s/log", dir);
	unlink(log_path);
	rmdir(dir);
}
