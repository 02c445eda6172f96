/* RSS of new shows, and the site map. */
#include "show/show_priv.h"
#include "show/catalogue.h"
#include "web/req.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

enum { FEED_MAX = 50, SITEMAP_MAX = 20000 };

/* RFC 822, which RSS wants. */
static const char *rfc822(struct arena *a, int64_t at)
{
	char text[64];
	time_t s = (time_t)(at / US_SECOND);
	struct tm tm;
	gmtime_r(&s, &tm);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return arena_strdup(a, text);
}

static void element(struct out *o, const char *name, const char *text)
{
	buf_printf(&o->b, "<%s>", name);
	out_text_str(o, text);
	buf_printf(&o->b, "</%s>\n", name);
}

static const char *link_to(struct req *r, struct url u)
{
	return arena_printf(r->a, "%s%s", conf()->base_url, u.s);
}

/* The first `max` characters of a text's first paragraph. */
const char *show_summary(struct arena *a, const char *s, size_t max)
{
	if (str_empty(s))
		return NULL;
	size_t n = strcspn(s, "\n"), count = 0, i = 0;
	while (i < n && count < max) {
		i++;
		while (i < n && ((unsigned char)s[i] & 0xc0) == 0x80)
			i++;
		count++;
	}
	return i < n ? arena_printf(a, "%.*s…", (int)i, s) : arena_strndup(a, s, n);
}

struct err *show_feed(struct req *r)
{
	struct show_entry *e;
	size_t n;
	struct out o;
	TRY(show_entries(r->db, r->a, r->now, FEED_MAX, &e, &n));
	out_init(&o, r->a, r->lang, r);
	buf_str(&o.b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel>\n");
	element(&o, "title", conf()->site_name);
	element(&o, "link", link_to(r, out_url(&o, "/")));
	element(&o, "description", tr(r->lang, N_("Newly announced shows")));
	for (size_t i = 0; i < n; i++) {
		const char *link = link_to(r, out_url(&o, "/shows/%s", e[i].slug));
		buf_str(&o.b, "<item>\n");
		element(&o, "title", tr_pick(r->lang, e[i].title, e[i].title_en));
		element(&o, "link", link);
		element(&o, "guid", link);
		element(&o, "pubDate", rfc822(r->a, e[i].view_open_at));
		element(&o, "description", show_summary(r->a, tr_pick(r->lang, e[i].synopsis, e[i].synopsis_en), 300));
		buf_str(&o.b, "</item>\n");
	}
	buf_str(&o.b, "</channel></rss>\n");
	return respond(r, 200, "application/rss+xml; charset=utf-8", (struct bytes){ o.b.p, o.b.n });
}

static void place(struct out *o, const char *link)
{
	buf_str(&o->b, "<url>");
	element(o, "loc", link);
	buf_str(&o->b, "</url>\n");
}

struct err *show_sitemap(struct req *r)
{
	struct show_slug *s;
	size_t n;
	struct out o;
	TRY(show_slugs(r->db, r->a, r->now, SITEMAP_MAX, &s, &n));
	out_init(&o, r->a, r->lang, r);
	buf_str(&o.b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
	static const char *const pages[] = { "/", "/en", "/shows", "/en/shows", "/calendar", "/en/calendar" };
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		place(&o, link_to(r, (struct url){ pages[i] }));
	for (size_t i = 0; i < n; i++) {
		place(&o, link_to(r, url_fmt(r->a, "/shows/%s", s[i].slug)));
		place(&o, link_to(r, url_fmt(r->a, "/en/shows/%s", s[i].slug)));
	}
	buf_str(&o.b, "</urlset>\n");
	return respond(r, 200, "application/xml; charset=utf-8", (struct bytes){ o.b.p, o.b.n });
}
