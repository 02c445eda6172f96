/* Errors: a value, not a number.  NULL means fine.  An error carries a code (what the edge shall do), a text for the
 * log, an optional text for the person, where it arose, and its cause.  Functions return it with context; it is logged
 * once, at the edge (the worker loop, a job, a consumer, main).  Outputs stay untouched when an error is returned. */
#ifndef FOYER_BASE_ERR_H
#define FOYER_BASE_ERR_H

#include <stdbool.h>

enum err_code {
	ERR_INTERNAL = 0,  /* a fault of ours: 500 */
	ERR_INVALID,       /* the input cannot be accepted: 422 */
	ERR_NOT_FOUND,     /* 404 */
	ERR_FORBIDDEN,     /* 403 */
	ERR_CONFLICT,      /* somebody was quicker, or the state no longer allows it: 409 */
	ERR_GONE,          /* was here, is over (expired hold, used link): 410 */
	ERR_LIMIT,         /* too often or too much: 429 */
	ERR_UNAVAILABLE,   /* a service we need is away; try again later: 503 */
	ERR_TIMEOUT,       /* an outside call passed its deadline; its outcome is unknown: 503 */
	ERR_RETRY,         /* deadlock or lost race: rerun the transaction */
	ERR_DUPLICATE,     /* a unique key refused the row */
	ERR_CONSTRAINT     /* a CHECK or foreign key refused the row */
};

struct err;

/* Tells compilers and analysers what they cannot see: a new error is never NULL. */
static inline struct err *err_is_one_(struct err *e)
{
	if (!e)
		__builtin_unreachable();
	return e;
}

/* A new error.  The text is for the log: never put secrets in it.  The caller owns the result. */
#define err_new(code, ...) err_is_one_(err_new_at(__FILE__, __LINE__, code, __VA_ARGS__))
struct err *err_new_at(const char *file, int line, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull));
/* Puts context around a cause (takes ownership of it); the code and the user text are the cause's. */
#define err_wrap(cause, ...) err_is_one_(err_wrap_at(__FILE__, __LINE__, cause, __VA_ARGS__))
struct err *err_wrap_at(const char *file, int line, struct err *cause, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull));
/* Attaches the text the person sees (an English msgid; the edge translates it).  Returns e. */
#define err_user(e, ...) err_is_one_((err_user)(e, __VA_ARGS__))
struct err *(err_user)(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3), returns_nonnull));

enum err_code err_code(const struct err *e);
const char *err_user_text(const struct err *e); /* NULL where nobody said one; the innermost one otherwise */
const char *err_text(const struct err *e);      /* "outer: inner (file:line)"; lives as long as e */
void err_free(struct err *e);                   /* takes NULL */
static inline bool err_is(const struct err *e, enum err_code code) { return e && err_code(e) == code; }

/* Returns from the calling function with the error, if there is one. */
#define TRY(expr)                                                                                                      \
	do {                                                                                                           \
		struct err *try_err_ = (expr);                                                                         \
		if (try_err_)                                                                                          \
			return try_err_;                                                                               \
	} while (0)

#endif
