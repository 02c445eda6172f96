/* Tickets: issuing, voiding, and the signed text in the QR. */
#include "ticket/ticket.h"

#include "base/buf.h"
#include "ext/crypto.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_LENGTH = 16, SIGNATURE_LENGTH = 64, LINES_MAX = 20 };

/* ---- issuing and voiding ----------------------------------------------------------------------------------------------- */
DB_EXEC(ticket_insert,
    "INSERT INTO ticket (code, order_id, line, performance_id, holder, issued_at) VALUES {(?, ?, ?, ?, ?, ?)}")
DB_EXEC(tickets_void,
    "UPDATE ticket SET state = 'void', void_at = ? WHERE order_id = ? AND state = 'issued' AND line IN ({?})")
DB_QUERY(tickets_of, ticket_row,
    "SELECT t.id, t.code, t.order_id, t.line, t.performance_id, t.holder, t.state, t.issued_at, t.used_at, t.void_at,"
    " l.label, g.ord AS grade_ord, g.code AS grade, l.price FROM ticket t"
    " JOIN order_line l ON l.order_id = t.order_id AND l.line = t.line JOIN price_grade g ON g.id = l.grade_id"
    " WHERE t.order_id = ? ORDER BY t.line")

struct err *ticket_issue(struct db *db, struct arena *a, struct order_id order, struct performance_id performance,
    const char *holder, const int64_t *lines, size_t n, int64_t now)
{
	struct db_arg *args = arena_array(a, struct db_arg, n * 6 + 1);
	for (size_t i = 0; i < n; i++) {
		args[i * 6 + 0] = DB_ARG(crypto_code(a, CODE_LENGTH));
		args[i * 6 + 1] = DB_ARG(order.v);
		args[i * 6 + 2] = DB_ARG(lines[i]);
		args[i * 6 + 3] = DB_ARG(performance.v);
		args[i * 6 + 4] = DB_ARG(holder);
		args[i * 6 + 5] = db_time(now);
	}
	return ticket_insert_many(db, NULL, n, args, n * 6);
}

struct err *ticket_void(struct db *db, struct order_id order, const int64_t *lines, size_t n, int64_t now)
{
	struct db_arg args[LINES_MAX + 2] = { db_time(now), DB_ARG(order.v) };
	if (n == 0 || n > LINES_MAX)
		return err_new(ERR_INVALID, "%zu lines to void", n);
	for (size_t i = 0; i < n; i++)
		args[2 + i] = DB_ARG(lines[i]);
	int64_t changed;
	TRY(tickets_void_many(db, &changed, n, args, n + 2));
	if (changed != (int64_t)n)
		return err_user(err_new(ERR_CONFLICT, "order %" PRId64 ": a ticket is used or void", order.v),
		    N_("One of these tickets has been used at the gate: it cannot be cancelled any more."));
	return NULL;
}

DB_EXEC(ticket_enter,
    "UPDATE ticket SET state = 'used', used_at = ?, used_by = ? WHERE id = ? AND performance_id = ? AND state = 'issued'")
DB_EXEC(ticket_leave, "UPDATE ticket SET state = 'issued', used_at = NULL, used_by = '' WHERE id = ? AND state = 'used' AND used_at = ?")

struct err *ticket_use(struct db *db, struct ticket_id id, struct performance_id performance, const char *by, int64_t now,
    bool *ret_done)
{
	int64_t changed;
	TRY(ticket_enter_run(db, &changed, DB_ARGS(db_time(now), by, id.v, performance.v)));
	*ret_done = changed == 1;
	return NULL;
}

struct err *ticket_unuse(struct db *db, struct ticket_id id, int64_t used_at, bool *ret_done)
{
	int64_t changed;
	TRY(ticket_leave_run(db, &changed, DB_ARGS(id.v, db_time(used_at))));
	*ret_done = changed == 1;
	return NULL;
}

struct err *ticket_list(struct db *db, struct arena *a, struct order_id order, struct ticket_row **ret, size_t *ret_n)
{
	return tickets_of_all(db, a, ret, ret_n, DB_ARGS(order.v));
}

/* ---- the QR's text --------------------------------------------------------------------------------------------------------- */
const char *ticket_qr_text(struct arena *a, const char *code, struct performance_id performance)
{
	const char *said = arena_printf(a, "F1.%s.%" PRId64, code, performance.v);
	uint8_t signature[SIGNATURE_LENGTH];
	crypto_sign_make(said, strlen(said), signature);
	return arena_printf(a, "%s.%s", said, str_base64url(a, signature, sizeof signature));
}

/* Codes are of the Crockford alphabet; people read 0 for O and 1 for I or L. */
static bool code_read(struct arena *a, const char *text, size_t n, const char **ret)
{
	char *code = arena_alloc(a, CODE_LENGTH + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (c == ' ' || c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
		if (k == CODE_LENGTH || !strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", c))
			return false;
		code[k++] = c;
	}
	*ret = code;
	return k == CODE_LENGTH;
}

bool ticket_qr_read(struct arena *a, const char *text, struct ticket_scanned *ret)
{
	if (!str_starts(text, "F1.")) {
		*ret = (struct ticket_scanned){ 0 };
		return code_read(a, text, strlen(text), &ret->code);
	}
	const char *last = strrchr(text, '.'), *second = strchr(text + 3, '.');
	struct bytes signature;
	int64_t performance;
	if (!second || last <= second || !str_unbase64url(a, last + 1, &signature) || signature.n != SIGNATURE_LENGTH)
		return false;
	if (!crypto_sign_ok(text, (size_t)(last - text), signature.p))
		return false;
	if (!str_to_i64(arena_strndup(a, second + 1, (size_t)(last - second - 1)), &performance))
		return false;
	ret->performance = (struct performance_id){ performance };
	ret->signed_ok = true;
	return code_read(a, text + 3, (size_t)(second - text - 3), &ret->code);
}
