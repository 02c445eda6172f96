/* foyer.conf from memory: any bytes give a configuration or an error with a text, nothing else. */
#include "base/conf.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A setting named …_file would have the fuzzer read this machine's files. */
static bool reads_files(const uint8_t *data, size_t size)
{
	return memmem(data, size, "_file", 5) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (reads_files(data, size))
		return 0;
	struct arena *a = arena_new(64 << 20);
	struct conf c;
	/* Half of the inputs get a valid secret, so that the later checks are reached. */
	const char *head = size % 2 ? "secret = 0123456789abcdef0123456789abcdef\n" : "";
	size_t n = strlen(head) + size;
	char *text = arena_alloc(a, n);
	memcpy(text, head, strlen(head));
	if (size)
		memcpy(text + strlen(head), data, size);
	struct err *e = conf_parse(a, "fuzz", text, n, &c);
	if (e ? str_empty(err_text(e)) : strlen(c.secret) < 32 || c.pool_web < 1)
		abort();
	err_free(e);
	arena_free(a);
	return 0;
}
