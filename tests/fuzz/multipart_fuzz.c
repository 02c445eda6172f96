/* Multipart bodies of any bytes.  The first line of the input is the content type. */
#include "web/form.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	struct arena *a = arena_new(64 << 20);
	const char *type = "multipart/form-data; boundary=B";
	if (line) {
		type = arena_strndup(a, (const char *)data, (size_t)(line - data));
		size -= (size_t)(line - data) + 1;
		data = line + 1;
	}
	/* A copy of its own, so that the sanitizer sees its end. */
	char *body = malloc(size ? size : 1);
	if (!body)
		abort();
	if (size)
		memcpy(body, data, size);
	struct form_input in;
	struct err *e = form_parse_multipart(a, type, body, size, &in);
	size_t total = 0;
	for (size_t i = 0; !e && i < in.n; i++) {
		const struct form_pair *p = &in.v[i];
		if (!p->name || !p->value || (!p->file_name && strlen(p->value) != p->value_n))
			abort();
		for (size_t k = 0; k < p->value_n; k++) /* touches every byte */
			total += (unsigned char)p->value[k];
	}
	if ((e && !err_user_text(e)) || total == SIZE_MAX)
		abort();
	err_free(e);
	free(body);
	arena_free(a);
	return 0;
}
