/* What comes back of a waiting room's cookie and address. */
#include "../support/secret.h"
#include "queue/queue.h"
#include "queue/rules.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	use_test_secret();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(16 << 20);
	const char *s = size ? arena_strndup(a, (const char *)data, size) : "";
	struct queue_sale sale;
	struct queue_holes holes;
	int64_t number;
	if (queue_ticket_open(s, 7, "m12", &number) && strcmp(s, queue_ticket_make(a, 7, number, "m12")) != 0)
		abort();
	if (queue_sale_parse(s, &sale) && strcmp(s, queue_sale_name(a, sale)) != 0)
		abort();
	queue_holes_parse(s, &holes);
	for (size_t i = 0; i < holes.n; i++)
		if (holes.range[i].from < 1 || holes.range[i].to < holes.range[i].from)
			abort();
	arena_free(a);
	return 0;
}
