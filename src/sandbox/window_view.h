/* What the sandbox's pages are drawn from. */
#ifndef FOYER_SANDBOX_WINDOW_VIEW_H
#define FOYER_SANDBOX_WINDOW_VIEW_H

#include "sandbox/books.h"
#include "tmplc/out.h"

struct sandbox_window_view {
	const char *order_name, *order_ref, *query;
	int64_t amount;
	const struct sandbox_card *cards;
	size_t n_cards;
};
struct sandbox_bank_view { const char *account, *state; const struct sandbox_payment *payment; bool open, late; };

#endif
