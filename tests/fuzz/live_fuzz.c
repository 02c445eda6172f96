/* What `foyer live` reads from outside: the request, the token, lists of channels and positions. */
#include "live/request.h"
#include "live/token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1); /* an exact allocation, so that the sanitizer sees its edge */
	if (!s)
		return 0;
	if (size)
		memcpy(s, data, size);
	struct live_channels c;
	if (live_channels_parse(s, size, &c)) {
		if (c.n < 1 || c.n > LIVE_CHANNELS_MAX)
			abort();
		for (size_t i = 0; i < c.n; i++)
			if (!live_name_ok(c.name[i], strlen(c.name[i])))
				abort();
	}
	if (live_position(s, size, "perf:1") >= 0 && !live_positions_ok(s, size))
		abort();
	struct live_request q;
	if (live_request_parse(s, size, &q) == LIVE_PARSE_OK && q.positions.n)
		live_position(q.positions.p, q.positions.n, "perf:1");
	free(s);
	return 0;
}
