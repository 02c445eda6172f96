// What somebody without good intentions tries: a shared page under another's name, seats kept without paying, payments that
// are not one's own, more than one's share.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { test } from 'node:test';
import { URL_, Visitor, forms, sql, sqlOne, until } from '../support/house.mjs';
import { buyer, signIn, stage } from '../support/stage.mjs';

// A request exactly as written: clients would mend the address.
function raw(target) {
	const url = new URL(URL_);
	return new Promise((resolve, reject) => {
		const s = net.connect({ host: url.hostname, port: url.port, localAddress: '127.9.0.1' }, () =>
			s.write(`GET ${target} HTTP/1.1\r\nHost: ${url.host}\r\nCookie: lang=en\r\nConnection: close\r\n\r\n`));
		let text = '';
		s.setEncoding('utf8').on('data', (d) => { text += d; }).on('error', reject);
		s.on('end', () => resolve({ status: Number(text.split(' ')[1]), text }));
	});
}

async function held(v, s, seats, fields = {}) {
	const page = await v.get(`/performances/${s.performance}/list?seat=${seats.join(',')}`);
	return v.submit(page, `/performances/${s.performance}/hold`, fields);
}

// An order whose next step is the payment; its code.
async function ready(v, s, idx) {
	const hold = await held(v, s, [idx]);
	const code = /\/checkout\/(\w+)/.exec(hold.location)[1];
	const filled = await v.submit(await v.get(hold.location), `/checkout/${code}`, { name: 'Mallory', email: v.person.email, phone: '010-1234-5678', agreed: '1' });
	assert.match(filled.location, new RegExp(`/pay/${code}`));
	return code;
}
async function windowOf(v, code) {
	const sent = await v.submit(await v.get(`/pay/${code}`), `/pay/${code}/start`);
	return { location: sent.location, query: new URL(sent.location, URL_).searchParams };
}
const stateOf = (code) => sqlOne(`SELECT state FROM orders WHERE code = '${code}'`);

test('the cache keeps no page under the name of another', async () => {
	const word = `poison${Date.now()}`;
	for (const target of [`/shows?#&q=${word}`, `/shows#?q=${word}`, `/shows#&q=${word}`])
		assert.equal((await raw(target)).status, 400, target);
	for (const target of [`/x/../shows?q=${word}`, `//shows?q=${word}`, `/shows/.?q=${word}`, `/%73hows?q=${word}`]) await raw(target);
	for (const target of ['/shows', '/shows?'])
		assert.ok(!(await raw(target)).text.includes(word), target);
});

test('what nginx reads as one address the cache does not confuse with another', async () => {
	const page = await raw('/shows/%2e%2e/calendar');
	const calendar = await raw('/calendar');
	assert.equal(page.status, 404);
	assert.equal(calendar.status, 200);
});

test('one address with requests that it never finishes does not shut the house', async () => {
	const url = new URL(URL_);
	const half = await Promise.all(Array.from({ length: 310 }, () => new Promise((resolve, reject) => {
		const s = net.connect({ host: '127.0.0.1', port: url.port, localAddress: '127.9.0.2' }, () =>
			s.write(`POST /sign-in HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000\r\n\r\na`, () => resolve(s)));
		s.on('error', reject);
	})));
	try {
		await until(async () => (await new Visitor({ ip: '127.9.0.2' }).get('/sign-in')).status === 503);
		assert.equal((await new Visitor({ ip: '127.9.0.3' }).get('/sign-in')).status, 200);
	} finally {
		for (const s of half) s.destroy();
	}
});

test('invented returns from the provider do not keep seats for ever', async () => {
	const s = stage({ rows: 1 });
	const v = buyer();
	const code = await ready(v, s, s.seats[0].idx);
	// The order is old already, its hold almost over.
	sql(`UPDATE orders SET created_at = UTC_TIMESTAMP(6) - INTERVAL 30 MINUTE, expires_at = UTC_TIMESTAMP(6) + INTERVAL 120 SECOND WHERE code = '${code}'`);
	for (let i = 0; i < 3; i++) {
		const { query } = await windowOf(v, code);
		await v.get(`/pay/sandbox/return?paymentKey=invented-${randomUUID()}&orderId=${query.get('orderId')}&amount=${query.get('amount')}`);
	}
	const [o] = sql(`SELECT state, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires_at) AS s FROM orders WHERE code = '${code}'`);
	assert.equal(o.state, 'pending');
	assert.ok(Number(o.s) <= 120, `${o.s} s left`);
});

test('a payment pays the order it was made for, and only that one', async () => {
	const s = stage({ rows: 1 });
	const v = buyer(), thief = buyer();
	const paid = await ready(v, s, s.seats[0].idx), mine = await ready(v, s, s.seats[1].idx), theirs = await ready(thief, s, s.seats[2].idx);
	const win = await windowOf(v, paid);
	const back = await v.submit(await v.get(win.location), '/sandbox/window', { card: '4242 4242 4242 4242' });
	const key = new URL(back.location, URL_).searchParams.get('paymentKey');
	await v.get(back.location);
	assert.equal(stateOf(paid), 'paid');
	for (const [who, code] of [[v, mine], [thief, theirs]]) {
		const { query } = await windowOf(who, code);
		const ref = query.get('orderId'), amount = query.get('amount');
		// The key of another's payment, a lesser sum, another's order, a forged message of the provider.
		await who.get(`/pay/sandbox/return?paymentKey=${key}&orderId=${ref}&amount=${amount}`);
		await who.get(`/pay/sandbox/return?paymentKey=${key}&orderId=${ref}&amount=0`);
		await who.get(`/pay/sandbox/return?paymentKey=${key}&orderId=${ref}&amount=-${amount}`);
		await who.get(`/pay/sandbox/return?paymentKey=${key}&orderId=${win.query.get('orderId')}&amount=${amount}`);
		const body = JSON.stringify({ eventType: 'PAYMENT_STATUS_CHANGED', createdAt: '2026-01-01T00:00:00.000000',
			data: { paymentKey: key, orderId: ref, status: 'DONE', totalAmount: Number(amount), currency: 'KRW' } });
		await who.request('POST', '/pay/sandbox/webhook', { body, headers: { 'content-type': 'application/json' } });
		await until(() => sqlOne(`SELECT COUNT(*) FROM pay_webhook w WHERE w.body LIKE '%${ref}%' AND w.processed_at IS NULL`) === '0');
		assert.equal(stateOf(code), 'pending');
	}
	assert.equal(stateOf(paid), 'paid');
	// The window's parameters are signed.
	const cheap = await windowOf(v, mine);
	assert.equal((await v.get(cheap.location.replace(/amount=\d+/, 'amount=1'))).status, 422);
});

test('whoever knows an order of their own cannot make the house ask the provider without end', async () => {
	const s = stage({ rows: 1 });
	const v = buyer();
	const { query } = await windowOf(v, await ready(v, s, s.seats[0].idx));
	const send = () => v.request('POST', '/pay/sandbox/webhook', { headers: { 'content-type': 'application/json', 'tosspayments-webhook-transmission-id': randomUUID() },
		body: JSON.stringify({ eventType: 'PAYMENT_STATUS_CHANGED', data: { orderId: query.get('orderId') } }) });
	const seen = [];
	for (let i = 0; i < 70; i++) seen.push((await send()).status);
	assert.equal(seen[0], 200);
	assert.equal(seen.at(-1), 429);
	assert.ok(Number(sqlOne(`SELECT COUNT(*) FROM pay_webhook WHERE body LIKE '%${query.get('orderId')}%'`)) <= 60);
});

test('one person gets no more than the limit, whatever the number of sessions', async () => {
	const s = stage({ rows: 2, limit: 4 });
	const v = buyer();
	const sessions = Array.from({ length: 6 }, () => { const one = new Visitor(); one.person = v.person; signIn(one, v.person); return one; });
	await Promise.all(sessions.map((one, i) => held(one, s, [0, 1, 2].map((k) => s.seats[i * 3 + k].idx))));
	assert.ok(Number(sqlOne(`SELECT COUNT(*) FROM claim WHERE performance_id = ${s.performance} AND person_id = ${v.person.id}`)) <= 4);
	const guest = buyer({ member: false });
	for (const fields of [{}, { standing: -1, section: s.sections[0].id }])
		await held(guest, s, [s.seats[18].idx, s.seats[19].idx], fields);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM claim WHERE performance_id = ${s.performance} AND person_id = ${guest.person.id}`), '0');
});

test('orders and tickets of others are not there', async () => {
	const s = stage({ rows: 1 });
	const v = buyer(), other = buyer();
	const code = await ready(v, s, s.seats[0].idx);
	const win = await windowOf(v, code);
	await v.get((await v.submit(await v.get(win.location), '/sandbox/window', { card: '4242 4242 4242 4242' })).location);
	const ticket = sqlOne(`SELECT t.code FROM ticket t JOIN orders o ON o.id = t.order_id WHERE o.code = '${code}'`);
	for (const path of [`/orders/${code}`, `/orders/${code}/cancel`, `/orders/${code}/account`, `/orders/${code}/tickets.pdf`, `/orders/${code}/calendar.ics`,
		`/checkout/${code}`, `/pay/${code}`, `/pay/${code}/wait`, `/tickets/${ticket}`, `/tickets/${ticket}/qr.svg`, `/tickets/${ticket}/ticket.pdf`, `/desk/orders/${code}`, `/admin/orders/${code}`])
		assert.ok([403, 404].includes((await other.get(path)).status), path);
	const csrf = new Map(forms((await other.get('/staff')).text).find((f) => f.action === '/staff').fields).get('csrf');
	for (const name of [code, 'NOSUCHCODE', '%EA%B9%80', '%F0%9F%98%80']) {
		const sent = await other.post(`/checkout/${name}`, { name: 'Mallory', email: 'm@example.com', phone: '010-1234-5678', agreed: '1', csrf });
		assert.equal(sent.status, 404, name);
	}
});
