/* What the people of the platform change while the house runs: table setting, a row for each that was ever changed. */
#ifndef FOYER_SETTING_H
#define FOYER_SETTING_H

#include "db/db.h"

/* name, default, least, most.  Fees are money per ticket, rates permille. */
#define SETTINGS(F)                                                                                                    \
	F(booking_fee, 0, 0, 1000000)         /* that a new show begins with; the organizer may change it */           \
	F(booking_fee_most, 10000, 0, 1000000) /* that an organizer may charge */                                      \
	F(commission, 50, 0, 500)             /* of a show's sales; frozen on the show when it is first published */

enum setting_id {
#define SETTING_ID(name, def, least, most) SETTING_##name,
	SETTINGS(SETTING_ID)
#undef SETTING_ID
	SETTING_N
};
struct setting { const char *name; int64_t def, least, most; };
extern const struct setting setting_table[SETTING_N];

struct settings { int64_t v[SETTING_N]; };
/* As they stand: the defaults where nothing was changed.  A replica may answer (not within a transaction). */
struct err *settings_load(struct db *db, struct arena *a, struct settings *ret);
/* Within a transaction.  value within the bounds. */
struct err *setting_save(struct db *db, enum setting_id id, int64_t value, int64_t now);

/* Rates as people write them, percent with at most one decimal: 55 is "5.5".  parse: false when it is no such number. */
const char *setting_percent(struct arena *a, int64_t permille);
bool setting_percent_parse(const char *s, int64_t *ret_permille);

#endif
