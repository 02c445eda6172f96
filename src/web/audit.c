/* The audit log. */
#include "web/audit.h"

#include "base/clock.h"
#include "base/log.h"

DB_EXEC(audit_add, "INSERT INTO audit_log (at, person_id, actor, action, object, detail, ip, request_id) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")

struct err *audit(struct req *r, struct db *db, const char *action, const char *object, const char *detail)
{
	const struct who *w = &r->who;
	const char *role = w->admin && w->second_factor ? "admin" : w->staff.v ? "staff" : w->organizer.v ? "organizer"
	                 : w->member ? "member" : w->person.v ? "guest" : "visitor";
	const char *name = w->name ? w->name : "";
	char *actor = arena_printf(r->a, "%s %s", role, name); /* role 9 + name 60 fit the column */
	return audit_add_run(db, NULL, DB_ARGS(db_time(r->now), db_i64_or_null(w->person.v), actor, action, object, detail,
	    r->ip, r->id));
}

struct err *audit_system(struct db *db, const char *who, const char *action, const char *object, const char *detail)
{
	return audit_add_run(db, NULL, DB_ARGS(db_time(clock_now()), db_i64_or_null(0), who, action, object, detail, "",
	    log_current_request_id()));
}

DB_EXEC(actor_forget, "UPDATE audit_log SET actor = SUBSTRING_INDEX(actor, ' ', 1) WHERE person_id = ?")

struct err *audit_forget(struct db *db, struct person_id person)
{
	return actor_forget_run(db, NULL, DB_ARGS(person.v));
}
