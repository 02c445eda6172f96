/* The limit of the database on this machine: one-row commits per second over so many connections.
 * usage: commits_load CONF CONNECTIONS MILLISECONDS   prints commits per second. */
#include "lab/crew.h"

#include "base/clock.h"
#include "base/conf.h"

#include <stdio.h>
#include <stdlib.h>

DB_EXEC(lab_table, "CREATE TABLE IF NOT EXISTS lab_commit (id BIGINT AUTO_INCREMENT PRIMARY KEY, person BIGINT, seat BIGINT, at DATETIME(6))")
DB_EXEC(lab_commit, "INSERT INTO lab_commit (person, seat, at) VALUES (?, ?, ?)")
DB_EXEC(lab_drop, "DROP TABLE lab_commit")

static struct err *commit_one(struct crew_member *m, bool *ret_over)
{
	(void)ret_over;
	TRY(lab_commit_run(m->db, NULL, DB_ARGS(m->index, m->counts[0], db_time(clock_now()))));
	m->counts[0]++;
	return NULL;
}

/* The connection is not carried through the forks. */
static void table(bool there)
{
	struct db *db = db_open();
	db_unit_begin(db, NULL);
	crew_must(there ? lab_table_run(db, NULL, DB_NO_ARGS) : lab_drop_run(db, NULL, DB_NO_ARGS));
	db_close(db);
}

int main(int argc, char **argv)
{
	long connections = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	if (connections < 1 || connections > CREW_MAX) {
		fprintf(stderr, "usage: commits_load CONF CONNECTIONS MILLISECONDS\n");
		return 2;
	}
	crew_must(conf_load(argv[1]));
	table(true);
	struct crew_result r = crew_run((int)connections, strtol(argv[3], NULL, 10) * 1000, commit_one, NULL);
	table(false);
	if (r.failed == 0)
		printf("%.0f\n", (double)r.counts[0] / r.seconds);
	return r.failed > 0;
}
