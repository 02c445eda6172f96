/* Calendar files (RFC 5545).  Pure. */
#ifndef FOYER_TICKET_ICS_H
#define FOYER_TICKET_ICS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct ics_event {
	const char *uid;           /* stable per order */
	int64_t stamp_at;          /* when this file was made */
	int64_t starts_at, ends_at;
	int64_t sequence;
	bool cancelled;
	const char *summary, *location, *description, *url;
};
/* The whole calendar: CRLF line ends, lines folded at 75 octets and never inside a character. */
struct bytes ics_calendar(struct arena *a, const struct ics_event *e);

#endif
