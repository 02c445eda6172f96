/* `foyer serve`: the FastCGI workers.
 *
 * A worker accepts by itself from the pool's shared non-blocking socket (epoll with EPOLLEXCLUSIVE: one wakes up per
 * connection) and hands the connection to libfcgi.  libfcgi's own accept would block when another worker was quicker,
 * and would wait up to two seconds for a peer that neither speaks nor closes.  A connection carries one request: a kept
 * one would pin the worker to a peer that has nothing to ask. */
#include "proc/commands.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "proc/master.h"
#include "proc/plan.h"
#include "proc/start.h"
#include "web/serve.h"

#include <assert.h>
#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const pool_names[POOL_N] = { "web", "pay", "sandbox", "sale", "queue", "till" };
enum { LAST_LOOK = 4 };
static struct slot *own;

/* ---- what the scoreboard is told --------------------------------------------------------------------------------- */
static int64_t deadline_us(const struct route *route)
{
	return (route && route->deadline_ms ? route->deadline_ms : conf()->request_deadline_ms) * 1000;
}

static void on_begin(const struct route *route)
{
	snprintf(own->request_id, sizeof own->request_id, "%s", log_current_request_id());
	own->route = board_route_index(route);
	own->deadline_us = deadline_us(route);
	own->stage = STAGE_RUN;
}

static void on_stage(enum serve_stage stage)
{
	own->stage = stage == SERVE_READ ? STAGE_READ : stage == SERVE_RUN ? STAGE_RUN : STAGE_WRITE;
}

static void on_end(int status, int64_t us)
{
	board_count(own->route < 0 ? board_route_index(NULL) : own->route, status, us);
}

static const struct serve_hooks hooks = { on_begin, on_stage, on_end };

/* ---- one connection ---------------------------------------------------------------------------------------------- */
/* Answered before anything of the house: tells that the pool takes requests, and what the transport alone costs. */
static void answer_healthz(FCGX_Request *q)
{
	static const char answer[] = "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
	                             "Cache-Control: no-store\r\nContent-Length: 3\r\n\r\nok\n";
	web_fcgx_answer(q, answer, sizeof answer - 1);
}

/* A peer that falls silent must not hold the worker; the master's deadline is the last resort only. */
static void limit_silence(int fd)
{
	static const struct timeval in = { .tv_sec = 2 }, out = { .tv_sec = 5 };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof in);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof out);
}

static void serve_connection(struct web_worker *w, FCGX_Request *q, int fd)
{
	slot_busy(own, deadline_us(NULL), clock_monotonic());
	limit_silence(fd);
	FCGX_InitRequest(q, -1, 0);
	q->ipcFd = fd;
	q->keepConnection = 1; /* else FCGX_Accept_r, finishing "the last request", would close it */
	FCGX_Detach(q);        /* closed without the two seconds of lingering that libfcgi means for TCP */
	/* Fails when the peer sends no valid request: libfcgi closes the connection and wants to accept from fd -1. */
	if (FCGX_Accept_r(q) == 0) {
		const char *uri = FCGX_GetParam("REQUEST_URI", q->envp);
		if (str_eq(uri, "/healthz"))
			answer_healthz(q);
		else
			web_serve_fcgx(w, q);
		/* What is left unread would make the kernel tell the peer of a broken connection. */
		char rest[4096];
		while (FCGX_GetStr(rest, sizeof rest, q->in) == (int)sizeof rest)
			;
		FCGX_Free(q, 1);
	}
	slot_idle(own);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */
/* Serves one waiting connection; false: none is waiting. */
static bool serve_waiting(struct web_worker *w, FCGX_Request *q, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		serve_connection(w, q, fd);
		return true;
	}
	if (errno == EAGAIN)
		return false;
	if (errno != EINTR && errno != ECONNABORTED) {
		log_msg(LOG_ERROR, "cannot accept", "why", strerror(errno), NULL);
		usleep(100 * 1000);
	}
	return true;
}

static int watch(int listener)
{
	int ep = epoll_create1(EPOLL_CLOEXEC), sig = worker_signal_fd();
	struct epoll_event on_connection = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener };
	struct epoll_event on_signal = { .events = EPOLLIN, .data.fd = sig };
	if (ep < 0 || sig < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, listener, &on_connection) < 0 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, sig, &on_signal) < 0) {
		log_msg(LOG_ERROR, "cannot wait for connections", "why", strerror(errno), NULL);
		return -1;
	}
	return ep;
}

static int worker(struct slot *slot, const struct master_pool *pool)
{
	own = slot;
	/* libfcgi takes TERM, USR1 and PIPE for itself; ours are set again behind it. */
	FCGX_Init();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, SIG_DFL); /* blocked; read from the signal descriptor */
	int ep = watch(pool->fd);
	if (ep < 0)
		return 1;
	struct web_worker *w = web_worker_new(&hooks);
	int64_t left = plan_recycle_after(conf()->worker_requests, crypto_uniform(UINT32_MAX));
	FCGX_Request q;
	memset(&q, 0, sizeof q);
	slot->stage = STAGE_IDLE;
	enum told told;
	while ((told = worker_told()) != TOLD_LEAVE && slot->requests < left) {
		if (serve_waiting(w, &q, pool->fd))
			continue;
		if (told == TOLD_DRAIN)
			break;
		struct epoll_event ev[2];
		if (epoll_wait(ep, ev, 2, -1) < 0 && errno != EINTR)
			break;
	}
	/* A connection may have woken this worker alone; nobody else would look at it before the next one comes. */
	for (int i = 0; i < LAST_LOOK && serve_waiting(w, &q, pool->fd); i++)
		;
	web_worker_free(w);
	return 0;
}

/* ---- sockets ------------------------------------------------------------------------------------------------------ */
static void socket_path(char ret[static 256], const char *name)
{
	snprintf(ret, 256, "%s/%s.sock", conf()->run_dir, name);
}

static void unlink_sockets(const struct master *m)
{
	for (size_t i = 0; i < m->n_pools; i++) {
		char path[256];
		socket_path(path, m->pools[i].name);
		unlink(path);
	}
}

/* A pool without workers keeps its place, so that over a reload the scoreboard's counters stay with their pools. */
static struct err *add_pool(struct master *m, enum pool pool, int64_t workers)
{
	int fd = master_inherited_fd(pool_names[pool]);
	if (workers == 0) {
		if (fd >= 0)
			close(fd);
		fd = -1;
	} else if (fd >= 0) {
		listen(fd, (int)conf()->pool_backlog); /* the configuration may have changed it */
	} else {
		char path[256];
		socket_path(path, pool_names[pool]);
		TRY(start_listen(path, &fd));
	}
	m->pools[m->n_pools++] = (struct master_pool){ .name = pool_names[pool], .workers = (int)workers, .run = worker,
		.fd = fd };
	return NULL;
}

static_assert(2 * CONF_WORKERS_MOST <= BOARD_SLOTS, "a reload needs room for the old workers and the new");

static struct err *add_pools(struct master *m)
{
	const struct conf *c = conf();
	TRY(add_pool(m, POOL_WEB, c->pool_web));
	TRY(add_pool(m, POOL_PAY, c->pool_pay));
	TRY(add_pool(m, POOL_SANDBOX, c->pool_sandbox));
	TRY(add_pool(m, POOL_SALE, c->pool_sale));
	TRY(add_pool(m, POOL_QUEUE, c->pool_queue));
	return add_pool(m, POOL_TILL, c->pool_till);
}

int serve_main(int argc, char **argv)
{
	if (!start_house(&argc, argv, "serve") || !start_no_more(argc, argv))
		return 2;
	struct master m = { .name = "serve", .on_start = add_pools, .on_stop = unlink_sockets };
	return master_run(&m);
}
