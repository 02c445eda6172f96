/* The message itself; mail_send.c hands it over. */
#include "ext/mail.h"

#include "base/buf.h"
#include "base/conf.h"
#include "ext/mail_parse.h"

#include <string.h>
#include <time.h>

#define LINE_MAX_QP 76

/* ---- header values ---------------------------------------------------------------------------------------------- */
static bool one_line(const char *s)
{
	return !s || s[strcspn(s, "\r\n")] == '\0';
}

static bool plain_ascii(const char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

bool mail_address_ok(const char *s)
{
	const char *at = s ? strchr(s, '@') : NULL;
	return at && at > s && at[1] && !strchr(at + 1, '@') && plain_ascii(s) && !strpbrk(s, " <>,;:\"()[]\\") &&
		strlen(s) <= 254;
}

static void add_base64(struct buf *b, const uint8_t *p, size_t n)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)p[i] << 16 | (i + 1 < n ? (unsigned)p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0);
		buf_chr(b, abc[v >> 18]);
		buf_chr(b, abc[(v >> 12) & 63]);
		buf_chr(b, i + 1 < n ? abc[(v >> 6) & 63] : '=');
		buf_chr(b, i + 2 < n ? abc[v & 63] : '=');
	}
}

/* RFC 2047: words of at most 75 characters that never cut a UTF-8 sequence. */
static void add_encoded_words(struct buf *b, const char *s)
{
	size_t left = strlen(s);
	while (left > 0) {
		size_t take = left < 42 ? left : 42; /* 42 bytes are 56 in base64, with the frame 68 */
		while (take > 1 && take < left && ((unsigned char)s[take] & 0xc0) == 0x80)
			take--;
		buf_str(b, "=?UTF-8?B?");
		add_base64(b, (const uint8_t *)s, take);
		buf_str(b, "?=");
		s += take;
		left -= take;
		if (left)
			buf_str(b, "\r\n ");
	}
}

/* Unstructured text: as it is where that is allowed and short, else encoded words. */
static void add_text_header(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s: ", name);
	if (plain_ascii(value) && strlen(value) <= 60 && !strstr(value, "=?"))
		buf_str(b, value);
	else
		add_encoded_words(b, value);
	buf_str(b, "\r\n");
}

static void add_address_header(struct buf *b, const char *name, const char *display, const char *address)
{
	buf_printf(b, "%s: ", name);
	if (!str_empty(display) && plain_ascii(display) && strlen(display) <= 60 && !strstr(display, "=?")) {
		buf_chr(b, '"');
		for (; *display; display++) {
			if (*display == '"' || *display == '\\')
				buf_chr(b, '\\');
			buf_chr(b, *display);
		}
		buf_str(b, "\" ");
	} else if (!str_empty(display)) {
		add_encoded_words(b, display);
		buf_str(b, "\r\n ");
	}
	buf_printf(b, "<%s>\r\n", address);
}

void mail_split_address(struct arena *a, const char *s, const char **ret_name, const char **ret_address)
{
	const char *open = strrchr(s, '<');
	size_t len = strlen(s);
	if (!open || s[len - 1] != '>') {
		*ret_name = "";
		*ret_address = str_trim(a, s);
		return;
	}
	char *name = str_trim(a, arena_strndup(a, s, (size_t)(open - s)));
	size_t n = strlen(name);
	if (n >= 2 && name[0] == '"' && name[n - 1] == '"')
		name = arena_strndup(a, name + 1, n - 2);
	*ret_name = name;
	*ret_address = arena_strndup(a, open + 1, len - (size_t)(open - s) - 2);
}

static void add_date(struct buf *b, int64_t now)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	time_t t = (time_t)(now / 1000000);
	struct tm tm;
	gmtime_r(&t, &tm);
	buf_printf(b, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* ---- bodies ----------------------------------------------------------------------------------------------------- */
/* RFC 2045 6.7; line ends of the text become CRLF, blanks before them are encoded. */
static void add_quoted_printable(struct buf *b, const char *s)
{
	size_t column = 0;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '\r' && s[1] == '\n')
			continue;
		if (c == '\n') {
			buf_str(b, "\r\n");
			column = 0;
			continue;
		}
		bool at_end = s[1] == '\0' || s[1] == '\n' || s[1] == '\r';
		bool plain = (c >= 33 && c <= 126 && c != '=') || ((c == ' ' || c == '\t') && !at_end);
		size_t width = plain ? 1 : 3;
		if (column + width > LINE_MAX_QP - 1) { /* room for the soft break's own '=' */
			buf_str(b, "=\r\n");
			column = 0;
		}
		if (plain)
			buf_chr(b, (char)c);
		else
			buf_printf(b, "=%02X", c);
		column += width;
	}
	if (column)
		buf_str(b, "\r\n");
}

static void add_text_part(struct buf *b, const char *subtype, const char *s)
{
	buf_printf(b, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", subtype);
	add_quoted_printable(b, s);
}

static void add_file_part(struct arena *a, struct buf *b, const struct mail_part *p, bool in_html)
{
	const char *name = str_empty(p->name) ? "file" : p->name;
	buf_printf(b, "Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n", p->content_type);
	if (in_html)
		buf_printf(b, "Content-ID: <%s>\r\n", p->content_id);
	buf_printf(b, "Content-Disposition: %s; ", in_html ? "inline" : "attachment");
	if (plain_ascii(name) && !strpbrk(name, "\"\\"))
		buf_printf(b, "filename=\"%s\"\r\n\r\n", name);
	else
		buf_printf(b, "filename*=UTF-8''%s\r\n\r\n", str_url_encode(a, name));
	const uint8_t *bytes = p->data.p;
	for (size_t at = 0; at < p->data.n; at += 57) {
		add_base64(b, bytes + at, p->data.n - at < 57 ? p->data.n - at : 57);
		buf_str(b, "\r\n");
	}
}

/* "=_" occurs neither in quoted-printable nor in base64, so these cannot collide with a body. */
static void open_multipart(struct buf *b, const char *kind)
{
	buf_printf(b, "Content-Type: multipart/%s; boundary=\"=_%s\"\r\n\r\n", kind, kind);
}

static void next_part(struct buf *b, const char *kind) { buf_printf(b, "--=_%s\r\n", kind); }
static void close_multipart(struct buf *b, const char *kind) { buf_printf(b, "--=_%s--\r\n", kind); }

static bool is_inline(const struct mail *m, size_t i) { return m->html && m->parts[i].content_id; }

static void add_html(struct arena *a, struct buf *b, const struct mail *m, size_t n_inline)
{
	if (!n_inline) {
		add_text_part(b, "html", m->html);
		return;
	}
	open_multipart(b, "related");
	next_part(b, "related");
	add_text_part(b, "html", m->html);
	for (size_t i = 0; i < m->n_parts; i++)
		if (is_inline(m, i)) {
			next_part(b, "related");
			add_file_part(a, b, &m->parts[i], true);
		}
	close_multipart(b, "related");
}

static void add_words(struct arena *a, struct buf *b, const struct mail *m, size_t n_inline)
{
	if (!m->html) {
		add_text_part(b, "plain", m->text);
		return;
	}
	open_multipart(b, "alternative");
	next_part(b, "alternative");
	add_text_part(b, "plain", m->text);
	next_part(b, "alternative");
	add_html(a, b, m, n_inline);
	close_multipart(b, "alternative");
}

static void add_body(struct arena *a, struct buf *b, const struct mail *m)
{
	size_t n_inline = 0;
	for (size_t i = 0; i < m->n_parts; i++)
		n_inline += is_inline(m, i);
	if (n_inline == m->n_parts) {
		add_words(a, b, m, n_inline);
		return;
	}
	open_multipart(b, "mixed");
	next_part(b, "mixed");
	add_words(a, b, m, n_inline);
	for (size_t i = 0; i < m->n_parts; i++)
		if (!is_inline(m, i)) {
			next_part(b, "mixed");
			add_file_part(a, b, &m->parts[i], false);
		}
	close_multipart(b, "mixed");
}

static struct err *check(const struct mail *m)
{
	if (!mail_address_ok(m->to))
		return err_new(ERR_INVALID, "mail: recipient address refused");
	if (!one_line(m->to_name) || !one_line(m->subject) || !one_line(m->message_id) || !one_line(m->list_unsubscribe))
		return err_new(ERR_INVALID, "mail: line break in a header");
	if (str_empty(m->message_id) || !plain_ascii(m->message_id) || strpbrk(m->message_id, "<> "))
		return err_new(ERR_INVALID, "mail: message id refused");
	if (m->list_unsubscribe && (!plain_ascii(m->list_unsubscribe) || strpbrk(m->list_unsubscribe, "<> ")))
		return err_new(ERR_INVALID, "mail: unsubscribe address refused");
	for (size_t i = 0; i < m->n_parts; i++) {
		const struct mail_part *p = &m->parts[i];
		if (!one_line(p->content_type) || !one_line(p->name) || !one_line(p->content_id))
			return err_new(ERR_INVALID, "mail: line break in a part's header");
		if (p->content_id && (!plain_ascii(p->content_id) || strpbrk(p->content_id, "<> ")))
			return err_new(ERR_INVALID, "mail: content id refused");
	}
	return NULL;
}

struct err *mail_build(struct arena *a, const struct mail *m, int64_t now, struct bytes *ret)
{
	TRY(check(m));
	const char *from_name, *from;
	mail_split_address(a, conf()->mail_from, &from_name, &from);
	if (!mail_address_ok(from) || !one_line(from_name))
		return err_new(ERR_INVALID, "mail: setting mail_from is no address");
	struct buf b;
	buf_init(&b, a);
	add_date(&b, now);
	add_address_header(&b, "From", from_name, from);
	add_address_header(&b, "To", m->to_name, m->to);
	add_text_header(&b, "Subject", m->subject ? m->subject : "");
	buf_printf(&b, "Message-ID: <%s>\r\n", m->message_id);
	if (m->list_unsubscribe)
		buf_printf(&b, "List-Unsubscribe: <%s>\r\n", m->list_unsubscribe);
	buf_str(&b, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
	add_body(a, &b, m);
	*ret = (struct bytes){ b.p, b.n };
	return NULL;
}
