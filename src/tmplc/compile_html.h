/* Where in an HTML document a template stands: fed with its literal text byte by byte, it tells whether a value may
 * stand here and how it must be written.  It follows the tokenizer of the HTML standard, but refuses what that one
 * repairs, so that both always agree. */
#ifndef FOYER_TMPLC_COMPILE_HTML_H
#define FOYER_TMPLC_COMPILE_HTML_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum html_state {
	HTML_TEXT, HTML_RCDATA, HTML_RAW, HTML_COMMENT, HTML_DECLARATION, HTML_TAG_OPEN, HTML_END_OPEN, HTML_MARKUP_OPEN,
	HTML_TAG_NAME, HTML_BEFORE_ATTR, HTML_ATTR_NAME, HTML_AFTER_NAME, HTML_BEFORE_VALUE, HTML_VALUE_DOUBLE,
	HTML_VALUE_SINGLE, HTML_VALUE_BARE,
	HTML_NEED_SPACE /* a name or value is complete; white space, '/' or '>' must follow */
};
struct html_context {
	enum html_state state;
	char element[16], attr[16]; /* lower case, cut off; longer names are not special */
	bool end_tag;
	bool begun;                 /* something of the attribute's value is written */
	bool http_equiv, content;   /* <meta>: has the one, has a value in the other */
	int pre;                    /* depth of <pre> */
	uint32_t recent;            /* the last four bytes */
	uint32_t matched;           /* bytes of the end tag seen in RCDATA and raw text */
};
enum html_slot {
	SLOT_TEXT,
	SLOT_ATTR,    /* a quoted attribute, <title> or <textarea> */
	SLOT_URL,
	SLOT_OWN_URL, /* code and frames are loaded from here: only typed URLs */
	SLOT_NUMBER
};
enum html_space { SPACE_KEEP, SPACE_TEXT, SPACE_TAG };

/* These return NULL when all is well, else what is wrong (a literal). */
const char *html_feed(struct html_context *c, char byte);
const char *html_value(struct html_context *c, enum html_slot *ret);
const char *html_block(struct html_context *c); /* a block begins or ends here */

enum html_space html_space(const struct html_context *c); /* how white space may be collapsed here */
/* Two branches meet: *c becomes what holds after either; false when they don't fit together. */
bool html_join(struct html_context *c, const struct html_context *other);
bool html_same(const struct html_context *a, const struct html_context *b); /* for loops: end and begin */
const char *html_describe(const struct html_context *c, struct arena *a); /* "in text", "in the tag <a>" … */

#endif
