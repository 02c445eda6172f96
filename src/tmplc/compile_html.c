#include "tmplc/compile_html.h"

#include "base/str.h"

#include <string.h>

static bool is_space(char b) { return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f'; }
static bool is_alpha(char b) { return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z'); }
static char lower(char b) { return b >= 'A' && b <= 'Z' ? (char)(b + 32) : b; }

static bool listed(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static const char *const raw_elements[] = { "script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext",
	NULL };
static const char *const rcdata_elements[] = { "title", "textarea", NULL };
static const char *const url_attributes[] = { "href", "src", "action", "formaction", "poster", "data", "cite",
	"xlink:href", "background", "longdesc", "manifest", "icon", NULL };
static const char *const loading_elements[] = { "script", "iframe", "embed", "object", "base", NULL };
static const char *const closed_attributes[] = { "style", "srcdoc", "srcset", "imagesrcset", "ping", NULL };

#define NAME_CAP sizeof(((struct html_context *)0)->attr)

static void name_begin(char *name, char b)
{
	memset(name, 0, NAME_CAP);
	name[0] = lower(b);
}

static void name_add(char *name, char b)
{
	size_t n = strlen(name);
	if (n < NAME_CAP - 1)
		name[n] = lower(b);
}

/* '>' */
static void tag_close(struct html_context *c)
{
	c->state = HTML_TEXT;
	c->http_equiv = c->content = false;
	if (c->end_tag) {
		if (strcmp(c->element, "pre") == 0 && c->pre > 0)
			c->pre--;
		return;
	}
	c->matched = 0;
	if (listed(raw_elements, c->element))
		c->state = HTML_RAW;
	else if (listed(rcdata_elements, c->element))
		c->state = HTML_RCDATA;
	else if (strcmp(c->element, "pre") == 0)
		c->pre++;
}

static const char *feed_tag_open(struct html_context *c, char b)
{
	c->end_tag = c->state == HTML_END_OPEN;
	if (is_alpha(b)) {
		name_begin(c->element, b);
		c->state = HTML_TAG_NAME;
	} else if (b == '/' && !c->end_tag) {
		c->state = HTML_END_OPEN;
	} else if (b == '!' && !c->end_tag) {
		c->state = HTML_MARKUP_OPEN;
	} else {
		return "'<' begins no tag here: write &lt;";
	}
	return NULL;
}

static const char *feed_markup_open(struct html_context *c, char b)
{
	if (b == '-' && (c->recent & 0xff) == '!')
		return NULL;
	if (b == '-')
		c->state = HTML_COMMENT;
	else if (lower(b) == 'd' && (c->recent & 0xff) == '!')
		c->state = HTML_DECLARATION;
	else
		return "'<!' begins neither a comment nor the doctype";
	return NULL;
}

/* What may follow when a name, a value or white space inside a tag is over. */
static const char *feed_in_tag(struct html_context *c, char b)
{
	if (is_space(b)) {
		c->state = c->state == HTML_ATTR_NAME || c->state == HTML_AFTER_NAME ? HTML_AFTER_NAME : HTML_BEFORE_ATTR;
		return NULL;
	}
	if (b == '>') {
		tag_close(c);
		return NULL;
	}
	if (b == '/') {
		c->state = HTML_BEFORE_ATTR;
		return NULL;
	}
	if (b == '"' || b == '\'' || b == '<')
		return "a quote or '<' inside a tag: a quote or '>' is missing before";
	if (b == '=') {
		if (c->state != HTML_ATTR_NAME && c->state != HTML_AFTER_NAME)
			return "'=' without an attribute name";
		if (strcmp(c->element, "meta") == 0 && strcmp(c->attr, "http-equiv") == 0) {
			if (c->content)
				return "http-equiv must stand before the content that takes a value";
			c->http_equiv = true;
		}
		c->state = HTML_BEFORE_VALUE;
		c->begun = false;
		return NULL;
	}
	if (c->state == HTML_NEED_SPACE)
		return "white space is missing before an attribute";
	if (c->state == HTML_TAG_NAME) {
		name_add(c->element, b);
	} else if (c->state == HTML_ATTR_NAME) {
		name_add(c->attr, b);
	} else {
		name_begin(c->attr, b);
		c->state = HTML_ATTR_NAME;
	}
	return NULL;
}

static const char *feed_value(struct html_context *c, char b)
{
	if (c->state == HTML_BEFORE_VALUE) {
		if (b == '"')
			c->state = HTML_VALUE_DOUBLE;
		else if (b == '\'')
			c->state = HTML_VALUE_SINGLE;
		else if (b == '>')
			return "the attribute's value is missing";
		else if (!is_space(b))
			c->state = HTML_VALUE_BARE;
	} else if (c->state == HTML_VALUE_BARE) {
		if (is_space(b))
			c->state = HTML_BEFORE_ATTR;
		else if (b == '>')
			tag_close(c);
		else if (strchr("\"'<=`", b))
			return "a value with such characters must be quoted";
	} else if (b == (c->state == HTML_VALUE_DOUBLE ? '"' : '\'')) {
		c->state = HTML_NEED_SPACE;
	} else {
		c->begun = true;
	}
	return NULL;
}

/* Text that only its own end tag ends. */
static const char *feed_raw(struct html_context *c, char b)
{
	size_t n = strlen(c->element);
	if (c->state == HTML_RAW && ((c->recent << 8) | (uint8_t)b) == 0x3c212d2d && strcmp(c->element, "script") == 0)
		return "'<!--' inside a script";
	if (c->matched == n + 2) {
		if (is_space(b) || b == '/' || b == '>') {
			c->end_tag = true;
			c->state = HTML_NEED_SPACE;
			return feed_in_tag(c, b);
		}
		c->matched = 0;
	}
	char want = c->matched == 0 ? '<' : c->matched == 1 ? '/' : c->element[c->matched - 2];
	if (lower(b) == want)
		c->matched++;
	else
		c->matched = b == '<';
	return NULL;
}

static const char *feed_state(struct html_context *c, char b)
{
	switch (c->state) {
	case HTML_TEXT:
		if (b == '<')
			c->state = HTML_TAG_OPEN;
		return NULL;
	case HTML_RCDATA:
	case HTML_RAW:
		return feed_raw(c, b);
	case HTML_COMMENT:
		if (b == '>' && ((c->recent & 0xffff) == 0x2d2d || (c->recent & 0xffffff) == 0x2d2d21))
			c->state = HTML_TEXT;
		return NULL;
	case HTML_DECLARATION:
		if (b == '>')
			c->state = HTML_TEXT;
		return NULL;
	case HTML_TAG_OPEN:
	case HTML_END_OPEN:
		return feed_tag_open(c, b);
	case HTML_MARKUP_OPEN:
		return feed_markup_open(c, b);
	case HTML_TAG_NAME:
	case HTML_BEFORE_ATTR:
	case HTML_ATTR_NAME:
	case HTML_AFTER_NAME:
	case HTML_NEED_SPACE:
		return feed_in_tag(c, b);
	case HTML_BEFORE_VALUE:
	case HTML_VALUE_DOUBLE:
	case HTML_VALUE_SINGLE:
	case HTML_VALUE_BARE:
		return feed_value(c, b);
	}
	return "the compiler lost its way";
}

const char *html_feed(struct html_context *c, char byte)
{
	if (byte == 0)
		return "a NUL byte";
	const char *problem = feed_state(c, byte);
	c->recent = c->recent << 8 | (uint8_t)byte;
	return problem;
}

static const char *value_in_attribute(struct html_context *c, enum html_slot *ret)
{
	if (strncmp(c->attr, "on", 2) == 0)
		return "a value may not stand in an event handler";
	if (listed(closed_attributes, c->attr))
		return "this attribute may not take a value";
	*ret = SLOT_ATTR;
	if (listed(url_attributes, c->attr)) {
		if (c->begun)
			return "a value may only begin a URL: build the whole of it with U(\"…%s…\", …)";
		*ret = listed(loading_elements, c->element) ? SLOT_OWN_URL : SLOT_URL;
	} else if (strcmp(c->element, "meta") == 0 && strcmp(c->attr, "content") == 0) {
		c->content = true;
		if (c->http_equiv)
			*ret = SLOT_NUMBER;
	}
	c->begun = true;
	return NULL;
}

const char *html_value(struct html_context *c, enum html_slot *ret)
{
	switch (c->state) {
	case HTML_TEXT:
		*ret = SLOT_TEXT;
		break;
	case HTML_RCDATA:
		if (c->matched > 0)
			return "a value may not stand in a tag name";
		*ret = SLOT_ATTR;
		break;
	case HTML_RAW:
		return strcmp(c->element, "style") == 0    ? "a value may not stand in a style"
		    : strcmp(c->element, "script") == 0 ? "a value may not stand in a script"
							: "a value may not stand in an element of raw text";
	case HTML_COMMENT:
		return "a value may not stand in a comment";
	case HTML_DECLARATION:
	case HTML_MARKUP_OPEN:
		return "a value may not stand in a declaration";
	case HTML_TAG_OPEN:
	case HTML_END_OPEN:
	case HTML_TAG_NAME:
		return "a value may not stand in a tag name";
	case HTML_BEFORE_ATTR:
	case HTML_ATTR_NAME:
	case HTML_AFTER_NAME:
	case HTML_NEED_SPACE:
		return "a value may not stand in a tag outside an attribute's quotes";
	case HTML_BEFORE_VALUE:
	case HTML_VALUE_BARE:
		return "a value in an attribute must stand in double quotes, this one has none";
	case HTML_VALUE_SINGLE:
		return "a value in an attribute must stand in double quotes, not single ones";
	case HTML_VALUE_DOUBLE:
		return value_in_attribute(c, ret);
	}
	c->recent = 0;
	return NULL;
}

const char *html_block(struct html_context *c)
{
	switch (c->state) {
	case HTML_TAG_OPEN:
	case HTML_END_OPEN:
	case HTML_MARKUP_OPEN:
		return "a block may not begin or end inside a tag name";
	case HTML_VALUE_BARE:
		return "a block in an attribute must stand in double quotes";
	case HTML_TAG_NAME:
	case HTML_ATTR_NAME:
		c->state = HTML_NEED_SPACE;
		break;
	case HTML_AFTER_NAME:
		c->state = HTML_BEFORE_ATTR;
		break;
	case HTML_RCDATA:
	case HTML_RAW:
		if (c->matched > 0)
			return "a block may not begin or end inside a tag name";
		break;
	case HTML_COMMENT:
		if ((c->recent & 0xff) == '-')
			return "a block may not split the end of a comment";
		break;
	default:
		break;
	}
	c->recent = 0;
	return NULL;
}

enum html_space html_space(const struct html_context *c)
{
	switch (c->state) {
	case HTML_TEXT:
		return c->pre > 0 ? SPACE_KEEP : SPACE_TEXT;
	case HTML_TAG_NAME:
	case HTML_BEFORE_ATTR:
	case HTML_ATTR_NAME:
	case HTML_AFTER_NAME:
	case HTML_BEFORE_VALUE:
	case HTML_NEED_SPACE:
		return SPACE_TAG;
	default:
		return SPACE_KEEP;
	}
}

static bool in_tag(const struct html_context *c) { return c->state == HTML_BEFORE_ATTR || c->state == HTML_NEED_SPACE; }

static bool has_attribute(const struct html_context *c)
{
	return c->state == HTML_BEFORE_VALUE || c->state == HTML_VALUE_DOUBLE || c->state == HTML_VALUE_SINGLE;
}

static bool same_place(const struct html_context *a, const struct html_context *b)
{
	if (a->state != b->state && !(in_tag(a) && in_tag(b)))
		return false;
	if (a->pre != b->pre)
		return false;
	if (a->state == HTML_TEXT || a->state == HTML_COMMENT || a->state == HTML_DECLARATION)
		return true;
	return strcmp(a->element, b->element) == 0 && a->end_tag == b->end_tag &&
	    (!has_attribute(a) || strcmp(a->attr, b->attr) == 0);
}

bool html_join(struct html_context *c, const struct html_context *other)
{
	if (!same_place(c, other))
		return false;
	if (c->state != other->state)
		c->state = HTML_NEED_SPACE;
	c->begun |= other->begun;
	c->http_equiv |= other->http_equiv;
	c->content |= other->content;
	return true;
}

bool html_same(const struct html_context *a, const struct html_context *b)
{
	if (!same_place(a, b) || a->state != b->state)
		return false;
	return a->state != HTML_VALUE_DOUBLE || !listed(url_attributes, a->attr) || a->begun == b->begun;
}

const char *html_describe(const struct html_context *c, struct arena *a)
{
	switch (c->state) {
	case HTML_TEXT:
		return c->pre > 0 ? "in <pre>" : "in text";
	case HTML_RCDATA:
	case HTML_RAW:
		return arena_printf(a, "in <%s>", c->element);
	case HTML_COMMENT:
		return "in a comment";
	case HTML_DECLARATION:
	case HTML_MARKUP_OPEN:
		return "in a declaration";
	case HTML_VALUE_DOUBLE:
	case HTML_VALUE_SINGLE:
	case HTML_VALUE_BARE:
	case HTML_BEFORE_VALUE:
		return arena_printf(a, "in the value of %s", c->attr);
	default:
		return arena_printf(a, "in the tag <%s%s>", c->end_tag ? "/" : "", c->element);
	}
}
