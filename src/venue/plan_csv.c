/* Plans as CSV.  The first line is  section,row,seat,x,y,flags ; then one line for each seat, in any order: sections and rows
 * are taken in the order in which they first appear.  flags: words of plan_priv.h.  A standing section is one line whose
 * row is empty, whose seat is its capacity and whose flags are "standing" and its size: Floor,,400,250,180,standing 500x380
 * Separated by commas, semicolons or tabs (found out from the first line), quoted as RFC 4180 says, UTF-8.  A text beginning
 * with = + - or @ stands behind an apostrophe, so that no spreadsheet takes it for a formula. */
#include "venue/plan_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 6, SECTION = 0, ROW, SEAT, X, Y, FLAGS };
static const char *const names[FIELDS] = { "section", "row", "seat", "x", "y", "flags" };

struct csv { char *p; int64_t line; char sep; };
struct record { char *field[FIELDS]; size_t n; int64_t line; };
struct line { size_t section, row, at; struct plan_seat seat; };
struct group { const char *name, **rows; size_t n_rows, n_seats; struct plan_section standing; };
struct reading {
	struct arena *a;
	struct line *lines;
	size_t n_lines;
	struct group *groups;
	size_t n_groups;
};

/* msgid: a text with one %lld, the line. */
#define refused(line, msgid) err_user(err_new(ERR_INVALID, "csv refused"), msgid, (long long)(line))

/* ---- lines and fields ------------------------------------------------------------------------------------------------------ */
/* One field; afterwards c->p stands on what ended it.  ret_after: where its terminating NUL belongs.  NULL: a stray quote. */
static char *read_field(struct csv *c, char **ret_after)
{
	char *start = c->p, *to = c->p;
	if (*c->p != '"') {
		while (*c->p && *c->p != c->sep && *c->p != '\r' && *c->p != '\n')
			c->p++;
		*ret_after = c->p;
		return start;
	}
	for (c->p++; *c->p && (*c->p != '"' || c->p[1] == '"');) {
		c->p += *c->p == '"';
		c->line += *c->p == '\n';
		*to++ = *c->p++;
	}
	if (*c->p != '"')
		return NULL;
	c->p++;
	*ret_after = to;
	return *c->p == '\0' || *c->p == c->sep || *c->p == '\r' || *c->p == '\n' ? start : NULL;
}

/* A text that a spreadsheet would run as a formula stands behind an apostrophe in the file; so does one that begins with
 * an apostrophe before such a text, so that what was written is read again as it was. */
static bool is_guarded(const char *s)
{
	s += strspn(s, "'");
	return *s && strchr("=+-@", *s);
}

static struct err *read_record(struct csv *c, struct record *ret)
{
	struct record rec = { .line = ++c->line };
	for (bool more = true; more;) {
		char *after, *field = read_field(c, &after), end = *c->p;
		if (!field)
			return refused(rec.line, N_("Line %lld: a quotation mark is missing or stands in the wrong place."));
		more = end == c->sep;
		if (end == '\r' && c->p[1] == '\n')
			c->p++;
		c->p += end != '\0';
		*after = '\0';
		if (rec.n == FIELDS && *field) /* spreadsheets leave empty columns behind */
			return refused(rec.line, N_("Line %lld: there are more than six columns."));
		if (rec.n < FIELDS)
			rec.field[rec.n++] = *field == '\'' && is_guarded(field) ? field + 1 : field;
	}
	*ret = rec;
	return NULL;
}

static char separator(const char *text)
{
	size_t n = strcspn(text, "\r\n");
	return memchr(text, ',', n) ? ',' : memchr(text, ';', n) ? ';' : memchr(text, '\t', n) ? '\t' : ',';
}

static struct err *read_head(struct arena *a, struct csv *c)
{
	struct record rec;
	TRY(read_record(c, &rec));
	bool good = rec.n >= FLAGS;
	for (size_t i = 0; good && i < rec.n; i++)
		good = str_eq(str_trim(a, str_lower_ascii(a, rec.field[i])), names[i]);
	return good ? NULL : refused(rec.line, N_("Line %lld: the columns must be section,row,seat,x,y,flags."));
}

/* ---- what they mean -------------------------------------------------------------------------------------------------------- */
static bool number_of(struct arena *a, const char *s, int *ret)
{
	int64_t v;
	if (!str_to_i64(str_trim(a, s), &v) || v < 0 || v > PLAN_SPACE_MAX)
		return false;
	*ret = (int)v;
	return true;
}

static struct err *group_of(struct reading *d, const char *name, int64_t line, size_t *ret)
{
	size_t i = d->n_groups;
	while (i > 0 && !str_eq(d->groups[i - 1].name, name))
		i--;
	if (i == 0) {
		if (d->n_groups == PLAN_SECTIONS_MAX)
			return refused(line, N_("Line %lld: there are more than 500 sections."));
		d->groups[d->n_groups] = (struct group){ .name = name, .rows = arena_array(d->a, const char *, PLAN_ROWS_MAX) };
		i = ++d->n_groups;
	}
	*ret = i - 1;
	return NULL;
}

static struct err *row_of(struct group *g, const char *row, int64_t line, size_t *ret)
{
	size_t i = g->n_rows;
	while (i > 0 && !str_eq(g->rows[i - 1], row))
		i--;
	if (i == 0) {
		if (g->n_rows == PLAN_ROWS_MAX)
			return refused(line, N_("Line %lld: a section has at most 1,000 rows."));
		g->rows[g->n_rows] = row;
		i = ++g->n_rows;
	}
	*ret = i - 1;
	return NULL;
}

/* "standing", "standing 500x380" */
static bool standing_size(const char *flags, int *ret_w, int *ret_h)
{
	int w = 400, h = 200, end = 0;
	if (!str_starts(flags, "standing"))
		return false;
	flags += strlen("standing");
	if (*flags && (sscanf(flags, " %6dx%6d%n", &w, &h, &end) != 2 || flags[end] || w < 1 || h < 1))
		return false;
	*ret_w = w;
	*ret_h = h;
	return true;
}

static struct err *take_standing(struct reading *d, const struct record *rec, const char *flags, struct group *g, int x, int y)
{
	int capacity, w, h;
	if (!standing_size(flags, &w, &h) || !number_of(d->a, rec->field[SEAT], &capacity) || capacity == 0)
		return refused(rec->line, N_("Line %lld: a seat needs a row; a standing section has its capacity as seat and “standing” as flag."));
	if (g->n_seats > 0 || g->standing.standing)
		return refused(rec->line, N_("Line %lld: this section was there before; a standing section has one line."));
	g->standing = (struct plan_section){ .name = g->name, .standing = true, .capacity = capacity, .x = x, .y = y, .w = w, .h = h };
	return NULL;
}

static struct err *take_record(struct reading *d, struct record *rec)
{
	int x, y;
	size_t section;
	struct line *to = &d->lines[d->n_lines];
	if (rec->n < FLAGS)
		return refused(rec->line, N_("Line %lld: there must be a section, row, seat, x and y."));
	const char *flags = rec->n > FLAGS ? str_trim(d->a, rec->field[FLAGS]) : "", *name = plan_text(d->a, rec->field[SECTION]);
	if (str_empty(name) || str_utf8_len(name) > PLAN_NAME_MAX)
		return refused(rec->line, N_("Line %lld: the section needs a name of at most 60 characters."));
	if (!number_of(d->a, rec->field[X], &x) || !number_of(d->a, rec->field[Y], &y))
		return refused(rec->line, N_("Line %lld: x and y must be whole numbers between 0 and 100,000."));
	TRY(group_of(d, name, rec->line, &section));
	struct group *g = &d->groups[section];
	const char *row = plan_text(d->a, rec->field[ROW]), *label = plan_text(d->a, rec->field[SEAT]);
	if (str_empty(row))
		return take_standing(d, rec, flags, g, x, y);
	if (g->standing.standing)
		return refused(rec->line, N_("Line %lld: this section was there before; a standing section has one line."));
	if (str_empty(label) || str_utf8_len(row) > PLAN_LABEL_MAX || str_utf8_len(label) > PLAN_LABEL_MAX)
		return refused(rec->line, N_("Line %lld: row and seat need 1 to 8 characters."));
	*to = (struct line){ .section = section, .at = d->n_lines, .seat = { .row = row, .label = label, .x = x, .y = y } };
	if (!plan_flags_read(flags, &to->seat.flags))
		return refused(rec->line, N_("Line %lld: flags are the words wheelchair, companion and restricted."));
	TRY(row_of(g, row, rec->line, &to->row));
	g->n_seats++;
	d->n_lines++;
	return NULL;
}

static int line_order(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

static struct plan plan_of(struct reading *d)
{
	struct plan p = { .width = 1000, .height = 1000, .sections = arena_array(d->a, struct plan_section, d->n_groups + 1),
		.n_sections = d->n_groups };
	struct plan_seat *seats = arena_array(d->a, struct plan_seat, d->n_lines + 1);
	qsort(d->lines, d->n_lines, sizeof d->lines[0], line_order);
	for (size_t i = 0; i < d->n_lines; i++)
		seats[i] = d->lines[i].seat;
	for (size_t i = 0; i < d->n_groups; i++) {
		struct group *g = &d->groups[i];
		p.sections[i] = g->standing.standing ? g->standing
		    : (struct plan_section){ .name = g->name, .seats = seats, .n_seats = g->n_seats };
		seats += g->n_seats;
	}
	plan_measure(&p);
	return p;
}

struct err *venue_plan_from_csv(struct arena *a, struct bytes csv, struct plan *ret)
{
	if (csv.n >= 3 && memcmp(csv.p, "\xef\xbb\xbf", 3) == 0)
		csv = (struct bytes){ (const char *)csv.p + 3, csv.n - 3 };
	if (!str_utf8_valid(csv.p, csv.n))
		return err_user(err_new(ERR_INVALID, "csv refused"), "%s", N_("The file is not in UTF-8. In a spreadsheet choose “CSV UTF-8” when you save it."));
	struct csv c = { .p = arena_strndup(a, csv.p, csv.n) };
	struct record rec;
	size_t room = 2;
	c.sep = separator(c.p);
	for (const char *p = c.p; *p; p++)
		room += *p == '\n' || *p == '\r';
	room = room > PLAN_SEATS_MAX ? PLAN_SEATS_MAX + 1 : room;
	struct reading d = { .a = a, .lines = arena_array(a, struct line, room), .groups = arena_array(a, struct group, PLAN_SECTIONS_MAX) };
	TRY(read_head(a, &c));
	while (*c.p) {
		TRY(read_record(&c, &rec));
		if (rec.n > 1 || !str_empty(str_trim(a, rec.field[0])))
			TRY(take_record(&d, &rec));
		if (d.n_lines > PLAN_SEATS_MAX)
			return refused(rec.line, N_("Line %lld: a hall has at most 100,000 seats."));
	}
	struct plan p = plan_of(&d);
	TRY(venue_plan_check(a, &p));
	*ret = p;
	return NULL;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------------- */
static void write_text(struct buf *b, const char *s)
{
	bool guarded = is_guarded(s);
	if (!guarded && !strpbrk(s, ",;\"\r\n\t")) {
		buf_str(b, s);
		return;
	}
	buf_str(b, guarded ? "\"'" : "\"");
	for (; *s; s++) {
		if (*s == '"')
			buf_chr(b, '"');
		buf_chr(b, *s);
	}
	buf_chr(b, '"');
}

struct bytes venue_plan_to_csv(struct arena *a, const struct plan *p)
{
	struct buf b;
	buf_init(&b, a);
	buf_str(&b, "\xef\xbb\xbf" "section,row,seat,x,y,flags\r\n"); /* the mark by which spreadsheets know UTF-8 */
	for (size_t i = 0; i < p->n_sections; i++) {
		const struct plan_section *s = &p->sections[i];
		if (s->standing) {
			write_text(&b, s->name);
			buf_printf(&b, ",,%d,%d,%d,standing %dx%d\r\n", s->capacity, s->x, s->y, s->w, s->h);
		}
		for (size_t k = 0; k < s->n_seats; k++) {
			write_text(&b, s->name);
			buf_chr(&b, ',');
			write_text(&b, s->seats[k].row);
			buf_chr(&b, ',');
			write_text(&b, s->seats[k].label);
			buf_printf(&b, ",%d,%d,%s\r\n", s->seats[k].x, s->seats[k].y, s->seats[k].flags ? plan_flags_words(a, s->seats[k].flags) : "");
		}
	}
	return (struct bytes){ buf_cstr(&b), b.n };
}
