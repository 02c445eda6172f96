/* Channel lists and the signed token with which a worker lets somebody listen.  Pure, but for the key of crypto_mac.
 * A channel's name is what it is about: "perf:12".  A token: "perf:12,queue:3~UNIXTIME~MAC". */
#ifndef FOYER_LIVE_TOKEN_H
#define FOYER_LIVE_TOKEN_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define LIVE_CHANNELS_MAX 8
#define LIVE_NAME_MAX 63
#define LIVE_TOKEN_SECONDS 30

struct live_channels { size_t n; char name[LIVE_CHANNELS_MAX][LIVE_NAME_MAX + 1]; };

bool live_name_ok(const char *s, size_t n); /* [a-z0-9:_-], 1 to LIVE_NAME_MAX */
/* Comma-separated names, each once.  false leaves ret undefined. */
bool live_channels_parse(const char *s, size_t n, struct live_channels *ret);
char *live_token_make(struct arena *a, const struct live_channels *c, int64_t now);
bool live_token_open(const char *s, size_t n, int64_t now, struct live_channels *ret);
/* "perf:12=45,queue:3=9", as in Last-Event-ID: the position of one channel; -1 where it is not told. */
int64_t live_position(const char *s, size_t n, const char *channel);
bool live_positions_ok(const char *s, size_t n); /* consists of the characters of such a list, at most 640 */

#endif
