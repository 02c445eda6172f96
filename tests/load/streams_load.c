/* Open event streams: so many browsers look at one channel, one change is published, and the time until the last of them has
 * it is taken.  Beside it the same bytes written to as many plain connections by one process that does nothing else.
 *
 * usage: streams_load CONF URL CHANNEL STREAMS CHANGES [PID…]
 * Loopback only.  Prints figures a line each, `name value`; with PIDs what their private memory grew by for each stream.
 * Exit 1 when a stream did not open or missed a change. */
#include "lab/crew.h"

#include "base/clock.h"
#include "base/conf.h"
#include "live/publish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 100, EVENTS = 512, CARRY = 64, OPEN_SECONDS = 120, CHANGE_SECONDS = 10, CHANGES_MAX = 50, PAUSE_MS = 1200 };

struct stream { int fd; bool open; int seen; size_t carry_n; char carry[CARRY]; };
static struct { struct stream *v; size_t n; int ep; size_t opened, got; int change; size_t bytes; char mark[32]; } s;

/* ---- reading, the same for both --------------------------------------------------------------------------------------------- */
static void fail(const char *what)
{
	fprintf(stderr, "streams_load: %s\n", what);
	exit(1);
}

/* The mark may be cut in two by reads: the end of the last one is kept. */
static bool has(struct stream *t, const char *p, size_t n, const char *mark)
{
	char both[2 * CARRY + 1];
	size_t head = n < CARRY ? n : CARRY;
	memcpy(both, t->carry, t->carry_n);
	memcpy(both + t->carry_n, p, head);
	bool found = memmem(p, n, mark, strlen(mark)) || memmem(both, t->carry_n + head, mark, strlen(mark));
	t->carry_n = head;
	memcpy(t->carry, p + n - head, head);
	return found;
}

static void read_stream(struct stream *t)
{
	char buf[4096];
	ssize_t n = read(t->fd, buf, sizeof buf);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		fail("a stream was closed");
	if (!t->open) {
		t->open = has(t, buf, (size_t)n, "event: hello");
		s.opened += t->open;
	} else if (s.change > t->seen && has(t, buf, (size_t)n, s.mark)) {
		t->seen = s.change;
		t->carry_n = 0;
		s.got++;
		s.bytes = (size_t)n;
	}
}

static void read_until(const size_t *counter, size_t want, int64_t seconds, const char *what)
{
	struct epoll_event ev[EVENTS];
	int64_t end = clock_monotonic() + seconds * US_SECOND;
	while (*counter < want) {
		int n = epoll_wait(s.ep, ev, EVENTS, 100);
		for (int i = 0; i < n; i++)
			read_stream(ev[i].data.ptr);
		if (clock_monotonic() > end) {
			fprintf(stderr, "streams_load: %s: %zu of %zu\n", what, *counter, want);
			exit(1);
		}
	}
}

static void connect_one(struct stream *t, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event on = { .events = EPOLLIN, .data.ptr = t };
	t->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0 || connect(t->fd, (struct sockaddr *)&to, sizeof to) < 0)
		fail(strerror(errno));
	if (epoll_ctl(s.ep, EPOLL_CTL_ADD, t->fd, &on) < 0)
		fail(strerror(errno));
}

static void begin(size_t n)
{
	s.n = n;
	s.opened = 0;
	s.ep = epoll_create1(EPOLL_CLOEXEC);
	s.v = calloc(n, sizeof *s.v);
	if (!s.v)
		abort();
}

static void end(void)
{
	for (size_t i = 0; i < s.n; i++)
		close(s.v[i].fd);
	close(s.ep);
	free(s.v);
}

/* ---- one change after the other ------------------------------------------------------------------------------------------------ */
static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* The median time from the change until the last stream has it. */
static int64_t changes(int n, void (*change)(void *ctx, int k), void *ctx, const char *what)
{
	int64_t us[CHANGES_MAX];
	s.change = 0;
	for (size_t i = 0; i < s.n; i++)
		s.v[i].seen = 0;
	for (int k = 0; k < n; k++) {
		s.change++;
		s.got = 0;
		snprintf(s.mark, sizeof s.mark, "\"lab\":%d}", s.change);
		int64_t from = clock_monotonic();
		change(ctx, s.change);
		read_until(&s.got, s.n, CHANGE_SECONDS, what);
		us[k] = clock_monotonic() - from;
		usleep(PAUSE_MS * 1000);
	}
	qsort(us, (size_t)n, sizeof us[0], by_size);
	return us[n / 2];
}

static void publish(void *ctx, int k)
{
	struct arena *a = arena_new(1 << 20);
	crew_must(live_publish(a, ctx, arena_printf(a, "[{\"s\":1,\"i\":[12345],\"lab\":%d}]", k)));
	arena_free(a);
}

static void tell_writer(void *ctx, int k)
{
	if (write(*(int *)ctx, &k, sizeof k) != sizeof k)
		fail("the writer is gone");
}

/* ---- the peer: a process that writes --------------------------------------------------------------------------------------------- */
static void writer(int listener, int orders, size_t n, size_t bytes)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int *fd = calloc(n, sizeof *fd);
	char *text = malloc(bytes + CARRY);
	if (!fd || !text)
		abort();
	for (size_t i = 0; i < n; i++)
		if ((fd[i] = accept(listener, NULL, NULL)) < 0)
			fail(strerror(errno));
	for (int k; read(orders, &k, sizeof k) == sizeof k;) {
		memset(text, '.', bytes);
		char mark[CARRY];
		int m = snprintf(mark, sizeof mark, "\"lab\":%d}", k);
		memcpy(text + bytes - (size_t)m, mark, (size_t)m);
		for (size_t i = 0; i < n; i++)
			if (write(fd[i], text, bytes) != (ssize_t)bytes)
				fail("the peer's write was refused");
	}
	_exit(0);
}

static int64_t bare(size_t n, int rounds, size_t bytes)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), orders[2];
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 4096) < 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &len) < 0 || pipe(orders) < 0)
		fail(strerror(errno));
	if (fork() == 0) {
		close(orders[1]);
		writer(listener, orders[0], n, bytes);
	}
	begin(n);
	for (size_t i = 0; i < n; i++) {
		connect_one(&s.v[i], ntohs(at.sin_port));
		s.v[i].open = true;
	}
	int64_t us = changes(rounds, tell_writer, &orders[1], "bare writes");
	end();
	close(orders[1]);
	return us;
}

/* ---- memory ------------------------------------------------------------------------------------------------------------------------- */
static long private_kb(char **pids)
{
	long sum = 0, kb;
	for (; *pids; pids++) {
		char path[64], line[256];
		snprintf(path, sizeof path, "/proc/%s/smaps_rollup", *pids);
		FILE *f = fopen(path, "r");
		while (f && fgets(line, sizeof line, f))
			if (sscanf(line, "Private_Clean: %ld", &kb) == 1 || sscanf(line, "Private_Dirty: %ld", &kb) == 1)
				sum += kb;
		if (f)
			fclose(f);
	}
	return sum;
}

static void open_streams(const char *url, const char *channel)
{
	char host[64], request[256];
	int port = 80;
	if (sscanf(url, "http://%63[^:/]:%d", host, &port) < 1 || (strcmp(host, "localhost") != 0 && strncmp(host, "127.", 4) != 0))
		fail("only a house on this machine is loaded");
	int n = snprintf(request, sizeof request, "GET /live/%s HTTP/1.1\r\nHost: %s:%d\r\nAccept: text/event-stream\r\n\r\n", channel, host, port);
	for (size_t i = 0; i < s.n; i++) {
		connect_one(&s.v[i], (uint16_t)port);
		if (write(s.v[i].fd, request, (size_t)n) != n)
			fail(strerror(errno));
		if (i >= AT_ONCE)
			read_until(&s.opened, i - AT_ONCE, OPEN_SECONDS, "streams opened");
	}
	read_until(&s.opened, s.n, OPEN_SECONDS, "streams opened");
}

int main(int argc, char **argv)
{
	size_t n = argc >= 6 ? (size_t)strtol(argv[4], NULL, 10) : 0;
	int rounds = argc >= 6 ? (int)strtol(argv[5], NULL, 10) : 0;
	if (n < 1 || rounds < 1 || rounds > CHANGES_MAX) {
		fprintf(stderr, "usage: streams_load CONF URL CHANNEL STREAMS CHANGES [PID…]\n");
		return 2;
	}
	struct rlimit files = { n + 1000, n + 1000 };
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		fail("not enough descriptors: ulimit -n");
	crew_must(conf_load(argv[1]));
	long before = private_kb(argv + 6);
	int64_t from = clock_monotonic();
	begin(n);
	open_streams(argv[2], argv[3]);
	printf("opened_per_s %.0f\n", (double)n / ((double)(clock_monotonic() - from) / US_SECOND));
	publish(argv[3], 0); /* the first after a start of Redis may be told as "fetch the state anew" */
	usleep(PAUSE_MS * 1000);
	int64_t us = changes(rounds, publish, argv[3], "a change");
	printf("bytes %zu\nfanout_ms %.1f\n", s.bytes, (double)us / 1000);
	if (argc > 6)
		printf("kb_each %.2f\n", (double)(private_kb(argv + 6) - before) / (double)n);
	end();
	sleep(1); /* their ends are dealt with */
	int64_t bare_us = bare(n, rounds, s.bytes);
	printf("bare_ms %.1f\n", (double)bare_us / 1000);
	return 0;
}
