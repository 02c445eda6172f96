/* One message for the next page: a short signed cookie. */
#include "base/buf.h"
#include "base/clock.h"
#include "ext/crypto.h"
#include "web/web_priv.h"

#include <stdlib.h>
#include <string.h>

#define FLASH_COOKIE "foyer_flash"
enum { FLASH_AGE = 120, FLASH_MAX = 4, FLASH_BYTES_MAX = 1500, MAC_N = 16 };

void req_flash(struct req *r, const char *kind, const char *text)
{
	struct req_priv *p = r->priv;
	if (!p->flash)
		p->flash = arena_array(r->a, struct frame_flash, FLASH_MAX);
	if (p->n_flash < FLASH_MAX)
		p->flash[p->n_flash++] = (struct frame_flash){ kind, arena_strdup(r->a, text) };
}

/* Cookie: base64url of the MAC, the second it was made, and kind US text RS …, where US and RS are control characters
 * that no text contains. */
void flash_store(struct req *r)
{
	struct req_priv *p = r->priv;
	if (p->n_flash == 0)
		return;
	struct buf b;
	buf_init(&b, r->a);
	buf_i64(&b, r->now / US_SECOND);
	for (size_t i = 0; i < p->n_flash; i++) {
		size_t n = strlen(p->flash[i].text);
		if (b.n + n > FLASH_BYTES_MAX)
			break; /* better one message less than a cookie no browser keeps */
		buf_printf(&b, "\x1e%s\x1f%s", p->flash[i].kind, p->flash[i].text);
	}
	uint8_t mac[32];
	crypto_mac("flash", b.p, b.n, mac);
	struct buf all;
	buf_init(&all, r->a);
	buf_add(&all, mac, MAC_N);
	buf_add(&all, b.p, b.n);
	req_set_cookie(r, FLASH_COOKIE, str_base64url(r->a, all.p, all.n), FLASH_AGE);
}

static const char *known_kind(const char *s)
{
	static const char *const kinds[] = { "success", "error", "info" };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i], s) == 0)
			return kinds[i];
	return "info";
}

static size_t flash_read(struct req *r, const char *cookie, struct frame_flash *ret)
{
	struct bytes all;
	if (!str_unbase64url(r->a, cookie, &all) || all.n <= MAC_N)
		return 0;
	const char *text = (const char *)all.p + MAC_N;
	size_t text_n = all.n - MAC_N;
	uint8_t mac[32];
	crypto_mac("flash", text, text_n, mac);
	if (!crypto_equal(mac, all.p, MAC_N))
		return 0;
	char *s = arena_strndup(r->a, text, text_n);
	int64_t made = strtoll(s, NULL, 10), age = r->now / US_SECOND - made;
	if (age < 0 || age > FLASH_AGE)
		return 0;
	size_t n = 0;
	for (s = strchr(s, '\x1e'); s && n < FLASH_MAX;) {
		char *kind = s + 1, *mid = strchr(kind, '\x1f');
		if (!mid)
			break;
		*mid = '\0';
		s = strchr(mid + 1, '\x1e');
		if (s)
			*s = '\0';
		ret[n++] = (struct frame_flash){ known_kind(kind), mid + 1 };
	}
	return n;
}

void flash_take(struct req *r, const struct frame_flash **ret, size_t *ret_n)
{
	struct req_priv *p = r->priv;
	const char *cookie = req_cookie(r, cookie_name(r->a, FLASH_COOKIE));
	struct frame_flash *list = arena_array(r->a, struct frame_flash, 2 * FLASH_MAX);
	size_t n = 0;
	if (cookie) {
		n = flash_read(r, cookie, list);
		req_set_cookie(r, FLASH_COOKIE, "", 0);
	}
	/* What this very request said before it came to a page. */
	for (size_t i = 0; i < p->n_flash; i++)
		list[n++] = p->flash[i];
	p->n_flash = 0;
	*ret = list;
	*ret_n = n;
}
