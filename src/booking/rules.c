#include "booking/rules.h"

#include "venue/venue.h"

int64_t booking_standing_idx(int64_t section_ord, int64_t stripe, int64_t serial)
{
	return SEAT_STANDING_BASE * (1 + section_ord) + (stripe << 24) + serial;
}

bool booking_standing_parts(int64_t idx, int64_t *ret_ord, int64_t *ret_stripe)
{
	if (idx < SEAT_STANDING_BASE)
		return false;
	*ret_ord = idx / SEAT_STANDING_BASE - 1;
	*ret_stripe = (idx % SEAT_STANDING_BASE) >> 24;
	return true;
}

bool booking_slots_pick(const int64_t *used, size_t n_used, int64_t limit, size_t n, int64_t *ret)
{
	size_t found = 0;
	if ((int64_t)(n_used + n) > limit) /* tickets beyond a limit that was lowered since count as well */
		return false;
	for (int64_t slot = 1; slot <= limit && found < n; slot++) {
		bool taken = false;
		for (size_t i = 0; i < n_used; i++)
			taken |= used[i] == slot;
		if (!taken)
			ret[found++] = slot;
	}
	return found == n;
}

size_t booking_stripes_pick(const struct stripe_left *s, size_t n_s, uint32_t random, int64_t n, struct stripe_take *ret)
{
	int64_t total = 0;
	for (size_t i = 0; i < n_s; i++) {
		const struct stripe_left *at = &s[(i + random) % n_s];
		if (at->left >= n) {
			ret[0] = (struct stripe_take){ at->stripe, n };
			return 1;
		}
		total += at->left > 0 ? at->left : 0;
	}
	if (total < n)
		return 0;
	size_t takes = 0;
	for (size_t i = 0; i < n_s && n > 0; i++) {
		const struct stripe_left *at = &s[(i + random) % n_s];
		int64_t take = at->left < n ? at->left : n;
		if (take > 0) {
			ret[takes++] = (struct stripe_take){ at->stripe, take };
			n -= take;
		}
	}
	return takes;
}

int64_t booking_run_score(const struct seat_spot *s, size_t n, int cx)
{
	int64_t score = 0;
	for (size_t k = 0; k < n; k++) {
		int64_t dx = s[k].x - cx, dy = s[k].y;
		int64_t d = dx * dx + dy * dy;
		score = d > score ? d : score;
	}
	return score;
}

bool booking_best_run(const struct seat_spot *s, size_t n_s, int cx, size_t n, size_t *ret_first)
{
	bool found = false;
	int64_t best = 0;
	size_t run = 0; /* free neighbours ending at i */
	for (size_t i = 0; i < n_s; i++) {
		bool neighbour = i > 0 && s[i].section == s[i - 1].section && s[i].row == s[i - 1].row && s[i].idx == s[i - 1].idx + 1;
		run = !s[i].free ? 0 : neighbour ? run + 1 : 1;
		if (run < n)
			continue;
		size_t first = i + 1 - n;
		int64_t score = booking_run_score(s + first, n, cx);
		if (!found || score < best) {
			found = true;
			best = score;
			*ret_first = first;
		}
	}
	return found;
}

int64_t booking_extended(int64_t expires_at, bool extended, int64_t now, int64_t add_us)
{
	return extended || expires_at <= now ? 0 : expires_at + add_us;
}
