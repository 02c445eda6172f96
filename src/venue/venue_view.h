/* What the desk's pages of venues are drawn from. */
#ifndef FOYER_VENUE_VIEW_H
#define FOYER_VENUE_VIEW_H

#include "tmplc/out.h"
#include "venue/drawing.h"
#include "venue/hall.h"
#include "web/components.h"

struct venue_item { const char *name, *region, *address; struct url href; int64_t halls, places; };
struct venue_list_view { struct venue_item *items; size_t n; int64_t total; const char *q; bool any; struct ui_pager *pager; };

struct venue_form_view { const struct venue_row *v; struct url action, back; const struct option *regions; };

struct hall_item { const char *name; struct url href; int64_t seats, standing, performances; };
struct venue_page_view {
	const char *name, *other_name, *region, *address;
	struct url edit, add_hall, public_page;
	struct hall_item *halls;
	size_t n;
	const struct ui_confirm *remove; /* NULL while it has halls */
};

struct hall_form_view { const char *venue, *title, *name, *name_en, *button; struct url action, back, venue_href; const struct option *starts; };

struct section_item { const char *name, *kind; struct url href; int64_t places; };
struct hall_page_view {
	const char *name, *venue;
	struct url venue_href, edit, duplicate, add, import, json, csv;
	const struct hall_row *hall;
	const struct hall_drawing *drawing;
	bool locked;
	const char *block_y;             /* where the next section would begin */
	struct section_item *sections;
	size_t n;
	const struct option *kinds;
	const struct ui_confirm *remove; /* NULL while it has performances */
};

struct marked_seat { int64_t idx; const char *label, *says; unsigned flags; };
struct marked_row { const char *label; struct marked_seat *seats; size_t n; };
struct section_page_view {
	const char *name, *hall;
	struct url venues, hall_href, rename, mark;
	bool standing, locked;
	int64_t capacity;
	struct marked_row *rows;
	size_t n;
	struct ui_pager *pager;
	int64_t page;
	const struct ui_confirm *remove;
};

#endif
