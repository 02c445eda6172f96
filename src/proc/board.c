/* The scoreboard. */
#include "proc/board.h"

#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const int64_t board_bounds_us[BOARD_BUCKETS] = { 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000,
	2500000, 10000000 };
static struct board *shared;

static int route_total(void)
{
	int n = 0;
	for (size_t d = 0; domains[d]; d++)
		for (const struct route *r = domains[d]->routes; r && r->path; r++)
			n++;
	return n + 1;
}

int board_route_index(const struct route *r)
{
	int base = 0;
	for (size_t d = 0; domains[d]; d++) {
		const struct route *first = domains[d]->routes;
		int n = 0;
		while (first && first[n].path)
			n++;
		if (r && n && r >= first && r < first + n)
			return base + (int)(r - first);
		base += n;
	}
	return base;
}

/* FNV-1a, over what decides whether another build's file can be read. */
static uint64_t hash_add(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return (h ^ '\n') * UINT64_C(1099511628211);
}

static uint64_t layout(void)
{
	char sizes[64];
	snprintf(sizes, sizeof sizes, "%zu %zu %zu", sizeof(struct board), sizeof(struct slot), sizeof(struct route_counts));
	uint64_t h = hash_add(UINT64_C(14695981039346656037), sizes);
	for (size_t d = 0; domains[d]; d++)
		for (const struct route *r = domains[d]->routes; r && r->path; r++)
			h = hash_add(hash_add(h, r->method == POST ? "POST" : "GET"), r->path);
	return h;
}

static size_t size_for(int n_routes)
{
	return sizeof(struct board) + (size_t)n_routes * sizeof(struct route_counts);
}

size_t board_size(const struct board *b)
{
	return size_for(b->n_routes);
}

static void fill(struct board *b)
{
	b->layout = layout();
	b->n_routes = route_total();
	struct route_counts *c = b->routes;
	for (size_t d = 0; domains[d]; d++)
		for (const struct route *r = domains[d]->routes; r && r->path; r++, c++) {
			snprintf(c->method, sizeof c->method, "%s", r->method == POST ? "POST" : "GET");
			snprintf(c->path, sizeof c->path, "%s", r->path);
		}
	snprintf(c->path, sizeof c->path, "(none)");
}

static bool fits(int fd, size_t size)
{
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size != (off_t)size)
		return false;
	uint64_t there;
	return pread(fd, &there, sizeof there, offsetof(struct board, layout)) == (ssize_t)sizeof there && there == layout();
}

static struct err *create(const char *name, size_t size, int *ret_fd)
{
	char path[4096], fresh[4104];
	snprintf(path, sizeof path, "%s/%s.board", conf()->run_dir, name);
	snprintf(fresh, sizeof fresh, "%s.new", path);
	if (unlink(fresh) < 0 && errno != ENOENT)
		return err_new(ERR_INTERNAL, "cannot remove %s: %s", fresh, strerror(errno));
	int fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_new(ERR_INTERNAL, "cannot make %s: %s", fresh, strerror(errno));
	/* Allocated now: a full disk is an error here, not a SIGBUS of a worker later. */
	int rc = posix_fallocate(fd, 0, (off_t)size);
	if (rc == 0 && rename(fresh, path) < 0)
		rc = errno;
	if (rc) {
		close(fd);
		unlink(fresh);
		return err_new(ERR_INTERNAL, "cannot write %s: %s", path, strerror(rc));
	}
	*ret_fd = fd;
	return NULL;
}

struct err *board_make(const char *name, int inherited_fd, int *ret_fd, bool *ret_inherited)
{
	size_t size = size_for(route_total());
	bool inherited = fits(inherited_fd, size);
	int fd = inherited_fd;
	if (!inherited) {
		if (inherited_fd >= 0)
			close(inherited_fd);
		TRY(create(name, size, &fd));
	}
	struct board *b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (b == MAP_FAILED) {
		struct err *e = err_new(ERR_INTERNAL, "cannot map the scoreboard: %s", strerror(errno));
		close(fd);
		return e;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (!inherited)
		fill(b);
	shared = b;
	*ret_fd = fd;
	*ret_inherited = inherited;
	return NULL;
}

struct err *board_view(const char *name, const struct board **ret, size_t *ret_size)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.board", conf()->run_dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_new(errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "cannot open %s: %s", path, strerror(errno));
	struct stat st;
	void *p = MAP_FAILED;
	if (fstat(fd, &st) == 0 && (size_t)st.st_size >= sizeof(struct board))
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return err_new(ERR_INTERNAL, "cannot map %s", path);
	const struct board *b = p;
	if (b->layout != layout()) {
		munmap(p, (size_t)st.st_size);
		return err_new(ERR_INVALID, "%s was made by another build of foyer: reload its process first", path);
	}
	*ret = b;
	*ret_size = (size_t)st.st_size;
	return NULL;
}

struct board *board(void)
{
	return shared;
}

struct slot *board_slot_take(int pool, int generation, int64_t now)
{
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		struct slot *s = &shared->slots[i];
		if (s->pid)
			continue;
		*s = (struct slot){ .pool = pool, .generation = generation, .forked_at = now, .route = -1 };
		return s;
	}
	return NULL;
}

void board_slot_free(struct slot *s)
{
	*s = (struct slot){ .route = -1 };
}

size_t board_bucket(int64_t us)
{
	size_t i = 0;
	while (i < BOARD_BUCKETS && us > board_bounds_us[i])
		i++;
	return i;
}

static void add(_Atomic int64_t *n, int64_t by)
{
	atomic_fetch_add_explicit(n, by, memory_order_relaxed);
}

void board_count(int route, int status, int64_t us)
{
	if (!shared || route < 0 || route >= shared->n_routes)
		return;
	struct route_counts *c = &shared->routes[route];
	int class = status / 100;
	add(&c->by_class[class > 0 && class < 6 ? class : 0], 1);
	size_t bucket = board_bucket(us);
	if (bucket < BOARD_BUCKETS)
		add(&c->bucket[bucket], 1);
	add(&c->total, 1);
	add(&c->sum_us, us);
}

bool slot_overdue(const struct slot *s, int64_t now)
{
	int64_t since = s->busy_since, deadline = s->deadline_us;
	/* Asked again: else the deadline might be that of the request behind. */
	return s->pid && since && deadline && now - since > deadline && s->busy_since == since;
}

void slot_busy(struct slot *s, int64_t deadline_us, int64_t now)
{
	if (!s)
		return;
	s->route = -1;
	s->what[0] = s->request_id[0] = '\0';
	s->deadline_us = deadline_us;
	s->busy_since = now;
	s->stage = STAGE_READ;
}

void slot_what(struct slot *s, const char *what, const char *request_id)
{
	if (!s)
		return;
	snprintf(s->what, sizeof s->what, "%s", what);
	snprintf(s->request_id, sizeof s->request_id, "%s", request_id ? request_id : "");
}

void slot_idle(struct slot *s)
{
	if (!s)
		return;
	s->busy_since = 0;
	s->what[0] = '\0';
	s->stage = STAGE_IDLE;
	s->requests++;
}
