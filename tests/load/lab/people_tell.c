/* What is told about the rush: people.tsv with a row each second, events.tsv with the moment of every admission and order,
 * result.json at the end. */
#include "people.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_KINDS = 40, PROMISES = 100000 };

#define HISTOGRAM(step, label) { .name = label },
#define NAME(id, ...) #id,
static struct lab_histogram whole[STEPS] = { PEOPLE_STEPS(HISTOGRAM) }, second[STEPS];
static const char *const step_names[] = { PEOPLE_STEPS(NAME) }, *const count_names[] = { PEOPLE_COUNTS(NAME) },
    *const cheat_names[] = { PEOPLE_CHEATS(NAME) };
static int64_t counts[COUNTS], before[COUNTS];
static struct { char text[160]; int64_t n; } errors[ERROR_KINDS];
static struct promise promises[PROMISES];
static size_t n_promises;
static FILE *rows, *events;

static FILE *file_of(const char *name)
{
	FILE *f = fopen(people_text("%s/%s", rush.dir, name), "w");
	if (!f) {
		perror(rush.dir);
		exit(1);
	}
	return f;
}

void tell_open(void)
{
	rows = file_of("people.tsv");
	events = file_of("events.tsv");
	fprintf(rows, "second\there\twaiting\tinside\tlag");
	for (int i = 0; i < COUNTS; i++)
		fprintf(rows, "\t%s", count_names[i]);
	for (int i = 0; i < STEPS; i++)
		fprintf(rows, "\t%s_n\t%s_p50\t%s_p99", step_names[i], step_names[i], step_names[i]);
	fputc('\n', rows);
}

void tell_took(enum step step, int64_t us)
{
	lab_histogram_add(&whole[step], us);
	lab_histogram_add(&second[step], us);
}

void tell(enum count c, int64_t n)
{
	counts[c] += n;
}

int64_t told(enum count c)
{
	return counts[c];
}

void tell_error(const char *text)
{
	int i = 0;
	char line[sizeof errors[0].text];
	snprintf(line, sizeof line, "%s", text);
	counts[COUNT_errors]++;
	while (i < ERROR_KINDS - 1 && errors[i].n && strcmp(errors[i].text, line) != 0)
		i++;
	if (errors[i].n++ == 0) {
		memcpy(errors[i].text, line, sizeof line);
		fprintf(stderr, "  error: %s\n", line);
	}
}

void tell_event(const char *kind, const char *what)
{
	fprintf(events, "%" PRId64 "\t%s\t%s\n", clock_now() / 1000, kind, what);
	fflush(events);
}

void tell_paid(const char *code, int tickets)
{
	tell(COUNT_paid, 1);
	tell(COUNT_tickets, tickets);
	tell_event("paid", code);
	if (n_promises == PROMISES)
		return;
	struct promise *p = &promises[n_promises++];
	snprintf(p->code, sizeof p->code, "%s", code);
	p->tickets = tickets;
}

const struct promise *told_promises(size_t *ret_n)
{
	*ret_n = n_promises;
	return promises;
}

void tell_second(void)
{
	fprintf(rows, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%.1f", clock_now() / US_SECOND, rush.here, rush.waiting,
	    rush.inside, (double)rush.lag_us / 1000);
	rush.lag_us = 0;
	for (int i = 0; i < COUNTS; i++) {
		fprintf(rows, "\t%" PRId64, counts[i] - before[i]);
		before[i] = counts[i];
	}
	for (int i = 0; i < STEPS; i++) {
		fprintf(rows, "\t%" PRId64 "\t%.2f\t%.2f", second[i].n, lab_histogram_ms(&second[i], 0.5), lab_histogram_ms(&second[i], 0.99));
		second[i] = (struct lab_histogram){ 0 };
	}
	fputc('\n', rows);
	fflush(rows);
}

/* ---- the results ------------------------------------------------------------------------------------------------------------ */
static void string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++)
		if ((unsigned char)*s >= 0x20)
			fprintf(f, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	fputc('"', f);
}

static void steps_json(FILE *f)
{
	fputs("\"steps\":[", f);
	for (int i = 0; i < STEPS; i++) {
		const struct lab_histogram *h = &whole[i];
		fprintf(f, "%s\n{\"name\":\"%s\",\"text\":", i ? "," : "", step_names[i]);
		string(f, h->name);
		fprintf(f, ",\"n\":%" PRId64 ",\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"max\":%.2f}", h->n, lab_histogram_ms(h, 0.5),
		    lab_histogram_ms(h, 0.9), lab_histogram_ms(h, 0.99), (double)h->max_us / 1000);
	}
	fputs("],\n", f);
}

static void counts_json(FILE *f)
{
#define TEXT(name, plan, text) text,
#define PLAN(name, plan, text) plan,
	static const char *const texts[] = { PEOPLE_COUNTS(TEXT) };
	static const bool plans[] = { PEOPLE_COUNTS(PLAN) };
	fputs("\"counts\":[", f);
	for (int i = 0; i < COUNTS; i++)
		fprintf(f, "%s\n{\"name\":\"%s\",\"text\":\"%s\",\"planned\":%s,\"n\":%" PRId64 "}", i ? "," : "", count_names[i], texts[i],
		    plans[i] ? "true" : "false", counts[i]);
	fputs("],\n\"errors\":[", f);
	for (int i = 0; i < ERROR_KINDS && errors[i].n; i++) {
		fputs(i ? ",\n{\"text\":" : "\n{\"text\":", f);
		string(f, errors[i].text);
		fprintf(f, ",\"n\":%" PRId64 "}", errors[i].n);
	}
	fputs("],\n", f);
}

static void cheats_json(FILE *f)
{
#define CHEAT_TEXTS(name, title, what) { title, what },
	static const char *const texts[][2] = { PEOPLE_CHEATS(CHEAT_TEXTS) };
	fputs("\"cheats\":[", f);
	for (int i = 0; i < CHEATS; i++)
		fprintf(f, "%s\n{\"name\":\"%s\",\"title\":\"%s\",\"what\":\"%s\",\"people\":%" PRId64 ",\"tries\":%" PRId64 ",\"refused\":%"
		    PRId64 ",\"won\":%" PRId64 "}", i ? "," : "", cheat_names[i], texts[i][0], texts[i][1], cheats[i].people, cheats[i].tries,
		    cheats[i].refused, cheats[i].won);
	fputs("],\n", f);
}

void tell_results(const struct truth *t)
{
	FILE *f = file_of("result.json");
	fprintf(f, "{\"people\":%" PRId64 ",\"seats\":%" PRId64 ",\"speed\":%.2f,\"outage\":%s,\"opens_at\":%" PRId64 ",\"target\":%" PRId64
	    ",\"rate\":%" PRId64 ",\"limit\":%" PRId64 ",\"hold_seconds\":%" PRId64 ",\"gather\":%" PRId64 ",\"room\":%" PRId64 ",\n", rush.people,
	    rush.n_seats, rush.speed, rush.outage ? "true" : "false", rush.opens_at / 1000, rush.target, rush.rate, rush.limit, rush.hold_seconds,
	    rush.gather_s, rush.room);
	fprintf(f, "\"truth\":{\"sold\":%" PRId64 ",\"paid_orders\":%" PRId64 ",\"promised\":%zu,\"promises_lost\":%" PRId64 ",\"over_limit\":%" PRId64
	    ",\"without_pass\":%" PRId64 ",\"before_turn\":%" PRId64 ",\"twice_inside\":%" PRId64 ",\"issued\":%" PRId64 ",\"head\":%" PRId64
	    ",\"admitted\":%" PRId64 ",\"skipped\":%" PRId64 ",\"unclear_payments\":%" PRId64 "},\n", t->sold, t->paid_orders, n_promises,
	    t->promises_lost, t->over_limit, t->without_pass, t->before_turn, t->twice_inside, t->issued, t->head, t->admitted, t->skipped,
	    t->unclear_payments);
	steps_json(f);
	counts_json(f);
	cheats_json(f);
	fputs("\"end\":true}\n", f);
	fclose(f);
	fclose(rows);
	fclose(events);
}
