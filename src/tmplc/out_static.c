/* Static files have a hash of their content in the name; the manifest tells it. */
#include "base/conf.h"
#include "base/log.h"
#include "tmplc/out.h"

#include <jansson.h>

/* Read at the first use, once per process: a new build comes with new processes. */
static const json_t *manifest(void)
{
	static json_t *loaded;
	if (loaded)
		return loaded;
	struct buf path;
	json_error_t fault;
	buf_init(&path, NULL);
	buf_printf(&path, "%s/static/manifest.json", conf()->share_dir);
	loaded = json_load_file(buf_cstr(&path), JSON_REJECT_DUPLICATES, &fault);
	if (!loaded) {
		log_msg(LOG_WARN, "no manifest of static files", "path", buf_cstr(&path), "cause", fault.text, NULL);
		loaded = json_object();
	}
	buf_free(&path);
	return loaded;
}

struct url out_static(struct out *o, const char *name)
{
	const char *hashed = json_string_value(json_object_get(manifest(), name));
	return (struct url){ arena_printf(o->a, "/static/%s", hashed ? hashed : name) };
}
