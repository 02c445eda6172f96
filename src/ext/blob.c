#include "ext/blob.h"

#include "base/conf.h"
#include "ext/crypto.h"
#include "ext/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define S3_TIMEOUT_MS 4000 /* and once more: within the time that a page may take */
#define BLOB_MAX ((size_t)32 << 20)

static struct err *check_name(const char *name)
{
	if (str_empty(name) || strlen(name) > 200 || name[0] == '/' || name[0] == '.' || str_ends(name, "/"))
		return err_new(ERR_INVALID, "blob name refused");
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789/._-")] || strstr(name, "..") || strstr(name, "//") ||
	    strstr(name, "/."))
		return err_new(ERR_INVALID, "blob name refused");
	return NULL;
}

static bool in_s3(void)
{
	return str_eq(conf()->blob_store, "s3");
}

/* ---- disk ----------------------------------------------------------------------------------------------------- */
static char *disk_path(struct arena *a, const char *name)
{
	return arena_printf(a, "%s/blobs/%s", conf()->data_dir, name);
}

static struct err *make_dirs(struct arena *a, const char *path)
{
	char *p = arena_strdup(a, path);
	for (char *s = strchr(p + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (mkdir(p, 0755) && errno != EEXIST)
			return err_new(ERR_UNAVAILABLE, "mkdir %s: %s", p, strerror(errno));
		*s = '/';
	}
	return NULL;
}

static bool write_all(int fd, struct bytes data)
{
	const char *p = data.p;
	for (size_t left = data.n; left > 0;) {
		ssize_t n = write(fd, p, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		left -= (size_t)n;
	}
	return true;
}

static void sync_dir(struct arena *a, const char *path)
{
	char *dir = arena_strdup(a, path);
	*strrchr(dir, '/') = '\0';
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

static struct err *disk_put(struct arena *a, const char *name, struct bytes data)
{
	const char *path = disk_path(a, name);
	TRY(make_dirs(a, path));
	char *tmp = arena_printf(a, "%s.XXXXXX", path);
	int fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return err_new(ERR_UNAVAILABLE, "%s: %s", tmp, strerror(errno));
	bool ok = write_all(fd, data) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	int why = errno;
	close(fd);
	if (ok && rename(tmp, path) == 0) {
		sync_dir(a, path);
		return NULL;
	}
	why = ok ? errno : why;
	unlink(tmp);
	return err_new(ERR_UNAVAILABLE, "%s: %s", path, strerror(why));
}

static struct err *disk_get(struct arena *a, const char *name, struct bytes *ret)
{
	const char *path = disk_path(a, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_new(errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_UNAVAILABLE, "%s: %s", path,
			strerror(errno));
	struct stat st;
	struct err *e = NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > (off_t)BLOB_MAX)
		e = err_new(ERR_NOT_FOUND, "%s is no blob", path);
	char *p = e ? NULL : arena_alloc(a, (size_t)st.st_size + 1);
	size_t n = 0;
	while (!e && n < (size_t)st.st_size) {
		ssize_t got = read(fd, p + n, (size_t)st.st_size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			e = err_new(ERR_UNAVAILABLE, "%s: %s", path, got ? strerror(errno) : "shorter than it was");
		else
			n += (size_t)got;
	}
	close(fd);
	if (!e)
		*ret = (struct bytes){ p, n };
	return e;
}

/* ---- S3 ------------------------------------------------------------------------------------------------------- */
static const char *host_header(struct arena *a)
{
	const char *at = strstr(conf()->s3_endpoint, "://");
	at = at ? at + 3 : conf()->s3_endpoint;
	return arena_printf(a, "Host: %.*s", (int)strcspn(at, "/"), at);
}

/* Path style.  Two headers are ours because of libcurl's signer (7.88): it signs a host without its port, and sends no
 * hash of the body, which S3 demands. */
static struct err *s3_call(struct arena *a, const char *method, const char *name, const char *content_type,
    struct bytes body, struct http_answer *ret)
{
	uint8_t hash[32];
	crypto_sha256(body.n ? body.p : "", body.n, hash);
	const char *headers[4] = { host_header(a), arena_printf(a, "x-amz-content-sha256: %s", str_hex(a, hash, sizeof hash)) };
	if (content_type)
		headers[2] = arena_printf(a, "Content-Type: %s", content_type);
	struct http_request q = {
		.method = method,
		.url = arena_printf(a, "%s/%s/%s", conf()->s3_endpoint, conf()->s3_bucket, name),
		.headers = headers,
		.body = body,
		.user = arena_printf(a, "%s:%s", conf()->s3_access_key, conf()->s3_secret_key),
		.aws_sigv4 = arena_printf(a, "aws:amz:%s:s3", conf()->s3_region),
		.timeout_ms = S3_TIMEOUT_MS,
		.max_body = BLOB_MAX,
		.allow_plain = str_starts(conf()->s3_endpoint, "http://"),
	};
	struct err *e = http_call(a, &q, ret);
	if (e || ret->status >= 500) { /* PUT, GET and DELETE of one name may be repeated */
		err_free(e);
		e = http_call(a, &q, ret);
	}
	if (e)
		return err_wrap(e, "%s of blob %s", method, name);
	if (ret->status == 404)
		return err_new(ERR_NOT_FOUND, "blob %s is not in the bucket", name);
	if (ret->status / 100 != 2)
		return err_new(ret->status >= 500 ? ERR_UNAVAILABLE : ERR_INTERNAL, "%s of blob %s: status %d: %.*s", method, name,
			ret->status, (int)(ret->body.n < 200 ? ret->body.n : 200), (const char *)ret->body.p);
	return NULL;
}

/* ---- both ----------------------------------------------------------------------------------------------------- */
struct err *blob_put(struct arena *a, const char *name, const char *content_type, struct bytes data)
{
	TRY(check_name(name));
	if (!in_s3())
		return disk_put(a, name, data);
	struct http_answer r;
	return s3_call(a, "PUT", name, content_type, data, &r);
}

struct err *blob_get(struct arena *a, const char *name, struct bytes *ret)
{
	TRY(check_name(name));
	if (!in_s3())
		return disk_get(a, name, ret);
	struct http_answer r;
	TRY(s3_call(a, "GET", name, NULL, (struct bytes){ NULL, 0 }, &r));
	*ret = r.body;
	return NULL;
}

struct err *blob_delete(struct arena *a, const char *name)
{
	TRY(check_name(name));
	if (in_s3()) {
		struct http_answer r;
		struct err *e = s3_call(a, "DELETE", name, NULL, (struct bytes){ NULL, 0 }, &r);
		if (!err_is(e, ERR_NOT_FOUND))
			return e;
		err_free(e);
		return NULL;
	}
	const char *path = disk_path(a, name);
	if (unlink(path) && errno != ENOENT && errno != ENOTDIR)
		return err_new(ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	return NULL;
}

const char *blob_url(struct arena *a, const char *name)
{
	return STR_CAT(a, "/uploads/", name);
}
