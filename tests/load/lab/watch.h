/* Watches the house from a process beside the generator: a row each second in house.tsv with the CPU of every part, what the
 * database and Redis did, and how room and sale stand.  What it cannot ask because something was killed is 0. */
#ifndef LAB_WATCH_H
#define LAB_WATCH_H

#include <stdint.h>
#include <sys/types.h>

struct watch_seen { volatile int64_t sold; }; /* shared memory: seats that are paid */
/* Before the generator has opened a database or Redis.  It sleeps until it is told the stage, and ends with the generator. */
struct watch *watch_start(const char *conf, const char *run_dir, const char *file);
const struct watch_seen *watch_seen(const struct watch *w);
void watch_stage(struct watch *w, int64_t performance, int64_t room);
void watch_end(struct watch *w);

#endif
