/* What somebody who cancels pays for it: a show's grid of fees by the days that are left. */
#include "show/show.h"

#include "base/clock.h"

int show_refund_permille(const struct refund_grid *g, int64_t booked_at, int64_t starts_at, int64_t now)
{
	if (now >= starts_at)
		return -1;
	int days = clock_days_between(now, starts_at);
	if (days > 1 && now < booked_at + g->free_hours * US_HOUR)
		return 0;
	int best = -1, permille = 1000;
	for (size_t i = 0; i < g->n; i++)
		if (g->rules[i].min_days <= days && g->rules[i].min_days > best) {
			best = g->rules[i].min_days;
			permille = g->rules[i].fee_permille;
		}
	return permille;
}

#define RULE_ROW(F) F(i64, free_hours) F(i64, min_days) F(i64, fee_permille)
DB_ROW(rule_row, RULE_ROW)
DB_QUERY_F(grid_rules, rule_row, DB_MEMO,
    "SELECT g.free_hours, r.min_days, r.fee_permille FROM refund_grid g JOIN refund_rule r ON r.grid_id = g.id"
    " WHERE g.id = ? ORDER BY r.min_days DESC")
DB_QUERY_F(default_rules, rule_row, DB_MEMO,
    "SELECT g.free_hours, r.min_days, r.fee_permille FROM refund_grid g JOIN refund_rule r ON r.grid_id = g.id"
    " WHERE g.is_default = 1 ORDER BY r.min_days DESC")

struct err *show_refund_grid(struct db *db, struct arena *a, int64_t grid_id, struct refund_grid *ret)
{
	struct rule_row *rows;
	size_t n;
	if (grid_id)
		TRY(grid_rules_all(db, a, &rows, &n, DB_ARGS(grid_id)));
	else
		TRY(default_rules_all(db, a, &rows, &n, DB_NO_ARGS));
	struct refund_rule_at *rules = arena_array(a, struct refund_rule_at, n + 1);
	for (size_t i = 0; i < n; i++)
		rules[i] = (struct refund_rule_at){ (int)rows[i].min_days, (int)rows[i].fee_permille };
	*ret = (struct refund_grid){ .free_hours = n ? (int)rows[0].free_hours : 0, .rules = rules, .n = n };
	return NULL;
}
