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

/* Sends argv; the reply is copied into the arena.  An error reply of the server is ERR_INTERNAL, everything else
 * ERR_UNAVAILABLE. */
struct err *redis_command(struct arena *a, struct redis_reply *ret, size_t argc, const struct bytes *argv);
/* A Lua script, loaded once per connection and called by its SHA.  Declare with REDIS_SCRIPT. */
struct redis_script { const char *name, *lua; char sha[41]; };
struct err *redis_script_run(struct arena *a, struct redis_script *s, struct redis_reply *ret, size_t n_keys,
    size_t argc, const struct bytes *argv); /* keys first, then arguments */
/* String arguments: REDIS(a, &reply, "SET", key, value, "EX", "60") */
#define REDIS(a, ret, ...) redis_strings((a), (ret), (const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
struct err *redis_strings(struct arena *a, struct redis_reply *ret, const char *const *argv, size_t argc);
bool redis_up(void); /* answered lately */

#endif
