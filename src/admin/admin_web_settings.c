/* What the platform's people change while the house runs. */
#include "admin/admin_web.h"

#include "setting/setting.h"
#include "tmpl/admin/settings.h"
#include "web/audit.h"
#include "web/text.h"

#include <inttypes.h>

struct err *admin_settings_get(struct req *r)
{
	struct settings s;
	TRY(settings_load(r->db, r->a, &s));
	struct admin_settings v = { .booking_fee = arena_printf(r->a, "%" PRId64, s.v[SETTING_booking_fee]),
		.booking_fee_most = arena_printf(r->a, "%" PRId64, s.v[SETTING_booking_fee_most]),
		.commission = setting_percent(r->a, s.v[SETTING_commission]) };
	struct out *o = admin_begin(r, _("Settings"), "settings");
	tmpl_admin_settings(o, &v);
	return admin_end(r, o);
}

struct settings_tx { struct req *r; struct settings want; size_t changed; };

/* A line of the audit log for each that becomes another. */
static struct err *settings_run(struct db *db, void *ctx)
{
	struct settings_tx *t = ctx;
	struct req *r = t->r;
	struct settings now;
	t->changed = 0;
	TRY(settings_load(db, r->a, &now));
	for (int i = 0; i < SETTING_N; i++) {
		if (now.v[i] == t->want.v[i])
			continue;
		TRY(setting_save(db, (enum setting_id)i, t->want.v[i], r->now));
		TRY(audit(r, db, "setting.change", arena_printf(r->a, "setting:%s", setting_table[i].name),
		    arena_printf(r->a, "{\"from\":%" PRId64 ",\"to\":%" PRId64 "}", now.v[i], t->want.v[i])));
		t->changed++;
	}
	return NULL;
}

struct err *admin_settings_post(struct req *r)
{
	const struct admin_settings_form *f = r->form;
	struct settings_tx t = { .r = r };
	t.want.v[SETTING_booking_fee] = f->booking_fee;
	t.want.v[SETTING_booking_fee_most] = f->booking_fee_most;
	int64_t *commission = &t.want.v[SETTING_commission];
	bool rate = setting_percent_parse(f->commission, commission) && *commission <= setting_table[SETTING_commission].most;
	if (!rate)
		req_field_error(r, "commission", N_("Please write the rate in percent, up to 50, with one decimal at most."));
	if (f->booking_fee > f->booking_fee_most)
		req_field_error(r, "booking_fee", N_("A new show cannot begin with more than an organizer may charge."));
	if (!rate || f->booking_fee > f->booking_fee_most)
		return req_again(r);
	TRY(db_tx(r->db, settings_run, &t));
	req_flash(r, t.changed ? "success" : "info", t.changed ? _("The settings are saved and count from now on.") : _("Nothing was changed."));
	return redirect(r, url_fmt(r->a, "/admin/settings"));
}
