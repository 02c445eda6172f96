/* The common beginning of the subcommands. */
#include "proc/start.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "tmplc/i18n.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *conf_path;

static void drop(int *argc, char **argv, int at, int n)
{
	memmove(argv + at, argv + at + n, (size_t)(*argc - at - n + 1) * sizeof *argv);
	*argc -= n;
}

static enum log_level level_of(const char *name)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, names[i]))
			return (enum log_level)i;
	return LOG_INFO;
}

void start_log(const char *process)
{
	log_setup(level_of(conf()->log_level), process);
}

bool start_house(int *argc, char **argv, const char *process)
{
	for (int i = 1; i < *argc; i++)
		if (str_eq(argv[i], "-c")) {
			if (i + 1 == *argc) {
				fprintf(stderr, "foyer %s: -c needs the name of a configuration file\n", argv[0]);
				return false;
			}
			conf_path = argv[i + 1];
			drop(argc, argv, i, 2);
			break;
		}
	struct err *e = conf_load(conf_path);
	if (e) {
		fprintf(stderr, "foyer %s: %s\n", argv[0], err_text(e));
		err_free(e);
		return false;
	}
	start_log(process);
	clock_zone(conf()->timezone);
	crypto_init();
	i18n_load();
	return true;
}

const char *start_conf_path(void)
{
	return conf_path;
}

bool start_flag(int *argc, char **argv, const char *flag)
{
	for (int i = 1; i < *argc; i++)
		if (str_eq(argv[i], flag)) {
			drop(argc, argv, i, 1);
			return true;
		}
	return false;
}

bool start_no_more(int argc, char **argv)
{
	if (argc <= 1)
		return true;
	fprintf(stderr, "foyer %s: what is '%s'? `foyer %s --help` tells the usage\n", argv[0], argv[1], argv[0]);
	return false;
}

struct err *start_listen(const char *path, int *ret)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	if (strlen(path) + strlen(".new") >= sizeof to.sun_path)
		return err_new(ERR_INVALID, "the path is too long for a unix socket: %s", path);
	snprintf(to.sun_path, sizeof to.sun_path, "%.103s.new", path);
	unlink(to.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0 && chmod(to.sun_path, 0666) == 0 &&
	    listen(fd, (int)conf()->pool_backlog) == 0 && rename(to.sun_path, path) == 0) {
		*ret = fd;
		return NULL;
	}
	struct err *e = err_new(ERR_INTERNAL, "cannot listen on %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return e;
}
