/* What building and sending a mail share. */
#ifndef FOYER_EXT_MAIL_PARSE_H
#define FOYER_EXT_MAIL_PARSE_H

#include "base/arena.h"

#include <stdbool.h>

bool mail_address_ok(const char *s); /* one plain address, no comments, no quoting */
/* "Name <a@b>" or "a@b". */
void mail_split_address(struct arena *a, const char *s, const char **ret_name, const char **ret_address);

#endif
