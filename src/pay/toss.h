/* The Toss contract as pure functions, and the two providers that speak it. */
#ifndef FOYER_PAY_TOSS_H
#define FOYER_PAY_TOSS_H

#include "pay/pay.h"

extern const struct pay_provider toss_provider, sandbox_provider;

/* Outcome by a payment's status; unheard-of ones are unknown, never success. */
enum pay_outcome toss_outcome_of_status(const char *status);
/* Outcome of an error answer: definite refusals are failed, everything that only a query can tell is unknown. */
enum pay_outcome toss_outcome_of_error(int status, const char *code);
/* Reads a payment object; what cannot be read is PAY_UNKNOWN. */
void toss_read_payment(struct arena *a, struct bytes body, struct pay_result *ret);

#endif
