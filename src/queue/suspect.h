/* The reasons to look at somebody, in words and in weight.  Pure. */
#ifndef FOYER_QUEUE_SUSPECT_H
#define FOYER_QUEUE_SUSPECT_H

#include "queue/queue.h"

/* As in the column suspicion.reason. */
const char *queue_reason_name(enum queue_reason r);
bool queue_reason_parse(const char *name, enum queue_reason *ret);
/* How much a reason counts: by what it is, and a little by how often it was seen. */
int64_t queue_reason_weight(enum queue_reason r, int64_t times);
/* A sentence for the organizer (a msgid; %s is the detail where it has one). */
const char *queue_reason_text(enum queue_reason r);

#endif
