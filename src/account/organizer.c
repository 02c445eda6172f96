/* Organizers: what the house offers them, the application, the word on it. */
#include "account/account_priv.h"

#include "account/account_views.h"
#include "base/clock.h"
#include "proc/outbox.h"
#include "tmpl/account/organizer.h"
#include "web/audit.h"

#define APPLICATION_ROW(F)                                                                                             \
	F(organizer_id, id) F(str, name) F(str, registration_no) F(str, phone) F(str, about) F(str, state) F(str, reason) \
	F(time, applied_at)
DB_ROW(application_row, APPLICATION_ROW)
DB_QUERY(application_of, application_row,
    "SELECT id, name, registration_no, phone, about, state, reason, applied_at FROM organizer WHERE person_id = ?")

static struct err *organizer_view(struct req *r, struct organizer_view *ret)
{
	struct application_row *row = NULL;
	struct organizer_view v = { .member = r->who.member, .state = "" };
	if (v.member)
		TRY(application_of_one(r->db, r->a, &row, DB_ARGS(r->who.person.v)));
	if (row)
		v = (struct organizer_view){ .member = true, .state = row->state, .name = row->name, .reason = row->reason,
			.applied_at = row->applied_at, .registration_no = row->registration_no, .phone = row->phone, .about = row->about };
	*ret = v;
	return NULL;
}

struct err *organizer_page(struct req *r)
{
	struct organizer_view v;
	TRY(organizer_view(r, &v));
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Sell tickets with us"), .canonical = "/organizer",
		.description = tr(r->lang, "Seat maps, fair sales, tickets and the gate for your concerts and shows.") });
	tmpl_organizer(o, &v);
	return page_end(r, 200);
}

struct err *organizer_apply_page(struct req *r)
{
	struct organizer_view v;
	TRY(organizer_view(r, &v));
	if (!str_empty(v.state) && !str_eq(v.state, "rejected") && !r->form_errors)
		return redirect(r, (struct url){ "/organizer" });
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Apply as an organizer"), .no_index = true });
	tmpl_organizer_apply(o, &v);
	return page_end(r, 200);
}

/* One application per person; a rejected one may be sent again, changed. */
DB_EXEC(application_add,
    "INSERT INTO organizer (person_id, name, registration_no, phone, about, applied_at) VALUES (?, ?, ?, ?, ?, ?)")
DB_EXEC(application_again,
    "UPDATE organizer SET name = ?, registration_no = ?, phone = ?, about = ?, applied_at = ?, state = 'pending_approval', "
    "reason = '', decided_at = NULL, decided_by = NULL WHERE person_id = ? AND state = 'rejected'")

struct apply_tx { struct req *r; };

static struct err *apply_run(struct db *db, void *ctx)
{
	struct req *r = ((struct apply_tx *)ctx)->r;
	const struct apply_form *f = r->form;
	int64_t again;
	TRY(application_again_run(db, &again, DB_ARGS(f->name, f->registration_no, f->phone, f->about, db_time(r->now),
	    r->who.person.v)));
	if (!again)
		TRY(application_add_run(db, NULL, DB_ARGS(r->who.person.v, f->name, f->registration_no, f->phone, f->about,
		    db_time(r->now))));
	return audit(r, db, "organizer.apply", arena_printf(r->a, "person:%lld", (long long)r->who.person.v), NULL);
}

struct err *organizer_apply(struct req *r)
{
	const struct apply_form *f = r->form;
	if (!account_phone_ok(f->phone)) {
		req_field_error(r, "phone", N_("Please use digits, spaces, hyphens and a leading + only."));
		return req_again(r);
	}
	struct err *e = db_tx(r->db, apply_run, &(struct apply_tx){ .r = r });
	if (err_is(e, ERR_DUPLICATE))
		err_free(e); /* sent twice: the first one counts, its page tells how it stands */
	else
		TRY(e);
	return redirect(r, (struct url){ "/organizer" });
}

/* ---- the decision ---------------------------------------------------------------------------------------------------- */
DB_EXEC(organizer_decide,
    "UPDATE organizer SET state = ?, reason = ?, decided_at = ?, decided_by = ? WHERE id = ? AND state = 'pending_approval'")
#define APPLICANT_ROW(F) F(str, name) F(str, email) F(str, lang)
DB_ROW(applicant_row, APPLICANT_ROW)
DB_QUERY(organizer_applicant, applicant_row,
    "SELECT o.name, p.email, p.lang FROM organizer o JOIN person p ON p.id = o.person_id WHERE o.id = ?")

struct decide_tx { struct req *r; struct organizer_id id; bool approve; const char *reason; };

static struct err *decide_run(struct db *db, void *ctx)
{
	struct decide_tx *t = ctx;
	struct req *r = t->r;
	struct applicant_row *applicant;
	int64_t decided;
	TRY(organizer_decide_run(db, &decided, DB_ARGS(t->approve ? "approved" : "rejected", t->reason, db_time(r->now),
	    db_i64_or_null(r->who.person.v), t->id.v)));
	TRY(organizer_applicant_one(db, r->a, &applicant, DB_ARGS(t->id.v)));
	if (!applicant)
		return err_new(ERR_NOT_FOUND, "no organizer %lld", (long long)t->id.v);
	if (!decided)
		return err_user(err_new(ERR_CONFLICT, "organizer %lld is not waiting", (long long)t->id.v), "%s",
		    N_("This application was decided already."));
	TRY(audit(r, db, t->approve ? "organizer.approve" : "organizer.reject",
	    arena_printf(r->a, "organizer:%lld", (long long)t->id.v), NULL));
	return applicant->email ? mail_decision(db, applicant->email, applicant->lang, applicant->name, t->approve, t->reason) : NULL;
}

struct err *account_organizer_decide(struct req *r, struct organizer_id id, bool approve, const char *reason)
{
	TRY(db_tx(r->db, decide_run, &(struct decide_tx){ r, id, approve, reason ? reason : "" }));
	outbox_wake();
	return NULL;
}
