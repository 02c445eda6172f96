/* Mails that did not get out: listed, and sent again by hand. */
#include "notify/notify.h"

#include "proc/outbox.h"

#define TROUBLE_ROW(F)                                                                                                 \
	F(i64, id) F(str, state) F(str, about) F(str, payload) F(str, last_error) F(i64, tries) F(time, created_at) F(time, due_at)
DB_ROW(trouble_row, TROUBLE_ROW)
/* What waits for its first try is no trouble. */
DB_QUERY(mails_in_trouble, trouble_row,
    "SELECT id, state, about, payload, last_error, tries, created_at, due_at FROM outbox"
    " WHERE topic IN ('mail', 'mail_bulk') AND state = ? AND tries > 0 AND id < ? ORDER BY id DESC LIMIT ?")

static void json_free(void *p)
{
	json_decref(p);
}

struct err *notify_troubles(struct db *db, struct arena *a, const char *state, int64_t before, int max,
    struct notify_trouble **ret, size_t *ret_n)
{
	struct trouble_row *rows;
	size_t n;
	TRY(mails_in_trouble_all(db, a, &rows, &n, DB_ARGS(state, before ? before : INT64_MAX, max)));
	struct notify_trouble *list = arena_array(a, struct notify_trouble, n + 1);
	for (size_t i = 0; i < n; i++) {
		json_t *payload = json_loads(rows[i].payload, 0, NULL);
		arena_defer(a, json_free, payload);
		list[i] = (struct notify_trouble){ .id = rows[i].id, .state = rows[i].state, .about = rows[i].about,
			.kind = json_string_value(json_object_get(payload, "kind")), .to = json_string_value(json_object_get(payload, "to")),
			.error = rows[i].last_error, .tries = rows[i].tries, .created_at = rows[i].created_at, .due_at = rows[i].due_at };
	}
	*ret = list;
	*ret_n = n;
	return NULL;
}

#define STATE_COUNT_ROW(F) F(str, state) F(i64, n)
DB_ROW(state_count_row, STATE_COUNT_ROW)
DB_QUERY(mails_in_trouble_count, state_count_row,
    "SELECT state, COUNT(*) AS n FROM outbox WHERE topic IN ('mail', 'mail_bulk') AND state IN ('failed', 'unsure', 'pending') AND tries > 0"
    " GROUP BY state")

struct err *notify_count(struct db *db, struct arena *a, struct notify_counts *ret)
{
	struct state_count_row *rows;
	size_t n;
	TRY(mails_in_trouble_count_all(db, a, &rows, &n, DB_NO_ARGS));
	*ret = (struct notify_counts){ 0 };
	for (size_t i = 0; i < n; i++)
		*(str_eq(rows[i].state, "failed") ? &ret->failed : str_eq(rows[i].state, "unsure") ? &ret->unsure : &ret->again) = rows[i].n;
	return NULL;
}

#define TOPIC_ROW(F) F(str, topic)
DB_ROW(topic_row, TOPIC_ROW)
DB_QUERY(outbox_topic, topic_row, "SELECT topic FROM outbox WHERE id = ?")

struct err *notify_resend(struct db *db, struct arena *a, int64_t id, int64_t now, bool *ret_done)
{
	struct topic_row *row;
	TRY(outbox_topic_one(db, a, &row, DB_ARGS(id)));
	*ret_done = false;
	return row && str_starts(row->topic, "mail") ? outbox_retry(db, id, now, ret_done) : NULL;
}
