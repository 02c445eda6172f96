/* The template compiler: HTML with {{ directives }} becomes C.  foyer-templates(5) tells the language. */
#ifndef FOYER_TMPLC_COMPILE_H
#define FOYER_TMPLC_COMPILE_H

#include "base/buf.h"
#include "base/err.h"

struct tmplc_input {
	const char *path;   /* the template, as #line and messages name it */
	const char *text;
	size_t n;
	const char *header; /* how the C file includes its header: "tmpl/show/list.h" */
};
/* Appends the C file and its header.  A template that is refused is ERR_INVALID with the user text
 * "path:line:column: what is wrong"; the buffers are untouched then. */
struct err *tmplc_compile(struct arena *a, const struct tmplc_input *in, struct buf *c, struct buf *h);

#endif
