/* The words of the show room: genres, ages, dates. */
#include "show/show.h"

#include "base/clock.h"
#include "tmplc/out.h"

const char *const show_genres[] = { "concert", "musical", "play", "classic", "dance", "traditional", "family", "festival",
	NULL };

static const char *const genre_names[] = { N_("Concert"), N_("Musical"), N_("Play"), N_("Classical"), N_("Dance"),
	N_("Korean traditional"), N_("Family"), N_("Festival") };

const char *show_genre_name(const char *lang, const char *code)
{
	for (size_t i = 0; show_genres[i]; i++)
		if (str_eq(code, show_genres[i]))
			return tr(lang, genre_names[i]);
	return code;
}

const char *show_age_text(struct arena *a, const char *lang, int64_t age_limit)
{
	if (age_limit == 0)
		return tr(lang, N_("All ages"));
	struct out o;
	out_init(&o, a, lang, NULL);
	return out_fmt(&o, tr(lang, N_("%lld and over")), (long long)age_limit);
}

const char *show_date_span(struct arena *a, const char *lang, int64_t first_at, int64_t last_at)
{
	if (!first_at)
		return "";
	const char *first = clock_date(a, lang, first_at);
	if (!last_at || str_eq(first, clock_date(a, lang, last_at)))
		return first;
	return clock_days(a, lang, first_at, last_at);
}
