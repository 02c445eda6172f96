/* The route table of all domains, compiled once into a tree of path segments. */
#include "web/route.h"

#include "base/log.h"
#include "base/str.h"
#include "web/web_priv.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 12 };

struct node {
	char *literal;                  /* NULL: {parameter} */
	const struct route *route[2];   /* by method */
	struct node *child, *next;      /* literals before the parameter */
};

static struct node *root;

static void die(const struct route *r, const char *why)
{
	log_msg(LOG_ERROR, "route table is wrong", "route", r->path, "why", why, NULL);
	abort();
}

static struct node *child_of(struct node *parent, const char *segment, size_t n, bool parameter)
{
	struct node **at = &parent->child;
	for (; *at; at = &(*at)->next) {
		struct node *c = *at;
		if (parameter ? !c->literal : c->literal && strlen(c->literal) == n && memcmp(c->literal, segment, n) == 0)
			return c;
		if (!c->literal)
			break; /* literals stay in front of the parameter */
	}
	struct node *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	if (!parameter && !(c->literal = strndup(segment, n)))
		abort();
	c->next = *at;
	*at = c;
	return c;
}

static void add_route(const struct route *r)
{
	struct node *node = root;
	size_t segments = 0, params = 0;
	if (r->path[0] != '/')
		die(r, "a path starts with a slash");
	for (const char *s = r->path + 1; *s;) {
		size_t n = strcspn(s, "/");
		if (n == 0 || ++segments > SEGMENTS_MAX)
			die(r, "empty segment, or too many");
		bool parameter = s[0] == '{' && s[n - 1] == '}';
		if (parameter && ++params > ARRAY_LEN(((struct route_match *)0)->names))
			die(r, "too many parameters");
		node = child_of(node, s, n, parameter);
		s += n;
		if (*s == '/')
			s++;
	}
	if (node->route[r->method])
		die(r, "two routes have this path");
	if (r->access == ACCESS_ANYONE && r->perm)
		die(r, "a permission needs ACCESS_ORGANIZER");
	node->route[r->method] = r;
}

static void free_node(struct node *n)
{
	while (n) {
		struct node *next = n->next;
		free_node(n->child);
		free(n->literal);
		free(n);
		n = next;
	}
}

void route_table_set(const struct domain *const *list)
{
	free_node(root);
	root = calloc(1, sizeof *root);
	if (!root)
		abort();
	for (size_t d = 0; list[d]; d++)
		for (const struct route *r = list[d]->routes; r && r->path; r++)
			add_route(r);
}

struct walk {
	char *segment[SEGMENTS_MAX];
	size_t n, params[8], n_params;
	enum method method;
};

/* Literal segments win; where they lead nowhere the parameter is tried.  other: looks for the other method. */
static const struct node *walk_tree(const struct node *node, struct walk *w, size_t depth, size_t n_params, bool other)
{
	if (depth == w->n) {
		if (!node->route[other ? !w->method : w->method])
			return NULL;
		w->n_params = n_params;
		return node;
	}
	for (const struct node *c = node->child; c; c = c->next) {
		if (c->literal && strcmp(c->literal, w->segment[depth]) != 0)
			continue;
		if (!c->literal)
			w->params[n_params] = depth;
		const struct node *hit = walk_tree(c, w, depth + 1, n_params + !c->literal, other);
		if (hit)
			return hit;
	}
	return NULL;
}

/* Decodes a segment in place; false: broken escapes, control characters, a hidden slash, or no UTF-8. */
static bool decode_segment(char *s)
{
	char *to = s;
	for (const char *p = s; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (c == '%') {
			int high = hex_value(p[1]), low = high < 0 ? -1 : hex_value(p[2]);
			if (low < 0)
				return false;
			c = (unsigned char)(high * 16 + low);
			p += 2;
		}
		if (c < 0x20 || c == 0x7f || c == '/' || c == '\\')
			return false;
		*to++ = (char)c;
	}
	*to = '\0';
	return str_utf8_valid(s, (size_t)(to - s));
}

static bool split_path(struct arena *a, const char *path, struct walk *w)
{
	if (path[0] != '/')
		return false;
	char *s = arena_strdup(a, path + 1);
	while (*s) {
		if (w->n == SEGMENTS_MAX)
			return false;
		size_t n = strcspn(s, "/");
		bool more = s[n] == '/';
		s[n] = '\0';
		if (n == 0 || !decode_segment(s))
			return false;
		w->segment[w->n++] = s;
		if (more && !s[n + 1])
			return false; /* an empty last segment */
		s += n + more;
	}
	return true;
}

static char *param_name(struct arena *a, const char *pattern, size_t nth)
{
	const char *s = pattern;
	for (size_t i = 0; (s = strchr(s, '{')); i++) {
		size_t n = strcspn(++s, "}");
		if (i == nth)
			return arena_strndup(a, s, n);
	}
	return NULL;
}

void route_find(struct arena *a, enum method m, const char *path, struct route_match *ret)
{
	if (!root)
		route_table_set(domains);
	*ret = (struct route_match){ 0 };
	struct walk w = { .method = m };
	if (!split_path(a, path, &w))
		return;
	const struct node *node = walk_tree(root, &w, 0, 0, false);
	if (!node) {
		ret->other_method = walk_tree(root, &w, 0, 0, true) != NULL;
		return;
	}
	ret->route = node->route[m];
	ret->n = w.n_params;
	for (size_t i = 0; i < w.n_params; i++) {
		ret->names[i] = param_name(a, ret->route->path, i);
		ret->values[i] = w.segment[w.params[i]];
	}
}
