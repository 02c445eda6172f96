/* What venues bring into the house. */
#include "venue/venue.h"

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

/* GET /geo/{hall}/{version}.json: never changes under its name. */
static struct err *geo_get(struct req *r)
{
	const char *file = req_param(r, "file");
	struct version_row *row;
	struct bytes json;
	TRY(hall_version_one(r->db, r->a, &row, DB_ARGS(req_param_id(r, "hall"))));
	if (!row || !str_eq(file, arena_printf(r->a, "%lld.json", (long long)row->version)))
		return err_new(ERR_NOT_FOUND, "no such drawing");
	TRY(venue_geometry(r->db, r->a, (struct hall_id){ req_param_id(r, "hall") }, &json));
	log_err(LOG_WARN, "the drawing of a hall is not kept", geo_keep(r->a, req_param_id(r, "hall"), file, json));
	return respond(r, 200, "application/json", json);
}

static const struct route routes[] = {
	{ GET, "/geo/{hall}/{file}", geo_get, ACCESS_ANYONE, .budget = 6 },
	{ 0 }
};

const struct domain venue_domain = { .name = "venue", .routes = routes };
