/* The frame that every page under /desk/ stands in, side navigation with the pages this person may open; and what such pages
 * share, whichever room they are of. */
#ifndef FOYER_WEB_DESK_FRAME_H
#define FOYER_WEB_DESK_FRAME_H

#include "web/components.h"
#include "web/req.h"

enum desk_room { DESK_HOME, DESK_SALES, DESK_ORDERS, DESK_SHOWS, DESK_VENUES, DESK_STAFF, DESK_GATE };
/* page_begin and the navigation, `here` marked in it; the page's nav is NAV_DESK.  Then the page's own templates write
 * to the returned out, then desk_end closes both. */
struct out *desk_begin(struct req *r, const struct page *p, enum desk_room here);
struct err *desk_end(struct out *o, int status);
/* Whether this person may open pages that need `perm`: the organizer, or staff whose code has it ticked. */
bool desk_may(const struct who *who, unsigned perm);

/* ---- ownership: part of every query of the desk.  `s` is the alias of `shows`; a staff code may be for one show. */
#define DESK_OWN "s.organizer_id = ? AND (? = 0 OR s.id = ?)"
#define DESK_OWNER(r) (r)->who.organizer.v, (r)->who.staff_show.v, (r)->who.staff_show.v

/* ---- words ---- */
/* What a performance's state is called, and the badge it wears. */
const char *desk_performance_word(const char *lang, const char *state, const char **ret_kind);
const char *desk_order_word(const char *lang, const char *state, const char **ret_kind);

/* ---- what its template draws ---- */
struct desk_nav_group { const char *title; struct ui_link links[4]; size_t n; };
struct desk_nav { struct desk_nav_group groups[3]; size_t n; };

#endif
