/* The Toss contract, byte for byte: what is sent, and what each answer means. */
#include "../ext/fake_server.h"
#include "base/clock.h"
#include "base/conf.h"
#include "pay/hook.h"
#include "pay/toss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

static struct arena *a;

/* What the provider is to answer, and what it was sent: seen by test and server. */
static struct { int status; char body[4096], request[200], head[2000], sent[2000]; int calls, silent_from; } *lab;

static void script(int fd)
{
	char line[1024];
	size_t length = 0, n = 0;
	lab->calls++;
	lab->head[0] = lab->sent[0] = '\0';
	if (!fake_line(fd, lab->request, sizeof lab->request))
		return;
	while (fake_line(fd, line, sizeof line) && *line) {
		sscanf(line, "Content-Length: %zu", &length);
		snprintf(lab->head + strlen(lab->head), sizeof lab->head - strlen(lab->head), "%s\n", line);
	}
	for (char c; n < length && n + 1 < sizeof lab->sent && read(fd, &c, 1) == 1; n++)
		lab->sent[n] = c;
	lab->sent[n] = '\0';
	if (lab->silent_from && lab->calls >= lab->silent_from)
		return;
	char head[200];
	snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", lab->status, strlen(lab->body));
	fake_say(fd, head);
	fake_say(fd, lab->body);
}

static struct fake_server server;
static struct conf settings;

static int setup(void **state)
{
	(void)state;
	a = arena_new((size_t)16 << 20);
	lab = mmap(NULL, sizeof *lab, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	server = fake_server_start(script);
	settings = *conf();
	settings.toss_base_url = arena_printf(a, "http://127.0.0.1:%d", server.port);
	settings.toss_secret_key = "test_sk_EXAMPLEKEY";
	settings.pay_timeout_ms = 10000;
	settings.secret = "0123456789012345678901234567890123456789";
	conf_set_for_test(&settings);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_server_stop(server);
	conf_set_for_test(NULL);
	munmap(lab, sizeof *lab);
	arena_free(a);
	return 0;
}

static const char paid[] =
	"{\"version\": \"2022-11-16\", \"paymentKey\": \"tgen_example_key_1\", \"type\": \"NORMAL\", \"orderId\": \"ord-20260102-0001\","
	" \"orderName\": \"Recital R석 2매\", \"mId\": \"examplemid\", \"currency\": \"KRW\", \"method\": \"카드\", \"totalAmount\": 132000,"
	" \"balanceAmount\": 132000, \"suppliedAmount\": 120000, \"vat\": 12000, \"taxFreeAmount\": 0, \"status\": \"DONE\","
	" \"requestedAt\": \"2026-01-02T12:00:10+09:00\", \"approvedAt\": \"2026-01-02T12:00:41+09:00\", \"useEscrow\": false,"
	" \"lastTransactionKey\": \"txkey1\", \"cultureExpense\": false, \"cancels\": null, \"isPartialCancelable\": true,"
	" \"card\": {\"amount\": 132000}, \"virtualAccount\": null, \"secret\": \"ps_example\", \"country\": \"KR\", \"failure\": null}";

static const struct pay_attempt attempt = { .provider = "toss", .provider_order = "ord-20260102-0001", .idem_key = "idem-1",
	.amount = 132000, .state = "confirming" };

static void answers(int status, const char *body)
{
	lab->status = status;
	snprintf(lab->body, sizeof lab->body, "%s", body);
	lab->calls = lab->silent_from = 0;
}

static void confirm_is_sent_as_agreed(void **state)
{
	(void)state;
	struct pay_result r;
	answers(200, paid);
	assert_null(toss_provider.confirm(a, &attempt, "tgen_example_key_1", &r));
	assert_string_equal(lab->request, "POST /v1/payments/confirm HTTP/1.1");
	assert_non_null(strstr(lab->head, "Authorization: Basic dGVzdF9za19FWEFNUExFS0VZOg==\n"));
	assert_non_null(strstr(lab->head, "Idempotency-Key: idem-1\n"));
	assert_non_null(strstr(lab->head, "Content-Type: application/json\n"));
	assert_string_equal(lab->sent, "{\"paymentKey\":\"tgen_example_key_1\",\"orderId\":\"ord-20260102-0001\",\"amount\":132000}");
	assert_int_equal(r.outcome, PAY_DONE);
	assert_string_equal(r.payment_key, "tgen_example_key_1");
	assert_string_equal(r.method, "card");
	assert_string_equal(r.secret, "ps_example");
	assert_string_equal(r.currency, "KRW");
	assert_int_equal(r.amount, 132000);
	assert_int_equal(r.balance, 132000);
}

static void retrieve_by_key_or_by_order(void **state)
{
	(void)state;
	struct pay_result r;
	struct pay_attempt with_key = attempt;
	answers(200, paid);
	assert_null(toss_provider.retrieve(a, &attempt, &r));
	assert_string_equal(lab->request, "GET /v1/payments/orders/ord-20260102-0001 HTTP/1.1");
	assert_null(strstr(lab->head, "Idempotency-Key"));
	with_key.payment_key = "a/b c";
	assert_null(toss_provider.retrieve(a, &with_key, &r));
	assert_string_equal(lab->request, "GET /v1/payments/a%2Fb%20c HTTP/1.1");
	assert_int_equal(r.outcome, PAY_DONE);
	answers(404, "{\"code\":\"NOT_FOUND_PAYMENT\",\"message\":\"x\"}");
	assert_null(toss_provider.retrieve(a, &attempt, &r));
	assert_int_equal(r.outcome, PAY_FAILED);
	assert_string_equal(r.code, "NOT_FOUND_PAYMENT");
	/* A question that is refused says nothing about the payment. */
	answers(400, "{\"code\":\"INVALID_API_KEY\",\"message\":\"x\"}");
	assert_null(toss_provider.retrieve(a, &attempt, &r));
	assert_int_equal(r.outcome, PAY_UNKNOWN);
	answers(403, "{\"code\":\"FORBIDDEN_REQUEST\",\"message\":\"x\"}");
	assert_null(toss_provider.retrieve(a, &with_key, &r));
	assert_int_equal(r.outcome, PAY_UNKNOWN);
}

static void cancel_is_sent_as_agreed(void **state)
{
	(void)state;
	struct pay_result r;
	struct pay_attempt at = attempt;
	at.payment_key = "k1";
	at.state = "done";
	const char *part = "{\"paymentKey\":\"k1\",\"orderId\":\"o\",\"currency\":\"KRW\",\"status\":\"PARTIAL_CANCELED\",\"totalAmount\":132000,"
	    "\"balanceAmount\":66000,\"lastTransactionKey\":\"t2\",\"cancels\":[{\"cancelAmount\":66000,\"cancelReason\":\"wish (R7)\","
	    "\"transactionKey\":\"t2\",\"cancelStatus\":\"DONE\"},{\"cancelAmount\":1,\"cancelReason\":\"x\",\"cancelStatus\":\"ABORTED\"}]}";
	answers(200, part);
	assert_null(toss_provider.cancel(a, &at, 66000, "wish (R7)", "idem-2", NULL, &r));
	assert_string_equal(lab->request, "POST /v1/payments/k1/cancel HTTP/1.1");
	assert_string_equal(lab->sent, "{\"cancelReason\":\"wish (R7)\",\"cancelAmount\":66000}");
	assert_non_null(strstr(lab->head, "Idempotency-Key: idem-2\n"));
	assert_int_equal(r.outcome, PAY_CANCELLED);
	assert_string_equal(r.provider_key, "t2");
	assert_int_equal(r.n_cancels, 1);
	assert_string_equal(r.cancels[0].reason, "wish (R7)");
	assert_null(toss_provider.cancel(a, &at, 66000, "구매자 요청", "idem-2", pay_account_seal(a, "88", "110123456789", "홍길동"), &r));
	assert_string_equal(lab->sent, "{\"cancelReason\":\"구매자 요청\",\"cancelAmount\":66000,\"refundReceiveAccount\":{\"bank\":\"88\","
	    "\"accountNumber\":\"110123456789\",\"holderName\":\"홍길동\"}}");
	at.state = "waiting_deposit";
	assert_null(toss_provider.cancel(a, &at, 132000, "over", "idem-3", NULL, &r));
	assert_string_equal(lab->sent, "{\"cancelReason\":\"over\"}");
	answers(400, "{\"code\":\"ALREADY_CANCELED_PAYMENT\",\"message\":\"\"}");
	assert_null(toss_provider.cancel(a, &at, 1, "x", "k", NULL, &r));
	assert_int_equal(r.outcome, PAY_UNKNOWN);
	answers(403, "{\"code\":\"NOT_CANCELABLE_AMOUNT\",\"message\":\"\"}");
	assert_null(toss_provider.cancel(a, &at, 1, "x", "k", NULL, &r));
	assert_int_equal(r.outcome, PAY_FAILED);
}

static void outcomes_of_errors(void **state)
{
	(void)state;
	static const struct { int status; const char *code; enum pay_outcome want; } cases[] = {
		{ 400, "ALREADY_PROCESSED_PAYMENT", PAY_UNKNOWN }, { 400, "PROVIDER_ERROR", PAY_UNKNOWN }, { 400, "INVALID_REQUEST", PAY_FAILED },
		{ 409, "IDEMPOTENT_REQUEST_PROCESSING", PAY_UNKNOWN }, { 403, "REJECT_CARD_PAYMENT", PAY_FAILED },
		{ 404, "NOT_FOUND_PAYMENT_SESSION", PAY_FAILED }, { 401, "UNAUTHORIZED_KEY", PAY_UNKNOWN }, { 500, "COMMON_ERROR", PAY_UNKNOWN },
		{ 502, NULL, PAY_UNKNOWN }, { 429, "TOO_MANY", PAY_UNKNOWN }, { 302, "MOVED", PAY_UNKNOWN }, { 400, NULL, PAY_UNKNOWN },
		{ 400, "ALREADY_REFUNDING_PAYMENT", PAY_UNKNOWN }, { 403, "FORBIDDEN_CONSECUTIVE_REQUEST", PAY_UNKNOWN },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(toss_outcome_of_error(cases[i].status, cases[i].code), cases[i].want);
	assert_int_equal(toss_outcome_of_status("READY"), PAY_PENDING);
	assert_int_equal(toss_outcome_of_status("IN_PROGRESS"), PAY_PENDING);
	assert_int_equal(toss_outcome_of_status("WAITING_FOR_DEPOSIT"), PAY_WAITING_DEPOSIT);
	assert_int_equal(toss_outcome_of_status("PARTIAL_CANCELED"), PAY_DONE);
	assert_int_equal(toss_outcome_of_status("CANCELED"), PAY_CANCELLED);
	assert_int_equal(toss_outcome_of_status("ABORTED"), PAY_FAILED);
	assert_int_equal(toss_outcome_of_status("EXPIRED"), PAY_FAILED);
	assert_int_equal(toss_outcome_of_status("PAID"), PAY_UNKNOWN);
	assert_int_equal(toss_outcome_of_status(NULL), PAY_UNKNOWN);
}

static void silence_is_unknown(void **state)
{
	(void)state;
	struct pay_result r;
	answers(200, "");
	lab->silent_from = 1;
	assert_null(toss_provider.confirm(a, &attempt, "k", &r));
	assert_int_equal(r.outcome, PAY_UNKNOWN);
	assert_string_equal(r.code, "TIMEOUT");
	assert_int_equal(lab->calls, 1);
	answers(500, "<html>oops</html>");
	assert_null(toss_provider.confirm(a, &attempt, "k", &r));
	assert_int_equal(r.outcome, PAY_UNKNOWN);
	assert_string_equal(r.code, "HTTP_500");
	assert_int_equal(lab->calls, 2); /* asked at once what became of it */
	answers(200, "{\"status\":\"DONE\"}");
	assert_null(toss_provider.confirm(a, &attempt, "k", &r));
	assert_int_equal(r.outcome, PAY_UNKNOWN);
	settings.toss_base_url = "http://127.0.0.1:1";
	conf_set_for_test(&settings);
	assert_null(toss_provider.confirm(a, &attempt, "k", &r));
	assert_int_equal(r.outcome, PAY_UNKNOWN);
	assert_string_equal(r.code, "UNREACHABLE");
	settings.toss_base_url = arena_printf(a, "http://127.0.0.1:%d", server.port);
	conf_set_for_test(&settings);
}

static struct pay_result read_payment(const char *text)
{
	struct pay_result r;
	toss_read_payment(a, (struct bytes){ text, strlen(text) }, &r);
	return r;
}

static void payment_objects(void **state)
{
	(void)state;
	struct pay_result r = read_payment("{\"status\":\"WAITING_FOR_DEPOSIT\",\"totalAmount\":100.0,\"balanceAmount\":100,\"method\":\"가상계좌\","
	    "\"virtualAccount\":{\"accountNumber\":\"X1\",\"bankCode\":\"88\",\"dueDate\":\"2026-01-03T23:59:59+09:00\"}}");
	assert_int_equal(r.outcome, PAY_WAITING_DEPOSIT);
	assert_int_equal(r.amount, 100);
	assert_string_equal(r.method, "virtual_account");
	assert_int_equal(r.due_at, INT64_C(1767452399) * US_SECOND);
	static const char *const due[] = { "2026-01-03T23:59:59", "2026-01-03T14:59:59Z", "2026-01-03T23:59:59.123+09:00", "2026-01-03T09:59:59-05:00" };
	for (size_t i = 0; i < sizeof due / sizeof due[0]; i++) {
		r = read_payment(arena_printf(a, "{\"status\":\"DONE\",\"totalAmount\":1,\"balanceAmount\":1,\"virtualAccount\":{\"dueDate\":\"%s\"}}", due[i]));
		assert_int_equal(r.due_at, INT64_C(1767452399) * US_SECOND);
	}
	static const char *const bad[] = { "", "null", "[]", "{", "{\"status\":\"DONE\"}", "{\"status\":\"DONE\",\"totalAmount\":1.5,\"balanceAmount\":1}",
		"{\"status\":\"DONE\",\"totalAmount\":\"100\",\"balanceAmount\":1}", "{\"status\":\"DONE\",\"totalAmount\":1e300,\"balanceAmount\":1}",
		"{\"status\":\"DONE\",\"totalAmount\":-1,\"balanceAmount\":1}", "{\"status\":7,\"totalAmount\":1,\"balanceAmount\":1}" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(read_payment(bad[i]).outcome, PAY_UNKNOWN);
}

static void webhooks(void **state)
{
	(void)state;
	struct pay_hook h;
	const char *changed = "{\"eventType\": \"PAYMENT_STATUS_CHANGED\", \"createdAt\": \"2026-01-02T12:00:42.000000\", \"data\": {\"paymentKey\":"
	    " \"tgen_example_key_1\", \"orderId\": \"ord-20260102-0001\", \"status\": \"DONE\", \"totalAmount\": 132000, \"balanceAmount\": 132000}}";
	const char *deposit = "{\"createdAt\": \"2026-01-02T13:10:00.000000\", \"secret\": \"ps_example\", \"status\": \"DONE\","
	    " \"transactionKey\": \"txkey2\", \"orderId\": \"ord-20260102-0002\"}";
	assert_true(pay_hook_read(a, (struct bytes){ changed, strlen(changed) }, &h));
	assert_string_equal(h.kind, "PAYMENT_STATUS_CHANGED");
	assert_string_equal(h.order_ref, "ord-20260102-0001");
	assert_true(pay_hook_read(a, (struct bytes){ deposit, strlen(deposit) }, &h));
	assert_string_equal(h.kind, "DEPOSIT_CALLBACK");
	assert_string_equal(h.order_ref, "ord-20260102-0002");
	assert_string_equal(h.secret, "ps_example");
	assert_false(pay_hook_read(a, (struct bytes){ "{}", 2 }, &h));
	assert_false(pay_hook_read(a, (struct bytes){ "[1]", 3 }, &h));
	assert_false(pay_hook_read(a, (struct bytes){ "", 0 }, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confirm_is_sent_as_agreed),
		cmocka_unit_test(retrieve_by_key_or_by_order),
		cmocka_unit_test(cancel_is_sent_as_agreed),
		cmocka_unit_test(outcomes_of_errors),
		cmocka_unit_test(silence_is_unknown),
		cmocka_unit_test(payment_objects),
		cmocka_unit_test(webhooks),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
