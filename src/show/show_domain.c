/* The catalogue's routes and jobs. */
#include "show/show_priv.h"
#include "show/show_web.h"

static const struct route routes[] = {
	{ GET, "/", show_home, ACCESS_ANYONE, .cache_s = 1, .budget = 6 },
	{ GET, "/shows", show_list, ACCESS_ANYONE, .form = FORM_OF(show_list_form), .again = show_list, .cache_s = 1, .budget = 4 },
	{ GET, "/search", show_search, ACCESS_ANYONE, .form = FORM_OF(show_search_form), .budget = 2 },
	{ GET, "/shows/{slug}", show_page, ACCESS_ANYONE, .form = FORM_OF(show_page_form), .cache_s = 1, .budget = 5 },
	{ GET, "/shows/{slug}/seen", show_seen, ACCESS_ANYONE, .budget = 3 },
	{ GET, "/performances/{id}", show_performance_page, ACCESS_ANYONE, .budget = 3 },
	{ GET, "/calendar", show_calendar, ACCESS_ANYONE, .form = FORM_OF(show_calendar_form), .cache_s = 1, .budget = 4 },
	{ GET, "/performers/{id}", show_performer_page, ACCESS_ANYONE, .cache_s = 1, .budget = 4 },
	{ GET, "/venues/{id}", show_venue_page, ACCESS_ANYONE, .cache_s = 1, .budget = 4 },
	{ GET, "/feed.xml", show_feed, ACCESS_ANYONE, .cache_s = 60, .budget = 3 },
	{ GET, "/sitemap.xml", show_sitemap, ACCESS_ANYONE, .cache_s = 600, .budget = 3 },
	{ 0 }
};

const struct domain show_domain = { .name = "show", .routes = routes, .jobs = show_jobs, .metrics = show_metrics };
