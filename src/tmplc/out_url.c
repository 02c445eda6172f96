#include "tmplc/out_url.h"

#include <assert.h>
#include <string.h>

/* One conversion behind '%'; returns its length. */
static size_t convert(struct buf *b, const char *fmt, va_list *ap)
{
	if (*fmt == '%') {
		buf_chr(b, '%');
		return 1;
	}
	if (*fmt == 's') {
		const char *s = va_arg(*ap, const char *);
		if (s)
			buf_str(b, str_url_encode(b->a, s));
		return 1;
	}
	if (*fmt == 'd') {
		buf_i64(b, va_arg(*ap, int));
		return 1;
	}
	assert(str_starts(fmt, "lld") && "a URL takes %s, %d, %lld and %%");
	buf_i64(b, va_arg(*ap, long long));
	return 3;
}

struct url url_vfmt(struct arena *a, const char *prefix, const char *fmt, va_list ap)
{
	struct buf b;
	va_list args;
	va_copy(args, ap);
	buf_init(&b, a);
	buf_str(&b, prefix);
	while (*fmt) {
		size_t n = strcspn(fmt, "%");
		buf_add(&b, fmt, n);
		fmt += n;
		if (*fmt)
			fmt += 1 + convert(&b, fmt + 1, &args);
	}
	va_end(args);
	return (struct url){ buf_cstr(&b) };
}

struct url url_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct url u = url_vfmt(a, "", fmt, ap);
	va_end(ap);
	return u;
}
