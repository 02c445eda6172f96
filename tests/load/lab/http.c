#include "http.h"

#include "base/clock.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COOKIES_MAX = 12, HEAD_MAX = 16384, BODY_MAX = 8 << 20, NAME_MAX = 32, VALUE_MAX = 512, PATH_MAX_ = 512 };

struct lab_house {
	struct event_base *base;
	struct sockaddr_in to;
	char host[64];
	struct timeval timeout;
	size_t open, most;
	struct lab_person *first, **last; /* who waits for a connection */
};

struct cookie { char name[NAME_MAX], value[VALUE_MAX]; };

struct lab_person {
	struct lab_house *house;
	struct bufferevent *bev;
	uint32_t address;    /* 0: the machine's choice */
	bool queued;
	struct lab_person *behind;
	struct cookie cookies[COOKIES_MAX];
	size_t n_cookies;
	/* the request under way */
	lab_done *done;
	void *ctx;
	int64_t sent_at;
	struct evbuffer *request;
	bool fresh;          /* the connection was opened for this request */
	/* the answer being read */
	bool in_body, chunked, close_after;
	int64_t left;        /* of the body or the chunk; −1: until the connection ends */
	struct evbuffer *body;
	struct lab_answer answer;
	char location[PATH_MAX_];
};

struct lab_house *lab_house_new(struct event_base *base, const char *url, int timeout_s)
{
	char host[40];
	int port = 80;
	if (sscanf(url, "http://%39[^:/]:%d", host, &port) < 1)
		return NULL;
	if (strcmp(host, "localhost") != 0 && strncmp(host, "127.", 4) != 0)
		return NULL;
	struct lab_house *h = calloc(1, sizeof *h);
	if (!h)
		abort();
	h->base = base;
	h->to.sin_family = AF_INET;
	h->to.sin_port = htons((uint16_t)port);
	h->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	snprintf(h->host, sizeof h->host, "%s:%d", host, port);
	h->timeout.tv_sec = timeout_s;
	h->last = &h->first;
	return h;
}

void lab_house_most(struct lab_house *h, size_t connections)
{
	h->most = connections;
}

void lab_house_free(struct lab_house *h)
{
	free(h);
}

struct lab_person *lab_person_new(struct lab_house *h)
{
	struct lab_person *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	p->house = h;
	p->body = evbuffer_new();
	p->request = evbuffer_new();
	return p;
}

static void connect_and_send(struct lab_person *p);

static void hang_up(struct lab_person *p)
{
	struct lab_house *h = p->house;
	if (!p->bev)
		return;
	bufferevent_free(p->bev);
	p->bev = NULL;
	h->open--;
	struct lab_person *next = h->first;
	if (next && h->open < h->most) {
		if (!(h->first = next->behind))
			h->last = &h->first;
		next->queued = false;
		connect_and_send(next);
	}
}

static void leave_queue(struct lab_person *p)
{
	struct lab_house *h = p->house;
	struct lab_person **at = &h->first;
	while (p->queued && *at != p)
		at = &(*at)->behind;
	if (p->queued && !(*at = p->behind))
		h->last = at;
	p->queued = false;
}

void lab_address_set(struct lab_person *p, uint32_t address)
{
	p->address = address;
}

struct lab_person *lab_person_tab(const struct lab_person *p)
{
	struct lab_person *tab = lab_person_new(p->house);
	memcpy(tab->cookies, p->cookies, sizeof tab->cookies);
	tab->n_cookies = p->n_cookies;
	tab->address = p->address;
	return tab;
}

void lab_person_rest(struct lab_person *p)
{
	if (!p->done)
		hang_up(p);
}

void lab_person_free(struct lab_person *p)
{
	if (!p)
		return;
	leave_queue(p);
	hang_up(p);
	evbuffer_free(p->body);
	evbuffer_free(p->request);
	free(p);
}

/* ---- cookies -------------------------------------------------------------------------------------------------------- */
void lab_cookie_set(struct lab_person *p, const char *name, const char *value)
{
	size_t i = 0;
	while (i < p->n_cookies && strcmp(p->cookies[i].name, name) != 0)
		i++;
	if (!*value) { /* how a house takes a cookie back */
		if (i < p->n_cookies)
			p->cookies[i] = p->cookies[--p->n_cookies];
		return;
	}
	if (i == COOKIES_MAX)
		return;
	if (i == p->n_cookies)
		p->n_cookies++;
	snprintf(p->cookies[i].name, NAME_MAX, "%s", name);
	snprintf(p->cookies[i].value, VALUE_MAX, "%s", value);
}

const char *lab_cookie(const struct lab_person *p, const char *name)
{
	for (size_t i = 0; i < p->n_cookies; i++)
		if (strcmp(p->cookies[i].name, name) == 0 && p->cookies[i].value[0])
			return p->cookies[i].value;
	return NULL;
}

void lab_cookies_forget(struct lab_person *p)
{
	p->n_cookies = 0;
}

static void cookie_read(struct lab_person *p, const char *line)
{
	char name[NAME_MAX], value[VALUE_MAX] = "";
	if (sscanf(line, " %31[^=]=%511[^;]", name, value) >= 1)
		lab_cookie_set(p, name, value);
}

/* ---- the end of a request --------------------------------------------------------------------------------------------- */
static void finish(struct lab_person *p, bool answered)
{
	lab_done *done = p->done;
	if (!done)
		return;
	p->done = NULL;
	p->answer.us = clock_monotonic() - p->sent_at;
	if (!answered)
		p->answer.status = 0;
	evbuffer_add(p->body, "", 1);
	p->answer.body = (const char *)evbuffer_pullup(p->body, -1);
	p->answer.body_n = evbuffer_get_length(p->body) - 1;
	p->answer.location = p->location;
	if (!answered || p->close_after)
		hang_up(p);
	done(p->ctx, &p->answer);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */
static void header_read(struct lab_person *p, const char *line)
{
	if (strncasecmp(line, "Content-Length:", 15) == 0)
		p->left = strtoll(line + 15, NULL, 10);
	else if (strncasecmp(line, "Transfer-Encoding: chunked", 26) == 0)
		p->chunked = true;
	else if (strncasecmp(line, "Connection: close", 17) == 0)
		p->close_after = true;
	else if (strncasecmp(line, "Set-Cookie:", 11) == 0)
		cookie_read(p, line + 11);
	else if (strncasecmp(line, "Location: ", 10) == 0) {
		const char *to = line + 10;
		if (strncmp(to, "http://", 7) == 0)
			to = strchr(to + 7, '/') ? strchr(to + 7, '/') : "/";
		snprintf(p->location, sizeof p->location, "%s", to);
	}
}

/* false: more bytes are needed. */
static bool head_read(struct lab_person *p, struct evbuffer *in)
{
	struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	if (end.pos < 0)
		return false;
	p->left = -1;
	char *line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);
	p->answer.status = line && strlen(line) > 12 ? (int)strtol(line + 9, NULL, 10) : 0;
	free(line);
	while ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF)) && *line) {
		header_read(p, line);
		free(line);
	}
	free(line);
	if (p->answer.status == 204 || p->answer.status == 304)
		p->left = 0;
	if (p->chunked)
		p->left = 0;
	p->in_body = true;
	return true;
}

/* true: the body is complete. */
static bool body_read(struct lab_person *p, struct evbuffer *in)
{
	for (;;) {
		if (p->left > 0 || (p->left < 0 && !p->chunked)) {
			size_t have = evbuffer_get_length(in);
			size_t take = p->left > 0 && (int64_t)have > p->left ? (size_t)p->left : have;
			evbuffer_remove_buffer(in, p->body, take);
			if (p->left > 0)
				p->left -= (int64_t)take;
			if (p->left != 0 || evbuffer_get_length(p->body) > BODY_MAX)
				return false;
			if (!p->chunked)
				return true;
		}
		if (!p->chunked)
			return true;
		char *line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);
		if (!line)
			return false;
		bool empty = !*line;
		int64_t n = strtoll(line, NULL, 16);
		free(line);
		if (empty)
			continue; /* the line end behind a chunk */
		if (n == 0)
			return true;
		p->left = n;
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct lab_person *p = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	if (!p->in_body && !head_read(p, in))
		return;
	if (body_read(p, in))
		finish(p, true);
}

static void send_request(struct lab_person *p);

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct lab_person *p = arg;
	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		return;
	/* A kept connection may have been closed by the house while it was idle: once more on a new one. */
	bool stale = !p->fresh && !p->in_body && p->done && !(what & BEV_EVENT_TIMEOUT);
	bool complete = p->in_body && p->left < 0 && !p->chunked && (what & BEV_EVENT_EOF);
	hang_up(p);
	if (stale)
		send_request(p);
	else
		finish(p, complete);
}

/* ---- asking ------------------------------------------------------------------------------------------------------------- */
/* A socket at the person's address; −1: the machine chooses. */
static evutil_socket_t socket_at(uint32_t address)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
	int on = 1;
	if (!address)
		return -1;
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) == 0)
		return fd;
	close(fd);
	return -1;
}

static void connect_and_send(struct lab_person *p)
{
	p->house->open++;
	p->bev = bufferevent_socket_new(p->house->base, socket_at(p->address), BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	bufferevent_setcb(p->bev, on_read, NULL, on_event, p);
	bufferevent_set_timeouts(p->bev, &p->house->timeout, &p->house->timeout);
	bufferevent_enable(p->bev, EV_READ | EV_WRITE);
	bufferevent_socket_connect(p->bev, (struct sockaddr *)&p->house->to, sizeof p->house->to);
	evbuffer_add_buffer_reference(bufferevent_get_output(p->bev), p->request);
}

static void send_request(struct lab_person *p)
{
	struct lab_house *h = p->house;
	p->fresh = p->bev == NULL;
	if (!p->fresh) {
		evbuffer_add_buffer_reference(bufferevent_get_output(p->bev), p->request);
	} else if (h->most && h->open >= h->most) {
		p->queued = true;
		p->behind = NULL;
		*h->last = p;
		h->last = &p->behind;
	} else {
		connect_and_send(p);
	}
}

static void expect(struct lab_person *p, lab_done *done, void *ctx)
{
	evbuffer_drain(p->body, evbuffer_get_length(p->body));
	p->done = done;
	p->ctx = ctx;
	p->answer = (struct lab_answer){ 0 };
	p->in_body = p->chunked = p->close_after = false;
}

void lab_ask_again(struct lab_person *p, lab_done *done, void *ctx)
{
	expect(p, done, ctx);
	p->location[0] = '\0';
	p->sent_at = clock_monotonic();
	send_request(p);
}

void lab_ask(struct lab_person *p, const char *path, const char *body, lab_done *done, void *ctx)
{
	expect(p, done, ctx);
	evbuffer_free(p->request);
	p->request = evbuffer_new();
	evbuffer_add_printf(p->request, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: foyer-lab\r\n", body ? "POST" : "GET", path,
	    p->house->host);
	p->location[0] = '\0'; /* the path may have been the last answer's */
	for (size_t i = 0; i < p->n_cookies; i++)
		evbuffer_add_printf(p->request, "%s%s=%s", i ? "; " : "Cookie: ", p->cookies[i].name, p->cookies[i].value);
	if (p->n_cookies)
		evbuffer_add_printf(p->request, "\r\n");
	if (body)
		evbuffer_add_printf(p->request, "Origin: http://%s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
		    "Content-Length: %zu\r\n\r\n%s", p->house->host, strlen(body), body);
	else
		evbuffer_add_printf(p->request, "\r\n");
	p->sent_at = clock_monotonic();
	send_request(p);
}

/* ---- reading pages -------------------------------------------------------------------------------------------------------- */
bool lab_form_value(const char *page, const char *name, char *ret, size_t n)
{
	char key[80];
	snprintf(key, sizeof key, "name=\"%s\"", name);
	const char *at = strstr(page, key);
	const char *value = at ? strstr(at, "value=\"") : NULL;
	const char *end = value ? strchr(value + 7, '"') : NULL;
	if (!end || (size_t)(end - value - 7) >= n)
		return false;
	memcpy(ret, value + 7, (size_t)(end - value - 7));
	ret[end - value - 7] = '\0';
	return true;
}

bool lab_attribute(const char *page, const char *name, char *ret, size_t n)
{
	char key[80];
	int k = snprintf(key, sizeof key, " %s=\"", name);
	const char *at = strstr(page, key), *end = at ? strchr(at + k, '"') : NULL;
	if (!end || (size_t)(end - at - k) >= n)
		return false;
	memcpy(ret, at + k, (size_t)(end - at - k));
	ret[end - at - k] = '\0';
	return true;
}

int64_t lab_json_number(const char *json, const char *name, int64_t otherwise)
{
	char key[80];
	int k = snprintf(key, sizeof key, "\"%s\":", name);
	const char *at = strstr(json, key);
	char *end;
	int64_t v = at ? strtoll(at + k, &end, 10) : 0;
	return at && end != at + k ? v : otherwise;
}
