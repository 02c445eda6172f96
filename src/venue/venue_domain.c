/* What venues bring into the house. */
#include "venue/venue_web.h"

#include "base/conf.h"
#include "base/log.h"
#include "web/req.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION_ROW(F) F(i64, version)
DB_ROW(version_row, VERSION_ROW)
DB_QUERY(hall_version, version_row, "SELECT version FROM hall WHERE id = ?")

/* Keeps the drawing where nginx finds it for everybody who asks later (nginx/foyer.conf: location /geo/).  A file that
 * cannot be written is no fault of the asker. */
static struct err *geo_keep(struct arena *a, int64_t hall, const char *file, struct bytes json)
{
	const char *dir = arena_printf(a, "%s/geo", conf()->data_dir);
	const char *hall_dir = arena_printf(a, "%s/%" PRId64, dir, hall);
	const char *path = arena_printf(a, "%s/%s", hall_dir, file), *part = arena_printf(a, "%s.%ld", path, (long)getpid());
	mkdir(dir, 0755);
	mkdir(hall_dir, 0755);
	FILE *f = fopen(part, "wb");
	if (!f)
		return err_new(ERR_UNAVAILABLE, "%s: %s", part, strerror(errno));
	bool good = fwrite(json.p, 1, json.n, f) == json.n;
	good = fclose(f) == 0 && good;
	if (good && rename(part, path) == 0)
		return NULL;
	struct err *e = err_new(ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	unlink(part);
	return e;
}

static struct err *must_be(struct req *r, const char *file)
{
	struct version_row *row;
	TRY(hall_version_one(r->db, r->a, &row, DB_ARGS(req_param_id(r, "hall"))));
	if (!row || !str_eq(file, arena_printf(r->a, "%lld.json", (long long)row->version)))
		return err_new(ERR_NOT_FOUND, "no such drawing");
	return NULL;
}

/* GET /geo/{hall}/{version}.json: never changes under its name, so it must not have changed while it was read either. */
static struct err *geo_get(struct req *r)
{
	const char *file = req_param(r, "file");
	struct bytes json;
	TRY(must_be(r, file));
	TRY(venue_geometry(r->db, r->a, (struct hall_id){ req_param_id(r, "hall") }, &json));
	TRY(must_be(r, file));
	log_err(LOG_WARN, "the drawing of a hall is not kept", geo_keep(r->a, req_param_id(r, "hall"), file, json));
	return respond(r, 200, "application/json", json);
}

#define DESK ACCESS_ORGANIZER, .perm = PERM_VENUES

static const struct route routes[] = {
	{ GET, "/geo/{hall}/{file}", geo_get, ACCESS_ANYONE, .budget = 6 },
	{ GET, "/desk/venues", venue_list_get, DESK, .form = FORM_OF(venue_find_form), .again = venue_list_get },
	{ GET, "/desk/venues/new", venue_new_get, DESK },
	{ POST, "/desk/venues/new", venue_new_post, DESK, .form = FORM_OF(venue_form), .again = venue_new_get, .once = true },
	{ GET, "/desk/venues/{id}", venue_get, DESK },
	{ GET, "/desk/venues/{id}/edit", venue_edit_get, DESK },
	{ POST, "/desk/venues/{id}/edit", venue_edit_post, DESK, .form = FORM_OF(venue_form), .again = venue_edit_get },
	{ POST, "/desk/venues/{id}/delete", venue_delete_post, DESK },
	{ GET, "/desk/venues/{id}/halls/new", hall_new_get, DESK },
	/* sections one by one, their seats in pieces of 500: a stadium takes some 330 statements */
	{ POST, "/desk/venues/{id}/halls/new", hall_new_post, DESK, .form = FORM_OF(hall_form), .again = hall_new_get, .once = true,
	    .budget = 500 },
	{ GET, "/desk/halls/{id}", hall_get, DESK, .form = FORM_OF(draft_form), .again = hall_get },
	{ GET, "/desk/halls/{id}/edit", hall_edit_get, DESK },
	{ POST, "/desk/halls/{id}/edit", hall_edit_post, DESK, .form = FORM_OF(hall_form), .again = hall_edit_get },
	{ GET, "/desk/halls/{id}/duplicate", hall_copy_get, DESK },
	{ POST, "/desk/halls/{id}/duplicate", hall_copy_post, DESK, .form = FORM_OF(hall_form), .again = hall_copy_get, .once = true },
	{ POST, "/desk/halls/{id}/delete", hall_delete_post, DESK },
	{ POST, "/desk/halls/{id}/sections", hall_section_post, DESK, .form = FORM_OF(block_form), .again = hall_get, .once = true,
	    .budget = 250 },
	{ POST, "/desk/halls/{id}/import", hall_import_post, DESK, .form = FORM_OF(import_form), .again = hall_get, .body_kib = 8256,
	  .deadline_ms = 30000, .budget = 1500 },
	{ GET, "/desk/halls/{id}/plan.json", hall_json_get, DESK },
	{ GET, "/desk/halls/{id}/plan.csv", hall_csv_get, DESK },
	{ GET, "/desk/halls/{id}/sections/{section}", section_get, DESK, .form = FORM_OF(section_find_form), .again = section_get },
	{ POST, "/desk/halls/{id}/sections/{section}/name", section_name_post, DESK, .form = FORM_OF(section_name_form), .again = section_get },
	{ POST, "/desk/halls/{id}/sections/{section}/marks", section_mark_post, DESK, .form = FORM_OF(mark_form), .again = section_get },
	{ POST, "/desk/halls/{id}/sections/{section}/delete", section_delete_post, DESK },
	{ 0 }
};

const struct domain venue_domain = { .name = "venue", .routes = routes };
