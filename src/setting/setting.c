#include "setting/setting.h"

#include "base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct setting setting_table[SETTING_N] = {
#define SETTING_ROW(name, def, least, most) { #name, def, least, most },
	SETTINGS(SETTING_ROW)
#undef SETTING_ROW
};

#define VALUE_ROW(F) F(str, name) F(str, value)
DB_ROW(setting_value, VALUE_ROW)
DB_QUERY_F(settings_all, setting_value, DB_STALE_OK | DB_SCAN_OK, "SELECT name, value FROM setting")
DB_EXEC(setting_put,
    "INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value), changed_at = VALUES(changed_at)")

static void take(struct settings *s, const struct setting_value *row)
{
	for (size_t i = 0; i < SETTING_N; i++) {
		const struct setting *t = &setting_table[i];
		int64_t n;
		if (!str_eq(row->name, t->name))
			continue;
		if (str_to_i64(row->value, &n) && n >= t->least && n <= t->most)
			s->v[i] = n;
		else
			log_msg(LOG_ERROR, "a setting in the database is none; its default counts", "setting", t->name, "value", row->value, NULL);
	}
}

struct err *settings_load(struct db *db, struct arena *a, struct settings *ret)
{
	struct setting_value *rows;
	size_t n;
	TRY(settings_all_all(db, a, &rows, &n, DB_NO_ARGS));
	for (size_t i = 0; i < SETTING_N; i++)
		ret->v[i] = setting_table[i].def;
	for (size_t i = 0; i < n; i++)
		take(ret, &rows[i]);
	return NULL;
}

struct err *setting_save(struct db *db, enum setting_id id, int64_t value, int64_t now)
{
	const struct setting *t = &setting_table[id];
	assert(value >= t->least && value <= t->most);
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, value);
	return setting_put_run(db, NULL, DB_ARGS(t->name, text, db_time(now)));
}

/* ---- rates --------------------------------------------------------------------------------------------------------------- */
const char *setting_percent(struct arena *a, int64_t permille)
{
	return permille % 10 ? arena_printf(a, "%" PRId64 ".%" PRId64, permille / 10, permille % 10)
	                     : arena_printf(a, "%" PRId64, permille / 10);
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

bool setting_percent_parse(const char *s, int64_t *ret_permille)
{
	int64_t n = 0;
	size_t i = 0;
	for (; i < 3 && digit(s[i]); i++)
		n = n * 10 + (s[i] - '0');
	if (i == 0)
		return false;
	n *= 10;
	if (s[i] == '.' && digit(s[i + 1])) {
		n += s[i + 1] - '0';
		i += 2;
	}
	if (s[i])
		return false;
	*ret_permille = n;
	return true;
}
