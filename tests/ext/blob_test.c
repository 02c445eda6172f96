#include "base/conf.h"
#include "ext/blob.h"
#include "fake_server.h"
#include "sigv4.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

static struct arena *a;
static char dir[] = "/tmp/foyer-blob-XXXXXX";
static struct conf settings;

static int setup(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	settings = *conf();
	settings.data_dir = mkdtemp(dir);
	conf_set_for_test(&settings);
	return 0;
}

static struct bytes text(const char *s) { return (struct bytes){ s, strlen(s) }; }

static void code_is(struct err *e, enum err_code code)
{
	assert_non_null(e);
	assert_int_equal(err_code(e), code);
	err_free(e);
}

static void names_are_checked(void **state)
{
	(void)state;
	const char *bad[] = { "", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".hidden", "a/.b", "A.jpg", "a b", "a\n", "한글",
		"a?x=1", "a%2e" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct bytes b;
		code_is(blob_put(a, bad[i], "text/plain", text("x")), ERR_INVALID);
		code_is(blob_get(a, bad[i], &b), ERR_INVALID);
		code_is(blob_delete(a, bad[i]), ERR_INVALID);
	}
	assert_string_equal(blob_url(a, "poster/12-ab.jpg"), "/uploads/poster/12-ab.jpg");
}

static void kept_on_disk(void **state)
{
	(void)state;
	struct bytes b;
	code_is(blob_get(a, "poster/1.jpg", &b), ERR_NOT_FOUND);
	assert_null(blob_put(a, "poster/1.jpg", "image/jpeg", text("first")));
	assert_null(blob_put(a, "poster/1.jpg", "image/jpeg", text("second")));
	assert_null(blob_get(a, "poster/1.jpg", &b));
	assert_int_equal(b.n, 6);
	assert_memory_equal(b.p, "second", 6);
	assert_null(blob_put(a, "poster/empty", "image/jpeg", text("")));
	assert_null(blob_get(a, "poster/empty", &b));
	assert_int_equal(b.n, 0);
	code_is(blob_get(a, "poster", &b), ERR_NOT_FOUND);
	DIR *d = opendir(arena_printf(a, "%s/blobs/poster", dir));
	int files = 0;
	for (struct dirent *f; (f = readdir(d));)
		files += f->d_name[0] != '.';
	closedir(d);
	assert_int_equal(files, 2); /* no temporary file is left */
	assert_null(blob_delete(a, "poster/1.jpg"));
	assert_null(blob_delete(a, "poster/1.jpg"));
	assert_null(blob_delete(a, "poster/empty"));
	code_is(blob_get(a, "poster/1.jpg", &b), ERR_NOT_FOUND);
	struct stat st;
	assert_int_equal(stat(dir, &st), 0);
}

static void the_tests_signer_gives_the_published_answer(void **state)
{
	(void)state;
	char hash[65], canonical[65], signature[65];
	sigv4_sha256("%PDF-1.7 seat", 13, hash);
	assert_string_equal(hash, "c5a25e4f604350b0bf40657aabed82f9b95cbe1c6f1db4f205a2dd4ebf476a78");
	struct sigv4 q = { "PUT", "/tickets/2026/01/ord-1%20A.pdf",
		arena_printf(a, "content-type:application/pdf\nhost:s3.example.com\nx-amz-content-sha256:%s\n"
			"x-amz-date:20260102T030405Z\n", hash),
		"content-type;host;x-amz-content-sha256;x-amz-date", hash, SECRET, "20260102T030405Z", "ap-northeast-2" };
	sigv4_sign(&q, canonical, signature);
	assert_string_equal(canonical, "0b1d438e69fa6b0b2bdc8ec313ecf5547d7b8d3a65bdf499362824d04e384a3b");
	assert_string_equal(signature, "84a0c89dc43aede7b5ad93f6ab2d9ddfc55e85102c5249676f3bc64a32f9579f");
}

/* ---- a bucket that believes a request only when its signature is right --------------------------------------------- */
struct seen { char method[8], path[128], names[32][64], values[32][512], body[1024]; size_t n, body_n; };

static const char *header(const struct seen *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcasecmp(s->names[i], name) == 0)
			return s->values[i];
	return "";
}

static int signature_ok(const struct seen *s)
{
	char signed_headers[256] = "", given[65] = "", headers[4096] = "", hash[65], canonical[65], want[65];
	const char *auth = header(s, "Authorization");
	if (sscanf(auth, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/%*8[0-9]/ap-northeast-2/s3/aws4_request, SignedHeaders=%255[^,], "
			 "Signature=%64s", signed_headers, given) != 2)
		return 0;
	char names[256];
	snprintf(names, sizeof names, "%s", signed_headers);
	char *save = NULL;
	for (char *n = strtok_r(names, ";", &save); n; n = strtok_r(NULL, ";", &save))
		snprintf(headers + strlen(headers), sizeof headers - strlen(headers), "%s:%s\n", n, header(s, n));
	sigv4_sha256(s->body, s->body_n, hash);
	if (strcmp(hash, header(s, "x-amz-content-sha256")) != 0 || !strstr(signed_headers, "x-amz-content-sha256") ||
	    !strstr(signed_headers, "host;"))
		return 0;
	struct sigv4 q = { s->method, s->path, headers, signed_headers, hash, SECRET, header(s, "x-amz-date"), "ap-northeast-2" };
	sigv4_sign(&q, canonical, want);
	return strcmp(want, given) == 0;
}

static void bucket(int fd)
{
	static char kept[1024], kept_type[128];
	static size_t kept_n;
	static int holds, ill = 1;
	struct seen s = { .n = 0 };
	char line[1024];
	if (!fake_line(fd, line, sizeof line) || sscanf(line, "%7s %127s", s.method, s.path) != 2)
		return;
	while (fake_line(fd, line, sizeof line) && *line && s.n < 32) {
		sscanf(line, "%63[^:]: %511[^\n]", s.names[s.n], s.values[s.n]);
		s.n++;
	}
	size_t length = (size_t)strtoul(header(&s, "Content-Length"), NULL, 10);
	while (s.body_n < length && read(fd, s.body + s.body_n, 1) == 1)
		s.body_n++;
	const char *status = "200 OK";
	char answer[4096] = "";
	if (!signature_ok(&s) || strcmp(s.path, "/tickets/poster/1.jpg") != 0) {
		status = "403 Forbidden";
	} else if (strcmp(s.method, "PUT") == 0 && ill) {
		status = "503 Slow Down"; /* the first time */
		ill = 0;
	} else if (strcmp(s.method, "PUT") == 0) {
		memcpy(kept, s.body, s.body_n);
		kept_n = s.body_n;
		holds = 1;
		snprintf(kept_type, sizeof kept_type, "%s", header(&s, "Content-Type"));
	} else if (strcmp(s.method, "DELETE") == 0) {
		holds = 0;
		status = "204 No Content";
	} else if (!holds) {
		status = "404 Not Found";
	} else {
		snprintf(answer, sizeof answer, "%s|%.*s", kept_type, (int)kept_n, kept);
	}
	char head[256];
	snprintf(head, sizeof head, "HTTP/1.1 %s\r\nConnection: close\r\n%s\r\n", status,
		status[0] == '2' && status[2] == '4' ? "" : arena_printf(a, "Content-Length: %zu\r\n", strlen(answer)));
	fake_say(fd, head);
	fake_say(fd, answer);
}

static void kept_in_a_bucket(void **state)
{
	(void)state;
	struct fake_server server = fake_server_start(bucket);
	settings.blob_store = "s3";
	settings.s3_endpoint = arena_printf(a, "http://127.0.0.1:%d", server.port);
	settings.s3_region = "ap-northeast-2";
	settings.s3_bucket = "tickets";
	settings.s3_access_key = "AKIDEXAMPLE";
	settings.s3_secret_key = SECRET;
	conf_set_for_test(&settings);
	struct bytes b;
	code_is(blob_get(a, "poster/1.jpg", &b), ERR_NOT_FOUND);
	assert_null(blob_put(a, "poster/1.jpg", "image/jpeg", text("picture")));
	assert_null(blob_get(a, "poster/1.jpg", &b));
	assert_string_equal(b.p, "image/jpeg|picture");
	assert_null(blob_delete(a, "poster/1.jpg"));
	assert_null(blob_delete(a, "poster/1.jpg"));
	code_is(blob_get(a, "poster/1.jpg", &b), ERR_NOT_FOUND);
	settings.s3_secret_key = "wrong";
	conf_set_for_test(&settings);
	code_is(blob_put(a, "poster/1.jpg", "image/jpeg", text("picture")), ERR_INTERNAL);
	fake_server_stop(server);
	code_is(blob_get(a, "poster/1.jpg", &b), ERR_UNAVAILABLE);
	settings.blob_store = "disk";
	conf_set_for_test(&settings);
}

static int teardown(void **state)
{
	(void)state;
	rmdir(arena_printf(a, "%s/blobs/poster", dir));
	rmdir(arena_printf(a, "%s/blobs", dir));
	rmdir(dir);
	arena_free(a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_are_checked), cmocka_unit_test(kept_on_disk),
		cmocka_unit_test(the_tests_signer_gives_the_published_answer), cmocka_unit_test(kept_in_a_bucket) };
	return cmocka_run_group_tests(tests, setup, teardown);
}
