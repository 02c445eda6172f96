/* A server for tests: a child process that plays a script on each connection to a port of its own. */
#ifndef FOYER_TESTS_FAKE_SERVER_H
#define FOYER_TESTS_FAKE_SERVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct fake_server { pid_t pid; int port; };

static inline struct fake_server fake_server_start(void (*script)(int fd))
{
	int s = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	if (s < 0 || bind(s, (struct sockaddr *)&at, len) || listen(s, 16) || getsockname(s, (struct sockaddr *)&at, &len))
		abort();
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		alarm(60);
		for (;;) {
			int fd = accept(s, NULL, NULL);
			if (fd < 0)
				_exit(1);
			script(fd);
			close(fd);
		}
	}
	close(s);
	return (struct fake_server){ pid, ntohs(at.sin_port) };
}

static inline void fake_server_stop(struct fake_server f)
{
	kill(f.pid, SIGKILL);
	waitpid(f.pid, NULL, 0);
}

static inline void fake_say(int fd, const char *s)
{
	if (write(fd, s, strlen(s)) < 0)
		_exit(1);
}

/* One line without its end; false at the end of the stream. */
static inline int fake_line(int fd, char *ret, size_t cap)
{
	size_t n = 0;
	char c;
	while (n + 1 < cap && read(fd, &c, 1) == 1) {
		if (c == '\n') {
			ret[n && ret[n - 1] == '\r' ? n - 1 : n] = '\0';
			return 1;
		}
		ret[n++] = c;
	}
	return 0;
}

#endif
