/* Executing oneself anew.  The state travels in one environment variable:
 *   FOYER_RELOAD="PID generation board_fd pid_fd | pool=fd … | pid …"
 * and counts only in the process whose id it names (exec keeps the id; a child started with a copy ignores it). */
#include "proc/reload.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "proc/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLE "FOYER_RELOAD"

static char program[PATH_MAX]; /* found at start: later /proc/self/exe may read "… (deleted)" */

static const char *state(void)
{
	const char *s = getenv(VARIABLE);
	return s && strtol(s, NULL, 10) == getpid() ? s : NULL;
}

void reload_inherited(struct inherited *ret)
{
	if (!program[0] && readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		program[0] = '\0';
	*ret = (struct inherited){ .board_fd = -1, .pid_fd = -1 };
	const char *s = state();
	struct inherited in;
	if (s && sscanf(s, "%*d %d %d %d", &in.generation, &in.board_fd, &in.pid_fd) == 3)
		*ret = in;
}

int master_inherited_fd(const char *name)
{
	char key[64];
	snprintf(key, sizeof key, " %s=", name);
	const char *s = state(), *at = s ? strstr(s, key) : NULL;
	return at ? (int)strtol(at + strlen(key), NULL, 10) : -1;
}

void reload_dismiss(void)
{
	const char *s = state(), *at = s ? strrchr(s, '|') : NULL;
	if (!at)
		return;
	char *end;
	for (long pid = strtol(at + 1, &end, 10); pid > 1; pid = strtol(end, &end, 10))
		kill((pid_t)pid, SIGTERM);
}

static void keep(const struct master *m, int board_fd, int pid_fd, int flag)
{
	fcntl(board_fd, F_SETFD, flag);
	fcntl(pid_fd, F_SETFD, flag);
	for (size_t i = 0; i < m->n_pools; i++)
		if (m->pools[i].fd >= 0)
			fcntl(m->pools[i].fd, F_SETFD, flag);
}

/* execv wants pointers to char, and changes nothing. */
static void arguments(char *ret[static 5], const char *command)
{
	const char *conf_path = start_conf_path();
	ret[0] = program;
	ret[1] = (char *)(uintptr_t)command;
	ret[2] = conf_path ? (char *)(uintptr_t)"-c" : NULL;
	ret[3] = (char *)(uintptr_t)conf_path;
	ret[4] = NULL;
}

/* Runs `foyer config` of the program as it is on disk now. */
static struct err *try_config(void)
{
	char *argv[5];
	arguments(argv, "config");
	pid_t pid = fork();
	if (pid == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		int null = open("/dev/null", O_WRONLY);
		if (null < 0 || dup2(null, 1) < 0)
			_exit(126);
		execv(program, argv);
		_exit(127);
	}
	int status = 0;
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return err_new(ERR_INTERNAL, "cannot check the configuration: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_new(ERR_INVALID, "%s does not accept the configuration", program);
	return NULL;
}

struct err *reload_exec(const struct master *m, int board_fd, int pid_fd, int generation)
{
	TRY(try_config());
	struct buf b;
	buf_init(&b, NULL);
	buf_printf(&b, "%d %d %d %d |", (int)getpid(), generation, board_fd, pid_fd);
	for (size_t i = 0; i < m->n_pools; i++)
		if (m->pools[i].fd >= 0)
			buf_printf(&b, " %s=%d", m->pools[i].name, m->pools[i].fd);
	buf_str(&b, " |");
	for (size_t i = 0; i < BOARD_SLOTS; i++)
		if (board()->slots[i].pid)
			buf_printf(&b, " %d", (int)board()->slots[i].pid);
	int rc = setenv(VARIABLE, buf_cstr(&b), 1);
	buf_free(&b);
	if (rc < 0)
		return err_new(ERR_INTERNAL, "cannot reload: %s", strerror(errno));
	char *argv[5];
	arguments(argv, m->name);
	keep(m, board_fd, pid_fd, 0);
	execv(program, argv);
	int why = errno;
	keep(m, board_fd, pid_fd, FD_CLOEXEC);
	unsetenv(VARIABLE);
	return err_new(ERR_INTERNAL, "cannot execute %s: %s", program, strerror(why));
}
