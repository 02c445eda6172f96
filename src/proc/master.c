/* Masters. */
#include "proc/master.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "proc/plan.h"
#include "proc/reload.h"
#include "proc/worker_start.h"
#include "web/route.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_US INT64_C(100000)
#define STOP_GRACE_US (60 * US_SECOND)

static struct { int board_fd, pid_fd, generation; bool stopping; int64_t stop_at; } self;

static void log_worker(enum log_level level, const char *msg, const struct master *m, const struct slot *s, int64_t now,
    const char *how)
{
	char pid[16], age[32], requests[24];
	snprintf(pid, sizeof pid, "%d", (int)s->pid);
	snprintf(age, sizeof age, "%lld", (long long)((now - s->forked_at) / 1000));
	snprintf(requests, sizeof requests, "%lld", (long long)s->requests);
	const struct board *b = board();
	int route = s->route;
	bool routed = route >= 0 && route < b->n_routes;
	log_msg(level, msg, "pool", s->pool < (int)m->n_pools ? m->pools[s->pool].name : "?", "worker", pid, "how", how,
	    "age_ms", age, "requests", requests, "route", routed ? b->routes[route].path : s->what, "request",
	    s->request_id, NULL);
}

static void tell_all(int sig, int older_than)
{
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		struct slot *s = &board()->slots[i];
		if (s->pid && s->generation < older_than) {
			s->told = true;
			kill(s->pid, sig);
		}
	}
}

static struct slot *slot_of(pid_t pid)
{
	for (size_t i = 0; i < BOARD_SLOTS; i++)
		if (board()->slots[i].pid == pid)
			return &board()->slots[i];
	return NULL;
}

static void bury(struct master *m, struct slot *s, int status, int64_t now)
{
	char how[48];
	if (WIFSIGNALED(status))
		snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
	bool left = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	enum death death = s->killed ? DEATH_DEADLINE : left ? DEATH_LEFT : DEATH_CRASHED;
	struct master_pool *p = s->pool < (int)m->n_pools ? &m->pools[s->pool] : NULL;
	if (p) {
		bool young = death == DEATH_CRASHED && now - s->forked_at < PLAN_YOUNG_US;
		p->young = young ? p->young + 1 : 0;
		p->next_fork_at = now + plan_respawn_pause_us(p->young);
		atomic_fetch_add(&board()->pools[p->index].ended[death], 1);
	}
	if (death == DEATH_CRASHED)
		log_worker(LOG_ERROR, "worker died", m, s, now, how);
	else if (death == DEATH_LEFT)
		log_worker(LOG_DEBUG, "worker left", m, s, now, how);
	board_slot_free(s);
}

static void reap(struct master *m, int64_t now)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct slot *s = slot_of(pid);
		if (s)
			bury(m, s, status, now);
	}
}

static void kill_overdue(const struct master *m, int64_t now)
{
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		struct slot *s = &board()->slots[i];
		if (s->killed || !slot_overdue(s, now))
			continue;
		s->killed = true;
		log_worker(LOG_ERROR, "worker killed: past its deadline", m, s, now, "deadline");
		kill(s->pid, SIGKILL);
	}
}

static int alive(int pool, int generation)
{
	int n = 0;
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		const struct slot *s = &board()->slots[i];
		n += s->pid && (pool < 0 || (s->pool == pool && s->generation == generation && !s->told));
	}
	return n;
}

static void fork_worker(struct master *m, struct master_pool *p, int64_t now)
{
	struct slot *s = board_slot_take(p->index, self.generation, now);
	if (!s) {
		p->next_fork_at = now + US_SECOND;
		log_msg(LOG_ERROR, "no free slot on the scoreboard", "pool", p->name, NULL);
		return;
	}
	pid_t master = getpid();
	pid_t pid = fork();
	if (pid < 0) {
		p->next_fork_at = now + US_SECOND;
		log_msg(LOG_ERROR, "cannot fork a worker", "pool", p->name, "why", strerror(errno), NULL);
	} else if (pid == 0) {
		close(self.pid_fd);
		close(self.board_fd);
		for (size_t i = 0; i < m->n_pools; i++)
			if (m->pools[i].fd >= 0 && m->pools[i].fd != p->fd)
				close(m->pools[i].fd);
		s->pid = getpid();
		worker_start(p->name, master);
		int status = p->run(s, p);
		exit(status);
	} else {
		s->pid = pid;
	}
}

static void fill_pools(struct master *m, int64_t now)
{
	for (size_t i = 0; i < m->n_pools; i++) {
		struct master_pool *p = &m->pools[i];
		int missing = p->workers - alive(p->index, self.generation);
		for (; missing > 0 && now >= p->next_fork_at; missing--)
			fork_worker(m, p, now);
	}
}

static void stop(struct master *m, int64_t now)
{
	if (self.stopping) {
		tell_all(SIGTERM, INT32_MAX);
		return;
	}
	self.stopping = true;
	self.stop_at = now;
	log_msg(LOG_INFO, "stopping", NULL);
	if (m->on_stop)
		m->on_stop(m);
	/* Whoever starts next may take the place while the last requests are answered. */
	flock(self.pid_fd, LOCK_UN);
	tell_all(SIGQUIT, INT32_MAX);
}

static void reload(struct master *m)
{
	log_msg(LOG_INFO, "reloading", NULL);
	struct err *e = reload_exec(m, self.board_fd, self.pid_fd, self.generation);
	log_err(LOG_ERROR, "reload refused; going on as before", e);
}

static void loop(struct master *m)
{
	sigset_t set;
	worker_signals(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		int64_t now = clock_monotonic();
		reap(m, now);
		kill_overdue(m, now);
		if (!self.stopping)
			fill_pools(m, now);
		else if (!alive(-1, 0))
			return;
		else if (now - self.stop_at > STOP_GRACE_US)
			tell_all(SIGKILL, INT32_MAX);
		struct timespec tick = { .tv_nsec = TICK_US * 1000 };
		int sig = sigtimedwait(&set, NULL, &tick);
		if (sig == SIGHUP && !self.stopping)
			reload(m);
		else if (sig == SIGTERM || sig == SIGQUIT || sig == SIGINT)
			stop(m, clock_monotonic());
	}
}

static struct err *lock_pid_file(const struct master *m, int inherited)
{
	char path[4096], text[16];
	snprintf(path, sizeof path, "%s/%s.pid", conf()->run_dir, m->name);
	int fd = inherited >= 0 ? inherited : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_new(ERR_INTERNAL, "cannot open %s: %s (does run_dir exist?)", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return err_new(ERR_CONFLICT, "another foyer %s runs with this run_dir (%s is locked)", m->name, path);
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		close(fd);
		return err_new(ERR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
	}
	self.pid_fd = fd;
	return NULL;
}

static struct err *prepare(struct master *m, bool *ret_same_board)
{
	struct inherited in;
	reload_inherited(&in);
	TRY(worker_user_check());
	TRY(lock_pid_file(m, in.pid_fd));
	TRY(m->on_start(m));
	for (size_t d = 0; domains[d]; d++)
		if (domains[d]->share)
			log_err(LOG_WARN, "the processes of this host share less than they could", domains[d]->share());
	bool same_board;
	TRY(board_make(m->name, in.board_fd, &self.board_fd, &same_board));
	self.generation = in.generation + 1;
	struct board *b = board();
	b->master = getpid();
	b->generation = self.generation;
	for (size_t i = 0; i < m->n_pools; i++) {
		m->pools[i].index = (int)i;
		snprintf(b->pools[i].name, sizeof b->pools[i].name, "%s", m->pools[i].name);
		b->pools[i].workers = m->pools[i].workers;
	}
	for (size_t i = m->n_pools; i < BOARD_POOLS; i++)
		b->pools[i].name[0] = '\0';
	*ret_same_board = same_board;
	return NULL;
}

int master_run(struct master *m)
{
	sigset_t set;
	worker_signals(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	bool same_board = true;
	struct err *e = prepare(m, &same_board);
	if (e) {
		log_err(LOG_ERROR, "cannot start", e);
		return 2;
	}
	log_msg(LOG_INFO, self.generation > 1 ? "reloaded" : "started", NULL);
	fill_pools(m, clock_monotonic());
	tell_all(SIGTERM, self.generation);
	if (!same_board)
		reload_dismiss();
	loop(m);
	log_msg(LOG_INFO, "stopped", NULL);
	return 0;
}
