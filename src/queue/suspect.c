#include "queue/suspect.h"

static const struct reason { const char *name; int64_t weight; const char *text; } reasons[QUEUE_REASONS] = {
	[QUEUE_TRAP] = { "trap", 40, N_("Filled a field that people do not see") },
	[QUEUE_TOO_QUICK] = { "too quick", 30, N_("Chose seats %s ms after being let in") },
	[QUEUE_MANY_PLACES] = { "many places", 20, N_("%s places in the waiting room were drawn from the same address or browser") },
	[QUEUE_MANY_ACCOUNTS] = { "many accounts", 35, N_("%s accounts booked from the same browser or address") },
	[QUEUE_FORGED] = { "forged", 50, N_("Sent a place or a puzzle that the house did not make") },
	[QUEUE_FOREIGN_PASS] = { "foreign pass", 30, N_("Used the pass of somebody else") },
	[QUEUE_MANY_TRIES] = { "many tries", 10, N_("Tried to hold seats %s times within ten minutes") },
};

const char *queue_reason_name(enum queue_reason r)
{
	return reasons[r].name;
}

bool queue_reason_parse(const char *name, enum queue_reason *ret)
{
	for (int i = 0; i < QUEUE_REASONS; i++)
		if (str_eq(reasons[i].name, name)) {
			*ret = (enum queue_reason)i;
			return true;
		}
	return false;
}

int64_t queue_reason_weight(enum queue_reason r, int64_t times)
{
	int64_t doublings = 0;
	while (doublings < 10 && times >> (doublings + 1) > 0)
		doublings++;
	return reasons[r].weight + reasons[r].weight * doublings / 10; /* twice as much at most */
}

const char *queue_reason_text(enum queue_reason r)
{
	return reasons[r].text;
}
