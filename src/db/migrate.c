/* Migrations: sql/NNN_name.sql, each applied once, in order, recorded in schema_version. */
#include "db/migrate.h"

#include "base/clock.h"
#include "base/conf.h"
#include "db/db_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)8 << 20)
#define ARENA_CAP ((size_t)64 << 20)

struct migration { int64_t version; const char *name, *text; char checksum[17]; };

/* ---- files -------------------------------------------------------------------------------------------------------- */
/* "012_what.sql" → 12; -1 for any other name. */
static int64_t version_of(struct arena *a, const char *name)
{
	size_t digits = strspn(name, "0123456789");
	int64_t version;
	if (digits < 3 || name[digits] != '_' || !str_ends(name, ".sql") || !str_to_i64(arena_strndup(a, name, digits), &version))
		return -1;
	return version;
}

static struct err *read_text(struct arena *a, const char *path, const char **ret)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return err_new(ERR_INTERNAL, "%s: %s", path, strerror(errno));
	struct buf b;
	buf_init(&b, a);
	char block[16384];
	size_t n;
	while ((n = fread(block, 1, sizeof block, f)) > 0 && b.n < FILE_MAX)
		buf_add(&b, block, n);
	bool bad = ferror(f) || b.n >= FILE_MAX;
	fclose(f);
	if (bad || !str_utf8_valid(buf_cstr(&b), b.n))
		return err_new(ERR_INTERNAL, "%s: cannot be read, is too large or is not UTF-8", path);
	*ret = buf_cstr(&b);
	return NULL;
}

/* FNV-1a: it is to notice an edit, not an attack. */
static void checksum(const char *text, char *ret)
{
	uint64_t h = 0xCBF29CE484222325u;
	for (const char *p = text; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001B3u;
	snprintf(ret, 17, "%016llx", (unsigned long long)h);
}

static int by_version(const void *a, const void *b)
{
	const struct migration *x = a, *y = b;
	return (x->version > y->version) - (x->version < y->version);
}

static struct err *read_dir(struct arena *a, const char *dir, struct migration **ret, size_t *ret_n)
{
	DIR *d = opendir(dir);
	if (!d)
		return err_new(ERR_INTERNAL, "%s: %s", dir, strerror(errno));
	struct buf found;
	buf_init(&found, a);
	struct err *e = NULL;
	for (struct dirent *entry; !e && (entry = readdir(d));) {
		struct migration m = { .version = version_of(a, entry->d_name) };
		if (m.version < 0)
			continue;
		m.name = arena_strdup(a, entry->d_name);
		e = read_text(a, arena_printf(a, "%s/%s", dir, m.name), &m.text);
		if (!e) {
			checksum(m.text, m.checksum);
			buf_add(&found, &m, sizeof m);
		}
	}
	closedir(d);
	TRY(e);
	size_t n = found.n / sizeof(struct migration);
	if (n == 0)
		return err_new(ERR_INTERNAL, "%s: there are no migrations (NNN_name.sql)", dir);
	struct migration *list = arena_copy(a, found.p, found.n);
	qsort(list, n, sizeof *list, by_version);
	for (size_t i = 1; i < n; i++)
		if (list[i].version == list[i - 1].version)
			return err_new(ERR_INTERNAL, "%s and %s have the same number", list[i - 1].name, list[i].name);
	*ret = list;
	*ret_n = n;
	return NULL;
}

/* ---- the server's side -------------------------------------------------------------------------------------------- */
#define VERSION_ROW(F) F(i64, version) F(str, name) F(str, checksum) F(i64, steps) F(time, applied_at)
DB_ROW(version_row, VERSION_ROW)
DB_QUERY_F(schema_collation, db_count, DB_SCAN_OK,
    "SELECT COUNT(*) AS n FROM information_schema.schemata"
    " WHERE schema_name = DATABASE() AND default_collation_name = 'utf8mb4_unicode_520_ci'")
DB_QUERY_F(migrate_lock, db_count, DB_SCAN_OK, "SELECT GET_LOCK(CONCAT(DATABASE(), '.migrate'), 60) AS n")
DB_QUERY(version_find, version_row,
    "SELECT version, name, checksum, steps, applied_at FROM schema_version WHERE version = ?")
DB_EXEC(version_begin, "INSERT INTO schema_version (version, name, checksum, steps) VALUES (?, ?, ?, 0)"
                       " ON DUPLICATE KEY UPDATE name = VALUES(name), checksum = VALUES(checksum)")
DB_EXEC(version_step, "UPDATE schema_version SET steps = ? WHERE version = ?")
DB_EXEC(version_done, "UPDATE schema_version SET applied_at = ? WHERE version = ?")

static struct err *command(struct db *db, const char *sql)
{
	TRY(db_conn_ready(db, &db->primary));
	return db_command(db, &db->primary, sql, true, NULL, NULL);
}

/* Tables take the character set of their database; the sources say it is utf8mb4_unicode_520_ci. */
static struct err *prepare_database(struct db *db, struct arena *a)
{
	struct db_count *fine;
	TRY(schema_collation_one(db, a, &fine, DB_NO_ARGS));
	if (!fine || fine->n == 0) {
		struct buf quoted;
		buf_init(&quoted, a);
		for (const char *p = conf()->db_name; *p; p++) {
			if (*p == '`')
				buf_chr(&quoted, '`');
			buf_chr(&quoted, *p);
		}
		TRY(command(db, arena_printf(a, "ALTER DATABASE `%s` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
		                    buf_cstr(&quoted))));
	}
	return command(db, "CREATE TABLE IF NOT EXISTS schema_version ("
	                   "version INT NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, checksum CHAR(16) NOT NULL, "
	                   "steps INT NOT NULL, applied_at DATETIME(6) NULL)"); /* NULL: under way, or failed behind `steps` */
}

/* Statements of DDL commit by themselves, so each is recorded: after a failure it goes on where it stopped. */
static struct err *apply(struct db *db, struct arena *a, const struct migration *m, int64_t done)
{
	TRY(version_begin_run(db, NULL, DB_ARGS(m->version, m->name, (const char *)m->checksum)));
	const char *at = m->text;
	int64_t step = 0;
	for (char *sql; (sql = db_next_statement(a, &at));) {
		if (++step <= done)
			continue;
		struct err *e = command(db, sql);
		if (e)
			return err_wrap(e, "%s, statement %lld", m->name, (long long)step);
		TRY(version_step_run(db, NULL, DB_ARGS(step, m->version)));
	}
	return version_done_run(db, NULL, DB_ARGS(db_time(clock_now()), m->version));
}

static struct err *apply_new(struct db *db, struct arena *a, const struct migration *list, size_t n, int *ret_applied)
{
	int applied = 0;
	TRY(prepare_database(db, a));
	for (size_t i = 0; i < n; i++) {
		struct version_row *row;
		TRY(version_find_one(db, a, &row, DB_ARGS(list[i].version)));
		if (row && row->applied_at && !str_eq(row->checksum, list[i].checksum))
			return err_new(ERR_CONFLICT, "%s was altered after it had been applied: a change needs a migration of its own",
			    list[i].name);
		if (row && row->applied_at)
			continue;
		TRY(apply(db, a, &list[i], row ? row->steps : 0));
		applied++;
	}
	*ret_applied = applied;
	return NULL;
}

static struct err *migrate_locked(struct db *db, struct arena *a, const char *dir, int *ret_applied)
{
	struct migration *list;
	size_t n;
	struct db_count *row;
	TRY(read_dir(a, dir, &list, &n));
	TRY(migrate_lock_one(db, a, &row, DB_NO_ARGS));
	if (!row || !row->n)
		return err_new(ERR_UNAVAILABLE, "somebody else has been migrating this database for a minute");
	return apply_new(db, a, list, n, ret_applied);
}

struct err *db_migrate(struct db *db, const char *dir, int *ret_applied)
{
	struct arena *a = arena_new(ARENA_CAP);
	unsigned patience = db->patience;
	db_patience(db, 3600);
	struct err *e = migrate_locked(db, a, dir, ret_applied);
	db_conn_discard(db, &db->primary); /* and with it the lock */
	db_patience(db, patience);
	arena_free(a);
	return e;
}

/* ---- foyer migrate ------------------------------------------------------------------------------------------------ */
static int usage(void)
{
	fputs("usage: foyer migrate [-c FILE] [--dir DIR]\n", stderr);
	return 2;
}

static int report(struct err *e)
{
	fprintf(stderr, "foyer migrate: %s\n", err_text(e));
	err_free(e);
	return 1;
}

int migrate_command(int argc, char **argv)
{
	const char *conf_path = NULL, *dir = NULL;
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			return usage();
		if (str_eq(argv[i], "-c"))
			conf_path = argv[i + 1];
		else if (str_eq(argv[i], "--dir"))
			dir = argv[i + 1];
		else
			return usage();
	}
	struct err *e = conf_load(conf_path);
	if (e)
		return report(e);
	struct arena *a = arena_new(4096);
	struct db *db = db_open();
	int applied = 0;
	e = db_migrate(db, dir ? dir : arena_printf(a, "%s/sql", conf()->share_dir), &applied);
	db_close(db);
	arena_free(a);
	if (e)
		return report(e);
	if (applied)
		printf("%d migration%s applied\n", applied, applied == 1 ? "" : "s");
	else
		puts("the schema is up to date");
	return 0;
}
