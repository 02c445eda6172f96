/* The pure rules of the platform's desk. */
#ifndef FOYER_ADMIN_RULES_H
#define FOYER_ADMIN_RULES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One step of a refund grid as it is typed: min_days −1: the line is empty. */
struct admin_step { int64_t min_days, percent; };
enum { ADMIN_STEPS = 8 };
/* What is wrong with a grid (msgid), NULL: nothing.  Days are told once, one line is for day 0, the fee does not fall
 * while the day comes nearer. */
const char *admin_grid_fault(const struct admin_step *s, size_t n);



/* How a state is told (msgid) and which badge shows it; state: of an order, attempt, refund, outbox row, organizer.  Ways
 * of payment, kinds of ledger entries and of mails have words too. */
const char *admin_state_word(const char *state);
const char *admin_state_badge(const char *state);
/* What an account of the ledger means (msgid). */
const char *admin_account_meaning(const char *account);

#endif
