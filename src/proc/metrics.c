#include "proc/metrics.h"

#include <inttypes.h>

void metrics_head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static int64_t of_state(const char *state, const struct metrics_state *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].state, state))
			return rows[i].n;
	return 0;
}

void metrics_by_state(struct buf *b, const char *name, const char *help, const char *const *states, size_t n_states,
    const struct metrics_state *rows, size_t n)
{
	metrics_head(b, name, "gauge", help);
	for (size_t i = 0; i < (states ? n_states : n); i++) {
		const char *state = states ? states[i] : rows[i].state;
		buf_printf(b, "%s{state=\"%s\"} %" PRId64 "\n", name, state, of_state(state, rows, n));
	}
}

void metrics_label(struct buf *b, const char *value)
{
	for (const char *s = value; *s; s++) {
		if (*s == '\\' || *s == '"')
			buf_chr(b, '\\');
		if (*s == '\n')
			buf_str(b, "\\n");
		else
			buf_chr(b, *s);
	}
}
