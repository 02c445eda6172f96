/* The audit log: who did what to which object.  Written in the transaction of the deed. */
#ifndef FOYER_WEB_AUDIT_H
#define FOYER_WEB_AUDIT_H

#include "web/req.h"

/* action: "organizer.approve"; object: "organizer:12"; detail: JSON or NULL, never secrets. */
struct err *audit(struct req *r, struct db *db, const char *action, const char *object, const char *detail);
struct err *audit_system(struct db *db, const char *who, const char *action, const char *object, const char *detail);
/* The person's name leaves the log, what was done and as whom stays: for deleted accounts. */
struct err *audit_forget(struct db *db, struct person_id person);

#endif
