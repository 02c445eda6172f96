/* A worker's first steps, and how it learns what it is told. */
#include "proc/worker_start.h"

#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "proc/master.h"
#include "proc/start.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define ORPHAN_SECONDS 60

static enum told told;

void worker_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGQUIT);
	sigaddset(ret, SIGHUP);
	sigaddset(ret, SIGINT);
}

static void told_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGQUIT);
}

/* The master is dead and no longer watches deadlines: the alarm does.  TERM is blocked and stays pending, so that a worker
 * on its way to sleep finds it there. */
static void on_orphaned(int sig)
{
	(void)sig;
	alarm(ORPHAN_SECONDS);
	kill(getpid(), SIGTERM);
}

static void set_signals(void)
{
	sigset_t set;
	told_signals(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	struct sigaction sa = { .sa_handler = on_orphaned, .sa_flags = SA_RESTART };
	sigaction(SIGUSR2, &sa, NULL);
}

static bool changes_user(void)
{
	return geteuid() == 0 && !str_empty(conf()->user);
}

struct err *worker_user_check(void)
{
	if (changes_user() && !getpwnam(conf()->user))
		return err_new(ERR_INVALID, "the user '%s' of the configuration does not exist", conf()->user);
	return NULL;
}

void worker_become_user(void)
{
	const char *user = conf()->user;
	if (!changes_user())
		return;
	errno = 0;
	struct passwd *pw = getpwnam(user);
	if (pw && initgroups(user, pw->pw_gid) == 0 && setgid(pw->pw_gid) == 0 && setuid(pw->pw_uid) == 0)
		return;
	log_msg(LOG_ERROR, "cannot become the user of the configuration", "user", user, "why",
	    pw ? strerror(errno) : "there is no such user", NULL);
	exit(3);
}

static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__ /* its shadow is address space too */
	/* Memory of its own: the fonts that a PDF maps from files count nothing. */
	FILE *f = fopen("/proc/self/statm", "r");
	long long pages = 0;
	if (!f || fscanf(f, "%*d %*d %*d %*d %*d %lld", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	if (!pages || conf()->worker_memory_mb <= 0)
		return;
	rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (rlim_t)conf()->worker_memory_mb * 1024 * 1024;
	struct rlimit limit = { .rlim_cur = most, .rlim_max = most };
	if (setrlimit(RLIMIT_DATA, &limit) < 0)
		log_msg(LOG_WARN, "cannot limit the worker's memory", "why", strerror(errno), NULL);
#endif
}

void worker_start(const char *name, pid_t master)
{
	char title[16];
	snprintf(title, sizeof title, "foyer:%s", name);
	prctl(PR_SET_NAME, title);
	start_log(name);
	set_signals();
	worker_become_user();
	/* After the change of user, which clears it. */
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	if (getppid() != master)
		exit(0);
	limit_memory();
}

int worker_signal_fd(void)
{
	sigset_t set;
	told_signals(&set);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

enum told worker_told(void)
{
	sigset_t set;
	told_signals(&set);
	static const struct timespec at_once;
	for (int sig; (sig = sigtimedwait(&set, NULL, &at_once)) > 0;) {
		enum told now = sig == SIGQUIT ? TOLD_DRAIN : TOLD_LEAVE;
		if (now > told)
			told = now;
	}
	return told;
}
