/* The way in: who may listen.  And what the process tells about itself. */
#include "live/live.h"

#include "base/buf.h"
#include "base/conf.h"
#include "live/token.h"
#include "proc/metrics.h"
#include "web/req.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define METRICS_MS 300

#define LIVE_LISTEN_FORM(F) F(text, after, .max = 640)
FORM(live_listen_form, LIVE_LISTEN_FORM)

const struct live_rule *live_rule_for(const struct domain *const *all, const char *channel)
{
	const struct live_rule *best = NULL;
	for (; *all; all++)
		for (const struct live_rule *l = (*all)->live; l && l->prefix; l++)
			if (str_starts(channel, l->prefix) && (!best || strlen(l->prefix) > strlen(best->prefix)))
				best = l;
	return best;
}

static struct err *listen_to(struct req *r)
{
	const struct live_listen_form *f = r->form;
	const char *list = req_param(r, "channel");
	struct live_channels names;
	if (!live_channels_parse(list, strlen(list), &names))
		return err_new(ERR_NOT_FOUND, "live: no channel list");
	for (size_t i = 0; i < names.n; i++) {
		const struct live_rule *rule = live_rule_for(domains, names.name[i]);
		if (!rule)
			return err_new(ERR_NOT_FOUND, "live: nobody has channels like %s", names.name[i]);
		TRY(rule->may(r, names.name[i] + strlen(rule->prefix)));
	}
	bool resume = !str_empty(f->after) && live_positions_ok(f->after, strlen(f->after));
	return respond_accel(r, arena_printf(r->a, "/_live?c=%s%s%s", live_token_make(r->a, &names, r->now),
		resume ? "&after=" : "", resume ? f->after : ""));
}

/* Channels to try a set-up with. */
static struct err *test_may_listen(struct req *r, const char *rest)
{
	(void)r, (void)rest;
	return conf()->debug ? NULL : err_new(ERR_NOT_FOUND, "live: test channels are for setting debug");
}

/* ---- metrics ------------------------------------------------------------------------------------------------------ */
size_t live_socket_path(char *ret, size_t cap)
{
	const char *own = conf()->live_socket;
	int n = str_empty(own) ? snprintf(ret, cap, "%s/live.sock", conf()->run_dir) : snprintf(ret, cap, "%s", own);
	return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}

static void read_answer(int fd, struct buf *b)
{
	static const char request[] = "GET /metrics-part HTTP/1.0\r\n\r\n";
	char part[4096];
	ssize_t n;
	if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1)
		return;
	while ((n = recv(fd, part, sizeof part, 0)) > 0 && b->n < 65536)
		buf_add(b, part, (size_t)n);
}

/* A live process that does not answer is itself a measurement. */
static struct err *live_metrics(struct db *db, struct arena *a, struct buf *out)
{
	(void)db;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval tv = { .tv_usec = METRICS_MS * 1000 };
	struct buf answer;
	buf_init(&answer, a);
	int fd = live_socket_path(to.sun_path, sizeof to.sun_path) ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
		if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
			read_answer(fd, &answer);
		close(fd);
	}
	const char *text = buf_cstr(&answer), *body = strstr(text, "\r\n\r\n");
	bool up = str_starts(text, "HTTP/1.1 200 ") && body;
	metrics_head(out, "foyer_live_up", "gauge", "Whether the process that holds the event streams answers.");
	buf_printf(out, "foyer_live_up %d\n", up);
	if (up)
		buf_str(out, body + 4);
	return NULL;
}

static const struct route routes[] = {
	{ GET, "/live/{channel}", listen_to, .access = ACCESS_ANYONE, .form = FORM_OF(live_listen_form) },
	{ 0 }
};
static const struct consumer consumers[] = {
	{ .topic = "live", .deliver = live_deliver, .batch = 200, .ordered = true, .forget = true },
	{ 0 }
};
static const struct live_rule rules[] = { { "test:", test_may_listen }, { 0 } };
static const struct command commands[] = {
	{ "live", "[-c FILE]", "Hold the event streams of everybody who looks at something that changes.", live_main },
	{ "publish", "[-c FILE] CHANNEL JSON | -", "Send a message to everybody who listens to a channel (-: lines of standard input).",
		live_publish_main },
	{ 0 }
};
const struct domain live_domain = { .name = "live", .routes = routes, .consumers = consumers, .commands = commands,
	.metrics = live_metrics, .live = rules };
