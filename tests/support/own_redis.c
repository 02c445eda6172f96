#include "own_redis.h"

#include "base/conf.h"
#include "ext/redis.h"
#include "secret.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t own_redis;
static char dir[] = "/tmp/foyer-redis-XXXXXX", path[64];
static struct conf settings;

/* Whether it has read its data and speaks.  On a connection of its own, so that the one of ext/redis.c learns nothing. */
static bool answers(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char ask[96], said[256] = "";
	size_t n = 0;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	int asked = snprintf(ask, sizeof ask, "AUTH \"%s\"\r\nPING\r\nQUIT\r\n", settings.redis_password);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 && write(fd, ask, (size_t)asked) == asked)
		for (ssize_t got; n < sizeof said - 1 && (got = read(fd, said + n, sizeof said - 1 - n)) > 0;)
			n += (size_t)got;
	if (fd >= 0)
		close(fd);
	return strstr(said, "+PONG") != NULL;
}

void own_redis_launch(void)
{
	own_redis = fork();
	if (own_redis == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails for good does not come to its teardown */
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "yes",
		    "--appendfsync", "everysec", "--dir", dir, "--logfile", "log", "--requirepass", settings.redis_password, NULL);
		_exit(127);
	}
	for (int i = 0; i < 3000 && !answers(); i++)
		usleep(10000);
}

void own_redis_start(void)
{
	own_redis_launch();
	for (int i = 0; i < 3000 && !redis_up(); i++)
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
