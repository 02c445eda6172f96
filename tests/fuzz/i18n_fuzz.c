/* Message catalogues from a damaged disk. */
#include "base/arena.h"
#include "base/log.h"
#include "tmplc/i18n.h"
#include "tmplc/out.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	log_setup(LOG_ERROR, "fuzz");
	struct arena *a = arena_new((size_t)4 << 20);
	err_free(i18n_add("ko", p, n));
	tr("ko", "Shows");
	tr_text(a, "ko", "At most 12 characters, please.");
	i18n_clear();
	arena_free(a);
	return 0;
}
