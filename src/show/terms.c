/* What somebody who cancels pays for it: a show's grid of fees by the days that are left. */
#include "show/show.h"

#include "base/clock.h"
#include "tmplc/out.h"

#include <inttypes.h>
#include <string.h>

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
#define RULES_SQL                                                                                                      \
	"SELECT g.free_hours, r.min_days, r.fee_permille FROM refund_grid g JOIN refund_rule r ON r.grid_id = g.id"      \
	" WHERE g.id = ? ORDER BY r.min_days DESC"
DB_QUERY(grid_rules, rule_row, RULES_SQL)
DB_QUERY_F(grid_rules_known, rule_row, DB_MEMO, RULES_SQL) /* never older than the truth: grids do not change */

struct err *show_refund_grid(struct db *db, struct arena *a, int64_t grid_id, struct refund_grid *ret)
{
	struct rule_row *rows;
	size_t n;
	TRY(grid_rules_known_all(db, a, &rows, &n, DB_ARGS(grid_id)));
	if (n == 0) /* a replica may not have a new one yet */
		TRY(grid_rules_all(db, a, &rows, &n, DB_ARGS(grid_id)));
	if (n == 0) /* a fee is never guessed */
		return err_new(ERR_INTERNAL, "refund grid %" PRId64 " has no rules", grid_id);
	struct refund_rule_at *rules = arena_array(a, struct refund_rule_at, n);
	for (size_t i = 0; i < n; i++)
		rules[i] = (struct refund_rule_at){ (int)rows[i].min_days, (int)rows[i].fee_permille };
	*ret = (struct refund_grid){ .free_hours = (int)rows[0].free_hours, .rules = rules, .n = n };
	return NULL;
}

/* The terms of orders are known for good, so that no step of a purchase asks for them. */
enum { KEPT = 64, KEPT_RULES = 16 };
static struct kept { int64_t id; int free_hours; size_t n; struct refund_rule_at rules[KEPT_RULES]; } kept[KEPT];

struct err *show_refund_terms(struct db *db, struct arena *a, int64_t sold_under, const struct show_performance *p, struct refund_grid *ret)
{
	int64_t id = sold_under ? sold_under : p->refund_grid_id;
	struct kept *k = &kept[id % KEPT];
	if (id > 0 && k->id == id) {
		struct refund_rule_at *rules = arena_copy(a, k->rules, k->n * sizeof *rules);
		*ret = (struct refund_grid){ .free_hours = k->free_hours, .rules = rules, .n = k->n };
		return NULL;
	}
	TRY(show_refund_grid(db, a, id, ret));
	if (ret->n <= KEPT_RULES) {
		*k = (struct kept){ .id = id, .free_hours = ret->free_hours, .n = ret->n };
		memcpy(k->rules, ret->rules, ret->n * sizeof *ret->rules);
	}
	return NULL;
}

/* ---- in words ------------------------------------------------------------------------------------------------------------- */
static const char *fee_text(struct out *o, int permille)
{
	if (permille == 0)
		return _("no fee");
	if (permille >= 1000)
		return _("no refund");
	return permille % 10 ? _f("fee %lld.%lld%%", (long long)(permille / 10), (long long)(permille % 10))
	                     : _f("fee %lld%%", (long long)(permille / 10));
}

static const char *days_text(struct out *o, int from, int to)
{
	if (from == 0 && to < 0)
		return _("Until the start");
	if (from == 0 && to == 0)
		return _("On the day, until the start");
	if (to < 0)
		return _f("%lld days before or earlier", (long long)from);
	return from == to ? _n("%lld day before", "%lld days before", from)
	                  : _f("%lld–%lld days before", (long long)from, (long long)to);
}

/* Rules by min_days, the greatest first: each holds until the day before the next greater one. */
struct refund_words show_refund_words(struct out *o, const struct refund_grid *g)
{
	const char **lines = arena_array(o->a, const char *, g->n + 2);
	struct refund_words w = { .lines = lines };
	int above = -1;
	for (size_t k = 0; k < g->n; k++) {
		const struct refund_rule_at *best = NULL;
		for (size_t i = 0; i < g->n; i++)
			if ((above < 0 || g->rules[i].min_days < above) && (!best || g->rules[i].min_days > best->min_days))
				best = &g->rules[i];
		if (!best)
			break;
		lines[w.n++] = out_fmt(o, "%s: %s", days_text(o, best->min_days, above < 0 ? -1 : above - 1),
		    fee_text(o, best->fee_permille));
		above = best->min_days;
	}
	if (above > 0) /* days that no rule is for */
		lines[w.n++] = out_fmt(o, "%s: %s", days_text(o, 0, above - 1), fee_text(o, 1000));
	lines[w.n++] = _("After the start: no refund");
	if (g->free_hours > 0)
		w.free = _f("Within %lld hours after booking there is no fee, while more than one day is left.", (long long)g->free_hours);
	return w;
}
