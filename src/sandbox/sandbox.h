/* The built-in payment sandbox: a provider that speaks the Toss contract over HTTP and moves no money, so that a fresh
 * install sells at once.  It keeps its own books (sandbox_* tables) that nothing else reads; the house meets it only
 * through its window and its API, as it would meet the real one.  pool_sandbox 0 switches it off. */
#ifndef FOYER_SANDBOX_H
#define FOYER_SANDBOX_H

#include "base/arena.h"
#include "web/route.h"

extern const struct domain sandbox_domain;

/* The secret key of the one merchant there is, derived from conf secret. */
const char *sandbox_key(struct arena *a);
/* The address that opens the window for an order: parameters with a MAC, so that nobody else can open it with an amount
 * or a way back of his own.  success and fail are paths of this site, without a query. */
const char *sandbox_window(struct arena *a, const char *order_ref, int64_t amount, const char *order_name, const char *success,
    const char *fail);

#endif
