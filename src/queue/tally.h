/* What joins count towards: the address, the browser, the puzzles that were used.  Up to the opening a million people come within
 * ten minutes, with as many of each, so that a count must not be a key: some sixty thousand hashes share them, each of which
 * Redis packs into one list of a dozen bytes a count (hash-max-listpack-entries).  Windows begin every ten minutes by
 * the clock; a count is forgotten ten to twenty minutes after its first. */
#ifndef FOYER_QUEUE_TALLY_H
#define FOYER_QUEUE_TALLY_H

#include "queue/sale.h"

#include "base/arena.h"
#include "base/err.h"

/* Where a count is: a hash and its field.  Two names share a field once in 2^51. */
struct queue_tally_at { const char *key, *field; };
/* The joins of an address. */
struct queue_tally_at queue_tally_of_address(struct arena *a, struct queue_sale s, const char *address, int64_t now);

/* challenge: of the puzzle, made at made_at; address: NULL is not counted; plain: without a solution. */
struct queue_join_facts { const char *challenge; int64_t made_at; const char *address, *holder; bool plain; };
/* This join included; nothing is counted and all are 0 when the challenge was used before. */
struct queue_tally { bool fresh; int64_t of_address, plain_of_address, of_holder; };
struct err *queue_tally_join(struct arena *a, struct queue_sale s, const struct queue_join_facts *f, int64_t now, struct queue_tally *ret);

#endif
