/* Plans as JSON:
 *   {"width": 1000, "height": 800, "sections": [
 *     {"name": "1F", "rows": [{"row": "1", "seats": [["1", 250, 200], ["2", 272, 200, "wheelchair"]]}]},
 *     {"name": "Floor", "standing": 400, "x": 250, "y": 180, "w": 500, "h": 380}]}
 * A seat is its number, x, y and, where it has any, its flags as words (plan_priv.h).  width and height may be missing. */
#include "venue/plan_priv.h"

#include "ext/json.h"

#include <math.h>
#include <string.h>

/* msgid: a text with one %s, the section. */
#define refused(section, msgid) err_user(err_new(ERR_INVALID, "json refused"), msgid, section)

/* A whole number from 0 to the drawing's limit. */
static bool number_of(const json_t *v, int *ret)
{
	if (!json_is_number(v) || !(json_number_value(v) >= 0) || json_number_value(v) > PLAN_SPACE_MAX)
		return false;
	*ret = (int)lround(json_number_value(v));
	return true;
}

/* A label may be written as a number. */
static const char *label_of(struct arena *a, const json_t *v)
{
	if (json_is_integer(v))
		return arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	return json_is_string(v) ? plan_text(a, json_string_value(v)) : "";
}

static struct err *read_seat(struct arena *a, const char *section, const char *row, const json_t *v, struct plan_seat *ret)
{
	const json_t *flags = json_array_get(v, 3);
	*ret = (struct plan_seat){ .row = row, .label = label_of(a, json_array_get(v, 0)) };
	if (!number_of(json_array_get(v, 1), &ret->x) || !number_of(json_array_get(v, 2), &ret->y))
		return err_user(err_new(ERR_INVALID, "json refused"),
		    N_("Section %s, row %s: a seat is a list of its number, x and y, both between 0 and 100,000."), section, row);
	if (flags && (!json_is_string(flags) || !plan_flags_read(json_string_value(flags), &ret->flags)))
		return refused(section, N_("Section %s: flags are the words wheelchair, companion and restricted."));
	return NULL;
}

static struct err *read_rows(struct arena *a, const json_t *rows, size_t *left, struct plan_section *s)
{
	size_t i, k, n = 0;
	const json_t *row, *seat;
	json_array_foreach(rows, i, row)
		n += json_array_size(json_object_get(row, "seats"));
	if (n > *left)
		return err_user(err_new(ERR_INVALID, "json refused"), "%s", N_("A hall has at most 100,000 seats."));
	*left -= n;
	s->seats = arena_array(a, struct plan_seat, n + 1);
	json_array_foreach(rows, i, row) {
		const char *label = label_of(a, json_object_get(row, "row"));
		json_array_foreach(json_object_get(row, "seats"), k, seat)
			TRY(read_seat(a, s->name, label, seat, &s->seats[s->n_seats++]));
	}
	return NULL;
}

static struct err *read_section(struct arena *a, const json_t *v, size_t *left, struct plan_section *s)
{
	const json_t *standing = json_object_get(v, "standing");
	*s = (struct plan_section){ .name = label_of(a, json_object_get(v, "name")) };
	if (!standing)
		return read_rows(a, json_object_get(v, "rows"), left, s);
	s->standing = true;
	if (!number_of(standing, &s->capacity) || !number_of(json_object_get(v, "x"), &s->x) || !number_of(json_object_get(v, "y"), &s->y) ||
	    !number_of(json_object_get(v, "w"), &s->w) || !number_of(json_object_get(v, "h"), &s->h))
		return refused(s->name, N_("Section %s: a standing section has “standing” (how many people), x, y, w and h, between 0 and 100,000."));
	return NULL;
}

/* What the parser needs for it, about: an object costs it 400 bytes, a list 130, a text 60, a number 40.  No hall of 100,000 seats
 * needs as much. */
enum { WEIGHT_MAX = 100 << 20 };

static bool is_heavy(struct bytes json)
{
	const char *p = json.p;
	int64_t weight = 0;
	for (size_t i = 0; i < json.n; i++)
		weight += p[i] == '{' ? 400 : p[i] == '[' ? 130 : p[i] == ',' ? 40 : p[i] == '"' ? 30 : 0;
	return weight > WEIGHT_MAX;
}

struct err *venue_plan_from_json(struct arena *a, struct bytes json, struct plan *ret)
{
	json_error_t fault;
	size_t i, left = PLAN_SEATS_MAX;
	const json_t *v;
	if (is_heavy(json))
		return err_user(err_new(ERR_INVALID, "json refused: %zu bytes", json.n), "%s", N_("A hall has at most 100,000 seats."));
	json_t *root = json_keep(a, json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &fault));
	if (!root)
		return err_user(err_new(ERR_INVALID, "json refused: %s", fault.text), N_("Line %lld: this is not valid JSON."), (long long)fault.line);
	const json_t *sections = json_object_get(root, "sections");
	if (!json_is_array(sections) || json_array_size(sections) > PLAN_SECTIONS_MAX)
		return err_user(err_new(ERR_INVALID, "json refused"), "%s", N_("The file must have a list “sections” of at most 500 sections."));
	struct plan p = { .width = 1000, .height = 1000, .sections = arena_array(a, struct plan_section, json_array_size(sections) + 1),
		.n_sections = json_array_size(sections) };
	number_of(json_object_get(root, "width"), &p.width);
	number_of(json_object_get(root, "height"), &p.height);
	json_array_foreach(sections, i, v)
		TRY(read_section(a, v, &left, &p.sections[i]));
	plan_measure(&p);
	TRY(venue_plan_check(a, &p));
	*ret = p;
	return NULL;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------------- */
static void write_rows(struct buf *b, struct arena *a, const struct plan_section *s)
{
	for (size_t i = 0; i < s->n_seats; i++) {
		const struct plan_seat *p = &s->seats[i];
		bool new_row = i == 0 || !str_eq(p->row, s->seats[i - 1].row);
		if (new_row) {
			buf_str(b, i ? "]},\n  {\"row\": " : "\n  {\"row\": ");
			buf_json(b, p->row);
			buf_str(b, ", \"seats\": [");
		}
		buf_str(b, new_row ? "[" : ", [");
		buf_json(b, p->label);
		buf_printf(b, ", %d, %d", p->x, p->y);
		if (p->flags)
			buf_printf(b, ", \"%s\"", plan_flags_words(a, p->flags));
		buf_chr(b, ']');
	}
	if (s->n_seats > 0)
		buf_str(b, "]}");
}

struct bytes venue_plan_to_json(struct arena *a, const struct plan *p)
{
	struct buf b;
	buf_init(&b, a);
	buf_printf(&b, "{\"width\": %d, \"height\": %d, \"sections\": [", p->width, p->height);
	for (size_t i = 0; i < p->n_sections; i++) {
		const struct plan_section *s = &p->sections[i];
		buf_str(&b, i ? ",\n {\"name\": " : "\n {\"name\": ");
		buf_json(&b, s->name);
		if (s->standing) {
			buf_printf(&b, ", \"standing\": %d, \"x\": %d, \"y\": %d, \"w\": %d, \"h\": %d}", s->capacity, s->x, s->y, s->w, s->h);
			continue;
		}
		buf_str(&b, ", \"rows\": [");
		write_rows(&b, a, s);
		buf_str(&b, "]}");
	}
	buf_str(&b, "\n]}\n");
	return (struct bytes){ buf_cstr(&b), b.n };
}
