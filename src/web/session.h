/* Sessions: a random 256-bit token in a cookie (__Host-foyer on https, foyer on plain http), its SHA-256 the key in
 * Redis.  Sign-in and every change of rights rotate the token.  Redis away: everybody is a visitor, forms that need a
 * session answer 503. */
#ifndef FOYER_WEB_SESSION_H
#define FOYER_WEB_SESSION_H

#include "web/req.h"

/* Begins a session for the person (rotating any present one) and sets the cookie.  second_factor: passed just now. */
struct err *session_begin(struct req *r, struct person_id person, bool member, bool second_factor);
struct err *session_begin_staff(struct req *r, struct staff_id staff, struct organizer_id organizer);
struct err *session_end(struct req *r);
/* All sessions of a person but the given one (NULL: all) end: password change, reset, deletion. */
struct err *session_end_others(struct req *r, struct person_id person, const char *keep_session_id);
struct err *session_end_one(struct req *r, struct person_id person, const char *session_id);
struct session_info { const char *id, *ip, *user_agent; int64_t started_at, seen_at; bool current; };
struct err *session_list(struct req *r, struct person_id person, struct session_info **ret, size_t *ret_n);

/* Rate limit, shared over all workers through Redis: counts `what:who`, and is ERR_LIMIT with a user text once the
 * count exceeds max within the window.  Redis away: counts in the process alone. */
struct err *rate_limit(const char *what, const char *who, int64_t max, int64_t window_s);
/* Takes one count back: a try that went well does not count. */
void rate_forgive(const char *what, const char *who);
/* Forgets all counts of it. */
struct err *rate_forget(const char *what, const char *who);
/* Who asks, for limits by address: an IPv4 address, or the /64 of an IPv6 one. */
const char *rate_address(const struct req *r);

/* CSRF token of this browser: bound to a random cookie of its own (foyer_csrf), rotated at sign-in. */
const char *csrf_token(struct req *r);

#endif
