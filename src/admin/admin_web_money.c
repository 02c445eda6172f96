/* Refund grids, and the ledger's balances. */
#include "admin/admin_web.h"

#include "tmpl/admin/money.h"
#include "web/audit.h"
#include "web/once.h"
#include "web/text.h"

#include <inttypes.h>

/* ---- refund grids -------------------------------------------------------------------------------------------------------- */
/* What was sold under a grid keeps it, so a grid never changes but for its name: a change of its rules is a new one that takes
 * its place (replaced_by). */
#define GRID_SQL                                                                                                       \
	"SELECT g.id, g.name, g.free_hours, COALESCE(g.is_default, 0) AS is_default, COALESCE(g.replaced_by, 0) AS replaced_by," \
	" (SELECT COUNT(*) FROM shows s WHERE s.refund_grid_id = g.id OR (s.refund_grid_id IS NULL AND g.is_default = 1)) AS shows" \
	" FROM refund_grid g "
DB_QUERY_F(grids_told, admin_grid_row, DB_SCAN_OK, GRID_SQL "WHERE g.replaced_by IS NULL ORDER BY g.is_default DESC, g.name")
DB_QUERY_F(grid_by_id, admin_grid_row, DB_SCAN_OK, GRID_SQL "WHERE g.id = ?")
DB_QUERY_F(grid_lock, admin_grid_row, DB_SCAN_OK, GRID_SQL "WHERE g.id = ? FOR UPDATE")
DB_QUERY_F(rules_every, admin_rule_row, DB_SCAN_OK, "SELECT grid_id, min_days, fee_permille FROM refund_rule ORDER BY grid_id, min_days DESC")
DB_QUERY(rules_of, admin_rule_row, "SELECT grid_id, min_days, fee_permille FROM refund_rule WHERE grid_id = ? ORDER BY min_days DESC")
DB_EXEC(grid_insert, "INSERT INTO refund_grid (name, free_hours) VALUES (?, ?)")
DB_EXEC(grid_rename, "UPDATE refund_grid SET name = ? WHERE id = ?")
DB_EXEC(grid_retire, "UPDATE refund_grid SET replaced_by = ?, is_default = NULL WHERE id = ?")
DB_EXEC_F(shows_follow, DB_SCAN_OK, "UPDATE shows SET refund_grid_id = ? WHERE refund_grid_id = ?")
DB_EXEC(rule_insert, "INSERT INTO refund_rule (grid_id, min_days, fee_permille) VALUES {(?, ?, ?)}")
DB_EXEC(default_off, "UPDATE refund_grid SET is_default = NULL WHERE is_default = 1")
DB_EXEC(default_on, "UPDATE refund_grid SET is_default = 1 WHERE id = ?")

struct err *admin_grids_get(struct req *r)
{
	struct admin_grids v = { 0 };
	struct admin_grid_row *grids;
	struct admin_rule_row *rules;
	TRY(grids_told_all(r->db, r->a, &grids, &v.n, DB_NO_ARGS));
	TRY(rules_every_all(r->db, r->a, &rules, &v.n_rules, DB_NO_ARGS));
	v.grids = grids;
	v.rules = rules;
	struct out *o = admin_begin(r, _("Refund rules"), "refund-grids");
	tmpl_admin_grids(o, &v);
	return admin_end(r, o);
}

static void steps_of_form(const struct admin_grid_form *f, struct admin_step ret[ADMIN_STEPS])
{
	const struct admin_step steps[ADMIN_STEPS] = { { f->days1, f->fee1 }, { f->days2, f->fee2 }, { f->days3, f->fee3 },
		{ f->days4, f->fee4 }, { f->days5, f->fee5 }, { f->days6, f->fee6 }, { f->days7, f->fee7 }, { f->days8, f->fee8 } };
	for (size_t i = 0; i < ADMIN_STEPS; i++)
		ret[i] = steps[i];
}

static struct err *show_grid(struct req *r, const struct admin_grid_row *grid, const struct admin_rule_row *rules, size_t n)
{
	struct admin_grid v = { .grid = grid, .name = grid ? grid->name : "",
		.free_hours = arena_printf(r->a, "%" PRId64, grid ? grid->free_hours : 24) };
	for (size_t i = 0; i < ADMIN_STEPS; i++)
		v.lines[i] = (struct admin_grid_line){ arena_printf(r->a, "days%zu", i + 1), arena_printf(r->a, "fee%zu", i + 1),
			i < n ? arena_printf(r->a, "%" PRId64, rules[i].min_days) : "",
			i < n ? arena_printf(r->a, "%" PRId64, rules[i].fee_permille / 10) : "" };
	struct out *o = admin_begin(r, grid ? grid->name : _("New refund rules"), "refund-grids");
	tmpl_admin_grid(o, &v);
	return admin_end(r, o);
}

struct err *admin_grid_new_get(struct req *r)
{
	static const struct admin_rule_row usual[] = { { 0, 10, 0 }, { 0, 7, 100 }, { 0, 3, 200 }, { 0, 1, 300 }, { 0, 0, 900 } };
	return show_grid(r, NULL, usual, ARRAY_LEN(usual));
}

struct err *admin_grid_get(struct req *r)
{
	int64_t id = req_param_id(r, "id");
	struct admin_grid_row *grid;
	struct admin_rule_row *rules;
	size_t n;
	TRY(grid_by_id_one(r->db, r->a, &grid, DB_ARGS(id)));
	if (!grid)
		return err_new(ERR_NOT_FOUND, "refund grid %" PRId64, id);
	if (grid->replaced_by)
		return redirect(r, url_fmt(r->a, "/admin/refund-grids/%lld", (long long)grid->replaced_by));
	TRY(rules_of_all(r->db, r->a, &rules, &n, DB_ARGS(id)));
	return show_grid(r, grid, rules, n);
}

static const struct url grids_url = { "/admin/refund-grids" };

struct grid_ctx { struct req *r; int64_t id; const struct admin_step *steps; };

/* The grid to be changed, locked; ERR_CONFLICT: another one stands in its place already. */
static struct err *standing_grid(struct db *db, const struct grid_ctx *c, struct admin_grid_row **ret)
{
	TRY(grid_lock_one(db, c->r->a, ret, DB_ARGS(c->id)));
	if (!*ret)
		return err_new(ERR_NOT_FOUND, "refund grid %" PRId64, c->id);
	if ((*ret)->replaced_by)
		return err_user(err_new(ERR_CONFLICT, "refund grid %" PRId64 " was replaced", c->id), "%s",
		    N_("Somebody has changed these rules meanwhile. Nothing was changed by you; look at them as they are now."));
	return NULL;
}

/* The same rules under perhaps another name. */
static struct err *same_rules(struct db *db, const struct grid_ctx *c, const struct admin_grid_row *old, bool *ret)
{
	const struct admin_grid_form *f = c->r->form;
	struct admin_rule_row *rules;
	size_t n, matched = 0, steps = 0;
	TRY(rules_of_all(db, c->r->a, &rules, &n, DB_ARGS(old->id)));
	for (size_t i = 0; i < ADMIN_STEPS; i++) {
		steps += c->steps[i].min_days >= 0;
		for (size_t k = 0; k < n; k++)
			matched += c->steps[i].min_days == rules[k].min_days && c->steps[i].percent * 10 == rules[k].fee_permille;
	}
	*ret = old->free_hours == f->free_hours && matched == n && steps == n;
	return NULL;
}

/* The grid of the form, with its rules; *ret_told: them as JSON for the audit log. */
static struct err *add_grid(struct db *db, const struct grid_ctx *c, int64_t *ret_id, const char **ret_told)
{
	const struct admin_grid_form *f = c->r->form;
	struct db_arg args[ADMIN_STEPS * 3];
	size_t n = 0;
	TRY(grid_insert_run(db, NULL, DB_ARGS(f->name, f->free_hours)));
	int64_t id = db_last_id(db);
	const char *told = arena_printf(c->r->a, "{\"grid\":%" PRId64 ",\"free_hours\":%" PRId64 ",\"rules\":[", id, f->free_hours);
	for (size_t i = 0; i < ADMIN_STEPS; i++) {
		if (c->steps[i].min_days < 0)
			continue;
		told = arena_printf(c->r->a, "%s%s[%" PRId64 ",%" PRId64 "]", told, n ? "," : "", c->steps[i].min_days, c->steps[i].percent);
		args[n++] = DB_ARG(id);
		args[n++] = DB_ARG(c->steps[i].min_days);
		args[n++] = DB_ARG(c->steps[i].percent * 10);
	}
	*ret_id = id;
	*ret_told = arena_printf(c->r->a, "%s]}", told);
	return rule_insert_many(db, NULL, n / 3, args, n);
}

static struct err *new_grid_tx(struct db *db, void *ctx)
{
	struct grid_ctx *c = ctx;
	const char *told;
	TRY(add_grid(db, c, &c->id, &told));
	TRY(audit(c->r, db, "refund_grid.add", arena_printf(c->r->a, "refund_grid:%" PRId64, c->id), told));
	return once_made(c->r, db, grids_url);
}

static struct err *change_grid_tx(struct db *db, void *ctx)
{
	struct grid_ctx *c = ctx;
	const struct admin_grid_form *f = c->r->form;
	const char *object = arena_printf(c->r->a, "refund_grid:%" PRId64, c->id), *told = NULL;
	struct admin_grid_row *old;
	int64_t id;
	bool same;
	TRY(standing_grid(db, c, &old));
	TRY(same_rules(db, c, old, &same));
	if (same) {
		TRY(grid_rename_run(db, NULL, DB_ARGS(f->name, c->id)));
		return audit(c->r, db, "refund_grid.rename", object, NULL);
	}
	TRY(add_grid(db, c, &id, &told));
	TRY(grid_retire_run(db, NULL, DB_ARGS(id, c->id)));
	if (old->is_default)
		TRY(default_on_run(db, NULL, DB_ARGS(id)));
	TRY(shows_follow_run(db, NULL, DB_ARGS(id, c->id)));
	TRY(audit(c->r, db, "refund_grid.change", object, told));
	return once_made(c->r, db, grids_url);
}

static struct err *save_grid(struct req *r, int64_t id)
{
	struct admin_step steps[ADMIN_STEPS];
	steps_of_form(r->form, steps);
	const char *fault = admin_grid_fault(steps, ADMIN_STEPS);
	if (fault) {
		req_field_error(r, "days1", fault);
		return req_again(r);
	}
	struct grid_ctx c = { r, id, steps };
	TRY(db_tx(r->db, id ? change_grid_tx : new_grid_tx, &c));
	req_flash(r, "success", _("The refund rules are saved. They count for what is booked from now on."));
	return redirect(r, grids_url);
}

struct err *admin_grid_new_post(struct req *r)
{
	return save_grid(r, 0);
}

struct err *admin_grid_post(struct req *r)
{
	return save_grid(r, req_param_id(r, "id"));
}

static struct err *default_tx(struct db *db, void *ctx)
{
	struct grid_ctx *c = ctx;
	struct admin_grid_row *grid;
	TRY(standing_grid(db, c, &grid));
	TRY(default_off_run(db, NULL, DB_NO_ARGS));
	TRY(default_on_run(db, NULL, DB_ARGS(c->id)));
	return audit(c->r, db, "refund_grid.default", arena_printf(c->r->a, "refund_grid:%" PRId64, c->id), NULL);
}

struct err *admin_grid_default_post(struct req *r)
{
	struct grid_ctx c = { r, req_param_id(r, "id"), NULL };
	TRY(db_tx(r->db, default_tx, &c));
	req_flash(r, "success", _("This is the default now: it counts for every show that names no rules of its own."));
	return redirect(r, grids_url);
}

/* ---- ledger --------------------------------------------------------------------------------------------------------------- */
DB_QUERY_F(balances, admin_balance_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT e.account, COALESCE(o.name, '') AS organizer, e.entries, e.balance FROM (SELECT account, COUNT(*) AS entries,"
    " CAST(SUM(amount) AS SIGNED) AS balance FROM ledger_entry GROUP BY account) e LEFT JOIN organizer o ON o.id = "
    ADMIN_ACCOUNT_OF("e.account") " ORDER BY e.account")
#define UNBALANCED_ROW(F) F(i64, n) F(str, first)
DB_ROW(unbalanced_row, UNBALANCED_ROW)
DB_QUERY_F(ledger_unbalanced, unbalanced_row, DB_STALE_OK | DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(what) AS first FROM (SELECT CONCAT(tx_id, ': ', SUM(amount)) AS what FROM ledger_entry"
    " GROUP BY tx_id HAVING SUM(amount) <> 0) b")

struct err *admin_ledger_get(struct req *r)
{
	struct admin_balance_row *rows;
	struct unbalanced_row *wrong;
	struct admin_ledger v = { 0 };
	TRY(balances_all(r->db, r->a, &rows, &v.n, DB_NO_ARGS));
	TRY(ledger_unbalanced_one(r->db, r->a, &wrong, DB_NO_ARGS));
	struct admin_balance *balances_told = arena_array(r->a, struct admin_balance, v.n + 1);
	for (size_t i = 0; i < v.n; i++)
		balances_told[i] = (struct admin_balance){ &rows[i], _(admin_account_meaning(rows[i].account)), rows[i].balance < 0 ? -1 : 1 };
	v.rows = balances_told;
	v.unbalanced = wrong->n;
	v.first = wrong->first;
	struct out *o = admin_begin(r, _("Ledger"), "ledger");
	tmpl_admin_ledger(o, &v);
	return admin_end(r, o);
}
