/* `foyer user`: accounts from the command line, above all the first administrator of an empty house. */
#include "account/account_priv.h"

#include "base/clock.h"
#include "ext/crypto.h"
#include "proc/start.h"
#include "web/audit.h"

#include <stdio.h>
#include <string.h>

struct user_options { const char *email, *name, *lang, *organizer; bool admin, admins, from_stdin; };

/* Takes "--flag VALUE" out of the arguments; NULL where it is not there. */
static const char *take_value(int *argc, char **argv, const char *flag)
{
	for (int i = 1; i + 1 < *argc; i++) {
		if (strcmp(argv[i], flag) != 0)
			continue;
		const char *value = argv[i + 1];
		for (int j = i; j + 2 < *argc; j++)
			argv[j] = argv[j + 2];
		*argc -= 2;
		return value;
	}
	return NULL;
}

static int refuse(const char *what)
{
	fprintf(stderr, "foyer user: %s\n", what);
	return 2;
}

static int failed(struct err *e)
{
	fprintf(stderr, "foyer user: %s\n", err_user_text(e) ? err_user_text(e) : err_text(e));
	err_free(e);
	return 1;
}

/* From standard input, or made here; NULL: nothing came. */
static const char *password_for(struct arena *a, bool from_stdin)
{
	if (!from_stdin)
		return arena_printf(a, "%s-%s-%s", crypto_code(a, 5), crypto_code(a, 5), crypto_code(a, 5));
	char line[1024];
	if (!fgets(line, sizeof line, stdin))
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	return arena_strdup(a, line);
}

static void tell_password(const char *password, bool from_stdin)
{
	if (!from_stdin)
		printf("password: %s\n", password);
}

/* ---- add ------------------------------------------------------------------------------------------------------------- */
DB_EXEC(user_make_admin, "UPDATE person SET admin = 1 WHERE id = ?")
DB_EXEC(user_make_organizer,
    "INSERT INTO organizer (person_id, name, about, state, applied_at, decided_at) VALUES (?, ?, '', 'approved', ?, ?)")

struct add_tx { const struct user_options *opt; const char *hash; int64_t now; struct person_id person; };

static struct err *add_run(struct db *db, void *ctx)
{
	struct add_tx *t = ctx;
	const struct user_options *opt = t->opt;
	TRY(account_insert(db, opt->email, opt->name, t->hash, opt->lang, t->now, &t->person));
	if (opt->admin)
		TRY(user_make_admin_run(db, NULL, DB_ARGS(t->person.v)));
	if (opt->organizer)
		TRY(user_make_organizer_run(db, NULL, DB_ARGS(t->person.v, opt->organizer, db_time(t->now), db_time(t->now))));
	char object[40];
	snprintf(object, sizeof object, "person:%lld", (long long)t->person.v);
	return audit_system(db, "command line", opt->admin ? "user.add_admin" : "user.add", object, NULL);
}

static int user_add(struct db *db, struct arena *a, const struct user_options *opt)
{
	if (str_empty(opt->name) || str_utf8_len(opt->name) > 60)
		return refuse("--name NAME is missing, or longer than 60 characters");
	if (strcmp(opt->lang, "ko") != 0 && strcmp(opt->lang, "en") != 0)
		return refuse("--lang is ko or en");
	const char *password = password_for(a, opt->from_stdin);
	const char *fault = password ? account_password_fault(password, opt->email, opt->name) : "no password came";
	if (fault)
		return refuse(fault);
	struct add_tx t = { .opt = opt, .hash = crypto_password_hash(a, password), .now = clock_now() };
	struct err *e = db_tx(db, add_run, &t);
	if (e)
		return failed(e);
	printf("%s is %s\n", opt->email, opt->admin ? "an administrator" : opt->organizer ? "an organizer" : "a member");
	tell_password(password, opt->from_stdin);
	if (opt->admin)
		puts("The administration asks for a second factor: signing in leads to its set-up.");
	return 0;
}

/* ---- list ------------------------------------------------------------------------------------------------------------ */
#define USER_ROW(F) F(str, email) F(str, name) F(flag, admin) F(flag, factor) F(str, organizer) F(time, seen_at)
DB_ROW(user_row, USER_ROW)
DB_QUERY_F(user_list_rows, user_row, DB_SCAN_OK,
    "SELECT p.email, p.name, p.admin, p.totp_on_at IS NOT NULL AS factor, o.name AS organizer, p.seen_at "
    "FROM person p LEFT JOIN organizer o ON o.person_id = p.id AND o.state = 'approved' "
    "WHERE p.password_hash IS NOT NULL AND p.deleted_at IS NULL AND (p.admin = 1 OR ? = 0) ORDER BY p.id LIMIT 10000")

static int user_list(struct db *db, struct arena *a, const struct user_options *opt)
{
	struct user_row *rows;
	size_t n;
	struct err *e = user_list_rows_all(db, a, &rows, &n, DB_ARGS(opt->admins));
	if (e)
		return failed(e);
	for (size_t i = 0; i < n; i++)
		printf("%-36s %-8s %-10s %-20s %s%s%s\n", rows[i].email, rows[i].admin ? "admin" : rows[i].organizer ? "organizer" : "member",
		    rows[i].factor ? "2nd factor" : "-", rows[i].seen_at ? clock_iso(a, rows[i].seen_at) : "never", rows[i].name,
		    rows[i].organizer ? " / " : "", rows[i].organizer ? rows[i].organizer : "");
	return 0;
}

/* ---- mending --------------------------------------------------------------------------------------------------------- */
struct mend_tx { struct arena *a; const struct account_person *person; const char *hash, *action; int64_t now; bool factor_was_on; };

static struct err *mend_run(struct db *db, void *ctx)
{
	struct mend_tx *t = ctx;
	const struct account_person *p = t->person;
	if (t->hash) {
		TRY(account_set_password(db, p->id, t->hash));
		TRY(token_void(db, "reset", p->email, t->now));
	} else {
		TRY(account_totp_off(db, p->id, &t->factor_was_on));
		if (!t->factor_was_on)
			return NULL;
	}
	return audit_system(db, "command line", t->action, arena_printf(t->a, "person:%lld", (long long)p->id.v), NULL);
}

static int user_password(struct db *db, struct arena *a, const struct user_options *opt, const struct account_person *p)
{
	const char *password = password_for(a, opt->from_stdin);
	const char *fault = password ? account_password_fault(password, p->email, p->name) : "no password came";
	if (fault)
		return refuse(fault);
	struct mend_tx t = { .a = a, .person = p, .hash = crypto_password_hash(a, password), .action = "user.password", .now = clock_now() };
	struct req nobody = { .a = a, .db = db };
	struct err *e = db_tx(db, mend_run, &t);
	if (!e)
		e = session_end_others(&nobody, p->id, NULL);
	if (!e)
		e = throttle_forget(p);
	if (e)
		return failed(e);
	printf("%s has a new password and is signed out everywhere\n", p->email);
	tell_password(password, opt->from_stdin);
	return 0;
}

static int user_unlock(const struct account_person *p)
{
	struct err *e = throttle_forget(p);
	if (e)
		return failed(e);
	printf("%s may try again at once\n", p->email);
	return 0;
}

static int user_factor_off(struct db *db, struct arena *a, const struct account_person *p)
{
	struct mend_tx t = { .a = a, .person = p, .action = "user.factor_off" };
	struct err *e = db_tx(db, mend_run, &t);
	if (e)
		return failed(e);
	printf(t.factor_was_on ? "%s has no second factor any more\n" : "%s had no second factor\n", p->email);
	return 0;
}

static int user_mend(struct db *db, struct arena *a, const char *what, const struct user_options *opt)
{
	struct account_person *p;
	struct err *e = account_by_email(db, a, opt->email, &p);
	if (e)
		return failed(e);
	if (!p || !p->password_hash)
		return refuse("there is no account with this e-mail address");
	if (strcmp(what, "password") == 0)
		return user_password(db, a, opt, p);
	return strcmp(what, "unlock") == 0 ? user_unlock(p) : user_factor_off(db, a, p);
}

int user_main(int argc, char **argv)
{
	static const char *const deeds[] = { "add", "list", "password", "unlock", "factor-off" };
	if (!start_house(&argc, argv, "user"))
		return 2;
	struct user_options opt = { .email = take_value(&argc, argv, "--email"), .name = take_value(&argc, argv, "--name"),
		.lang = take_value(&argc, argv, "--lang"), .organizer = take_value(&argc, argv, "--organizer"),
		.admin = start_flag(&argc, argv, "--admin"), .admins = start_flag(&argc, argv, "--admins"),
		.from_stdin = start_flag(&argc, argv, "--stdin") };
	const char *deed = NULL;
	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(deeds); i++)
		if (strcmp(argv[1], deeds[i]) == 0)
			deed = deeds[i];
	if (!deed)
		return refuse("say one of add, list, password, unlock, factor-off (`foyer user --help`)");
	argv[1] = argv[0]; /* the deed is read; what is left over is told as the command's */
	if (!start_no_more(argc - 1, argv + 1))
		return 2;
	if (!opt.lang)
		opt.lang = "ko";
	bool list = strcmp(deed, "list") == 0;
	struct arena *a = arena_new(16 << 20);
	struct db *db = db_open();
	int status;
	if (!list && (str_empty(opt.email) || !strchr(opt.email, '@')))
		status = refuse("--email ADDRESS is missing");
	else {
		if (!list)
			opt.email = str_lower_ascii(a, opt.email);
		status = list ? user_list(db, a, &opt) : strcmp(deed, "add") == 0 ? user_add(db, a, &opt) : user_mend(db, a, deed, &opt);
	}
	db_close(db);
	arena_free(a);
	return status;
}
