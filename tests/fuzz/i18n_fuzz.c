/* Message catalogues from a damaged disk. */
#include "base/log.h"
#include "tmplc/i18n.h"
#include "tmplc/out.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	log_setup(LOG_ERROR, "fuzz");
	err_free(i18n_add("ko", p, n));
	tr("ko", "Shows");
	i18n_clear();
	return 0;
}
