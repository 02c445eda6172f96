/* foyer.conf: `name = value` lines, # comments.  Read once at start; constant afterwards. */
#ifndef FOYER_BASE_CONF_H
#define FOYER_BASE_CONF_H

#include "base/arena.h"
#include "base/conf_settings.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifndef PKGDATADIR
#define PKGDATADIR "/usr/share/foyer"
#endif

#define CONF_FIELD_STR(name, def, doc) const char *name;
#define CONF_FIELD_INT(name, def, doc) int64_t name;
#define CONF_FIELD_BOOL(name, def, doc) bool name;
struct conf { CONF_SETTINGS(CONF_FIELD_STR, CONF_FIELD_INT, CONF_FIELD_BOOL, CONF_FIELD_STR) };

enum { CONF_WORKERS_MOST = 256 }; /* of all pools together */

/* The process's configuration: defaults until conf_load.  Never NULL. */
const struct conf *conf(void);
/* Reads path (NULL: $FOYER_CONF, then /etc/foyer/foyer.conf).  Unknown names, bad values, unreadable secrets and a
 * missing or short `secret` are ERR_INVALID with file and line.  Sets the zone of clock.h. */
struct err *conf_load(const char *path);
/* The same from memory, without touching conf(); strings live in a. path is for the messages. */
struct err *conf_parse(struct arena *a, const char *path, const char *text, size_t n, struct conf *ret);
void conf_print(FILE *f, bool with_docs); /* `foyer config`: every setting as it stands; secrets as (set) / (not set) */
void conf_print_man(FILE *f);             /* the settings part of foyer.conf(5), in mdoc */
void conf_set_for_test(const struct conf *c); /* NULL: the defaults; the strings stay the caller's */

#endif
