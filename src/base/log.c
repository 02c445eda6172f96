#include "base/log.h"

#include "base/buf.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static enum log_level least_level = LOG_INFO;
static char process_name[32] = "foyer";
static char request_id[64];

static void copy_bounded(char *to, size_t size, const char *from)
{
	size_t n = from ? strnlen(from, size - 1) : 0;

	if (n)
		memcpy(to, from, n);
	to[n] = '\0';
}

void log_setup(enum log_level least, const char *process)
{
	least_level = least;
	copy_bounded(process_name, sizeof process_name, process);
}

void log_request_id(const char *id)
{
	copy_bounded(request_id, sizeof request_id, id);
}

const char *log_current_request_id(void)
{
	return request_id;
}

static void add_pair(struct buf *b, const char *key, const char *value)
{
	buf_chr(b, ',');
	buf_json(b, key);
	buf_chr(b, ':');
	if (value)
		buf_json(b, value);
	else
		buf_str(b, "null");
}

/* The stamp is the machine's time even while the application's clock is shifted for a test. */
static void add_head(struct buf *b, enum log_level level, const char *msg)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	buf_printf(b, "{\"ts\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\",\"level\":\"%s\"", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, now.tv_nsec / 1000, names[level]);
	add_pair(b, "process", process_name);
	buf_printf(b, ",\"pid\":%d", (int)getpid());
	add_pair(b, "msg", msg);
	if (*request_id)
		add_pair(b, "request_id", request_id);
}

/* One write a line: several processes share the pipe.  What cannot be written is lost; there is nobody to tell. */
static void write_line(struct buf *b)
{
	int saved = errno;
	size_t done = 0;

	buf_str(b, "}\n");
	while (done < b->n) {
		ssize_t n = write(STDERR_FILENO, b->p + done, b->n - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	errno = saved;
}

void log_msg(enum log_level level, const char *msg, ...)
{
	if (level < least_level)
		return;
	struct buf b CLEANUP(buf_free);
	va_list ap;
	const char *key;

	buf_init(&b, NULL);
	add_head(&b, level, msg);
	va_start(ap, msg);
	while ((key = va_arg(ap, const char *)) != NULL)
		add_pair(&b, key, va_arg(ap, const char *));
	va_end(ap);
	write_line(&b);
}

void log_err(enum log_level level, const char *msg, struct err *e)
{
	static const char *const codes[] = { "internal", "invalid", "not_found", "forbidden", "conflict", "gone", "limit",
		"unavailable", "timeout", "retry", "duplicate", "constraint" };

	if (!e)
		return;
	log_msg(level, msg, "code", codes[err_code(e)], "error", err_text(e), NULL);
	err_free(e);
}
