/* Reading a request: target, language, headers, body, parameters. */
#include "base/conf.h"
#include "base/str.h"
#include "web/web_priv.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TARGET_MAX = 8000 };

bool request_read_target(struct req *r)
{
	const char *target = r->priv->t->param(r->priv->t->ctx, "REQUEST_URI");
	/* A fragment is never sent by browsers, and nginx reads such an address differently than we would: its cache would
	 * keep our answer under the name of another page. */
	if (!target || target[0] != '/' || strlen(target) > TARGET_MAX || strchr(target, '#'))
		return false;
	size_t n = strcspn(target, "?");
	char *path = arena_strndup(r->a, target, n);
	r->query = target[n] == '?' ? arena_strdup(r->a, target + n + 1) : "";
	r->url_prefix = "";
	if (strcmp(path, "/en") == 0 || str_starts(path, "/en/")) {
		r->url_prefix = "/en";
		path += 3;
		if (!*path)
			path = arena_strdup(r->a, "/");
	}
	r->path = path;
	return true;
}

const char *lang_accepted(const char *s)
{
	const char *best = NULL;
	double best_weight = 0;
	while (s && *s) {
		s += strspn(s, ", \t");
		size_t n = strcspn(s, ",");
		double weight = 1;
		for (size_t i = 0; i + 2 < n; i++)
			if (s[i] == 'q' && s[i + 1] == '=')
				weight = strtod(s + i + 2, NULL);
		bool whole = n >= 2 && (n == 2 || s[2] == '-' || s[2] == ';' || s[2] == ' ');
		const char *lang = !whole ? NULL : strncmp(s, "ko", 2) == 0 ? "ko" : strncmp(s, "en", 2) == 0 ? "en" : NULL;
		if (lang && weight > best_weight) {
			best = lang;
			best_weight = weight;
		}
		s += n;
	}
	return best;
}

static const char *known_lang(const char *s)
{
	return str_eq(s, "ko") ? "ko" : str_eq(s, "en") ? "en" : NULL;
}

void request_choose_lang(struct req *r, const char *foyer_lang, const char *accept_language)
{
	r->priv->lang_known = true;
	if (*r->url_prefix) {
		r->lang = "en";
		return;
	}
	if ((r->lang = known_lang(foyer_lang)))
		return;
	r->priv->lang_known = false;
	r->lang = known_lang(req_cookie(r, "lang"));
	if (!r->lang)
		r->lang = lang_accepted(accept_language);
	if (!r->lang)
		r->lang = "ko";
}

char *address_group(struct arena *a, const char *ip)
{
	uint8_t v6[16];
	if (strchr(ip, ':') && inet_pton(AF_INET6, ip, v6) == 1) {
		static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
		if (memcmp(v6, mapped, sizeof mapped) == 0)
			return arena_printf(a, "%u.%u.%u.%u", v6[12], v6[13], v6[14], v6[15]);
		return arena_printf(a, "%s/64", str_hex(a, v6, 8));
	}
	return arena_strdup(a, ip);
}

bool address_allowed(const char *list, const char *ip)
{
	size_t n = strlen(ip);
	while (n > 0 && *list) {
		list += strspn(list, ", ");
		size_t len = strcspn(list, ", ");
		if (len == n && memcmp(list, ip, n) == 0)
			return true;
		list += len;
	}
	return false;
}

/* ---- what handlers ask ------------------------------------------------------------------------------------------- */
const char *req_param(const struct req *r, const char *name)
{
	const struct route_match *m = &r->priv->match;
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->names[i], name) == 0)
			return m->values[i];
	assert(!"the route's pattern has no such parameter");
	abort();
}

int64_t req_param_id(const struct req *r, const char *name)
{
	const char *s = req_param(r, name);
	int64_t v;
	/* One spelling per id: no sign, no leading zero. */
	return s[0] >= '1' && s[0] <= '9' && str_to_i64(s, &v) ? v : 0;
}

const char *req_cookie(const struct req *r, const char *name)
{
	for (size_t i = 0; i < r->priv->n_cookies; i++)
		if (strcmp(r->priv->cookies[i].name, name) == 0)
			return r->priv->cookies[i].value;
	return NULL;
}

const char *req_own_cookie(const struct req *r, const char *name)
{
	const char *full = cookie_name(r->a, name);
	for (const struct cookie *c = r->priv->set_cookies; c; c = c->next)
		if (str_eq(c->name, full))
			return c->value;
	return req_cookie(r, full);
}

const char *req_header(const struct req *r, const char *cgi_name)
{
	return r->priv->t->param(r->priv->t->ctx, cgi_name);
}

bool req_wants_json(const struct req *r)
{
	return r->priv->wants_json;
}

struct bytes req_body(const struct req *r)
{
	return r->priv->body;
}

static bool is_password(const struct req *r, const char *name)
{
	const struct form_spec *spec = r->route && r->route->form ? r->route->form() : NULL;
	for (size_t i = 0; spec && i < spec->n; i++)
		if (strcmp(spec->fields[i].name, name) == 0)
			return spec->fields[i].kind == FORM_password;
	return false;
}

const char *req_typed(const struct req *r, const char *name)
{
	const struct form_input *in = &r->priv->input;
	for (size_t i = 0; i < in->n; i++) {
		const struct form_pair *p = &in->v[i];
		if (strcmp(p->name, name) == 0)
			return p->file_name || is_password(r, name) || !str_utf8_valid(p->value, p->value_n) ? NULL : p->value;
	}
	return NULL;
}
