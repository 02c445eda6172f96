/* The frame of the desk: navigation by permission, and the words its pages share. */
#include "web/desk_frame.h"

#include "tmpl/web/desk_frame.h"

bool desk_may(const struct who *who, unsigned perm)
{
	return who->staff.v ? (who->perms & perm) == perm : who->organizer.v != 0;
}

static const struct desk_place {
	enum desk_room room;
	unsigned perm;              /* 0: the organizer alone */
	const char *group, *path, *label;
} places[] = {
	{ DESK_HOME, PERM_NONE, N_("Today"), "/desk", N_("Overview") },
	{ DESK_SALES, PERM_SALES, N_("Today"), "/desk/sales", N_("Sales") },
	{ DESK_ORDERS, PERM_ORDERS, N_("Today"), "/desk/orders", N_("Orders") },
	{ DESK_SHOWS, PERM_SHOWS, N_("Programme"), "/desk/shows", N_("Shows") },
	{ DESK_VENUES, PERM_VENUES, N_("Programme"), "/desk/venues", N_("Venues") },
	{ DESK_GATE, PERM_GATE, N_("People"), "/gate", N_("Gate") },
	{ DESK_STAFF, PERM_NONE, N_("People"), "/desk/staff", N_("Staff codes") },
};

static bool may_open(const struct who *who, const struct desk_place *p)
{
	return p->perm ? desk_may(who, p->perm) : p->room == DESK_HOME || !who->staff.v;
}

struct out *desk_begin(struct req *r, const struct page *p, enum desk_room here)
{
	struct page page = *p;
	struct desk_nav *nav = arena_one(r->a, struct desk_nav);
	const char *last = NULL;
	page.nav = NAV_DESK;
	page.no_index = true;
	struct out *o = page_begin(r, &page);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const struct desk_place *d = &places[i];
		if (!may_open(&r->who, d))
			continue;
		if (!str_eq(d->group, last))
			nav->groups[nav->n++].title = tr(r->lang, last = d->group);
		struct desk_nav_group *g = &nav->groups[nav->n - 1];
		struct url href = { arena_printf(r->a, "%s%s", r->url_prefix, d->path) };
		g->links[g->n++] = (struct ui_link){ href, tr(r->lang, d->label), d->room == here };
	}
	tmpl_desk_open(o, nav);
	return o;
}

struct err *desk_end(struct out *o, int status)
{
	tmpl_desk_close(o);
	return page_end(o->req, status);
}

/* ---- words -------------------------------------------------------------------------------------------------------------- */
struct word { const char *state, *word, *kind; };
static const struct word performance_words[] = {
	{ "scheduled", N_("Scheduled"), "warn" }, { "on_sale", N_("On sale"), "ok" }, { "sold_out", N_("Sold out"), "brass" },
	{ "closed", N_("Booking closed"), "info" }, { "done", N_("Over"), "info" }, { "cancelled", N_("Cancelled"), "bad" },
};
static const struct word order_words[] = {
	{ "pending", N_("Held"), "warn" }, { "awaiting_deposit", N_("Waiting for deposit"), "warn" }, { "paid", N_("Payment complete"), "ok" },
	{ "partly_cancelled", N_("Partly cancelled"), "info" }, { "cancelled", N_("Cancelled"), "bad" },
	{ "expired", N_("Expired"), "info" },
};

static const char *find_word(const struct word *words, size_t n, const char *lang, const char *state, const char **ret_kind)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(words[i].state, state)) {
			*ret_kind = words[i].kind;
			return tr(lang, words[i].word);
		}
	*ret_kind = "info";
	return state;
}

const char *desk_performance_word(const char *lang, const char *state, const char **ret_kind)
{
	return find_word(performance_words, ARRAY_LEN(performance_words), lang, state, ret_kind);
}

const char *desk_order_word(const char *lang, const char *state, const char **ret_kind)
{
	return find_word(order_words, ARRAY_LEN(order_words), lang, state, ret_kind);
}
