/* A mail of this room: some lines, perhaps a code or a link to press. */
#ifndef FOYER_ACCOUNT_LETTER_H
#define FOYER_ACCOUNT_LETTER_H

#include <stddef.h>

struct letter {
	const char *lines[4];         /* translated; the last one stands behind the button as small print */
	size_t n;
	const char *code;             /* NULL: none */
	const char *href, *label;     /* absolute address; NULL: none */
};

#endif
