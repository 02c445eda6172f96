/* What the files of the demo share: the state of a run, and the writer of finished orders. */
#ifndef FOYER_DEMO_STORE_H
#define FOYER_DEMO_STORE_H

#include "base/arena.h"
#include "db/db.h"
#include "demo/demo_data.h"
#include "venue/venue.h"

#define DEMO_PASSWORD "foyer-demo-2026"
#define DEMO_ADMIN_KEY "foyer demo admin key" /* of the second factor: 20 bytes */
#define DEMO_GATE_CODE "GATEDEMO26"

/* A hall with its plan: what is sold. */
struct demo_section { int64_t id, ord, first_idx; const struct plan_section *plan; };
struct demo_hall { int64_t id; struct plan plan; struct demo_section *sections; };
struct demo_house { int64_t organizer, venue; struct demo_hall halls[2]; int n_halls; };
struct demo_grade { int64_t id, price; const char *code; };

struct demo {
	struct db *db;
	struct arena *a;
	int64_t now;
	uint64_t random;             /* state of the generator: the same demo every time */
	bool small;
	int64_t first_person;        /* members first, guests behind them */
	int members, guests;
	const char **names, **emails; /* of all of them */
	int64_t performers[16][64];  /* by organizer and number in demo_acts, once known */
	int64_t organizer[16], organizer_person[16], admin, fan;
	struct demo_house *houses;
	int64_t musical_grid;        /* musicals have refund rules of their own */
	int64_t orders, tickets;
};

uint64_t demo_random(struct demo *d);
int64_t demo_below(struct demo *d, int64_t n);                   /* 0 … n − 1 */
bool demo_chance(struct demo *d, int permille);
char *demo_code(struct demo *d, struct arena *a, size_t n);      /* of the alphabet of crypto_code */
char *demo_uuid(struct demo *d, struct arena *a);

/* ---- demo_base.c: people, venues ---- */
struct err *demo_people(struct demo *d);
struct err *demo_houses(struct demo *d);
/* ---- demo_stage.c: shows and performances, each sold as its row says ---- */
struct err *demo_stage(struct demo *d);
/* ---- demo_bulk.c: a show on top of the demo with so many tickets (and some more: whole stadiums), for measuring ---- */
struct err *demo_bulk(struct demo *d, int64_t tickets);
/* ---- demo_poster.c ---- */
struct err *demo_poster(struct arena *a, const struct demo_show *s, int n, const char *place, const char *when, struct bytes *ret);

/* ---- demo_write.c: orders as they look after their story, written in bulk ---- */
enum demo_end { DEMO_PAID, DEMO_CANCELLED /* by the buyer */, DEMO_CALLED_OFF /* with the performance */, DEMO_EXPIRED,
	DEMO_DEPOSIT, DEMO_PART /* the last ticket given back */ };
struct demo_place { int64_t idx, section, grade, price; const char *label; };
struct demo_order {
	int64_t person, performance, organizer, fee, grid, created_at, starts_at; /* grid: 0: the house's */
	const char *name, *email, *title;
	const struct demo_place *places;
	size_t n;
	enum demo_end end;
	int entered_permille;        /* of the tickets: used at the gate */
};
struct demo_writer;
struct demo_writer *demo_writer_new(struct demo *d);
void demo_writer_free(struct demo_writer *w);
struct err *demo_write_begin(struct demo_writer *w);             /* looks up the first free ids */
/* The order and what it points to must last until demo_write_end, which writes all of them, the earliest first. */
void demo_write(struct demo_writer *w, const struct demo_order *o);
struct err *demo_write_end(struct demo_writer *w);

#endif
