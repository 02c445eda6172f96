/* Redis through hiredis: one connection per process, 300 ms to connect, 500 ms per command, reconnects by itself with a
 * pause of a second after a failure (so that a dead Redis costs one short time-out a second, not one per request). */
#ifndef FOYER_EXT_REDIS_H
#define FOYER_EXT_REDIS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum redis_kind { REDIS_NIL, REDIS_INT, REDIS_STR, REDIS_LIST, REDIS_STATUS };
struct redis_reply { enum redis_kind kind; int64_t i; const char *s; size_t n; const struct redis_reply *list; size_t list_n; };

/* Sends argv; the reply is copied into the arena.  An error reply of the server is ERR_INTERNAL (but "loading", "busy",
 * "read only replica", "out of memory" and their like: those and everything else are ERR_UNAVAILABLE).  ret may be NULL. */
struct err *redis_command(struct arena *a, struct redis_reply *ret, size_t argc, const struct bytes *argv);
/* As a word of argv (this very pointer): the run id of the server that this command reaches, which changes with every start
 * of the server.  A script that compares it with a stored one knows whether Redis was restarted since. */
extern const char REDIS_RUN_ID[];
/* A Lua script, loaded where the server does not know it and called by its SHA.  Declare with REDIS_SCRIPT. */
struct redis_script { const char *name, *lua; char sha[41]; };
#define REDIS_SCRIPT(id, text) static struct redis_script id = { #id, text, "" }
struct err *redis_script_run(struct arena *a, struct redis_script *s, struct redis_reply *ret, size_t n_keys,
    size_t argc, const struct bytes *argv); /* keys first, then arguments */
/* String arguments: REDIS(a, &reply, "SET", key, value, "EX", "60") */
#define REDIS(a, ret, ...) redis_strings((a), (ret), (const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
struct err *redis_strings(struct arena *a, struct redis_reply *ret, const char *const *argv, size_t argc);
bool redis_up(void); /* answered in the last 5 s; else asks with PING, unless in the pause after a failure */

#endif
