/* The cookie of a browser that has written at a position of the database a moment ago: its pages are read anew, from a
 * server that has reached that position.
 * usage: cookie_load CONF POSITION    prints name=value */
#include "lab/crew.h"

#include "base/conf.h"
#include "ext/crypto.h"

#include <stdio.h>
#include <string.h>

enum { MAC_N = 16, POSITION_MAX = 400 };

int main(int argc, char **argv)
{
	uint8_t mac[32], text[MAC_N + POSITION_MAX];
	size_t n = argc == 3 ? strlen(argv[2]) : 0;
	if (n < 1 || n > POSITION_MAX) {
		fprintf(stderr, "usage: cookie_load CONF POSITION\n");
		return 2;
	}
	crypto_init();
	crew_must(conf_load(argv[1]));
	crypto_mac("position", argv[2], n, mac);
	memcpy(text, mac, MAC_N);
	memcpy(text + MAC_N, argv[2], n);
	struct arena *a = arena_new(1 << 20);
	printf("foyer_pos=%s\n", str_base64url(a, text, MAC_N + n));
	arena_free(a);
	return 0;
}
