/* What the room's handlers share: forms, and pieces of views. */
#ifndef FOYER_SHOW_WEB_H
#define FOYER_SHOW_WEB_H

#include "base/clock.h"
#include "show/show_view.h"
#include "web/form.h"

#define SHOW_LIST_FORM(F)                                                                                              \
	F(text, q, .max = 100)                                                                                         \
	F(choice, genre, .options = "concert|musical|play|classic|dance|traditional|family|festival")                  \
	F(choice, region, .options = "seoul|gyeonggi|incheon|busan|daegu|daejeon|gwangju|ulsan|gangwon|jeju|other")    \
	F(date, from) F(date, to) F(choice, offer, .options = "open|soon") F(choice, sort, .options = "popular|date|new|price")                   \
	F(i64, page, .min = 1, .max = 100000, .def = 1)
FORM(show_list_form, SHOW_LIST_FORM)
#define SHOW_SEARCH_FORM(F) F(text, q, .max = 100)
FORM(show_search_form, SHOW_SEARCH_FORM)
#define SHOW_PAGE_FORM(F) F(date, from)
FORM(show_page_form, SHOW_PAGE_FORM)
#define SHOW_CALENDAR_FORM(F) F(text, month, .max = 7) F(date, day)
FORM(show_calendar_form, SHOW_CALENDAR_FORM)

const struct show_slot_view *show_slots_of(struct out *o, const struct show_dated *d, size_t n, int64_t now);
const char *show_day_text(struct arena *a, struct day d); /* YYYY-MM-DD */

#endif
