#include "ext/json.h"

#include <stdlib.h>

static void release(void *o)
{
	json_decref(o);
}

json_t *json_keep(struct arena *a, json_t *o)
{
	if (o)
		arena_defer(a, release, o);
	return o;
}

char *json_text(struct arena *a, json_t *o)
{
	char *dumped = o ? json_dumps(o, JSON_COMPACT) : NULL, *text = arena_strdup(a, dumped);
	free(dumped);
	json_decref(o);
	return text;
}
