/* From the outbox to the channels. */
#include "live/live.h"

#include "base/log.h"
#include "base/str.h"
#include "ext/json.h"
#include "live/publish.h"
#include "live/token.h"
#include "proc/start.h"

#include <stdio.h>
#include <string.h>

static void add_data(json_t *to, json_t *data)
{
	if (json_is_array(data))
		json_array_extend(to, data);
	else if (data)
		json_array_append(to, data);
}

struct live_message *live_merge(struct arena *a, const struct outbox_row *rows, size_t n, size_t *ret_n)
{
	struct live_message *m = arena_array(a, struct live_message, n + 1);
	json_t *all = json_keep(a, json_object()); /* keeps the order in which keys are added */
	for (size_t i = 0; i < n; i++) {
		json_t *row = json_keep(a, json_loads(rows[i].payload, 0, NULL));
		const char *channel = json_string_value(json_object_get(row, "channel"));
		if (!channel || !live_name_ok(channel, strlen(channel)) || !json_object_get(row, "data")) {
			/* No later try would make it better, and those behind it wait. */
			log_msg(LOG_ERROR, "live: a row without channel or data is left out", "about", rows[i].key, NULL);
			continue;
		}
		json_t *list = json_object_get(all, channel);
		if (!list)
			json_object_set_new(all, channel, list = json_array());
		add_data(list, json_object_get(row, "data"));
	}
	size_t used = 0;
	const char *channel;
	json_t *list;
	json_object_foreach(all, channel, list)
		m[used++] = (struct live_message){ arena_strdup(a, channel), json_text(a, json_incref(list)) };
	*ret_n = used;
	return m;
}

struct err *live_deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n)
{
	size_t used;
	const struct live_message *m = live_merge(c->a, rows, n, &used);
	/* A failure in the middle repeats the batch: listeners get states, not steps, so twice is as good as once. */
	for (size_t i = 0; i < used; i++)
		TRY(live_publish(c->a, m[i].channel, m[i].json));
	return NULL;
}

static int publish_lines(struct arena *a)
{
	char *line = NULL;
	size_t cap = 0;
	int failed = 0;
	while (getline(&line, &cap, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		char *json = strchr(line, ' ');
		if (json)
			*json++ = '\0';
		struct err *e = json ? live_publish(a, line, json) : err_new(ERR_INVALID, "a line is CHANNEL JSON");
		puts(e ? err_text(e) : "ok");
		fflush(stdout);
		failed |= e != NULL;
		err_free(e);
		arena_reset(a);
	}
	free(line);
	return failed;
}

int live_publish_main(int argc, char **argv)
{
	if (!start_house(&argc, argv, "publish"))
		return 2;
	struct arena *a = arena_new(16 << 20);
	int status = 0;
	if (argc == 2 && str_eq(argv[1], "-")) {
		status = publish_lines(a);
	} else if (argc == 3) {
		struct err *e = live_publish(a, argv[1], argv[2]);
		if (e)
			fprintf(stderr, "foyer publish: %s\n", err_text(e));
		status = e != NULL;
		err_free(e);
	} else {
		fputs("usage: foyer publish [-c FILE] CHANNEL JSON | -\n", stderr);
		status = 2;
	}
	arena_free(a);
	return status;
}
