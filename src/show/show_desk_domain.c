/* The organizer's pages of shows. */
#include "show/desk.h"
#include "show/show.h"

#define OWN .access = ACCESS_ORGANIZER, .perm = PERM_SHOWS

static const struct route routes[] = {
	{ GET, "/desk/shows", desk_shows_get, OWN, .form = FORM_OF(desk_list_form), .again = desk_shows_get, .budget = 3 },
	{ GET, "/desk/shows/new", desk_new_get, OWN, .budget = 3 },
	{ POST, "/desk/shows/new", desk_new_post, OWN, .form = FORM_OF(desk_edit_form), .again = desk_new_get, .once = true },
	{ GET, "/desk/shows/{id}", desk_show_get, OWN, .budget = 4 },
	{ GET, "/desk/shows/{id}/edit", desk_edit_get, OWN, .budget = 4 },
	{ POST, "/desk/shows/{id}/edit", desk_edit_post, OWN, .form = FORM_OF(desk_edit_form), .again = desk_edit_get },
	{ POST, "/desk/shows/{id}/poster", desk_poster_post, OWN, .form = FORM_OF(desk_poster_form), .again = desk_edit_get,
	    .body_kib = 12 << 10, .deadline_ms = 20000 },
	{ POST, "/desk/shows/{id}/poster/remove", desk_poster_remove, OWN },
	{ POST, "/desk/shows/{id}/publish", desk_show_publish, OWN, .form = FORM_OF(desk_publish_form), .budget = 1024 },
	{ POST, "/desk/shows/{id}/withdraw", desk_show_withdraw, OWN, .budget = 1024 },
	{ GET, "/desk/shows/{id}/prices", desk_prices_get, OWN, .budget = 4 },
	{ POST, "/desk/shows/{id}/grades", desk_grade_add, OWN, .form = FORM_OF(desk_grade_form), .again = desk_prices_get, .once = true,
	    .budget = 40 },
	{ POST, "/desk/shows/{id}/grades/{grade}", desk_grade_change, OWN, .form = FORM_OF(desk_price_form), .again = desk_prices_get,
	    .budget = 40 },
	{ POST, "/desk/shows/{id}/grades/{grade}/remove", desk_grade_remove, OWN, .budget = 40 },
	{ GET, "/desk/shows/{id}/halls/{hall}", desk_map_get, OWN, .budget = 5 },
	{ POST, "/desk/shows/{id}/halls/{hall}", desk_map_post, OWN, .budget = 2048, .deadline_ms = 20000 },
	{ GET, "/desk/shows/{id}/cast", desk_cast_get, OWN, .budget = 4 },
	{ POST, "/desk/shows/{id}/cast", desk_cast_add, OWN, .form = FORM_OF(desk_cast_form), .again = desk_cast_get, .once = true },
	{ POST, "/desk/shows/{id}/cast/remove", desk_cast_remove, OWN, .form = FORM_OF(desk_cast_remove_form) },
	{ GET, "/desk/shows/{id}/performances", desk_runs_get, OWN, .budget = 4 },
	{ POST, "/desk/shows/{id}/performances", desk_runs_add, OWN, .form = FORM_OF(desk_runs_form), .again = desk_runs_get,
	    .once = true, .budget = 6 * DESK_SERIES_MOST, .deadline_ms = 20000 },
	{ GET, "/desk/performances/{id}/edit", desk_run_get, OWN, .budget = 4 },
	{ POST, "/desk/performances/{id}/edit", desk_run_post, OWN, .form = FORM_OF(desk_run_form), .again = desk_run_get },
	{ POST, "/desk/performances/{id}/remove", desk_run_remove, OWN },
	{ GET, "/desk/performances/{id}/cancel", desk_cancel_get, OWN, .budget = 6 },
	{ POST, "/desk/performances/{id}/cancel", desk_cancel_post, OWN, .form = FORM_OF(desk_cancel_form), .again = desk_cancel_get },
	{ 0 }
};

const struct domain show_desk_domain = { .name = "show_desk", .routes = routes };
