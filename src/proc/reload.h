/* What a master hands to itself over an exec: sockets, scoreboard, pid file, and who its children are. */
#ifndef FOYER_PROC_RELOAD_H
#define FOYER_PROC_RELOAD_H

#include "proc/master.h"

struct inherited { int board_fd, pid_fd, generation; }; /* -1, -1, 0 where nothing was inherited */
void reload_inherited(struct inherited *ret);
/* Tells the workers of before the exec to leave; for the case that the new scoreboard does not know them. */
void reload_dismiss(void);
/* Checks that the program at the old path accepts the configuration, then becomes it.  Returns only when that failed. */
struct err *reload_exec(const struct master *m, int board_fd, int pid_fd, int generation);

#endif
