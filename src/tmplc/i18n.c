#include "tmplc/i18n.h"

#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "tmplc/out.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LANGS 8
#define FORMAT_ARGS 9

struct message { const char *id, *text; };
struct catalogue { char lang[8]; struct message *table; uint32_t mask; };
static struct catalogue catalogues[LANGS];
static size_t catalogues_n;

/* ---- the .mo file ------------------------------------------------------------------------------------------------ */

struct mo { const uint8_t *p; size_t n; bool swapped; };

static bool read_u32(const struct mo *m, uint64_t at, uint32_t *ret)
{
	uint32_t v;
	if (at > m->n || m->n - at < sizeof v)
		return false;
	memcpy(&v, m->p + at, sizeof v);
	*ret = m->swapped ? __builtin_bswap32(v) : v;
	return true;
}

/* The string that entry i of the table at `table` tells of; NULL where it lies outside the file. */
static const char *read_string(const struct mo *m, uint32_t table, uint32_t i)
{
	uint32_t n, at;
	uint64_t entry = (uint64_t)table + (uint64_t)i * 8;
	if (!read_u32(m, entry, &n) || !read_u32(m, entry + 4, &at))
		return NULL;
	if (at >= m->n || n >= m->n - at || m->p[at + n] != 0)
		return NULL;
	return (const char *)m->p + at;
}

/* ---- conversions: a translation must take the same arguments, in any order ---------------------------------------- */

/* The conversion behind a '%': its argument's number ("%2$s"; the next one otherwise) and type.  0: none. */
static size_t conversion(const char *s, unsigned *arg, char *ret_type)
{
	size_t n = 0;
	if (s[0] >= '1' && s[0] <= '9' && s[1] == '$') {
		*arg = (unsigned)(s[0] - '0');
		n = 2;
	} else {
		++*arg;
	}
	n += strspn(s + n, "-+0123456789.'");
	size_t l = strspn(s + n, "l");
	*ret_type = l > 0 ? (char)('A' + l) : s[n];
	n += l;
	return s[n] && strchr("sdiuxcf", s[n]) ? n + 1 : 0;
}

/* Fills types with one letter per argument.  False where the text takes too many, or a '%' begins nothing. */
static bool conversions(const char *s, char types[FORMAT_ARGS])
{
	unsigned arg = 0;
	memset(types, 0, FORMAT_ARGS);
	while ((s = strchr(s, '%'))) {
		char type;
		if (s[1] == '%') {
			s += 2;
			continue;
		}
		size_t n = conversion(s + 1, &arg, &type);
		if (n == 0 || arg > FORMAT_ARGS)
			return false;
		types[arg - 1] = type;
		s += 1 + n;
	}
	return true;
}

/* A msgid that is no format ("50% off") is never given to out_fmt: its translation is free. */
static bool same_conversions(const char *id, const char *text)
{
	char of_id[FORMAT_ARGS], of_text[FORMAT_ARGS];
	if (!conversions(id, of_id))
		return true;
	return conversions(text, of_text) && memcmp(of_id, of_text, FORMAT_ARGS) == 0;
}

/* ---- catalogues -------------------------------------------------------------------------------------------------- */

static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;
	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h;
}

/* The place of id in the table, or the empty one where it would stand. */
static struct message *find(const struct catalogue *c, const char *id)
{
	uint32_t i = hash(id) & c->mask;
	while (c->table[i].id && strcmp(c->table[i].id, id) != 0)
		i = (i + 1) & c->mask;
	return &c->table[i];
}

static struct err *add_messages(struct catalogue *c, const struct mo *m, uint32_t count, uint32_t ids, uint32_t texts)
{
	for (uint32_t i = 0; i < count; i++) {
		const char *id = read_string(m, ids, i), *text = read_string(m, texts, i);
		if (!id || !text)
			return err_new(ERR_INVALID, "message %u lies outside the catalogue", i);
		if (*id == 0 || *text == 0)
			continue;
		if (same_conversions(id, text))
			*find(c, id) = (struct message){ id, text };
		else
			log_msg(LOG_WARN, "translation left out: its conversions differ", "lang", c->lang, "msgid", id, NULL);
	}
	return NULL;
}

struct err *i18n_add(const char *lang, const void *mo, size_t n)
{
	struct mo m = { .p = mo, .n = n };
	uint32_t magic, revision, count, ids, texts;
	if (!read_u32(&m, 0, &magic) || (magic != 0x950412de && magic != 0xde120495))
		return err_new(ERR_INVALID, "not a message catalogue");
	m.swapped = magic == 0xde120495;
	if (!read_u32(&m, 4, &revision) || revision >> 16 > 1 || !read_u32(&m, 8, &count) || !read_u32(&m, 12, &ids) ||
	    !read_u32(&m, 16, &texts))
		return err_new(ERR_INVALID, "damaged head of a message catalogue");
	if (count > n / 16)
		return err_new(ERR_INVALID, "the catalogue is shorter than its %u messages", count);
	if (catalogues_n == LANGS || strlen(lang) >= sizeof catalogues[0].lang)
		return err_new(ERR_INVALID, "too many languages, or too long a name");
	struct catalogue c = { .mask = 1 };
	memcpy(c.lang, lang, strlen(lang) + 1);
	while (c.mask < count * 2)
		c.mask = c.mask * 2 + 1;
	c.table = calloc((size_t)c.mask + 1, sizeof *c.table);
	if (!c.table)
		return err_new(ERR_INTERNAL, "no memory for %u messages", count);
	struct err *e = add_messages(&c, &m, count, ids, texts);
	if (e) {
		free(c.table);
		return e;
	}
	catalogues[catalogues_n++] = c;
	return NULL;
}

void i18n_clear(void)
{
	while (catalogues_n > 0)
		free(catalogues[--catalogues_n].table);
}

/* Read rather than mapped: a file that is replaced in place must not pull the page away under a worker. */
static struct err *load_file(const char *path, const char *lang)
{
	FILE *f = fopen(path, "rbe");
	if (!f)
		return err_new(ERR_UNAVAILABLE, "cannot open %s", path);
	struct buf mo;
	char block[8192];
	size_t n;
	buf_init(&mo, NULL);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_add(&mo, block, n);
	fclose(f);
	struct err *e = i18n_add(lang, mo.p, mo.n);
	if (!e)
		return NULL; /* the catalogue points into mo from now on */
	buf_free(&mo);
	return err_wrap(e, "%s", path);
}

void i18n_load(void)
{
	struct arena *a = arena_new((size_t)1 << 20);
	const char *dir = arena_printf(a, "%s/locale", conf()->share_dir);
	DIR *d = opendir(dir);
	if (!d)
		log_msg(LOG_WARN, "no message catalogues", "dir", dir, NULL);
	for (struct dirent *f; d && (f = readdir(d));)
		if (str_ends(f->d_name, ".mo"))
			log_err(LOG_ERROR, "catalogue left out", load_file(arena_printf(a, "%s/%s", dir, f->d_name),
			    arena_strndup(a, f->d_name, strlen(f->d_name) - 3)));
	if (d)
		closedir(d);
	arena_free(a);
}

static const struct catalogue *of_language(const char *lang)
{
	for (size_t i = 0; i < catalogues_n; i++)
		if (strcmp(catalogues[i].lang, lang) == 0)
			return &catalogues[i];
	return NULL;
}

const char *tr(const char *lang, const char *msgid)
{
	const struct catalogue *c = of_language(lang);
	const struct message *m = c ? find(c, msgid) : NULL;
	return m && m->id ? m->text : msgid;
}

const char *tr_pick(const char *lang, const char *ko, const char *en)
{
	bool korean = str_eq(lang, "ko");
	return str_empty(korean ? ko : en) ? (korean ? en : ko) : (korean ? ko : en);
}

/* ---- texts that were formatted before they are translated --------------------------------------------------------- */

#define STEPS 20000 /* a text that is longer in the matching is shown as it is */
struct args { struct bytes v[FORMAT_ARGS]; unsigned steps; };

/* Does text come from this format?  A conversion takes as little as lets the rest match. */
static bool match_format(const char *fmt, const char *text, unsigned arg, struct args *ret)
{
	while (*fmt && *fmt != '%') {
		if (*fmt++ != *text++)
			return false;
	}
	if (!*fmt)
		return !*text;
	if (fmt[1] == '%')
		return *text == '%' && match_format(fmt + 2, text + 1, arg, ret);
	char type;
	const char *rest = fmt + 1 + conversion(fmt + 1, &arg, &type);
	size_t longest = type == 's' ? strlen(text) : strspn(text, "-0123456789,");
	for (size_t n = 1; n <= longest && ++ret->steps < STEPS; n++)
		if (match_format(rest, text + n, arg, ret)) {
			ret->v[arg - 1] = (struct bytes){ text, n };
			return true;
		}
	return false;
}

static const char *fill_format(struct arena *a, const char *fmt, const struct args *args)
{
	struct buf b;
	unsigned arg = 0;
	buf_init(&b, a);
	for (char type; *fmt; fmt++) {
		if (*fmt != '%' || fmt[1] == '%') {
			fmt += *fmt == '%';
			buf_chr(&b, *fmt);
			continue;
		}
		fmt += conversion(fmt + 1, &arg, &type);
		buf_add(&b, args->v[arg - 1].p, args->v[arg - 1].n);
	}
	return buf_cstr(&b);
}

const char *tr_text(struct arena *a, const char *lang, const char *text)
{
	const struct catalogue *c = of_language(lang);
	const char *exact = tr(lang, text);
	if (!c || exact != text)
		return exact;
	for (uint32_t i = 0; i <= c->mask; i++) {
		const struct message *m = &c->table[i];
		char types[FORMAT_ARGS];
		struct args args = { 0 };
		/* At least a few letters must stand before the first conversion, or "%s" would take every text. */
		if (!m->id || strcspn(m->id, "%") < 3 || !strchr(m->id, '%') || strncmp(m->id, text, 3) != 0)
			continue;
		if (conversions(m->id, types) && match_format(m->id, text, 0, &args))
			return fill_format(a, m->text, &args);
	}
	return text;
}
