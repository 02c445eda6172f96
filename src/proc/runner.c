/* Runners of jobs. */
#include "proc/runner.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "db/db.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define IDLE_MS 30000
#define ARENA_BYTES ((size_t)256 << 20)

static void run(const struct job *j, struct db *db, struct arena *a, const struct job_call *call, struct job_result *ret)
{
	struct job_ctx ctx = { .db = db, .a = a, .now = clock_now(), .last_ok_at = call->last_ok_at, .fence = call->fence };
	db_unit_begin(db, NULL);
	struct err *e = j->run(&ctx);
	*ret = (struct job_result){ .ok = !e };
	str_utf8_copy(ret->note, sizeof ret->note, e ? err_text(e) : ctx.note ? ctx.note : "");
	log_err(LOG_ERROR, "job failed", e);
	arena_reset(a);
}

static void __attribute__((noreturn)) be_runner(const struct job *j, int fd, pid_t leader)
{
	/* The leader's connections are not ours; only the standard ones and the line to the leader stay open. */
	if (dup2(fd, 3) < 0)
		_exit(1);
	close_range(4, ~0U, 0);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "foyer:job");
	if (getppid() != leader)
		_exit(0);
	char id[64];
	snprintf(id, sizeof id, "job-%s", j->name);
	log_request_id(id);
	struct db *db = db_open();
	struct arena *a = arena_new(ARENA_BYTES);
	for (;;) {
		struct pollfd p = { .fd = 3, .events = POLLIN };
		struct job_call call;
		/* Before it leaves it closes its ear, so that a call is either heard or told to have failed. */
		if (poll(&p, 1, IDLE_MS) <= 0)
			shutdown(3, SHUT_RD);
		if (recv(3, &call, sizeof call, MSG_DONTWAIT) != (ssize_t)sizeof call)
			break;
		struct job_result result;
		run(j, db, a, &call, &result);
		if (send(3, &result, sizeof result, MSG_NOSIGNAL) != (ssize_t)sizeof result)
			break;
	}
	db_close(db);
	_exit(0);
}

static struct err *fork_runner(struct runner *r, const struct job *j)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_new(ERR_INTERNAL, "cannot make a line to a runner: %s", strerror(errno));
	pid_t leader = getpid(), pid = fork();
	if (pid == 0)
		be_runner(j, pair[1], leader);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_new(ERR_INTERNAL, "cannot fork a runner: %s", strerror(errno));
	}
	*r = (struct runner){ .pid = pid, .fd = pair[0] };
	return NULL;
}

static int forget(struct runner *r)
{
	int status = 0;
	close(r->fd);
	waitpid(r->pid, &status, 0);
	*r = (struct runner){ .fd = -1 };
	return status;
}

struct err *runner_call(struct runner *r, const struct job *j, const struct job_call *call)
{
	/* It may leave, having idled, at the very moment it is called: then a fresh one is. */
	for (int i = 0; i < 2; i++) {
		if (!r->pid)
			TRY(fork_runner(r, j));
		if (send(r->fd, call, sizeof *call, MSG_NOSIGNAL) == (ssize_t)sizeof *call)
			return NULL;
		forget(r);
	}
	return err_new(ERR_INTERNAL, "the runner of %s cannot be reached", j->name);
}

bool runner_ended(struct runner *r, struct job_result *ret)
{
	ssize_t n = recv(r->fd, ret, sizeof *ret, MSG_DONTWAIT);
	if (n == (ssize_t)sizeof *ret)
		return true;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	int status = forget(r);
	*ret = (struct job_result){ .ok = false };
	if (WIFSIGNALED(status))
		snprintf(ret->note, sizeof ret->note, "the run died of signal %d", WTERMSIG(status));
	else
		snprintf(ret->note, sizeof ret->note, "the run ended its process with status %d", WEXITSTATUS(status));
	return true;
}

void runner_reap_idle(struct runner *r)
{
	if (r->pid && waitpid(r->pid, NULL, WNOHANG) == r->pid) {
		close(r->fd);
		*r = (struct runner){ .fd = -1 };
	}
}

void runner_kill(struct runner *r)
{
	if (!r->pid)
		return;
	kill(r->pid, SIGKILL);
	forget(r);
}
