/* What the catalogue tells: pure rules. */
#include "show/catalogue.h"

#include "base/clock.h"
#include "ext/blob.h"
#include "web/out_page.h"

#include <string.h>

/* `sale` follows the clock by a few seconds; the opening second counts. */
enum show_offer show_card_offer(const struct show_card *c, int64_t now)
{
	if (str_eq(c->sale, "open") || str_eq(c->sale, "soon"))
		return now < c->booking_open_at ? OFFER_SOON : OFFER_OPEN;
	if (str_eq(c->sale, "sold_out"))
		return OFFER_SOLD_OUT;
	return str_eq(c->sale, "closed") ? OFFER_CLOSED : OFFER_NONE;
}

const char *show_image_url(struct arena *a, const char *image, int size)
{
	if (str_empty(image))
		return NULL;
	return blob_url(a, STR_CAT(a, image, size == 400 ? "-400" : size == 200 ? "-200" : "", ".jpg"));
}

static const char *price_text(struct out *o, int64_t price)
{
	if (price < 0)
		return NULL;
	return price == 0 ? _("Free") : _f("from %s", out_money(o, price));
}

struct ui_poster show_card_poster(struct out *o, const struct show_card *c, int64_t now)
{
	enum show_offer offer = show_card_offer(c, now);
	const char *venue = tr_pick(o->lang, c->venue, c->venue_en), *dates = show_date_span(o->a, o->lang, c->first_at, c->last_at);
	struct ui_poster p = { .href = U("/shows/%s", c->slug), .title = tr_pick(o->lang, c->title, c->title_en),
		.place = str_empty(venue) ? NULL : venue, .dates = str_empty(dates) ? NULL : dates,
		.price = price_text(o, c->price_from), .image = show_image_url(o->a, c->image, 400) };
	switch (offer) {
	case OFFER_SOON:
		p.badge_kind = "accent";
		p.badge = _("Opening soon");
		p.opens_at = c->booking_open_at;
		break;
	case OFFER_SOLD_OUT:
		p.badge_kind = "bad";
		p.badge = _("Sold out");
		break;
	case OFFER_CLOSED:
		p.badge_kind = "info";
		p.badge = _("Booking closed");
		break;
	case OFFER_OPEN:
		if (c->booked_permille >= 900) {
			p.badge_kind = "warn";
			p.badge = _("Almost gone");
		}
		break;
	case OFFER_NONE:
		break;
	}
	return p;
}

const char *show_search_pattern(struct arena *a, const char *text)
{
	struct buf b;
	buf_init(&b, a);
	for (; *text; text++)
		if (*text != ' ')
			buf_chr(&b, *text);
	return db_like(a, buf_cstr(&b));
}

void show_search_words(struct arena *a, const char *q, const char *ret[SHOW_WORDS])
{
	for (int i = 0; i < SHOW_WORDS; i++)
		ret[i] = NULL;
	for (int i = 0; q && i < SHOW_WORDS; i++) {
		q += strspn(q, " ");
		size_t n = i < SHOW_WORDS - 1 ? strcspn(q, " ") : strlen(q);
		if (n == 0)
			break;
		ret[i] = show_search_pattern(a, arena_strndup(a, q, n));
		q += n;
	}
}
