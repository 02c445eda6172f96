/* Selling the performances of the demo. */
#ifndef FOYER_DEMO_SALE_H
#define FOYER_DEMO_SALE_H

#include "demo/demo_store.h"

enum { DEMO_TICKET_LIMIT = 4 };
#define DEMO_CANCEL_REASON "출연자 건강 문제로 공연을 취소합니다."

/* A show while it is put into the database. */
struct demo_run_of {
	struct demo *d;
	const struct demo_show *show;
	int index;
	const struct demo_house *house;
	const struct demo_hall *hall;
	const char *preset;
	int64_t id, fee, grid, view_open_at, booking_open_at;
	int64_t *starts, *performances;
	int n_starts;
	int *grade_of;                 /* per section of the hall: index of grades */
	struct demo_grade grades[5];
};

/* Puts the show of r (d, show, index, house, hall, preset and fee are set) with its performances into the database. */
struct err *demo_add_show(struct demo_run_of *r);

struct demo_sale;
struct demo_sale *demo_sale_new(struct demo *d);
void demo_sale_free(struct demo_sale *s);
struct err *demo_sale_begin(struct demo_sale *s);
/* Sells performance k as far as the show's row says. */
struct err *demo_sell(struct demo_sale *s, const struct demo_run_of *r, int k);
struct err *demo_sale_end(struct demo_sale *s);    /* writes the orders, counts what was sold */
bool demo_called_off(const struct demo_run_of *r, int k);

#endif
