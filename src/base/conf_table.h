/* The settings as rows: what the parser, the printer and the manual page run over. */
#ifndef FOYER_BASE_CONF_TABLE_H
#define FOYER_BASE_CONF_TABLE_H

#include "base/conf.h"

#include <stddef.h>

enum conf_type { CONF_STR, CONF_INT, CONF_BOOL, CONF_SECRET };
struct conf_setting {
	const char *name, *doc;
	enum conf_type type;
	size_t offset; /* in struct conf */
};
extern const struct conf_setting conf_table[];
extern const size_t conf_table_n;
const struct conf *conf_defaults(void);

#endif
