#include "ext/redis.h"

#include "base/clock.h"
#include "base/conf.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define CONNECT_MS 300
#define COMMAND_MS 500
#define PAUSE US_SECOND
#define LATELY (5 * US_SECOND)

static struct {
	redisContext *ctx;
	pid_t pid;            /* who opened it: a child must not talk on its parent's connection */
	int64_t pause_until;  /* monotonic */
	int64_t answered_at;  /* monotonic, 0: never */
	char run_id[41];      /* of the server, asked for when first needed */
} connection;

const char REDIS_RUN_ID[] = "run id";

static struct timeval milliseconds(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000L };
}

static void disconnect(void)
{
	if (connection.ctx)
		redisFree(connection.ctx);
	connection.ctx = NULL;
}

/* Drops the connection, starts the pause and says why. */
static struct err *failed(const char *doing)
{
	redisContext *c = connection.ctx;
	struct err *e = err_new(ERR_UNAVAILABLE, "redis: %s: %s", doing, c ? c->errstr : "no memory");

	disconnect();
	connection.pause_until = clock_monotonic() + PAUSE;
	return e;
}

/* A server that went away while the connection lay idle has left an end-of-file: nothing was sent yet, so a new
 * connection is safe, and no command is run twice. */
static bool went_stale(redisContext *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

static struct err *authenticate(void)
{
	redisReply *reply = redisCommand(connection.ctx, "AUTH %s", conf()->redis_password);

	if (!reply)
		return failed("AUTH");
	bool refused = reply->type == REDIS_REPLY_ERROR;
	freeReplyObject(reply);
	if (!refused)
		return NULL;
	disconnect();
	connection.pause_until = clock_monotonic() + PAUSE;
	return err_new(ERR_UNAVAILABLE, "redis: the server refuses redis_password");
}

static struct err *connect_server(void)
{
	const struct conf *c = conf();
	struct timeval connect_time = milliseconds(CONNECT_MS);

	if (connection.ctx && (connection.pid != getpid() || went_stale(connection.ctx)))
		disconnect();
	if (connection.ctx)
		return NULL;
	if (clock_monotonic() < connection.pause_until)
		return err_new(ERR_UNAVAILABLE, "redis: away, next try within a second");
	connection.ctx = str_empty(c->redis_socket)
	    ? redisConnectWithTimeout(c->redis_host, (int)c->redis_port, connect_time)
	    : redisConnectUnixWithTimeout(c->redis_socket, connect_time);
	connection.pid = getpid();
	*connection.run_id = '\0';
	if (!connection.ctx || connection.ctx->err)
		return failed("connect");
	if (redisSetTimeout(connection.ctx, milliseconds(COMMAND_MS)) != REDIS_OK)
		return failed("set time-out");
	return str_empty(c->redis_password) ? NULL : authenticate();
}

/* Says whether the server is only for the moment unable to serve. */
static bool passing_error(const char *s)
{
	static const char *const prefixes[] = { "LOADING ", "BUSY ", "READONLY ", "MASTERDOWN ", "TRYAGAIN ", "CLUSTERDOWN ",
		"OOM ", "MISCONF ", "NOREPLICAS " };

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_starts(s, prefixes[i]))
			return true;
	return false;
}

static struct err *copy_reply(struct arena *a, const redisReply *from, struct redis_reply *to)
{
	switch (from->type) {
	case REDIS_REPLY_ERROR:
		return err_new(passing_error(from->str) ? ERR_UNAVAILABLE : ERR_INTERNAL, "redis: %s", from->str);
	case REDIS_REPLY_NIL:
		*to = (struct redis_reply){ .kind = REDIS_NIL };
		return NULL;
	case REDIS_REPLY_INTEGER:
		*to = (struct redis_reply){ .kind = REDIS_INT, .i = from->integer };
		return NULL;
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
		*to = (struct redis_reply){ .kind = from->type == REDIS_REPLY_STATUS ? REDIS_STATUS : REDIS_STR,
			.s = arena_copy(a, from->str, from->len + 1), .n = from->len };
		return NULL;
	case REDIS_REPLY_ARRAY:
		break;
	default:
		return err_new(ERR_INTERNAL, "redis: a reply of unknown type %d", from->type);
	}
	struct redis_reply *list = arena_array(a, struct redis_reply, from->elements);
	for (size_t i = 0; i < from->elements; i++)
		TRY(copy_reply(a, from->element[i], &list[i]));
	*to = (struct redis_reply){ .kind = REDIS_LIST, .list = list, .list_n = from->elements };
	return NULL;
}

static struct err *ask_run_id(void)
{
	static const char label[] = "run_id:";
	redisReply *reply = redisCommand(connection.ctx, "INFO server");

	if (!reply)
		return failed("INFO");
	const char *found = reply->type == REDIS_REPLY_STRING ? strstr(reply->str, label) : NULL;
	if (found && strlen(found) >= sizeof label - 1 + sizeof connection.run_id - 1)
		memcpy(connection.run_id, found + sizeof label - 1, sizeof connection.run_id - 1);
	freeReplyObject(reply);
	return *connection.run_id ? NULL : err_new(ERR_UNAVAILABLE, "redis: the server does not tell its run id");
}

/* Sends argv and returns the raw reply, which may be an error of the server; NULL and the error when there is none. */
static redisReply *exchange(struct arena *a, size_t argc, const struct bytes *argv, struct err **ret_err)
{
	assert(argc > 0);
	const char **words = arena_array(a, const char *, argc);
	size_t *lengths = arena_array(a, size_t, argc);

	for (size_t i = 0; i < argc; i++) {
		words[i] = argv[i].p;
		lengths[i] = argv[i].n;
	}
	struct err *e = connect_server();
	for (size_t i = 0; i < argc && !e; i++)
		if (words[i] == REDIS_RUN_ID) {
			e = *connection.run_id ? NULL : ask_run_id();
			words[i] = connection.run_id;
			lengths[i] = strlen(connection.run_id);
		}
	if (e) {
		*ret_err = e;
		return NULL;
	}
	redisReply *reply = redisCommandArgv(connection.ctx, (int)argc, words, lengths);
	if (reply)
		connection.answered_at = clock_monotonic();
	else
		*ret_err = err_wrap(failed("no answer"), "%.*s", (int)argv[0].n, words[0]);
	return reply;
}

struct err *redis_command(struct arena *a, struct redis_reply *ret, size_t argc, const struct bytes *argv)
{
	struct redis_reply copy = { 0 };
	struct err *e = NULL;
	redisReply *reply = exchange(a, argc, argv, &e);

	if (!reply)
		return e;
	e = copy_reply(a, reply, &copy);
	freeReplyObject(reply);
	if (!e && ret)
		*ret = copy;
	return e;
}

struct err *redis_strings(struct arena *a, struct redis_reply *ret, const char *const *argv, size_t argc)
{
	struct bytes *words = arena_array(a, struct bytes, argc);

	for (size_t i = 0; i < argc; i++)
		words[i] = (struct bytes){ argv[i], strlen(argv[i]) };
	return redis_command(a, ret, argc, words);
}

static struct err *load_script(struct arena *a, struct redis_script *s)
{
	struct redis_reply reply = { 0 };

	TRY(REDIS(a, &reply, "SCRIPT", "LOAD", s->lua));
	if (reply.kind != REDIS_STR || reply.n != sizeof s->sha - 1)
		return err_new(ERR_INTERNAL, "redis: script %s: unexpected answer to SCRIPT LOAD", s->name);
	memcpy(s->sha, reply.s, sizeof s->sha);
	return NULL;
}

struct err *redis_script_run(struct arena *a, struct redis_script *s, struct redis_reply *ret, size_t n_keys,
    size_t argc, const struct bytes *argv)
{
	struct bytes *words = arena_array(a, struct bytes, argc + 3);
	const char *keys = arena_printf(a, "%zu", n_keys);
	struct redis_reply copy = { 0 };
	struct err *e = NULL;

	assert(n_keys <= argc);
	if (!*s->sha)
		TRY(load_script(a, s));
	words[0] = (struct bytes){ "EVALSHA", 7 };
	words[1] = (struct bytes){ s->sha, sizeof s->sha - 1 };
	words[2] = (struct bytes){ keys, strlen(keys) };
	if (argc)
		memcpy(words + 3, argv, argc * sizeof *argv);
	redisReply *reply = exchange(a, argc + 3, words, &e);
	if (reply && reply->type == REDIS_REPLY_ERROR && str_starts(reply->str, "NOSCRIPT")) { /* restarted: nothing was run */
		freeReplyObject(reply);
		TRY(load_script(a, s));
		reply = exchange(a, argc + 3, words, &e);
	}
	if (!reply)
		return e;
	e = copy_reply(a, reply, &copy);
	freeReplyObject(reply);
	if (e)
		return err_wrap(e, "script %s", s->name);
	if (ret)
		*ret = copy;
	return NULL;
}

bool redis_up(void)
{
	int64_t now = clock_monotonic();

	if (now < connection.pause_until)
		return false;
	if (connection.ctx && connection.answered_at && now - connection.answered_at < LATELY && !went_stale(connection.ctx))
		return true;
	struct arena *a = arena_new(65536);
	struct err *e = REDIS(a, NULL, "PING");
	bool up = !e;
	err_free(e);
	arena_free(a);
	return up;
}
