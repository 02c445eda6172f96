/* What lists tell about a show, kept beside it so that a list reads one table. */
#include "show/show_priv.h"

DB_EXEC(facts_anew, "UPDATE shows s SET " SHOW_FACTS_SQL " WHERE s.id = ?")

struct err *show_facts_refresh(struct db *db, struct show_id id)
{
	return facts_anew_run(db, NULL, DB_ARGS(id.v));
}
