/* The people of the demo and the houses they go to. */
#include "demo/demo_store.h"

#include "account/account.h"
#include "base/clock.h"
#include "ext/crypto.h"

#include <inttypes.h>
#include <string.h>

/* ---- people ------------------------------------------------------------------------------------------------------------ */
#define ID_ROW(F) F(i64, id)
DB_ROW(id_row, ID_ROW)
DB_QUERY(person_top, id_row, "SELECT COALESCE(MAX(id), 0) AS id FROM person")
DB_EXEC(person_insert,
    "INSERT INTO person (id, email, email_verified_at, password_hash, name, phone, lang, admin, created_at, seen_at)"
    " VALUES {(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(consent_insert, "INSERT INTO consent (person_id, kind, version, granted, at) VALUES {(?, ?, '2026-11', ?, ?)}")
DB_EXEC(admin_factor, "UPDATE person SET totp_sealed = ?, totp_on_at = ? WHERE id = ?")
DB_EXEC(organizer_insert,
    "INSERT INTO organizer (person_id, name, registration_no, phone, about, state, reason, applied_at, decided_at, decided_by)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(staff_insert,
    "INSERT INTO staff_code (organizer_id, label, code_hash, perms, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)")

enum { PERSON_COLUMNS = 10, PEOPLE_PER_INSERT = 200, CONSENT_COLUMNS = 4 };

static const char *const surnames[] = { "김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신", "권", "황",
	"안", "송", "류", "홍", "전", "고", "문", "양", "손", "배", "백", "허", "유", "남" };
static const char *const given[] = { "서연", "민준", "지우", "하은", "도윤", "수아", "예준", "지안", "시우", "하린", "주원", "채원",
	"건우", "윤서", "현우", "다은", "선우", "소율", "우진", "예린", "은우", "가은", "준서", "나윤", "태윤", "시아", "로운", "유나", "이안",
	"아린", "정우", "혜원", "승현", "미소", "동현", "보람", "재원", "슬기", "성민", "은지" };

struct people { struct demo *d; struct db_arg *args, *consents; size_t n, n_consents; int64_t next; };

static struct err *people_flush(struct people *p)
{
	TRY(person_insert_many(p->d->db, NULL, p->n, p->args, p->n * PERSON_COLUMNS));
	TRY(consent_insert_many(p->d->db, NULL, p->n_consents, p->consents, p->n_consents * CONSENT_COLUMNS));
	p->n = p->n_consents = 0;
	return NULL;
}

/* hash NULL: a guest. */
static struct err *person_add(struct people *p, const char *email, const char *name, const char *hash, bool admin,
    int64_t joined_at, int64_t *ret_id)
{
	struct demo *d = p->d;
	if (p->n == PEOPLE_PER_INSERT)
		TRY(people_flush(p));
	int64_t id = p->next++;
	const struct db_arg row[PERSON_COLUMNS] = { DB_ARG(id), DB_ARG(email), db_time(joined_at), DB_ARG(hash), DB_ARG(name),
		DB_ARG(arena_printf(d->a, "010-%04d-%04d", (int)(1000 + id % 9000), (int)(id * 7919 % 10000))),
		DB_ARG(demo_chance(d, 80) ? "en" : "ko"), DB_ARG(admin), db_time(joined_at), db_time(d->now - demo_below(d, 20) * US_DAY) };
	memcpy(p->args + p->n++ * PERSON_COLUMNS, row, sizeof row);
	static const char *const kinds[] = { "terms", "privacy", "marketing" };
	for (size_t i = 0; hash && i < ARRAY_LEN(kinds); i++) {
		const struct db_arg consent[CONSENT_COLUMNS] = { DB_ARG(id), DB_ARG(kinds[i]), DB_ARG(i < 2 || demo_chance(d, 300)),
			db_time(joined_at) };
		memcpy(p->consents + p->n_consents++ * CONSENT_COLUMNS, consent, sizeof consent);
	}
	*ret_id = id;
	return NULL;
}

static struct err *crowd_add(struct people *p, const char *hash)
{
	struct demo *d = p->d;
	d->names = arena_array(d->a, const char *, (size_t)(d->members + d->guests));
	d->emails = arena_array(d->a, const char *, (size_t)(d->members + d->guests));
	d->first_person = p->next;
	for (int i = 0; i < d->members + d->guests; i++) {
		bool member = i < d->members;
		int64_t id;
		const char *email = i == 0 ? "fan@foyer.example" : arena_printf(d->a, member ? "member%03d@foyer.example"
		    : "guest%04d@foyer.example", member ? i : i - d->members + 1);
		d->emails[i] = email;
		d->names[i] = i == 0 ? "이관람" : arena_printf(d->a, "%s%s", surnames[demo_below(d, ARRAY_LEN(surnames))],
		    given[demo_below(d, ARRAY_LEN(given))]);
		TRY(person_add(p, email, d->names[i], member ? hash : NULL, false, d->now - (40 + demo_below(d, 400)) * US_DAY, &id));
	}
	d->fan = d->first_person;
	return NULL;
}

static struct err *organizers_add(struct demo *d)
{
	for (size_t i = 0; i < demo_n_organizers; i++) {
		const struct demo_organizer *o = &demo_organizers[i];
		bool decided = !str_eq(o->state, "pending_approval");
		int64_t applied_at = d->now - (decided ? 90 : 1 + (int64_t)i % 2) * US_DAY - (int64_t)i * US_HOUR;
		TRY(organizer_insert_run(d->db, NULL, DB_ARGS(d->organizer_person[i], o->name, o->registration_no, o->phone, o->about,
		    o->state, o->reason, db_time(applied_at), db_time(decided ? applied_at + US_DAY : 0),
		    db_i64_or_null(decided ? d->admin : 0))));
		d->organizer[i] = db_last_id(d->db);
	}
	return staff_insert_run(d->db, NULL, DB_ARGS(d->organizer[0], "정문 게이트", account_staff_hash(d->a, DEMO_GATE_CODE),
	    (int)PERM_GATE, db_time(d->now - US_DAY), db_time(d->now + 60 * US_DAY)));
}

struct err *demo_people(struct demo *d)
{
	struct people p = { .d = d, .args = arena_array(d->a, struct db_arg, PEOPLE_PER_INSERT * PERSON_COLUMNS),
		.consents = arena_array(d->a, struct db_arg, PEOPLE_PER_INSERT * 3 * CONSENT_COLUMNS) };
	struct id_row *top;
	TRY(person_top_one(d->db, d->a, &top, DB_NO_ARGS));
	p.next = top->id + 1;
	const char *hash = crypto_password_hash(d->a, DEMO_PASSWORD);
	TRY(person_add(&p, "admin@foyer.example", "한지배", hash, true, d->now - 400 * US_DAY, &d->admin));
	for (size_t i = 0; i < demo_n_organizers; i++)
		TRY(person_add(&p, demo_organizers[i].email, demo_organizers[i].person, hash, false, d->now - 200 * US_DAY,
		    &d->organizer_person[i]));
	TRY(crowd_add(&p, hash));
	TRY(people_flush(&p));
	struct bytes sealed = crypto_seal(d->a, "totp", (struct bytes){ DEMO_ADMIN_KEY, strlen(DEMO_ADMIN_KEY) });
	TRY(admin_factor_run(d->db, NULL, DB_ARGS(sealed, db_time(d->now - 90 * US_DAY), d->admin)));
	return organizers_add(d);
}

/* ---- houses -------------------------------------------------------------------------------------------------------------- */
DB_EXEC(venue_insert,
    "INSERT INTO venue (organizer_id, name, name_en, region, address, address_en, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(hall_insert, "INSERT INTO hall (venue_id, name, name_en, created_at) VALUES (?, ?, ?, ?)")
DB_QUERY(sections_of, id_row, "SELECT id FROM section WHERE hall_id = ? ORDER BY ord")

static const char *part(struct arena *a, const char *list, int n)
{
	const char *bar = strchr(list, '|');
	return !bar ? list : n == 0 ? arena_strndup(a, list, (size_t)(bar - list)) : bar + 1;
}

struct hall_ctx { struct demo *d; const struct demo_venue *v; struct demo_house *house; int n; };

static struct err *hall_tx(struct db *db, void *ctx)
{
	struct hall_ctx *c = ctx;
	struct demo *d = c->d;
	struct demo_hall *h = &c->house->halls[c->n];
	TRY(hall_insert_run(db, NULL, DB_ARGS(c->house->venue, part(d->a, c->v->hall, c->n), part(d->a, c->v->hall_en, c->n),
	    db_time(d->now - 120 * US_DAY))));
	h->id = db_last_id(db);
	TRY(venue_plan_store(db, (struct hall_id){ h->id }, &h->plan));
	struct id_row *ids;
	size_t n;
	TRY(sections_of_all(db, d->a, &ids, &n, DB_ARGS(h->id)));
	h->sections = arena_array(d->a, struct demo_section, n + 1);
	int64_t idx = 0;
	for (size_t i = 0; i < n; i++) {
		h->sections[i] = (struct demo_section){ ids[i].id, (int64_t)i, idx, &h->plan.sections[i] };
		idx += (int64_t)h->plan.sections[i].n_seats;
	}
	return NULL;
}

struct err *demo_houses(struct demo *d)
{
	d->houses = arena_array(d->a, struct demo_house, demo_n_venues);
	for (size_t i = 0; i < demo_n_venues; i++) {
		const struct demo_venue *v = &demo_venues[i];
		struct demo_house *house = &d->houses[i];
		house->organizer = d->organizer[v->organizer];
		TRY(venue_insert_run(d->db, NULL, DB_ARGS(house->organizer, v->name, v->name_en, v->region, v->address, v->address_en,
		    db_time(d->now - 120 * US_DAY))));
		house->venue = db_last_id(d->db);
		house->n_halls = strchr(v->hall, '|') ? 2 : 1;
		for (int n = 0; n < house->n_halls; n++) {
			struct hall_ctx c = { d, v, house, n };
			TRY(venue_preset(d->a, d->small && str_eq(v->preset, "stadium") ? "arena" : v->preset, &house->halls[n].plan));
			TRY(db_tx(d->db, hall_tx, &c));
		}
	}
	return NULL;
}
