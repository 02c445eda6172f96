/* Live streams: what happens is told to everybody who looks, within a second (design: "Live streams").
 *
 * Channels are named after what they are about, "perf:12".  A domain that has channels lists who may listen to them:
 *     static struct err *perf_may_listen(struct req *r, const char *rest) …      NULL: yes; ERR_FORBIDDEN, ERR_NOT_FOUND
 *     const struct live_rule booking_live[] = { { "perf:", perf_may_listen }, { NULL } };   .live = booking_live
 * and tells its listeners by outbox rows of topic "live" (live/publish.h).
 *
 * GET /live/{channel[,channel…]}[?after=channel=number,…] asks the rules, then hands the connection to `foyer live`
 * with a signed list.  Events there: the channel's name (data: JSON), "hello" and "snapshot" (data: the channel;
 * fetch its state now).  static/js/lib/live.js is the other end. */
#ifndef FOYER_LIVE_LIVE_H
#define FOYER_LIVE_LIVE_H

#include "base/arena.h"
#include "web/route.h"

#include <stddef.h>

extern const struct domain live_domain;

int live_main(int argc, char **argv); /* `foyer live` */
int live_publish_main(int argc, char **argv); /* `foyer publish` */
/* The outbox consumer: one publication for each channel among the rows. */
struct err *live_deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n);
/* The rows' messages by channel, in the order in which the channels first appear: json is an array of their data. */
struct live_message { const char *channel, *json; };
struct live_message *live_merge(struct arena *a, const struct outbox_row *rows, size_t n, size_t *ret_n);
size_t live_socket_path(char *ret, size_t cap); /* 0: does not fit */
/* The rule with the longest prefix that fits among all domains; NULL: there is no such channel. */
const struct live_rule *live_rule_for(const struct domain *const *all, const char *channel);

#endif
