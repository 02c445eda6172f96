#include "watch.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"
#include "db/db.h"
#include "ext/redis.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct stage { int64_t performance, room; };
struct watch { pid_t pid; int pipe; struct watch_seen *seen; };

static const char *const parts[] = { "nginx", "serve", "primary", "replica", "redis", "work", "live", "clock" };
enum { PARTS = ARRAY_LEN(parts), GENERATOR = PARTS, CPUS };

#define STATUS_ROW(F) F(str, name) F(i64, n)
DB_ROW(watch_status, STATUS_ROW)
DB_QUERY_F(watch_server, watch_status, DB_SCAN_OK,
    "SELECT LOWER(VARIABLE_NAME) AS name, CAST(VARIABLE_VALUE AS SIGNED) AS n FROM information_schema.GLOBAL_STATUS"
    " WHERE VARIABLE_NAME IN ('COM_COMMIT', 'INNODB_ROW_LOCK_WAITS', 'QUESTIONS')")
DB_QUERY(watch_sale, watch_status,
    "SELECT state AS name, COUNT(*) AS n FROM claim WHERE performance_id = ? GROUP BY state")
DB_QUERY(watch_room, watch_status,
    "SELECT 'issued' AS name, issued AS n FROM waiting_room WHERE id = ? UNION ALL SELECT 'head', head FROM waiting_room WHERE id = ?"
    " UNION ALL SELECT 'admitted', admitted FROM waiting_room WHERE id = ? UNION ALL SELECT 'skipped', skipped FROM waiting_room WHERE id = ?"
    " UNION ALL SELECT 'active', COUNT(*) FROM queue_pass WHERE room_id = ? AND ended_at IS NULL AND expires_at > ?")

/* ---- CPU ------------------------------------------------------------------------------------------------------------------ */
/* Ticks of a process and of children it has waited for; 0 when it is gone. */
static int64_t ticks_of(long pid)
{
	char path[64], line[1024];
	long long user, system, child_user, child_system;
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	FILE *f = fopen(path, "r");
	const char *rest = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	if (f)
		fclose(f);
	if (!rest || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld", &user, &system, &child_user,
	    &child_system) != 4)
		return 0;
	return user + system + child_user + child_system;
}

static int64_t ticks_of_family(long pid)
{
	char path[64];
	int64_t sum = ticks_of(pid);
	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid, pid);
	FILE *f = fopen(path, "r");
	long child;
	while (f && fscanf(f, "%ld", &child) == 1)
		sum += ticks_of(child);
	if (f)
		fclose(f);
	return sum;
}

static long pid_of(const char *run_dir, const char *name)
{
	char path[300];
	long pid = 0;
	snprintf(path, sizeof path, "%s/%s.pid", run_dir, name);
	FILE *f = fopen(path, "r");
	if (f && fscanf(f, "%ld", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

/* ---- a row --------------------------------------------------------------------------------------------------------------------- */
struct row { int64_t cpu[CPUS], commits, lock_waits, questions, redis, issued, head, admitted, skipped, active, held, sold; };

static int64_t value_of(const struct watch_status *s, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s[i].name, name))
			return s[i].n;
	return 0;
}

static void ask_database(struct db *db, struct arena *a, struct stage st, struct row *ret)
{
	struct watch_status *s;
	size_t n;
	int64_t r = st.room;
	db_unit_begin(db, NULL);
	struct err *e = watch_server_all(db, a, &s, &n, DB_NO_ARGS);
	if (!e) {
		ret->commits = value_of(s, n, "com_commit");
		ret->lock_waits = value_of(s, n, "innodb_row_lock_waits");
		ret->questions = value_of(s, n, "questions");
		e = watch_sale_all(db, a, &s, &n, DB_ARGS(st.performance));
	}
	if (!e) {
		ret->held = value_of(s, n, "held");
		ret->sold = value_of(s, n, "sold");
		e = watch_room_all(db, a, &s, &n, DB_ARGS(r, r, r, r, r, db_time(clock_now())));
	}
	if (!e) {
		ret->issued = value_of(s, n, "issued");
		ret->head = value_of(s, n, "head");
		ret->admitted = value_of(s, n, "admitted");
		ret->skipped = value_of(s, n, "skipped");
		ret->active = value_of(s, n, "active");
	}
	err_free(e);
}

static int64_t value_in(const char *info, const char *name)
{
	const char *at = strstr(info, name);
	return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

/* A server that has just started counts what it reads from its own log. */
static int64_t redis_commands(struct arena *a)
{
	struct redis_reply reply = { 0 };
	struct err *e = REDIS(a, &reply, "INFO");
	bool known = !e && reply.kind == REDIS_STR && value_in(reply.s, "uptime_in_seconds:") > 2;
	err_free(e);
	return known ? value_in(reply.s, "total_commands_processed:") : 0;
}

static void look(struct db *db, struct arena *a, const char *run_dir, struct stage st, struct row *ret)
{
	for (size_t i = 0; i < PARTS; i++)
		ret->cpu[i] = ticks_of_family(pid_of(run_dir, parts[i]));
	ret->cpu[GENERATOR] = ticks_of(getppid());
	ask_database(db, a, st, ret);
	ret->redis = redis_commands(a);
	arena_reset(a);
}

/* What came since; a counter that began anew (its process did) has brought nothing yet. */
static int64_t since(int64_t now, int64_t before)
{
	return before > 0 && now > before ? now - before : 0;
}

static void print(FILE *f, const struct row *now, const struct row *was, double s)
{
	double percent = 100.0 / (double)sysconf(_SC_CLK_TCK) / s;
	fprintf(f, "%" PRId64, clock_now() / US_SECOND);
	for (size_t i = 0; i < CPUS; i++)
		fprintf(f, "\t%.0f", (double)since(now->cpu[i], was->cpu[i]) * percent);
	const int64_t rates[][2] = { { now->commits, was->commits }, { now->lock_waits, was->lock_waits }, { now->questions, was->questions },
		{ now->redis, was->redis } };
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		fprintf(f, "\t%.0f", (double)since(rates[i][0], rates[i][1]) / s);
	const int64_t levels[] = { now->issued, now->head, now->admitted, now->skipped, now->active, now->held, now->sold };
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		fprintf(f, "\t%" PRId64, levels[i]);
	fputc('\n', f);
	fflush(f);
}

static void watch_on(const char *run_dir, FILE *f, struct stage st, int pipe, struct watch_seen *seen)
{
	struct arena *a = arena_new(4 << 20);
	struct db *db = db_open();
	struct row was = { 0 };
	struct pollfd end = { .fd = pipe, .events = POLLIN };
	int64_t last = clock_monotonic();
	look(db, a, run_dir, st, &was);
	fprintf(f, "second");
	for (size_t i = 0; i < PARTS; i++)
		fprintf(f, "\tcpu_%s", parts[i]);
	fprintf(f, "\tcpu_generator\tcommits\tlock_waits\tquestions\tredis\tissued\thead\tadmitted\tskipped\tactive\tseats_held\tseats_sold\n");
	while (poll(&end, 1, (int)(1000 - (clock_now() / 1000) % 1000)) == 0) {
		struct row now = { 0 };
		look(db, a, run_dir, st, &now);
		int64_t at = clock_monotonic();
		print(f, &now, &was, (double)(at - last) / US_SECOND);
		if (now.sold > seen->sold)
			seen->sold = now.sold;
		was = now;
		last = at;
	}
	db_close(db);
	arena_free(a);
}

struct watch *watch_start(const char *conf_file, const char *run_dir, const char *file)
{
	static struct watch w;
	int ends[2];
	w.seen = mmap(NULL, sizeof *w.seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.seen == MAP_FAILED || pipe(ends) != 0 || (w.pid = fork()) < 0) {
		perror("watch");
		exit(1);
	}
	if (w.pid > 0) {
		close(ends[0]);
		w.pipe = ends[1];
		return &w;
	}
	struct stage st;
	close(ends[1]);
	prctl(PR_SET_NAME, "people-watch");
	FILE *f = fopen(file, "w");
	char log[500];
	snprintf(log, sizeof log, "%s.log", file);
	struct err *e = freopen(log, "w", stderr) ? conf_load(conf_file) : NULL; /* what it cannot ask is not for the terminal */
	if (f && !e && read(ends[0], &st, sizeof st) == (ssize_t)sizeof st)
		watch_on(run_dir, f, st, ends[0], w.seen);
	_exit(e || !f);
}

const struct watch_seen *watch_seen(const struct watch *w)
{
	return w->seen;
}

void watch_stage(struct watch *w, int64_t performance, int64_t room)
{
	struct stage st = { performance, room };
	if (write(w->pipe, &st, sizeof st) != (ssize_t)sizeof st)
		perror("watch");
}

void watch_end(struct watch *w)
{
	close(w->pipe);
	waitpid(w->pid, NULL, 0);
}
