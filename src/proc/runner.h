/* Runs jobs in processes of their own, so that a job that hangs or crashes harms no other.  A job's runner stays for
 * half a minute after its last run: a job of every second is not forked every second. */
#ifndef FOYER_PROC_RUNNER_H
#define FOYER_PROC_RUNNER_H

#include "base/err.h"
#include "web/route.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct job_call { int64_t last_ok_at, fence; };
struct job_result { bool ok; char note[500]; };
struct runner { pid_t pid; int fd; }; /* {0, -1}: none */

/* Sends the call to the job's runner, which is forked where there is none. */
struct err *runner_call(struct runner *r, const struct job *j, const struct job_call *call);
/* true: the run has ended, and *ret tells how; a runner that died is a failed run.  Never blocks. */
bool runner_ended(struct runner *r, struct job_result *ret);
/* Forgets a runner that left as it had nothing to do. */
void runner_reap_idle(struct runner *r);
void runner_kill(struct runner *r); /* no matter what it does; also where there is none */

#endif
