// From the mail to the seat: the ticket is bought, its QR comes by mail, is read by a QR reader, and admits once.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Visitor, decode, forms, insert, linkIn, mailPart, mails, mailTo, replicated, sql, sqlOne, sqlQuote as q, textOf, until } from '../support/house.mjs';
import { buyer, checkClean, order, pay, performance, settled } from './pay_house.mjs';
import { signIn } from '../support/stage.mjs';

const HOUR = 3600e3;
const json = { headers: { accept: 'application/json' } };

// Somebody with an organizer's staff code.
async function staff(organizer, { perms = 1, show = 'NULL', lang = 'en', label = 'North gate' } = {}) {
	const id = insert(`INSERT INTO staff_code (organizer_id, label, code_hash, perms, show_id, created_at, expires_at)
		VALUES (${organizer}, ${q(label)}, UNHEX('${randomBytes(32).toString('hex')}'), ${perms}, ${show}, UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 DAY)`);
	const v = new Visitor({ lang });
	signIn(v, { staff: id, organizer });
	return Object.assign(v, { staffId: id });
}
async function bought(perf, { tickets = 1, lang = 'en' } = {}) {
	const v = await buyer({ lang });
	const o = order(v, perf, { tickets });
	if (lang !== 'en') sql(`UPDATE orders SET lang = ${q(lang)} WHERE id = ${o.id}`);
	await pay(v, o);
	await settled(o, 'paid');
	o.tickets = sql(`SELECT id, code FROM ticket WHERE order_id = ${o.id} ORDER BY line`);
	return { v, o };
}
const qrOf = (png) => execFileSync('zbarimg', ['-q', '--raw', '-'], { input: png, stdio: ['pipe', 'pipe', 'ignore'] }).toString().trim();
// As a scanner's script does it.
async function scan(gate, perf, text, page) {
	page ??= await gate.get(`/gate/${perf.id}`);
	const answer = await gate.submit(page, `/gate/${perf.id}/scan`, { text }, json);
	assert.equal(answer.status, 200, answer.text);
	return JSON.parse(answer.text);
}

const tonight = performance({ startsIn: HOUR });

test('the mail\'s QR code opens the gate once', async () => {
	const { v, o } = await bought(tonight, { tickets: 2 });
	const mail = await mailTo(v.email, /Your tickets: Test concert/);
	assert.equal(linkIn(mail, /orders/), `/en/orders/${o.code}`, 'the address in the language of the mail');
	assert.match(mail.html, new RegExp(`href="[^"]*/en/orders/${o.code}"`));
	const pictures = mail.parts.filter((p) => p.type === 'image/png');
	assert.equal(pictures.length, 2);
	assert.ok(pictures.every((p) => mail.html.includes(`src="cid:${p.cid}"`)), 'each picture is shown');
	const texts = [];
	for (const p of pictures) texts.push(qrOf(await mailPart(mail, p.n)));
	assert.ok(texts.every((t) => /^F1\.[0-9A-Z]{16}\.\d+\.[\w-]{86}$/.test(t)), texts.join());
	assert.deepEqual(texts.map((t) => t.split('.')[1]).sort(), o.tickets.map((t) => t.code).sort());
	assert.ok(mail.parts.some((p) => p.type === 'text/calendar'), 'a calendar file');

	const gate = await staff(tonight.organizer);
	const first = await scan(gate, tonight, texts[0]);
	assert.equal(first.result, 'entered');
	assert.equal(first.holder, 'Kim Buyer');
	assert.match(first.seat, /^A 1-/);
	const again = await scan(gate, tonight, texts[0]);
	assert.equal(again.result, 'already_used');
	assert.match(again.why, /seconds ago: North gate/);
	assert.equal((await scan(gate, tonight, texts[1])).result, 'entered');
	assert.equal((await mails(v.email)).filter((m) => /Your tickets/.test(m.subject)).length, 1);
	await checkClean(assert);
});

test('without script: a code typed by hand, the answer on the next page, and back again', async () => {
	const { o } = await bought(tonight);
	const gate = await staff(tonight.organizer, { lang: 'ko' });
	const list = await gate.get('/gate');
	assert.ok(list.text.includes(`/gate/${tonight.id}"`));
	const page = await gate.get(`/gate/${tonight.id}`);
	const code = o.tickets[0].code.toLowerCase().replace(/(.{4})(?=.)/g, '$1-');
	const done = await gate.submit(page, `/gate/${tonight.id}/scan`, { text: code });
	assert.equal(done.status, 303);
	const entered = await gate.follow(done);
	assert.match(entered.text, /gate-panel gate-ok/);
	assert.ok(!forms(entered.text).find((f) => f.id === 'gate-undo').html.includes('hidden>'));
	const refused = await gate.submitAndFollow(page, `/gate/${tonight.id}/scan`, { text: code });
	assert.match(refused.text, /gate-panel gate-refused/);
	assert.match(textOf(refused.text), /이미 사용됨/);
	// Somebody else does not see it, nor can take it back.
	const other = await staff(tonight.organizer, { label: 'South gate' });
	assert.doesNotMatch((await other.get(entered.url)).text, /gate-ok/);
	const scanId = new URL(entered.url, 'http://x').searchParams.get('scan');
	const notHis = await other.submitAndFollow(await other.get(`/gate/${tonight.id}`), `/gate/${tonight.id}/undo`, { scan: scanId });
	assert.match(textOf(notHis.text), /cannot be taken back/);
	const back = await gate.submitAndFollow(entered, `/gate/${tonight.id}/undo`);
	assert.match(textOf(back.text), /되돌렸습니다/);
	assert.doesNotMatch((await gate.get(entered.url)).text, /gate-ok/, 'the page of the entry that was taken back');
	assert.equal(sqlOne(`SELECT state FROM ticket WHERE id = ${o.tickets[0].id}`), 'issued');
	assert.equal(sqlOne(`SELECT COUNT(*) FROM audit_log WHERE action = 'gate.undo' AND object = 'ticket:${o.tickets[0].id}'`), '1');
	assert.equal((await scan(gate, tonight, code)).result, 'entered');
	await checkClean(assert);
});

test('what is refused, and why', async () => {
	const gate = await staff(tonight.organizer);
	const tomorrow = performance({ startsIn: 26 * HOUR });
	const { v, o } = await bought(tomorrow);
	assert.equal((await scan(gate, tomorrow, o.tickets[0].code)).result, 'too_early');
	const wrong = await scan(gate, tonight, o.tickets[0].code);
	assert.equal(wrong.result, 'wrong_performance');
	assert.match(wrong.why, /Test concert/);
	assert.equal((await scan(gate, tonight, '0000000000000000')).result, 'unknown');
	assert.equal((await scan(gate, tonight, '전혀 다른 것')).result, 'unknown');
	assert.equal((await scan(gate, tonight, `F1.${o.tickets[0].code}.${tomorrow.id}.${'A'.repeat(86)}`)).result, 'forged');
	sql(`UPDATE performance SET state = 'cancelled' WHERE id = ${tomorrow.id}`);
	assert.equal((await scan(gate, tomorrow, o.tickets[0].code)).result, 'cancelled');
	sql(`UPDATE performance SET state = 'on_sale' WHERE id = ${tomorrow.id}`);
	// An empty field is asked for again.
	const page = await gate.get(`/gate/${tonight.id}`);
	assert.equal((await gate.submit(page, `/gate/${tonight.id}/scan`, { text: ' ' })).status, 422);
	assert.equal((await gate.post(`/gate/${tonight.id}/scan`, { text: 'x' })).status, 403, 'no token, no scan');
	assert.ok(v.email);
});

test('staff see their own gates only', async () => {
	const otherShow = performance({ startsIn: HOUR });
	const limited = await staff(tonight.organizer, { show: tonight.show });
	assert.equal((await limited.get(`/gate/${tonight.id}`)).status, 200);
	assert.equal((await limited.get(`/gate/${otherShow.id}`)).status, 404);
	assert.equal((await limited.get(`/gate/${otherShow.id}/counts`)).status, 404);
	assert.equal((await limited.get(`/live/gate:${otherShow.id}`)).status, 404);
	const list = await limited.get('/gate');
	assert.ok(list.text.includes(`/gate/${tonight.id}"`) && !list.text.includes(`/gate/${otherShow.id}"`));
	const page = await limited.get(`/gate/${tonight.id}`);
	const form = forms(page.text).find((f) => f.action.endsWith('/scan'));
	const answer = await limited.post(`/gate/${otherShow.id}/scan`, [...form.fields.filter(([k]) => k !== 'text'), ['text', '0000000000000000']]);
	assert.equal(answer.status, 404);
	const orders = await staff(tonight.organizer, { perms: 2 });
	assert.equal((await orders.get(`/gate/${tonight.id}`)).status, 403);
	assert.equal((await orders.get(`/live/gate:${tonight.id}`)).status, 403);
	const stranger = insert(`INSERT INTO person (email, name, created_at) VALUES ('g${randomBytes(4).toString('hex')}@example.org', 'X', UTC_TIMESTAMP())`);
	const foreign = insert(`INSERT INTO organizer (person_id, name, about, state, applied_at) VALUES (${stranger}, 'X', '', 'approved', UTC_TIMESTAMP())`);
	assert.equal((await (await staff(foreign)).get(`/gate/${tonight.id}`)).status, 404);
	assert.equal((await new Visitor().get(`/gate/${tonight.id}`)).status, 303);
	assert.equal((await (await buyer()).get('/gate')).status, 403);
	sql(`UPDATE staff_code SET revoked_at = UTC_TIMESTAMP() WHERE id = ${limited.staffId}`);
	await until(async () => (await limited.get(`/gate/${tonight.id}`)).status === 303);
});

test('people without their code are found and let in; every gate counts along', async () => {
	const { o } = await bought(tonight);
	const gate = await staff(tonight.organizer);
	const other = await staff(tonight.organizer, { label: 'South gate' });
	const before = JSON.parse((await other.get(`/gate/${tonight.id}/counts`)).text);
	const stream = other.stream(`/live/gate:${tonight.id}`);
	await stream.next((m) => m.event === 'hello'); // from here on it hears everything
	const page = await gate.get(`/gate/${tonight.id}?q=${o.code}`);
	const row = forms(page.text).find((f) => f.fields.some(([k, x]) => k === 'text' && x === o.tickets[0].code));
	assert.ok(row, 'found by the order code');
	const done = await gate.follow(await gate.post(row.action, row.fields));
	assert.match(done.text, /gate-ok/);
	await stream.next((m) => m.event === `gate:${tonight.id}`);
	stream.close();
	const after = JSON.parse((await other.get(`/gate/${tonight.id}/counts`)).text);
	assert.equal(after.entered, before.entered + 1);
	assert.equal(after.sold, before.sold);
	const nobody = await gate.get(`/gate/${tonight.id}?q=${encodeURIComponent('없는사람')}`);
	assert.match(textOf(nobody.text), /Nobody found/);
});

test('tickets: pages, files, names, mails; for their owner only', async () => {
	const soon = performance({ startsIn: 5 * 24 * HOUR });
	const { v, o } = await bought(soon);
	const code = o.tickets[0].code;
	const page = await v.get(`/tickets/${code}`);
	assert.equal(page.status, 200);
	assert.match(page.text, new RegExp(`/tickets/${code}/qr\\.svg`));
	const svg = await v.get(`/tickets/${code}/qr.svg`);
	assert.match(svg.headers['content-type'], /svg/);
	for (const path of [`/tickets/${code}/ticket.pdf`, `/orders/${o.code}/tickets.pdf`]) {
		const pdf = await v.get(path);
		assert.equal(pdf.headers['content-type'], 'application/pdf');
		assert.equal(pdf.body.subarray(0, 5).toString(), '%PDF-');
	}
	const ics = await v.get(`/orders/${o.code}/calendar.ics`);
	assert.match(ics.text, /^BEGIN:VCALENDAR\r\n/);
	assert.ok(ics.text.split('\r\n').every((l) => Buffer.byteLength(l) <= 75));

	for (let i = 0; i < 2; i++) { // the same name once more is as good
		const renamed = await v.submitAndFollow(page, `/tickets/${code}/holder`, { holder: '  이 지은 ' });
		assert.match(textOf(renamed.text), /has been changed/);
	}
	assert.equal(sqlOne(`SELECT holder FROM ticket WHERE code = '${code}'`), '이 지은');
	assert.equal((await v.submit(page, `/tickets/${code}/holder`, { holder: '' })).status, 422);

	const stranger = await buyer();
	for (const path of [`/tickets/${code}`, `/tickets/${code}/qr.svg`, `/tickets/${code}/ticket.pdf`, `/orders/${o.code}/tickets.pdf`, `/orders/${o.code}/calendar.ics`])
		assert.equal((await stranger.get(path)).status, 404, path);

	await mailTo(v.email, /Your tickets/);
	const shop = await v.get(`/orders/${o.code}`);
	await v.submit(shop, `/orders/${o.code}/resend`);
	await mailTo(v.email, /once more/);

	// Given back: no code, no name, no entry.
	sql(`UPDATE ticket SET state = 'void', void_at = UTC_TIMESTAMP() WHERE code = '${code}'`);
	assert.equal((await v.get(`/tickets/${code}/qr.svg`)).status, 404);
	assert.doesNotMatch((await v.get(`/tickets/${code}`)).text, /qr\.svg/);
	const late = async () => assert.match(textOf((await v.submitAndFollow(page, `/tickets/${code}/holder`, { holder: 'B' })).text), /can be changed until the day before/);
	await late();
	sql(`UPDATE ticket SET state = 'issued', void_at = NULL WHERE code = '${code}'`);
	// On the day the name stays.
	sql(`UPDATE performance SET starts_at = UTC_TIMESTAMP() WHERE id = ${soon.id}`);
	replicated();
	await late();
	assert.equal(sqlOne(`SELECT holder FROM ticket WHERE code = '${code}'`), '이 지은');
	await checkClean(assert);
});

test('buyers of a cancelled performance are told, once', async () => {
	const off = performance({ startsIn: 48 * HOUR });
	const { v, o } = await bought(off, { lang: 'ko' });
	sql(`UPDATE performance SET cancel_reason = '출연자 <건강> 사정' WHERE id = ${off.id}`);
	for (let i = 0; i < 2; i++) {
		sql(`INSERT IGNORE INTO outbox (topic, about, once_key, payload, due_at, created_at) VALUES ('mail', '${o.code}', 'performance_cancelled:${o.code}',
			${q(JSON.stringify({ kind: 'performance_cancelled', to: v.email, lang: 'ko', args: { order: o.code } }))}, UTC_TIMESTAMP(), UTC_TIMESTAMP())`);
	}
	const mail = await mailTo(v.email, /공연 취소 안내/);
	assert.match(mail.html, /출연자 &lt;건강&gt; 사정/);
	assert.match(mail.text, /출연자 <건강> 사정/);
	assert.match(mail.html, /죄송합니다/);
	assert.ok(decode(mail.html).includes(o.code));
});
