/* The provider of orders that cost nothing. */
#ifndef FOYER_PAY_FREE_H
#define FOYER_PAY_FREE_H

#include "pay/pay.h"

extern const struct pay_provider free_provider;

#endif
