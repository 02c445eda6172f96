/* tmplc IN.html OUT.c OUT.h: compiles a template file when the house is built. */
#include "tmplc/compile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int fail_file(const char *path)
{
	fprintf(stderr, "tmplc: %s: %s\n", path, strerror(errno));
	return 1;
}

static int read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return fail_file(path);
	char block[8192];
	size_t n;
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_add(b, block, n);
	int bad = ferror(f) ? fail_file(path) : 0;
	fclose(f);
	return bad;
}

static int write_file(const char *path, const struct buf *b)
{
	FILE *f = fopen(path, "wb");
	if (!f)
		return fail_file(path);
	size_t n = fwrite(b->p, 1, b->n, f);
	if (fclose(f) == 0 && n == b->n)
		return 0;
	int bad = fail_file(path);
	remove(path);
	return bad;
}

/* gen/tmpl/show/list.h is included as "tmpl/show/list.h". */
static const char *include_name(const char *path)
{
	const char *gen = strstr(path, "gen/");
	return gen ? gen + strlen("gen/") : path;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: tmplc IN.html OUT.c OUT.h\n", stderr);
		return 2;
	}
	struct arena *a = arena_new((size_t)64 << 20);
	struct buf text, c, h;
	buf_init(&text, a);
	buf_init(&c, a);
	buf_init(&h, a);
	int status = read_file(argv[1], &text);
	if (status == 0) {
		struct tmplc_input in = { argv[1], buf_cstr(&text), text.n, include_name(argv[3]) };
		struct err *e = tmplc_compile(a, &in, &c, &h);
		if (e) {
			fprintf(stderr, "%s\n", err_user_text(e));
			err_free(e);
			status = 1;
		}
	}
	/* The header last: make takes the pair as made once it is newer. */
	if (status == 0)
		status = write_file(argv[2], &c) || write_file(argv[3], &h);
	arena_free(a);
	return status;
}
