/* The load lab's HTTP client: many virtual people in one event loop, each with an own connection and cookies.  Loopback
 * only.  An answer that does not come in time is a failure, never a hanging lab. */
#ifndef LAB_HTTP_H
#define LAB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct lab_person;

struct lab_answer {
	int status;             /* 0: no answer (refused, cut, too late) */
	const char *body;       /* NUL-terminated; lives until the callback returns */
	size_t body_n;
	const char *location;   /* path of a redirect, "" when none */
	int64_t us;             /* from sending to the last byte */
};
typedef void lab_done(void *ctx, const struct lab_answer *answer);

/* The house under test: http://127.0.0.1:port or http://localhost:port; anything else is refused (NULL). */
struct lab_house;
struct lab_house *lab_house_new(struct event_base *base, const char *url, int timeout_s);
/* At most so many connections at once (0: no limit).  Who finds none waits for the next that ends; that wait counts. */
void lab_house_most(struct lab_house *h, size_t connections);
void lab_house_free(struct lab_house *h);

struct lab_person *lab_person_new(struct lab_house *h);
void lab_person_free(struct lab_person *p); /* takes NULL; an answer still under way is dropped */
/* Comes from an address of its own, 127.x.y.z (host order): limits by address see people and not one machine. */
void lab_address_set(struct lab_person *p, uint32_t address);
/* A second tab of the same browser: cookies and address as they are now. */
struct lab_person *lab_person_tab(const struct lab_person *p);
/* The person looks away: without a request under way the connection is closed; the next request opens another. */
void lab_person_rest(struct lab_person *p);
void lab_cookie_set(struct lab_person *p, const char *name, const char *value);
const char *lab_cookie(const struct lab_person *p, const char *name); /* NULL: none */
void lab_cookies_forget(struct lab_person *p); /* the connection stays: somebody else sits down at it */
/* One request at a time per person; done is called exactly once.  body NULL: GET; otherwise a POST of form data. */
void lab_ask(struct lab_person *p, const char *path, const char *body, lab_done *done, void *ctx);
/* The last request once more, byte for byte. */
void lab_ask_again(struct lab_person *p, lab_done *done, void *ctx);

/* Reads value="…" of the first <input name="name" …> behind `from`; copied into ret (at most n bytes). */
bool lab_form_value(const char *page, const char *name, char *ret, size_t n);
/* The value of the first attribute of this name ("data-place"); copied into ret. */
bool lab_attribute(const char *page, const char *name, char *ret, size_t n);
/* The number behind "name": in flat JSON; `otherwise` where there is none. */
int64_t lab_json_number(const char *json, const char *name, int64_t otherwise);

#endif
