/* JSON: jansson, with its values' memory in the hands of an arena. */
#ifndef FOYER_EXT_JSON_H
#define FOYER_EXT_JSON_H

#include "base/arena.h"

#include <jansson.h>

/* Hands o to the arena: it is released with it.  Returns o; NULL stays NULL. */
json_t *json_keep(struct arena *a, json_t *o);
/* The compact text of o, and releases o.  NULL for NULL (what json_pack gives when it fails). */
char *json_text(struct arena *a, json_t *o);

#endif
