#include "tmplc/compile_code.h"

#include <string.h>

#define DEPTH 32

static bool is_space(char b) { return b == ' ' || b == '\t' || b == '\n' || b == '\r'; }
static bool is_word(char b)
{
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_';
}

/* Behind the string or character constant that begins at p; NULL when it does not end on its line. */
static const char *skip_quoted(const char *p, const char *end)
{
	for (const char *q = p + 1; q < end && *q != '\n'; q++) {
		if (*q == '\\')
			q++;
		else if (*q == *p)
			return q + 1;
	}
	return NULL;
}

struct brackets { char open[DEPTH]; size_t n; };

/* One byte outside strings.  Returns what is wrong, or NULL. */
static const char *bracket(struct brackets *b, char byte)
{
	static const char opening[] = "([{", closing[] = ")]}";
	if (byte && strchr(opening, byte)) {
		if (b->n == DEPTH)
			return "brackets nested too deeply";
		b->open[b->n++] = byte;
	} else if (byte && strchr(closing, byte)) {
		if (b->n == 0)
			return "this bracket closes nothing";
		if (b->open[b->n - 1] != opening[strchr(closing, byte) - closing])
			return "a bracket before this one is not closed";
		b->n--;
	}
	return NULL;
}

const char *code_scan(const char *p, const char *end, const char **ret_at)
{
	struct brackets b = { .n = 0 };
	while (p < end) {
		*ret_at = p;
		if (*p == '"' || *p == '\'') {
			p = skip_quoted(p, end);
			if (!p)
				return "a string that does not end on its line";
			continue;
		}
		if (b.n == 0 && end - p > 1 && p[0] == '}' && p[1] == '}')
			return NULL;
		if (*p == ';' || *p == '#' || *p == '\\' || *p == 0)
			return "';', '#' and '\\' have no place in an expression";
		if (*p == '/' && end - p > 1 && (p[1] == '/' || p[1] == '*'))
			return "comments are written {{# … #}}";
		const char *problem = bracket(&b, *p);
		if (problem)
			return problem;
		p++;
	}
	*ret_at = NULL;
	return b.n > 0 ? "a bracket is not closed" : "'}}' is missing";
}

struct code code_trim(struct code c)
{
	while (c.p < c.end && is_space(*c.p))
		c.p++;
	while (c.end > c.p && is_space(c.end[-1]))
		c.end--;
	return c;
}

bool code_empty(struct code c) { return c.p == c.end; }

bool code_is(struct code c, const char *word)
{
	size_t n = strlen(word);
	return (size_t)(c.end - c.p) == n && memcmp(c.p, word, n) == 0;
}

struct code code_word(struct code *c)
{
	struct code word = { c->p, c->p };
	if (c->p < c->end && !(*c->p >= '0' && *c->p <= '9'))
		while (word.end < c->end && is_word(*word.end))
			word.end++;
	c->p = word.end;
	*c = code_trim(*c);
	return word;
}

/* The first byte `want` that stands in no bracket or string, from p. */
static const char *find_outside(const char *p, const char *end, char want)
{
	struct brackets b = { .n = 0 };
	while (p < end) {
		if (*p == '"' || *p == '\'') {
			p = skip_quoted(p, end);
			if (!p)
				return NULL;
			continue;
		}
		if (b.n == 0 && *p == want)
			return p;
		if (bracket(&b, *p))
			return NULL;
		p++;
	}
	return NULL;
}

const char *code_comma(struct code c) { return find_outside(c.p, c.end, ','); }

const char *code_closing(struct code c)
{
	return c.p < c.end && *c.p == '(' ? find_outside(c.p + 1, c.end, ')') : NULL;
}
