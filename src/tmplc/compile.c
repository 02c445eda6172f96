#include "tmplc/compile.h"

#include "base/str.h"
#include "tmplc/compile_code.h"
#include "tmplc/compile_html.h"

#include <string.h>

#define DEPTH 32

enum block_kind { BLOCK_TEMPLATE, BLOCK_IF, BLOCK_FOR };
struct block {
	enum block_kind kind;
	const char *at;
	struct html_context begin, joined; /* joined: after the branches so far */
	bool has_joined, has_else;
};
struct compiler {
	struct arena *a;
	const struct tmplc_input *in;
	const char *end;
	const char *counted;       /* line is the number of the line of this byte */
	int line;
	struct html_context html;
	struct buf includes, prototypes, body, literal;
	struct block blocks[DEPTH];
	size_t depth, templates;
	bool drop_space;           /* a directive alone on its line came before */
};
struct directive { const char *begin, *end; struct code word, rest, all; };

static int line_of(struct compiler *k, const char *at)
{
	if (at < k->counted) {
		k->counted = k->in->text;
		k->line = 1;
	}
	for (; k->counted < at; k->counted++)
		k->line += *k->counted == '\n';
	return k->line;
}

/* Columns count characters, from 1. */
static int column_of(const struct compiler *k, const char *at)
{
	int column = 1;
	while (at > k->in->text && at[-1] != '\n') {
		at--;
		column += (*at & 0xc0) != 0x80;
	}
	return column;
}

static struct err *refuse(struct compiler *k, const char *at, const char *problem)
{
	return err_user(err_new(ERR_INVALID, "template refused"), "%s:%d:%d: %s", k->in->path, line_of(k, at),
	    column_of(k, at), problem);
}

/* ---- literal text ------------------------------------------------------------------------------------------------ */

static bool is_space(char b) { return b == ' ' || b == '\t' || b == '\n' || b == '\r'; }

static void add_c_string(struct buf *b, const char *p, size_t n)
{
	buf_chr(b, '"');
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			buf_str(b, i + 1 < n ? "\\n\"\n\t\"" : "\\n");
		else if (p[i] == '"' || p[i] == '\\')
			buf_printf(b, "\\%c", p[i]);
		else if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
			buf_printf(b, "\\%03o", (unsigned)(unsigned char)p[i]);
		else
			buf_chr(b, p[i]);
	}
	buf_chr(b, '"');
}

static void flush_literal(struct compiler *k)
{
	if (k->literal.n == 0)
		return;
	buf_str(&k->body, "out_raw(o, ");
	add_c_string(&k->body, k->literal.p, k->literal.n);
	buf_printf(&k->body, ", %zu);\n", k->literal.n);
	buf_clear(&k->literal);
}

static void begin_code(struct compiler *k, const char *at)
{
	flush_literal(k);
	buf_printf(&k->body, "#line %d ", line_of(k, at));
	add_c_string(&k->body, k->in->path, strlen(k->in->path));
	buf_chr(&k->body, '\n');
}

/* White space of several bytes becomes one; in text a line end stays one. */
static struct err *add_space(struct compiler *k, const char **p, const char *end, bool drop)
{
	enum html_space space = html_space(&k->html);
	bool newline = false;
	for (; *p < end && is_space(**p); (*p)++) {
		newline |= **p == '\n';
		const char *problem = html_feed(&k->html, **p);
		if (problem)
			return refuse(k, *p, problem);
	}
	if (!drop)
		buf_chr(&k->literal, newline && space == SPACE_TEXT ? '\n' : ' ');
	return NULL;
}

static struct err *compile_literal(struct compiler *k, const char *p, const char *end)
{
	const char *begin = p;
	if (k->depth == 0) {
		while (p < end && is_space(*p))
			p++;
		return p < end ? refuse(k, p, "text outside a template") : NULL;
	}
	while (p < end) {
		enum html_space space = html_space(&k->html);
		if (is_space(*p) && space != SPACE_KEEP) {
			TRY(add_space(k, &p, end, p == begin && k->drop_space && space == SPACE_TEXT));
			continue;
		}
		const char *problem = html_feed(&k->html, *p);
		if (problem)
			return refuse(k, p, problem);
		buf_chr(&k->literal, *p++);
	}
	return NULL;
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

static struct err *open_block(struct compiler *k, enum block_kind kind, const char *at)
{
	if (k->depth == DEPTH)
		return refuse(k, at, "blocks nested too deeply");
	const char *problem = html_block(&k->html);
	if (problem)
		return refuse(k, at, problem);
	k->blocks[k->depth++] = (struct block){ .kind = kind, .at = at, .begin = k->html };
	return NULL;
}

/* A branch of an if ends here. */
static struct err *end_branch(struct compiler *k, struct block *b, const char *at)
{
	const char *problem = html_block(&k->html);
	if (problem)
		return refuse(k, at, problem);
	if (!b->has_joined) {
		b->joined = k->html;
		b->has_joined = true;
		return NULL;
	}
	if (html_join(&b->joined, &k->html))
		return NULL;
	return refuse(k, at, arena_printf(k->a, "the branches of the if of line %d end in different places: %s and %s",
	    line_of(k, b->at), html_describe(&b->joined, k->a), html_describe(&k->html, k->a)));
}

static struct err *compile_if(struct compiler *k, const struct directive *d)
{
	if (code_empty(d->rest))
		return refuse(k, d->begin, "if needs a condition");
	TRY(open_block(k, BLOCK_IF, d->begin));
	begin_code(k, d->rest.p);
	buf_printf(&k->body, "if (%.*s) {\n", (int)(d->rest.end - d->rest.p), d->rest.p);
	return NULL;
}

static struct err *compile_else(struct compiler *k, const struct directive *d)
{
	struct block *b = &k->blocks[k->depth - 1];
	bool elif = code_is(d->word, "elif");
	if (b->kind != BLOCK_IF)
		return refuse(k, d->begin, elif ? "elif without if" : "else without if");
	if (b->has_else)
		return refuse(k, d->begin, "this if has its else already");
	if (elif && code_empty(d->rest))
		return refuse(k, d->begin, "elif needs a condition");
	if (!elif && !code_empty(d->rest))
		return refuse(k, d->begin, "else takes nothing; a further condition is written elif");
	TRY(end_branch(k, b, d->begin));
	k->html = b->begin;
	b->has_else = !elif;
	begin_code(k, d->rest.p);
	if (elif)
		buf_printf(&k->body, "} else if (%.*s) {\n", (int)(d->rest.end - d->rest.p), d->rest.p);
	else
		buf_str(&k->body, "} else {\n");
	return NULL;
}

static struct err *compile_for(struct compiler *k, const struct directive *d)
{
	struct code rest = d->rest;
	struct code name = code_word(&rest), in = code_word(&rest);
	const char *comma = code_comma(rest);
	if (code_empty(name) || !code_is(in, "in") || !comma)
		return refuse(k, d->begin, "a loop is written: for NAME in ARRAY, COUNT");
	struct code array = code_trim((struct code){ rest.p, comma }), count = code_trim((struct code){ comma + 1, rest.end });
	if (code_empty(array) || code_empty(count) || code_comma(count))
		return refuse(k, d->begin, "a loop is written: for NAME in ARRAY, COUNT");
	TRY(open_block(k, BLOCK_FOR, d->begin));
	begin_code(k, d->begin);
	int n = (int)(name.end - name.p);
	buf_printf(&k->body, "for (size_t %.*s_i = 0, %.*s_n_ = (size_t)(%.*s); %.*s_i < %.*s_n_; %.*s_i++) {\n", n, name.p,
	    n, name.p, (int)(count.end - count.p), count.p, n, name.p, n, name.p, n, name.p);
	buf_printf(&k->body, "__auto_type %.*s = &(%.*s)[%.*s_i];\n(void)%.*s;\n", n, name.p, (int)(array.end - array.p),
	    array.p, n, name.p, n, name.p);
	return NULL;
}

static struct err *end_if(struct compiler *k, struct block *b, const char *at)
{
	TRY(end_branch(k, b, at));
	if (!b->has_else) {
		k->html = b->begin;
		TRY(end_branch(k, b, at));
	}
	k->html = b->joined;
	return NULL;
}

static struct err *compile_end(struct compiler *k, const struct directive *d)
{
	struct block *b = &k->blocks[k->depth - 1];
	if (!code_empty(d->rest))
		return refuse(k, d->begin, "end takes nothing");
	const char *problem = html_block(&k->html);
	if (problem)
		return refuse(k, d->begin, problem);
	if (b->kind == BLOCK_IF)
		TRY(end_if(k, b, d->begin));
	else if (b->kind == BLOCK_FOR && !html_same(&k->html, &b->begin))
		return refuse(k, d->begin, arena_printf(k->a, "the loop of line %d begins %s and ends %s", line_of(k, b->at),
		    html_describe(&b->begin, k->a), html_describe(&k->html, k->a)));
	else if (b->kind == BLOCK_TEMPLATE && !html_same(&k->html, &b->begin))
		return refuse(k, d->begin, arena_printf(k->a, "the template of line %d ends %s", line_of(k, b->at),
		    html_describe(&k->html, k->a)));
	begin_code(k, d->begin);
	buf_str(&k->body, "}\n");
	k->depth--;
	return NULL;
}

/* ---- the other directives ---------------------------------------------------------------------------------------- */

static struct err *compile_include(struct compiler *k, const struct directive *d)
{
	struct code r = d->rest;
	size_t n = (size_t)(r.end - r.p);
	if (n < 3 || *r.p != '"' || memchr(r.p + 1, '"', n - 1) != r.end - 1)
		return refuse(k, d->begin, "an include is written: include \"room/file.h\"");
	buf_printf(&k->includes, "#include %.*s\n", (int)n, r.p);
	return NULL;
}

static struct err *compile_template(struct compiler *k, const struct directive *d)
{
	struct code rest = d->rest;
	struct code name = code_word(&rest);
	const char *closing = code_closing(rest);
	if (code_empty(name) || !closing || closing + 1 != rest.end)
		return refuse(k, d->begin, "a template is written: template NAME(const struct x *v, …)");
	struct code params = code_trim((struct code){ rest.p + 1, closing });
	bool none = code_empty(params) || code_is(params, "void");
	memset(&k->html, 0, sizeof k->html);
	TRY(open_block(k, BLOCK_TEMPLATE, d->begin));
	k->templates++;
	const char *head = arena_printf(k->a, "void tmpl_%.*s(struct out *o%s%.*s)", (int)(name.end - name.p), name.p,
	    none ? "" : ", ", none ? 0 : (int)(params.end - params.p), params.p);
	buf_printf(&k->prototypes, "%s;\n", head);
	begin_code(k, d->begin);
	buf_printf(&k->body, "%s\n{\n", head);
	return NULL;
}

static struct err *compile_let(struct compiler *k, const struct directive *d)
{
	struct code rest = d->rest;
	struct code name = code_word(&rest);
	if (code_empty(name) || rest.end - rest.p < 2 || rest.p[0] != '=' || rest.p[1] == '=')
		return refuse(k, d->begin, "a local is written: let NAME = VALUE");
	begin_code(k, d->begin);
	buf_printf(&k->body, "const __auto_type %.*s = (%.*s);\n", (int)(name.end - name.p), name.p,
	    (int)(rest.end - rest.p - 1), rest.p + 1);
	return NULL;
}

static struct err *compile_call(struct compiler *k, const struct directive *d)
{
	struct code rest = d->rest;
	struct code name = code_word(&rest);
	const char *closing = code_closing(rest);
	if (code_empty(name) || !closing || closing + 1 != rest.end)
		return refuse(k, d->begin, "a call is written: call NAME(…)");
	if (k->html.state != HTML_TEXT)
		return refuse(k, d->begin, arena_printf(k->a, "a template can be called in text only, this is %s",
		    html_describe(&k->html, k->a)));
	struct code args = code_trim((struct code){ rest.p + 1, closing });
	begin_code(k, d->begin);
	buf_printf(&k->body, "tmpl_%.*s(o%s%.*s);\n", (int)(name.end - name.p), name.p, code_empty(args) ? "" : ", ",
	    (int)(args.end - args.p), args.p);
	return NULL;
}

static struct err *compile_value(struct compiler *k, const struct directive *d)
{
	static const char *const writers[] = {
		[SLOT_TEXT] = "OUT_TEXT", [SLOT_ATTR] = "OUT_ATTR", [SLOT_URL] = "OUT_HREF", [SLOT_OWN_URL] = "out_href_url",
		[SLOT_NUMBER] = "out_text_i64"
	};
	static const char *const lookalikes[] = { "endif", "endfor", "elseif", "elsif", "while", "switch" };
	struct code rest = d->rest;
	bool unknown = !code_empty(d->word) && !code_is(d->word, "sizeof") && !code_empty(code_word(&rest));
	for (size_t i = 0; i < ARRAY_LEN(lookalikes); i++)
		unknown |= code_is(d->word, lookalikes[i]);
	if (unknown)
		return refuse(k, d->begin, arena_printf(k->a, "there is no directive '%.*s'",
		    (int)(d->word.end - d->word.p), d->word.p));
	if (code_empty(d->all))
		return refuse(k, d->begin, "nothing between {{ and }}");
	enum html_slot slot = SLOT_TEXT;
	const char *problem = html_value(&k->html, &slot);
	if (problem)
		return refuse(k, d->begin, problem);
	begin_code(k, d->all.p);
	buf_printf(&k->body, "%s(o, (%.*s));\n", writers[slot], (int)(d->all.end - d->all.p), d->all.p);
	return NULL;
}

enum place { IN_FILE, IN_TEMPLATE };
static const struct keyword {
	const char *word;
	enum place place;
	bool silent; /* alone on its line it leaves no white space */
	struct err *(*compile)(struct compiler *k, const struct directive *d);
} keywords[] = {
	{ "include", IN_FILE, true, compile_include },
	{ "template", IN_FILE, true, compile_template },
	{ "if", IN_TEMPLATE, true, compile_if },
	{ "elif", IN_TEMPLATE, true, compile_else },
	{ "else", IN_TEMPLATE, true, compile_else },
	{ "for", IN_TEMPLATE, true, compile_for },
	{ "end", IN_TEMPLATE, true, compile_end },
	{ "let", IN_TEMPLATE, true, compile_let },
	{ "call", IN_TEMPLATE, false, compile_call },
	{ "", IN_TEMPLATE, false, compile_value },
};

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static bool alone_on_line(const struct compiler *k, const char *begin, const char *end)
{
	while (begin > k->in->text && (begin[-1] == ' ' || begin[-1] == '\t'))
		begin--;
	while (end < k->end && (*end == ' ' || *end == '\t' || *end == '\r'))
		end++;
	return (begin == k->in->text || begin[-1] == '\n') && (end == k->end || *end == '\n');
}

static struct err *compile_keyword(struct compiler *k, const struct directive *d)
{
	const struct keyword *kw = keywords;
	while (*kw->word && !code_is(d->word, kw->word))
		kw++;
	if (kw->place == IN_TEMPLATE && k->depth == 0)
		return refuse(k, d->begin, "this stands outside a template");
	if (kw->place == IN_FILE && k->depth > 0)
		return refuse(k, d->begin, arena_printf(k->a, "%s inside a template: an end is missing before", kw->word));
	k->drop_space = kw->silent && alone_on_line(k, d->begin, d->end);
	return kw->compile(k, d);
}

static struct err *compile_directive(struct compiler *k, const char *begin, const char **ret_end)
{
	const char *at;
	const char *problem = code_scan(begin + 2, k->end, &at);
	if (problem)
		return refuse(k, at ? at : begin, problem);
	struct directive d = { .begin = begin, .end = at + 2, .all = code_trim((struct code){ begin + 2, at }) };
	d.rest = d.all;
	d.word = code_word(&d.rest);
	*ret_end = d.end;
	return compile_keyword(k, &d);
}

static struct err *skip_comment(struct compiler *k, const char *begin, const char **ret_end)
{
	const char *close = memmem(begin + 3, (size_t)(k->end - begin - 3), "#}}", 3);
	if (!close)
		return refuse(k, begin, "a comment is not closed with #}}");
	if (memmem(begin + 3, (size_t)(close - begin - 3), "{{#", 3))
		return refuse(k, begin, "a comment inside this comment: a #}} is missing");
	*ret_end = close + 3;
	k->drop_space = alone_on_line(k, begin, *ret_end);
	return NULL;
}

static struct err *compile_file(struct compiler *k)
{
	const char *p = k->in->text;
	while (p < k->end) {
		const char *open = memmem(p, (size_t)(k->end - p), "{{", 2);
		TRY(compile_literal(k, p, open ? open : k->end));
		if (!open)
			break;
		if (k->end - open > 2 && open[2] == '#')
			TRY(skip_comment(k, open, &p));
		else
			TRY(compile_directive(k, open, &p));
	}
	if (k->depth > 0)
		return refuse(k, k->blocks[k->depth - 1].at, "this block has no end");
	return k->templates ? NULL : refuse(k, k->in->text, "there is no template in this file");
}

static void add_guard(struct buf *b, const char *header)
{
	buf_str(b, "FOYER_");
	for (const char *s = header; *s; s++)
		if (*s >= 'a' && *s <= 'z')
			buf_chr(b, (char)(*s - 32));
		else
			buf_chr(b, (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ? *s : '_');
}

static void write_files(struct compiler *k, struct buf *c, struct buf *h)
{
	struct buf guard;
	buf_init(&guard, k->a);
	add_guard(&guard, k->in->header);
	buf_printf(h, "/* Made by tmplc from %s; do not edit. */\n#ifndef %s\n#define %s\n\n"
	    "#include \"web/out_page.h\"\n%s\n%s\n#endif\n",
	    k->in->path, buf_cstr(&guard), buf_cstr(&guard), buf_cstr(&k->includes), buf_cstr(&k->prototypes));
	/* A template need not use each of its parameters. */
	buf_printf(c, "/* Made by tmplc from %s; do not edit. */\n#include \"%s\"\n\n"
	    "#pragma GCC diagnostic ignored \"-Wunused-parameter\"\n\n%s", k->in->path, k->in->header, buf_cstr(&k->body));
}

struct err *tmplc_compile(struct arena *a, const struct tmplc_input *in, struct buf *c, struct buf *h)
{
	struct compiler *k = arena_one(a, struct compiler);
	*k = (struct compiler){ .a = a, .in = in, .end = in->text + in->n, .counted = in->text, .line = 1 };
	buf_init(&k->includes, a);
	buf_init(&k->prototypes, a);
	buf_init(&k->body, a);
	buf_init(&k->literal, a);
	TRY(compile_file(k));
	write_files(k, c, h);
	return NULL;
}
