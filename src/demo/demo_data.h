/* What the demo consists of, before it is put into a database: plain tables. */
#ifndef FOYER_DEMO_DATA_H
#define FOYER_DEMO_DATA_H

#include <stddef.h>
#include <stdint.h>

enum demo_run {
	RUN_PAST,    /* over */
	RUN_NOW,     /* began some days ago, goes on */
	RUN_SOON,    /* the first one starts within the hour: the gate is open */
	RUN_AHEAD,   /* on sale */
	RUN_OPENING, /* visible, booking opens soon */
	RUN_HIDDEN,  /* published, not visible yet */
	RUN_DRAFT
};

struct demo_venue { const char *name, *name_en, *region, *address, *address_en, *hall, *hall_en, *preset; int organizer; };
struct demo_organizer { const char *email, *person, *name, *registration_no, *phone, *about, *state, *reason; };
struct demo_act { const char *name, *name_en; };
struct demo_show {
	const char *title, *title_en, *genre;
	int venue;              /* of demo_venues */
	enum demo_run run;
	int start;              /* days from today to the first performance; RUN_OPENING: see opens_in */
	int n;                  /* performances */
	int sold;               /* permille of the house at the best performance; 1000: sold out */
	int opens_in;           /* RUN_OPENING: minutes until booking opens */
	int minutes, age;
	int64_t price;          /* of the dearest grade */
	const char *act;        /* performer that leads the cast; NULL: ensemble only */
	const char *act_en;
	const char *synopsis, *synopsis_en;
};

extern const struct demo_venue demo_venues[];
extern const size_t demo_n_venues;
extern const struct demo_organizer demo_organizers[];
extern const size_t demo_n_organizers;
extern const struct demo_show demo_shows[];
extern const size_t demo_n_shows;
extern const struct demo_act demo_acts[]; /* players of the casts */
extern const size_t demo_n_acts;

#endif
