/* Typed forms: pairs of names and values become a struct, or a list of what is wrong with them. */
#include "web/form.h"

#include "base/clock.h"
#include "base/conf.h"
#include "tmplc/out.h"
#include "web/web_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 200, LONGTEXT_MAX = 10000, EMAIL_MAX = 254, IDS_MAX = 1000 };

struct decode {
	struct arena *a;
	const struct form_input *in;
	const struct form_field *f;
	char *at;                       /* the member of the form to fill */
	struct form_error **errors_end;
};

/* ---- errors ------------------------------------------------------------------------------------------------------ */
static void refuse_number(struct decode *d, const char *msgid, int64_t number)
{
	struct form_error *e = arena_one(d->a, struct form_error);
	*e = (struct form_error){ .name = d->f->name, .msgid = msgid, .number = number };
	form_errors_translate(d->a, NULL, e);
	*d->errors_end = e;
	d->errors_end = &e->next;
}

static void refuse(struct decode *d, const char *msgid)
{
	refuse_number(d, msgid, 0);
}

void form_errors_translate(struct arena *a, const char *lang, struct form_error *e)
{
	for (; e; e = e->next) {
		if (!e->msgid)
			continue;
		const char *s = lang ? tr(lang, e->msgid) : e->msgid;
		const char *hole = strstr(s, "%lld");
		e->text = hole ? arena_printf(a, "%.*s%lld%s", (int)(hole - s), s, (long long)e->number, hole + 4) : s;
	}
}

/* ---- values ------------------------------------------------------------------------------------------------------ */
static char *one_line(struct arena *a, const char *s)
{
	char *t = arena_strdup(a, s);
	for (char *p = t; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	return t;
}

/* Line breaks as sent by browsers are CR LF. */
static char *unix_lines(struct arena *a, const char *s)
{
	char *t = arena_strdup(a, s), *to = t;
	for (const char *p = t; *p; p++)
		if (*p != '\r')
			*to++ = *p;
		else if (p[1] != '\n')
			*to++ = '\n';
	*to = '\0';
	return t;
}

static void decode_text(struct decode *d, const char *s)
{
	bool lines = d->f->kind == FORM_longtext;
	int64_t max = d->f->max ? d->f->max : lines ? LONGTEXT_MAX : TEXT_MAX;
	int64_t n = (int64_t)str_utf8_len(s);
	if (n > max)
		refuse_number(d, N_("At most %lld characters, please."), max);
	else if (n < d->f->min)
		refuse_number(d, N_("At least %lld characters, please."), d->f->min);
	*(const char **)d->at = s;
}

static bool email_ok(const char *s)
{
	const char *at = strchr(s, '@');
	if (strlen(s) > EMAIL_MAX || !at || at == s || at - s > 64 || strchr(at + 1, '@'))
		return false;
	for (const char *p = s; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (c <= 0x20 || c >= 0x7f || strchr("\"(),:;<>[]\\", c))
			return false;
	}
	const char *domain = at + 1;
	if (s[0] == '.' || at[-1] == '.' || strstr(s, "..") || !strchr(domain, '.'))
		return false;
	for (const char *p = domain; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", *p))
			return false;
	size_t n = strlen(domain);
	return domain[0] != '.' && domain[0] != '-' && domain[n - 1] != '.' && domain[n - 1] != '-';
}

static void decode_email(struct decode *d, const char *s)
{
	char *lower = str_lower_ascii(d->a, s);
	if (!email_ok(lower))
		refuse(d, N_("This doesn't look like an e-mail address (name@example.com)."));
	*(const char **)d->at = lower;
}

static void decode_code(struct decode *d, const char *s)
{
	char *code = arena_strdup(d->a, s);
	int64_t n = 0;
	bool ok = true;
	for (char *p = code; *p; p++, n++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		else if (!((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '-'))
			ok = false;
	}
	int64_t max = d->f->max ? d->f->max : TEXT_MAX;
	if (!ok)
		refuse(d, N_("Only letters, digits and hyphens belong here."));
	else if (n > max)
		refuse_number(d, N_("At most %lld characters, please."), max);
	else if (n < d->f->min)
		refuse_number(d, N_("At least %lld characters, please."), d->f->min);
	*(const char **)d->at = code;
}

/* "1,234,567": commas only between groups of three. */
static bool number_of(struct arena *a, const char *s, int64_t *ret)
{
	if (!strchr(s, ','))
		return str_to_i64(s, ret);
	char *plain = arena_alloc(a, strlen(s) + 1), *to = plain;
	const char *p = s + (*s == '-');
	size_t first = strcspn(p, ",");
	if (first < 1 || first > 3)
		return false;
	if (*s == '-')
		*to++ = '-';
	memcpy(to, p, first);
	to += first;
	for (p += first; *p == ','; p += 4) {
		if (strcspn(p + 1, ",") != 3)
			return false;
		memcpy(to, p + 1, 3);
		to += 3;
	}
	return *p == '\0' && str_to_i64(plain, ret);
}

static void decode_i64(struct decode *d, const char *s)
{
	int64_t v;
	if (!number_of(d->a, s, &v)) {
		refuse(d, N_("Please enter a whole number."));
		return;
	}
	if (d->f->max > d->f->min && v < d->f->min)
		refuse_number(d, N_("Please enter a number of at least %lld."), d->f->min);
	else if (d->f->max > d->f->min && v > d->f->max)
		refuse_number(d, N_("Please enter a number of at most %lld."), d->f->max);
	*(int64_t *)d->at = v;
}

static void decode_choice(struct decode *d, const char *s)
{
	size_t n = strlen(s);
	for (const char *o = d->f->options; o && *o;) {
		size_t len = strcspn(o, "|");
		if (len == n && memcmp(o, s, n) == 0) {
			*(const char **)d->at = s;
			return;
		}
		o += len + (o[len] == '|');
	}
	refuse(d, N_("Please choose one of the options offered."));
}

/* The year 2200: what is reckoned from a time of a form must not leave the calendar of the database, which ends with 9999. */
#define LATEST_US (INT64_C(7258118400) * US_SECOND)

static void decode_time(struct decode *d, const char *s)
{
	struct day day;
	int64_t at = 0;
	bool when = d->f->kind == FORM_when, read = when ? clock_parse_local(s, &at) : clock_parse_date(s, &day);
	if (read && !when)
		at = clock_day_start(day);
	if (read && at > 0 && at < LATEST_US)
		*(int64_t *)(void *)d->at = at;
	else
		refuse(d, when ? N_("Please enter a date and time, like 2026-11-20 19:30.") : N_("Please enter a date, like 2026-11-20."));
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static bool add_ids(struct arena *a, const char *s, int64_t *v, size_t *n, size_t max)
{
	while (*s) {
		size_t len = strcspn(s, ",");
		char *one = str_trim(a, arena_strndup(a, s, len));
		if (*one) {
			int64_t id;
			if (!str_to_i64(one, &id) || id < 0)
				return false;
			if (*n < max)
				v[*n] = id;
			++*n;
		}
		s += len + (s[len] == ',');
	}
	return true;
}

/* Repeated names and comma lists alike; sorted, without duplicates. */
static void decode_ids(struct decode *d)
{
	size_t max = d->f->max ? (size_t)d->f->max : IDS_MAX;
	size_t room = 2 * max + 1, n = 0; /* duplicates are forgiven within reason */
	int64_t *v = arena_array(d->a, int64_t, room);
	for (size_t i = 0; i < d->in->n; i++) {
		const struct form_pair *p = &d->in->v[i];
		if (strcmp(p->name, d->f->name) == 0 && (p->file_name || !add_ids(d->a, p->value, v, &n, room))) {
			refuse(d, N_("The selection could not be read. Please choose again."));
			return;
		}
	}
	size_t kept = n < room ? n : room, unique = 0;
	qsort(v, kept, sizeof *v, compare_ids);
	for (size_t i = 0; i < kept; i++)
		if (i == 0 || v[i] != v[i - 1])
			v[unique++] = v[i];
	if (n > room || unique > max) {
		refuse_number(d, N_("At most %lld can be chosen."), (int64_t)max);
		return;
	}
	if (unique == 0 && d->f->required)
		refuse(d, N_("Please choose at least one."));
	*(struct form_ids *)(void *)d->at = (struct form_ids){ v, unique };
}

static void decode_file(struct decode *d, const struct form_pair *p)
{
	/* A file control left empty sends an empty file without a name. */
	if (!p || !p->file_name || (p->value_n == 0 && !*p->file_name)) {
		if (d->f->required)
			refuse(d, N_("Please choose a file."));
		return;
	}
	int64_t max_kib = d->f->max ? d->f->max : conf()->upload_mb * 1024;
	if ((int64_t)p->value_n > max_kib * 1024)
		refuse_number(d, max_kib >= 1024 ? N_("The file is too large: at most %lld MB.") : N_("The file is too large: at most %lld KB."),
		    max_kib >= 1024 ? max_kib / 1024 : max_kib);
	else if (p->value_n == 0)
		refuse(d, N_("The file is empty. Please choose another one."));
	bool name_ok = str_utf8_valid(p->file_name, strlen(p->file_name));
	const char *name = name_ok ? str_trim(d->a, one_line(d->a, str_nfc(d->a, p->file_name))) : "";
	*(struct form_file *)(void *)d->at = (struct form_file){ name, { p->value, p->value_n } };
}

static void decode_password(struct decode *d, const char *s)
{
	int64_t n = (int64_t)str_utf8_len(s), max = d->f->max ? d->f->max : TEXT_MAX;
	if (n > max)
		refuse_number(d, N_("At most %lld characters, please."), max);
	else if (n < d->f->min)
		refuse_number(d, N_("At least %lld characters, please."), d->f->min);
	*(const char **)d->at = s;
}

/* ---- the form ---------------------------------------------------------------------------------------------------- */
static void decode_absent(struct decode *d)
{
	const struct form_field *f = d->f;
	if (f->kind == FORM_i64)
		*(int64_t *)(void *)d->at = f->def;
	else if (f->kind == FORM_text || f->kind == FORM_choice)
		*(const char **)(void *)d->at = f->def_text;
	if (!f->required)
		return;
	if (f->kind == FORM_flag)
		refuse(d, N_("Please tick this to go on."));
	else if (f->kind == FORM_choice)
		refuse(d, N_("Please choose one of the options offered."));
	else
		refuse(d, N_("Please fill this in."));
}

static void decode_single(struct decode *d, const struct form_pair *p)
{
	const struct form_field *f = d->f;
	if (f->kind == FORM_flag) {
		bool on = p && strcmp(p->value, "0") != 0;
		*(bool *)d->at = on;
		if (!on && f->required)
			decode_absent(d);
		return;
	}
	const char *s = p ? p->value : "";
	if (p && (p->file_name || !str_utf8_valid(p->value, p->value_n))) {
		refuse(d, N_("This contains characters that cannot be read. Please type it again."));
		return;
	}
	if (f->kind != FORM_password) {
		s = f->kind == FORM_longtext ? str_nfc(d->a, unix_lines(d->a, s)) : one_line(d->a, str_nfc(d->a, s));
		s = str_trim(d->a, s);
	}
	if (!*s) {
		decode_absent(d);
		return;
	}
	switch (f->kind) {
	case FORM_text:
	case FORM_longtext: decode_text(d, s); break;
	case FORM_email: decode_email(d, s); break;
	case FORM_password: decode_password(d, s); break;
	case FORM_code: decode_code(d, s); break;
	case FORM_i64: decode_i64(d, s); break;
	case FORM_choice: decode_choice(d, s); break;
	case FORM_when:
	case FORM_date: decode_time(d, s); break;
	case FORM_flag:
	case FORM_ids:
	case FORM_file: break;
	}
}

void form_decode(struct arena *a, const struct form_spec *spec, const struct form_input *in, void **ret_form,
    struct form_error **ret_errors)
{
	struct form_error *errors = NULL;
	char *form = arena_alloc(a, spec->size);
	struct decode d = { .a = a, .in = in, .errors_end = &errors };
	for (size_t i = 0; i < spec->n; i++) {
		d.f = &spec->fields[i];
		d.at = form + d.f->offset;
		if (d.f->kind == FORM_ids) {
			decode_ids(&d);
			continue;
		}
		const struct form_pair *found = NULL;
		size_t times = 0;
		for (size_t k = 0; k < in->n; k++)
			if (strcmp(in->v[k].name, d.f->name) == 0) {
				found = found ? found : &in->v[k];
				times++;
			}
		if (times > 1)
			refuse(&d, N_("This was sent twice. Please fill it in once."));
		else if (d.f->kind == FORM_file)
			decode_file(&d, found);
		else
			decode_single(&d, found);
	}
	*ret_form = form;
	*ret_errors = errors;
}
