#include "base/buf.h"
#include "base/conf.h"
#include "ext/mail.h"
#include "fake_server.h"
#include "../support/arena.h"

#define NOW INT64_C(1795166240000000) /* 2026-11-20 09:17:20 UTC */

static struct conf settings;

static int setup(void **state)
{
	arena_setup(state);
	settings = *conf();
	settings.mail_from = "포이어 <tickets@foyer.example>";
	conf_set_for_test(&settings);
	return 0;
}
static const struct mail small = { .to = "fan@example.com", .subject = "Hello", .message_id = "1.2@foyer.example",
	.text = "Hi there\n" };

static const char *built(const struct mail *m)
{
	struct bytes b;
	assert_null(mail_build(a, m, NOW, &b));
	return b.p;
}

static void plain_words(void **state)
{
	(void)state;
	struct mail m = small;
	m.to_name = "Kim \"Fan\" Q";
	m.list_unsubscribe = "https://foyer.example/u/1";
	assert_string_equal(built(&m),
		"Date: Fri, 20 Nov 2026 09:17:20 +0000\r\n"
		"From: =?UTF-8?B?7Y+s7J207Ja0?=\r\n <tickets@foyer.example>\r\n"
		"To: \"Kim \\\"Fan\\\" Q\" <fan@example.com>\r\n"
		"Subject: Hello\r\n"
		"Message-ID: <1.2@foyer.example>\r\n"
		"List-Unsubscribe: <https://foyer.example/u/1>\r\n"
		"Auto-Submitted: auto-generated\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n"
		"\r\n"
		"Hi there\r\n");
}

static void quoted_printable(void **state)
{
	(void)state;
	struct mail m = small;
	m.text = "a = b \r\n가\tb\t\n0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567\n";
	const char *body = strstr(built(&m), "\r\n\r\n") + 4;
	assert_string_equal(body,
		"a =3D b=20\r\n=EA=B0=80\tb=09\r\n"
		"012345678901234567890123456789012345678901234567890123456789012345678901234=\r\n5678901234567\r\n");
}

static void long_korean_subject(void **state)
{
	(void)state;
	struct mail m = small;
	m.subject = "예매가 완료되었습니다: 국립극장 해오름 봄의 제전 2026년 4월 1일 공연";
	const char *s = strstr(built(&m), "Subject: ");
	const char *end = strstr(s, "\r\nMessage-ID");
	struct buf decoded;
	buf_init(&decoded, a);
	for (const char *line = s + 9; line < end; line = strstr(line, "\r\n") ? strstr(line, "\r\n") + 3 : end) {
		assert_memory_equal(line, "=?UTF-8?B?", 10);
		size_t n = strcspn(line + 10, "?");
		assert_true(n + 12 <= 75);
		assert_int_equal(n % 4, 0);
		char *url = arena_strndup(a, line + 10, n); /* the house's decoder takes the URL alphabet without padding */
		url[strcspn(url, "=")] = '\0';
		for (char *c = url; *c; c++)
			*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
		struct bytes part;
		assert_true(str_unbase64url(a, url, &part));
		assert_true(str_utf8_valid(part.p, part.n)); /* no sequence is cut */
		buf_add(&decoded, part.p, part.n);
	}
	assert_string_equal(buf_cstr(&decoded), m.subject);
}

static void ticket_mail(void **state)
{
	(void)state;
	const struct mail_part parts[] = {
		{ "application/pdf", "표.pdf", NULL, { "%PDF", 4 } },
		{ "image/png", "qr.png", "qr1@foyer", { "PNG", 3 } },
		{ "text/calendar; charset=utf-8; method=PUBLISH", "show.ics", NULL, { "BEGIN:VCALENDAR", 15 } },
	};
	struct mail m = small;
	m.html = "<p>Hi <img src=\"cid:qr1@foyer\"></p>";
	m.parts = parts;
	m.n_parts = 3;
	assert_string_equal(strstr(built(&m), "MIME-Version"),
		"MIME-Version: 1.0\r\n"
		"Content-Type: multipart/mixed; boundary=\"=_mixed\"\r\n"
		"\r\n"
		"--=_mixed\r\n"
		"Content-Type: multipart/alternative; boundary=\"=_alternative\"\r\n"
		"\r\n"
		"--=_alternative\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n"
		"\r\n"
		"Hi there\r\n"
		"--=_alternative\r\n"
		"Content-Type: multipart/related; boundary=\"=_related\"\r\n"
		"\r\n"
		"--=_related\r\n"
		"Content-Type: text/html; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n"
		"\r\n"
		"<p>Hi <img src=3D\"cid:qr1@foyer\"></p>\r\n"
		"--=_related\r\n"
		"Content-Type: image/png\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-ID: <qr1@foyer>\r\n"
		"Content-Disposition: inline; filename=\"qr.png\"\r\n"
		"\r\n"
		"UE5H\r\n"
		"--=_related--\r\n"
		"--=_alternative--\r\n"
		"--=_mixed\r\n"
		"Content-Type: application/pdf\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename*=UTF-8''%ED%91%9C.pdf\r\n"
		"\r\n"
		"JVBERg==\r\n"
		"--=_mixed\r\n"
		"Content-Type: text/calendar; charset=utf-8; method=PUBLISH\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename=\"show.ics\"\r\n"
		"\r\n"
		"QkVHSU46VkNBTEVOREFS\r\n"
		"--=_mixed--\r\n");
}

static void code_is(struct err *e, enum err_code code)
{
	assert_non_null(e);
	assert_int_equal(err_code(e), code);
	err_free(e);
}

static void refused(struct mail m)
{
	struct bytes b;
	code_is(mail_build(a, &m, NOW, &b), ERR_INVALID);
}

static void headers_cannot_be_injected(void **state)
{
	(void)state;
	struct mail_part part = { "text/plain", "x", NULL, { "x", 1 } };
	struct mail m;
	m = small, m.to = "fan@example.com\r\nBcc: a@b.c", refused(m);
	m = small, m.to = "fan@example.com,other@example.com", refused(m);
	m = small, m.to = "fan", refused(m);
	m = small, m.to = NULL, refused(m);
	m = small, m.to_name = "x\nBcc: a@b.c", refused(m);
	m = small, m.subject = "x\rBcc: a@b.c", refused(m);
	m = small, m.message_id = "1@x>\r\nX: y", refused(m);
	m = small, m.list_unsubscribe = "https://x>\r\nX: y", refused(m);
	m = small, m.parts = &part, m.n_parts = 1;
	part.name = "a\r\nX: y", refused(m);
	part.name = "a", part.content_type = "text/plain\r\nX: y", refused(m);
	part.content_type = "text/plain", part.content_id = "a>\r\nX: y", refused(m);
	part.content_id = NULL;
	assert_non_null(built(&m));
}

/* ---- handing over: the recipient's name says how the server behaves ------------------------------------------------ */
static void smtp(int fd)
{
	char line[1024], to[1024] = "";
	fake_say(fd, "220 fake ESMTP\r\n");
	while (fake_line(fd, line, sizeof line)) {
		if (strncmp(line, "EHLO", 4) == 0) {
			fake_say(fd, "250-fake\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n");
		} else if (strncmp(line, "MAIL", 4) == 0) {
			fake_say(fd, strstr(line, "<stranger@") ? "530 5.7.0 authentication required\r\n" : "250 ok\r\n");
		} else if (strncmp(line, "RCPT", 4) == 0) {
			snprintf(to, sizeof to, "%s", line);
			fake_say(fd, strstr(to, "<gone@") ? "550 5.1.1 no such user\r\n" :
				strstr(to, "<later@") ? "451 4.7.1 try later\r\n" :
				strstr(to, "<nowhere@") ? "450 4.1.2 domain not found\r\n" :
				strstr(to, "<full@") ? "452 4.2.2 mailbox full\r\n" : "250 2.1.5 ok\r\n");
		} else if (strcmp(line, "DATA") == 0) {
			fake_say(fd, "354 go on\r\n");
			int found = 0;
			while (fake_line(fd, line, sizeof line) && strcmp(line, ".") != 0)
				found |= strcmp(line, "..dotted") == 0 ? 1 : strcmp(line, "Message-ID: <1.2@foyer.example>") == 0 ? 2 : 0;
			if (strstr(to, "<silent@"))
				return;
			fake_say(fd, strstr(to, "<spam@") || found != 3 ? "554 5.7.1 refused\r\n" : "250 2.0.0 queued\r\n");
		} else if (strcmp(line, "QUIT") == 0) {
			fake_say(fd, "221 bye\r\n");
			return;
		} else {
			fake_say(fd, "250 ok\r\n");
		}
	}
}

static struct err *send_to(const char *to)
{
	struct mail m = small;
	m.to = to;
	m.text = "one\n.dotted\nlast";
	return mail_send(a, &m, NOW);
}

static void outcomes(void **state)
{
	(void)state;
	struct fake_server server = fake_server_start(smtp);
	settings.smtp_server = arena_printf(a, "127.0.0.1:%d", server.port);
	conf_set_for_test(&settings);
	assert_null(send_to("fan@example.com"));
	code_is(send_to("gone@example.com"), ERR_INVALID);
	code_is(send_to("later@example.com"), ERR_UNAVAILABLE);
	code_is(send_to("nowhere@example.con"), ERR_LIMIT);
	code_is(send_to("full@example.com"), ERR_LIMIT);
	code_is(send_to("spam@example.com"), ERR_INVALID);
	code_is(send_to("silent@example.com"), ERR_TIMEOUT);
	settings.mail_from = "stranger@foyer.example"; /* a fault of the settings, not of this mail */
	conf_set_for_test(&settings);
	code_is(send_to("fan@example.com"), ERR_UNAVAILABLE);
	settings.mail_from = "tickets@foyer.example";
	settings.smtp_tls = "require"; /* which this server does not offer: nothing may leave in the clear */
	conf_set_for_test(&settings);
	code_is(send_to("fan@example.com"), ERR_UNAVAILABLE);
	settings.smtp_tls = "try";
	conf_set_for_test(&settings);
	fake_server_stop(server);
	code_is(send_to("fan@example.com"), ERR_UNAVAILABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(plain_words), cmocka_unit_test(quoted_printable),
		cmocka_unit_test(long_korean_subject), cmocka_unit_test(ticket_mail),
		cmocka_unit_test(headers_cannot_be_injected), cmocka_unit_test(outcomes) };
	return cmocka_run_group_tests(tests, setup, arena_teardown);
}
