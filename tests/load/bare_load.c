/* A bare FastCGI program of the house's process model: workers that wait on one unix socket as those of `foyer serve` do, a
 * connection each request, and an answer that is always the same.  What the way through nginx and libfcgi alone costs.
 * usage: bare_load SOCKET WORKERS FILE    answers with the file, until it is told to end. */
#include "base/str.h"
#include "proc/start.h"
#include "web/serve.h"

#include <fcgiapp.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 20 };
static char answer[ANSWER_MAX];
static size_t answer_n;

static bool read_answer(const char *path)
{
	static char body[ANSWER_MAX / 2];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(body, 1, sizeof body, f) : 0;
	if (!f || ferror(f) || !feof(f))
		return false;
	fclose(f);
	answer_n = (size_t)snprintf(answer, sizeof answer, "Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
	    "Content-Length: %zu\r\n\r\n", n);
	memcpy(answer + answer_n, body, n);
	answer_n += n;
	return true;
}

static void serve(FCGX_Request *q, int fd)
{
	char rest[4096];
	FCGX_InitRequest(q, -1, 0);
	q->ipcFd = fd;
	q->keepConnection = 1; /* as in proc/serve.c: libfcgi is handed a connection instead of accepting one */
	FCGX_Detach(q);
	if (FCGX_Accept_r(q) != 0)
		return;
	web_fcgx_answer(q, answer, answer_n);
	while (FCGX_GetStr(rest, sizeof rest, q->in) == (int)sizeof rest)
		;
	FCGX_Free(q, 1);
}

static void worker(int listener)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	FCGX_Init();
	signal(SIGPIPE, SIG_IGN);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event on = { .events = EPOLLIN | EPOLLEXCLUSIVE }, ev;
	FCGX_Request q;
	memset(&q, 0, sizeof q);
	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, listener, &on) < 0)
		exit(1);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			serve(&q, fd);
		else
			epoll_wait(ep, &ev, 1, -1);
	}
}

int main(int argc, char **argv)
{
	int listener, workers = argc == 4 ? (int)strtol(argv[2], NULL, 10) : 0;
	if (workers < 1 || !read_answer(argv[3])) {
		fprintf(stderr, "usage: bare_load SOCKET WORKERS FILE\n");
		return 2;
	}
	struct err *e = start_listen(argv[1], &listener);
	if (e) {
		fprintf(stderr, "bare_load: %s\n", err_text(e));
		return 1;
	}
	for (int i = 0; i < workers; i++)
		if (fork() == 0)
			worker(listener);
	pause(); /* the workers end with this process */
	return 0;
}
