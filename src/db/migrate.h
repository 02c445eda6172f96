/* `foyer migrate`: brings the primary's schema up to date. */
#ifndef FOYER_DB_MIGRATE_H
#define FOYER_DB_MIGRATE_H

/* argv[0] is "migrate"; options: -c FILE, --dir DIR (default: share_dir/sql of the configuration).  Loads the
 * configuration itself.  Returns the exit status. */
int migrate_command(int argc, char **argv);

#endif
