/* What every subcommand does first. */
#ifndef FOYER_PROC_START_H
#define FOYER_PROC_START_H

#include "base/err.h"

#include <stdbool.h>

/* Takes `-c FILE` out of the arguments (*argc shrinks), reads the configuration, and sets up log, zone, messages and
 * cryptography.  process: the name on log lines.  false: what is wrong stands on stderr; the command exits with 2. */
bool start_house(int *argc, char **argv, const char *process);
void start_log(const char *process); /* another name on the log lines: after a fork */
const char *start_conf_path(void); /* the FILE of -c; NULL: none was given */
/* Takes `flag` (such as "--json") out of the arguments; false where it is not there. */
bool start_flag(int *argc, char **argv, const char *flag);
/* After all known arguments were taken: complains about the first left over one.  true: none is left. */
bool start_no_more(int argc, char **argv);
/* A non-blocking unix socket that listens at `path` and that everybody may connect to.  It is bound beside the path and
 * moved into place: there is no instant without a socket when one was there.  ERR_INVALID: the path is too long. */
struct err *start_listen(const char *path, int *ret);

#endif
