/* foyer live: the loop, the socket, the end. */
#include "live/server.h"

#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "live/live.h"
#include "proc/start.h"
#include "proc/worker_start.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_MOST 256
#define SPARE_FDS 64
#define GOODBYE_MS 1000

struct live live;

static struct { int fd; char path[108]; struct event accept, tick, quit[3], end; size_t second; } server;

static struct err *listen_at(void)
{
	if (live_socket_path(server.path, sizeof server.path) == 0)
		return err_new(ERR_INVALID, "live_socket is too long for a unix socket");
	return start_listen(server.path, &server.fd);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	(void)what, (void)arg;
	for (int i = 0; i < ACCEPT_MOST; i++) {
		int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (c < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (c < 0 && errno != EAGAIN)
			event_del(&server.accept); /* out of descriptors: the tick listens again */
		if (c < 0)
			return;
		client_new(c);
	}
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	client_heartbeats(server.second++);
	hub_tick();
	if (!live.stopping)
		event_add(&server.accept, NULL);
	else if (live.clients_n == 0)
		event_base_loopbreak(live.base);
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	event_base_loopbreak(live.base);
}

/* Everybody is told to come back, not all in the same moment.  The socket goes first, so that nobody new comes. */
static void on_quit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	if (live.stopping)
		return;
	live.stopping = true;
	unlink(server.path);
	event_del(&server.accept);
	close(server.fd);
	for (size_t i = live.clients_n; i-- > 0;) {
		struct client *c = live.clients[i];
		char line[40];
		int n = snprintf(line, sizeof line, "retry: %u\n\n", 200 + crypto_uniform(3000));
		if (!c->links_n)
			client_close(c);
		else if (client_write(c, line, (size_t)n))
			client_close_after_write(c);
	}
	struct timeval tv = { .tv_sec = 0, .tv_usec = live.clients_n ? GOODBYE_MS * 999 : 0 };
	evtimer_add(&server.end, &tv);
}

static void raise_limits(void)
{
	struct rlimit r;
	rlim_t want = (rlim_t)conf()->live_connections + SPARE_FDS;
	if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur >= want)
		return;
	struct rlimit more = { .rlim_cur = want, .rlim_max = r.rlim_max > want ? r.rlim_max : want };
	if (setrlimit(RLIMIT_NOFILE, &more) == 0)
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	char have[24];
	snprintf(have, sizeof have, "%ju", (uintmax_t)r.rlim_cur);
	log_msg(LOG_WARN, "fewer descriptors than live_connections asks for", "limit", have, NULL);
}

static void run(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGQUIT };
	const struct timeval second = { .tv_sec = 1 };
	event_assign(&server.accept, live.base, server.fd, EV_READ | EV_PERSIST, on_accept, NULL);
	event_add(&server.accept, NULL);
	event_assign(&server.tick, live.base, -1, EV_PERSIST, on_tick, NULL);
	event_add(&server.tick, &second);
	evtimer_assign(&server.end, live.base, on_end, NULL);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		evsignal_assign(&server.quit[i], live.base, signals[i], on_quit, NULL);
		evsignal_add(&server.quit[i], NULL);
	}
	upstream_start();
	log_msg(LOG_INFO, "live streams open", "socket", server.path, NULL);
	event_base_dispatch(live.base);
	upstream_stop();
	log_msg(LOG_INFO, "live streams closed", NULL);
}

int live_main(int argc, char **argv)
{
	if (!start_house(&argc, argv, "live") || !start_no_more(argc, argv))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	raise_limits();
	struct err *e = listen_at();
	if (e) {
		log_err(LOG_ERROR, "live streams do not start", e);
		return 1;
	}
	worker_become_user();
	live.base = event_base_new();
	if (!live.base) {
		log_msg(LOG_ERROR, "libevent does not start", NULL);
		return 1;
	}
	run();
	return 0;
}
