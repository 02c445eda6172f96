/* The run time of templates: the output they write to and the functions generated code calls.  Only these, and the ones of
 * web/out_page.h that know the request, make a struct html, the one type that is printed as it is. */
#ifndef FOYER_TMPLC_OUT_H
#define FOYER_TMPLC_OUT_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct req;
struct html { const char *safe; };    /* mark-up made by the template run time */
struct url { const char *s; };        /* made by a typed builder: path segments and parameters already encoded */

struct out {
	struct buf b;
	struct arena *a;
	const char *lang;  /* "ko" or "en" */
	struct req *req;   /* the request the page belongs to; NULL for mails and unit tests */
	size_t errors_at, errors_end; /* where in b the summary of out_form_errors stands: fields put their labels there */
};
void out_init(struct out *o, struct arena *a, const char *lang, struct req *req);

/* ---- called by generated code ---- */
void out_raw(struct out *o, const char *s, size_t n);        /* literal text of a template */
void out_text_str(struct out *o, const char *s);             /* escapes & < > " ' ; NULL prints nothing */
void out_text_i64(struct out *o, int64_t v);
void out_text_html(struct out *o, struct html h);
void out_text_url(struct out *o, struct url u);
void out_attr_str(struct out *o, const char *s);             /* value of a quoted attribute */
/* Value of href, src, action, formaction, poster, data: relative and http(s), mailto:, tel:, cid: only; anything else (also
 * //host, which only looks relative) prints "#blocked" and logs a warning. */
void out_href_str(struct out *o, const char *s);
void out_href_url(struct out *o, struct url u);
#define OUT_TEXT(o, x)                                                                                                 \
	_Generic((x), char *: out_text_str, const char *: out_text_str, struct html: out_text_html,                    \
	    struct url: out_text_url, default: out_text_i64)((o), (x))
#define OUT_ATTR(o, x)                                                                                                 \
	_Generic((x), char *: out_attr_str, const char *: out_attr_str, struct url: out_text_url,                      \
	    default: out_text_i64)((o), (x))
#define OUT_HREF(o, x)                                                                                                 \
	_Generic((x), char *: out_href_str, const char *: out_href_str, struct url: out_href_url)((o), (x))

/* ---- for use inside templates: {{ _("Sign in") }}, {{ _f("%s seats left", money(o, n)) }} ----------------------- */
const char *tr(const char *lang, const char *msgid); /* the message in lang; msgid itself where there is none */
/* Of a text that has both languages: the one in lang, or the other one where that is empty. */
const char *tr_pick(const char *lang, const char *ko, const char *en);
/* tr for a text that was formatted already, such as err_user_text(): its msgid is found by its form. */
const char *tr_text(struct arena *a, const char *lang, const char *text);
#define _(msgid) tr(o->lang, msgid)
/* Formats a translated message; a message with numbers uses %lld or %s.  (A translation whose conversions differ from
 * the msgid's is refused when the catalogue is loaded.) */
#define _f(msgid, ...) out_fmt(o, tr(o->lang, msgid), __VA_ARGS__)
/* One or many; Korean has one form.  The count takes the place of %lld, in groups of three digits. */
#define _n(one, many, n) out_count(o, tr(o->lang, (n) == 1 ? one : many), (n))
const char *out_count(struct out *o, const char *fmt, int64_t n);
const char *out_fmt(struct out *o, const char *fmt, ...);
const char *out_money(struct out *o, int64_t amount);     /* 132,000원 / ₩132,000 */
const char *out_number(struct out *o, int64_t n);         /* 50,000 */
const char *out_when(struct out *o, int64_t us);          /* clock_long */
const char *out_when_short(struct out *o, int64_t us);
const char *out_date(struct out *o, int64_t us);
const char *out_iso(struct out *o, int64_t us);           /* for <time datetime> and countdown scripts */
/* %s is percent-encoded (NULL: nothing), %lld and %d printed, %% literal; the rest of fmt is a literal of the program. */
struct url url_fmt(struct arena *a, const char *fmt, ...);
/* "js/seatmap.js" → "/static/js/seatmap-3f9a….js", by share_dir/static/manifest.json (read once); "/static/" and the
 * name as it is where the manifest does not know it. */
struct url out_static(struct out *o, const char *name);
/* Text of several paragraphs: escaped, blank lines become <p>, line ends <br>. */
struct html out_paragraphs(struct out *o, const char *s);

#endif
