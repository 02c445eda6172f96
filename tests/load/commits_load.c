/* The limit of the database on this machine: one-row commits per second over so many connections.
 * usage: commits_load CONF CONNECTIONS SECONDS   prints commits per second. */
#include "base/clock.h"
#include "base/conf.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

DB_EXEC(lab_table, "CREATE TABLE IF NOT EXISTS lab_commit (id BIGINT AUTO_INCREMENT PRIMARY KEY, person BIGINT, seat BIGINT, at DATETIME(6))")
DB_EXEC(lab_commit, "INSERT INTO lab_commit (person, seat, at) VALUES (?, ?, ?)")
DB_EXEC(lab_drop, "DROP TABLE lab_commit")

static void fail(struct err *e)
{
	fprintf(stderr, "commits_load: %s\n", err_text(e));
	exit(1);
}

static void commit_until(int64_t end, _Atomic int64_t *total, int person)
{
	struct db *db = db_open();
	int64_t n = 0;
	db_unit_begin(db, NULL);
	while (clock_monotonic() < end) {
		struct err *e = lab_commit_run(db, NULL, DB_ARGS(person, n, db_time(clock_now())));
		if (e)
			fail(e);
		n++;
	}
	*total += n;
	db_close(db);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: commits_load CONF CONNECTIONS SECONDS\n");
		return 2;
	}
	int connections = (int)strtol(argv[2], NULL, 10), seconds = (int)strtol(argv[3], NULL, 10);
	struct err *e = conf_load(argv[1]);
	struct db *db = db_open();
	db_unit_begin(db, NULL);
	if (!e)
		e = lab_table_run(db, NULL, DB_NO_ARGS);
	if (e)
		fail(e);
	_Atomic int64_t *total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t start = clock_monotonic(), end = start + seconds * US_SECOND;
	for (int i = 0; i < connections; i++)
		if (fork() == 0) {
			commit_until(end, total, i);
			_exit(0);
		}
	int failed = 0;
	for (int i = 0, status; i < connections; i++)
		if (wait(&status) < 0 || status != 0)
			failed++;
	printf("%.0f\n", (double)*total / ((double)(clock_monotonic() - start) / US_SECOND));
	if ((e = lab_drop_run(db, NULL, DB_NO_ARGS)))
		fail(e);
	db_close(db);
	return failed > 0;
}
