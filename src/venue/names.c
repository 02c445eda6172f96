/* Names that the house gives: seats and regions. */
#include "venue/venue.h"

#include "tmplc/out.h"

const char *const venue_regions[] = { "seoul", "gyeonggi", "incheon", "busan", "daegu", "daejeon", "gwangju", "ulsan",
	"gangwon", "jeju", "other", NULL };

/* The msgids of the regions, in the same order. */
static const char *const region_names[] = { N_("Seoul"), N_("Gyeonggi"), N_("Incheon"), N_("Busan"), N_("Daegu"), N_("Daejeon"),
	N_("Gwangju"), N_("Ulsan"), N_("Gangwon"), N_("Jeju"), N_("Elsewhere") };

const char *venue_region_name(const char *lang, const char *code)
{
	for (size_t i = 0; venue_regions[i]; i++)
		if (str_eq(code, venue_regions[i]))
			return tr(lang, region_names[i]);
	return code;
}

const char *venue_seat_label(struct arena *a, const char *lang, const char *section, const char *row, const char *seat)
{
	return str_eq(lang, "ko") ? arena_printf(a, "%s %s열 %s번", section, row, seat)
	    : arena_printf(a, "%s, row %s, seat %s", section, row, seat);
}

const char *venue_place(struct arena *a, const char *lang, const char *venue, const char *venue_en, const char *hall, const char *hall_en)
{
	return arena_printf(a, str_eq(lang, "ko") ? "%s %s" : "%s, %s", tr_pick(lang, venue, venue_en), tr_pick(lang, hall, hall_en));
}
