#include "ext/http.h"

#include "base/buf.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#define CONNECT_MS 5000L
#define IDLE_S 30L          /* a kept connection older than this is opened anew: providers close theirs at about a minute */
#define DEFAULT_MAX ((size_t)1 << 20)

struct sink { struct buf body; size_t max; bool too_long; };

static CURL *kept;

static size_t take(char *p, size_t size, size_t n, void *arg)
{
	struct sink *s = arg;
	if (s->body.n + size * n > s->max) {
		s->too_long = true;
		return 0;
	}
	buf_add(&s->body, p, size * n);
	return size * n;
}

static CURL *handle(void)
{
	if (!kept) {
		curl_global_init(CURL_GLOBAL_DEFAULT);
		kept = curl_easy_init();
	} else {
		curl_easy_reset(kept);
	}
	return kept;
}

static void headers_free(void *p)
{
	curl_slist_free_all(*(struct curl_slist **)p);
}

static bool one_line(const char *s)
{
	return s[strcspn(s, "\r\n")] == '\0';
}

static struct err *set_headers(struct arena *a, CURL *c, const struct http_request *q)
{
	struct curl_slist **list = arena_one(a, struct curl_slist *);
	arena_defer(a, headers_free, list);
	bool typed = false;
	for (size_t i = 0; q->headers && q->headers[i]; i++) {
		if (!one_line(q->headers[i]))
			return err_new(ERR_INVALID, "line break in an HTTP header");
		typed |= strncasecmp(q->headers[i], "content-type:", 13) == 0;
		*list = curl_slist_append(*list, q->headers[i]);
	}
	/* libcurl's signer signs the emptied headers of this list as well, so a signed request has only real ones. */
	if (!q->aws_sigv4) {
		*list = curl_slist_append(*list, "Expect:");
		if (q->body.n && !typed)
			*list = curl_slist_append(*list, "Content-Type:");
	}
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, *list);
	return NULL;
}

static void set_body(CURL *c, const struct http_request *q)
{
	if (q->body.n || strcmp(q->method, "POST") == 0 || strcmp(q->method, "PUT") == 0) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body.n ? q->body.p : "");
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n);
	} else if (strcmp(q->method, "HEAD") == 0) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
}

static struct err *set_options(struct arena *a, CURL *c, const struct http_request *q, struct sink *sink)
{
	curl_easy_setopt(c, CURLOPT_URL, q->url);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, q->allow_plain ? "http,https" : "https");
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
	curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, IDLE_S);
	curl_easy_setopt(c, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "foyer");
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, sink);
	if (q->user) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERPWD, q->user);
	}
	if (q->aws_sigv4)
		curl_easy_setopt(c, CURLOPT_AWS_SIGV4, q->aws_sigv4);
	set_body(c, q);
	return set_headers(a, c, q);
}

/* Nothing of the request left the machine: only then may a caller say "it did not happen". */
static bool not_sent(CURL *c)
{
	long sent = 0;
	curl_easy_getinfo(c, CURLINFO_REQUEST_SIZE, &sent);
	return sent == 0;
}

struct err *http_call(struct arena *a, const struct http_request *q, struct http_answer *ret)
{
	CURL *c = handle();
	if (!c)
		return err_new(ERR_UNAVAILABLE, "libcurl does not start");
	struct sink sink = { .max = q->max_body ? q->max_body : DEFAULT_MAX };
	buf_init(&sink.body, a);
	TRY(set_options(a, c, q, &sink));
	CURLcode rc = curl_easy_perform(c);
	if (rc != CURLE_OK && not_sent(c))
		return err_new(ERR_UNAVAILABLE, "%s request not sent: %s", q->method, curl_easy_strerror(rc));
	if (sink.too_long)
		return err_new(ERR_TIMEOUT, "%s answered with more than %zu bytes", q->method, sink.max);
	if (rc != CURLE_OK)
		return err_new(ERR_TIMEOUT, "%s request without a usable answer: %s", q->method, curl_easy_strerror(rc));
	long status = 0;
	char *type = NULL;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
	ret->status = (int)status;
	ret->body = (struct bytes){ buf_cstr(&sink.body), sink.body.n };
	ret->content_type = arena_strdup(a, type ? type : "");
	return NULL;
}
