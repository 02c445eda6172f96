#include "base/conf.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf_table.h"
#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST_FILE ((size_t)1024 * 1024)
#define LARGEST_NUMBER INT64_C(1000000000) /* so many seconds can still be told in microseconds */
#define SECRET_LEAST 32

#define DEFAULT_OF(name, def, doc) .name = (def),
static const struct conf defaults = { CONF_SETTINGS(DEFAULT_OF, DEFAULT_OF, DEFAULT_OF, DEFAULT_OF) };
static struct conf current = { CONF_SETTINGS(DEFAULT_OF, DEFAULT_OF, DEFAULT_OF, DEFAULT_OF) };

#define ROW_STR(name, def, doc) { #name, doc, CONF_STR, offsetof(struct conf, name) },
#define ROW_INT(name, def, doc) { #name, doc, CONF_INT, offsetof(struct conf, name) },
#define ROW_BOOL(name, def, doc) { #name, doc, CONF_BOOL, offsetof(struct conf, name) },
#define ROW_SECRET(name, def, doc) { #name, doc, CONF_SECRET, offsetof(struct conf, name) },
const struct conf_setting conf_table[] = { CONF_SETTINGS(ROW_STR, ROW_INT, ROW_BOOL, ROW_SECRET) };
const size_t conf_table_n = ARRAY_LEN(conf_table);

/* One reading of a file: where each setting was given. */
struct reading {
	struct arena *a;
	const char *path;
	int line;
	int given_at[ARRAY_LEN(conf_table)];
	struct conf c;
};

const struct conf *conf(void)
{
	return &current;
}

void conf_set_for_test(const struct conf *c)
{
	current = c ? *c : defaults;
	clock_zone(current.timezone);
}

const struct conf *conf_defaults(void)
{
	return &defaults;
}

/* The first line of a secret's file, without its line end. */
static struct err *read_secret(struct reading *r, const char *name, const char *path, const char **ret)
{
	char text[4096];
	FILE *f = fopen(path, "re");

	if (!f)
		return err_new(ERR_INVALID, "%s:%d: %s_file: cannot read %s: %s", r->path, r->line, name, path,
		    strerror(errno));
	char *got = fgets(text, sizeof text, f);
	fclose(f);
	if (!got)
		return err_new(ERR_INVALID, "%s:%d: %s_file: %s is empty", r->path, r->line, name, path);
	size_t n = strcspn(text, "\r\n");
	if (n == sizeof text - 1)
		return err_new(ERR_INVALID, "%s:%d: %s_file: the first line of %s is too long", r->path, r->line, name, path);
	*ret = arena_strndup(r->a, text, n);
	return NULL;
}

static bool parse_bool(const char *s, bool *ret)
{
	static const char *const no[] = { "0", "no", "off", "false" }, *const yes[] = { "1", "yes", "on", "true" };

	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (str_eq(s, no[i]) || str_eq(s, yes[i])) {
			*ret = str_eq(s, yes[i]);
			return true;
		}
	return false;
}

static struct err *store(struct reading *r, const struct conf_setting *s, const char *value, bool from_file)
{
	char *at = (char *)&r->c + s->offset;
	int64_t number;
	bool flag;

	switch (s->type) {
	case CONF_INT:
		if (!str_to_i64(value, &number) || number < 0 || number > LARGEST_NUMBER)
			return err_new(ERR_INVALID, "%s:%d: %s must be a whole number between 0 and %" PRId64 ", not '%s'", r->path,
			    r->line, s->name, LARGEST_NUMBER, value);
		memcpy(at, &number, sizeof number);
		return NULL;
	case CONF_BOOL:
		if (!parse_bool(value, &flag))
			return err_new(ERR_INVALID, "%s:%d: %s must be yes or no, not '%s'", r->path, r->line, s->name, value);
		memcpy(at, &flag, sizeof flag);
		return NULL;
	case CONF_SECRET:
		if (from_file)
			TRY(read_secret(r, s->name, value, &value));
		break;
	case CONF_STR:
		break;
	}
	memcpy(at, &value, sizeof value);
	return NULL;
}

static const struct conf_setting *find_setting(const char *name, bool *ret_from_file)
{
	for (size_t i = 0; i < conf_table_n; i++) {
		const struct conf_setting *s = &conf_table[i];
		*ret_from_file = false;
		if (str_eq(name, s->name))
			return s;
		size_t n = strlen(s->name);
		*ret_from_file = true;
		if (s->type == CONF_SECRET && strncmp(name, s->name, n) == 0 && str_eq(name + n, "_file"))
			return s;
	}
	return NULL;
}

static struct err *read_line(struct reading *r, const char *line)
{
	bool from_file;

	if (!*line || *line == '#')
		return NULL;
	const char *equals = strchr(line, '=');
	if (!equals)
		return err_new(ERR_INVALID, "%s:%d: expected 'name = value'", r->path, r->line);
	const char *name = str_trim(r->a, arena_strndup(r->a, line, (size_t)(equals - line)));
	const struct conf_setting *s = find_setting(name, &from_file);
	if (!s)
		return err_new(ERR_INVALID, "%s:%d: there is no setting '%s'", r->path, r->line, name);
	int *given_at = &r->given_at[s - conf_table];
	if (*given_at)
		return err_new(ERR_INVALID, "%s:%d: %s is already set in line %d", r->path, r->line, s->name, *given_at);
	*given_at = r->line;
	return store(r, s, str_trim(r->a, equals + 1), from_file);
}

static struct err *read_lines(struct reading *r, const char *text, size_t n)
{
	const char *end = text + n;

	if (!str_utf8_valid(text, n))
		return err_new(ERR_INVALID, "%s: not valid UTF-8 text", r->path);
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		if (!stop)
			stop = end;
		r->line++;
		TRY(read_line(r, str_trim(r->a, arena_strndup(r->a, text, (size_t)(stop - text)))));
		text = stop + 1;
	}
	return NULL;
}

/* A complaint about a setting, at the line where it was given. */
static struct err *bad(const struct reading *r, const void *field, const char *what)
{
	for (size_t i = 0; i < conf_table_n; i++)
		if ((const char *)&r->c + conf_table[i].offset == (const char *)field) {
			if (r->given_at[i])
				return err_new(ERR_INVALID, "%s:%d: %s %s", r->path, r->given_at[i], conf_table[i].name, what);
			return err_new(ERR_INVALID, "%s: %s %s", r->path, conf_table[i].name, what);
		}
	return err_new(ERR_INTERNAL, "%s: a setting without a name %s", r->path, what);
}

static bool one_of(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, words[i]))
			return true;
	return false;
}

static bool zone_exists(struct arena *a, const char *tz)
{
	static const char zones[] = "/usr/share/zoneinfo";

	if (!*tz || *tz == '/' || strstr(tz, ".."))
		return false;
	return access(zones, R_OK) != 0 || access(arena_printf(a, "%s/%s", zones, tz), R_OK) == 0;
}

static struct err *check_words(const struct reading *r)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	static const char *const tls[] = { "none", "try", "require" };
	static const char *const providers[] = { "sandbox", "toss" };
	static const char *const stores[] = { "disk", "s3" };

	if (!one_of(r->c.log_level, levels, ARRAY_LEN(levels)))
		return bad(r, &r->c.log_level, "must be debug, info, warn or error");
	if (!one_of(r->c.smtp_tls, tls, ARRAY_LEN(tls)))
		return bad(r, &r->c.smtp_tls, "must be none, try or require");
	if (!one_of(r->c.pay_provider, providers, ARRAY_LEN(providers)))
		return bad(r, &r->c.pay_provider, "must be sandbox or toss");
	if (!one_of(r->c.blob_store, stores, ARRAY_LEN(stores)))
		return bad(r, &r->c.blob_store, "must be disk or s3");
	return NULL;
}

#define BETWEEN(name, least, most) { offsetof(struct conf, name), least, most }
#define PORT(name) BETWEEN(name, 1, 65535)
#define POOL(name, least) BETWEEN(name, least, CONF_WORKERS_MOST)
#define NOT_NONE(name) BETWEEN(name, 1, LARGEST_NUMBER)
static const struct { size_t offset; int64_t least, most; } bounds[] = {
	PORT(db_port), PORT(replica_port), PORT(redis_port),
	POOL(pool_web, 1), POOL(pool_pay, 1), POOL(pool_sale, 1), POOL(pool_till, 1), POOL(pool_queue, 1), POOL(pool_sandbox, 0),
	BETWEEN(work_processes, 1, 64), NOT_NONE(pool_backlog), NOT_NONE(worker_requests), NOT_NONE(request_deadline_ms),
	NOT_NONE(live_connections), NOT_NONE(pay_timeout_ms), NOT_NONE(hold_seconds), NOT_NONE(queue_pass_seconds),
	BETWEEN(session_days, 1, 3650), NOT_NONE(signin_tries), NOT_NONE(rate_per_minute), NOT_NONE(queue_free_joins),
	NOT_NONE(sale_looks_per_minute), NOT_NONE(sale_holds_per_minute), BETWEEN(upload_mb, 1, 1000),
};

static struct err *check_numbers(const struct reading *r)
{
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		const void *field = (const char *)&r->c + bounds[i].offset;
		int64_t v;
		memcpy(&v, field, sizeof v);
		if (v < bounds[i].least || v > bounds[i].most)
			return bad(r, field, arena_printf(r->a, "must be between %" PRId64 " and %" PRId64, bounds[i].least, bounds[i].most));
	}
	const struct conf *c = &r->c;
	if (c->pool_web + c->pool_pay + c->pool_sale + c->pool_till + c->pool_queue + c->pool_sandbox > CONF_WORKERS_MOST)
		return err_new(ERR_INVALID, "%s: all pools together must have at most %d workers", r->path, CONF_WORKERS_MOST);
	return NULL;
}

/* What a single value cannot tell, and what would otherwise fail late. */
static struct err *check(const struct reading *r)
{
	const struct conf *c = &r->c;

	if (!str_starts(c->base_url, "http://") && !str_starts(c->base_url, "https://"))
		return bad(r, &c->base_url, "must begin with http:// or https://");
	if (str_ends(c->base_url, "/"))
		return bad(r, &c->base_url, "must not end in a slash");
	if (!zone_exists(r->a, c->timezone))
		return bad(r, &c->timezone, "is no zone of the time zone database");
	if (strlen(c->secret) < SECRET_LEAST)
		return bad(r, &c->secret, "must be set, to 32 random characters or more");
	TRY(check_numbers(r));
	return check_words(r);
}

struct err *conf_parse(struct arena *a, const char *path, const char *text, size_t n, struct conf *ret)
{
	struct reading r = { .a = a, .path = path, .c = defaults };

	TRY(read_lines(&r, text, n));
	TRY(check(&r));
	*ret = r.c;
	return NULL;
}

static struct err *read_file(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return err_new(ERR_INVALID, "cannot read %s: %s", path, strerror(errno));
	do {
		buf_reserve(b, 4096);
		n = fread(b->p + b->n, 1, 4096, f);
		b->n += n;
	} while (n > 0 && b->n <= LARGEST_FILE);
	bool failed = ferror(f) != 0;
	fclose(f);
	if (failed)
		return err_new(ERR_INVALID, "cannot read %s", path);
	if (b->n > LARGEST_FILE)
		return err_new(ERR_INVALID, "%s is too large for a configuration", path);
	return NULL;
}

struct err *conf_load(const char *path)
{
	static struct arena *strings; /* lives as long as the process: conf() points into it */

	if (!strings)
		strings = arena_new(16 * LARGEST_FILE);
	if (!path)
		path = getenv("FOYER_CONF");
	if (str_empty(path))
		path = "/etc/foyer/foyer.conf";
	struct buf text;
	buf_init(&text, strings);
	TRY(read_file(&text, path));
	TRY(conf_parse(strings, arena_strdup(strings, path), buf_cstr(&text), text.n, &current));
	clock_zone(current.timezone);
	return NULL;
}
