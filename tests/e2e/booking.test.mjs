// From the seats to the payment page, as a browser without JavaScript goes it, and every wrong turn on the way.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Visitor, links, sql, sqlOne, textOf, until } from '../support/house.mjs';
import { buyer, stage } from '../support/stage.mjs';
import { pay } from './pay_house.mjs';

const tray = (f) => f.id === 'tray';
const codeOf = (answer) => {
	assert.equal(answer.status, 303, textOf(answer.text).slice(0, 300));
	assert.match(answer.location, /^\/checkout\/[0-9A-Z]{10}$/);
	return answer.location.split('/').pop();
};
// Chooses seats in the list's address and holds them.
async function hold(v, performance, seats) {
	const page = await v.get(`/performances/${performance}/list?seat=${seats.join(',')}`);
	return v.submit(page, tray);
}

test('the whole way without JavaScript: sections, seats, hold, details, payment', async () => {
	const s = stage({ fee: 1000 });
	const v = buyer();
	let page = await v.get(`/performances/${s.performance}/seats`);
	assert.equal(page.status, 200);
	page = await v.get(links(page.text).find((l) => l.startsWith(`/performances/${s.performance}/list`)));
	page = await v.get(links(page.text).find((l) => l.includes(`section=${s.sections[1].id}`)));
	assert.match(textOf(page.text), /B block/);
	page = await v.submit(page, `/performances/${s.performance}/list`, { seat: [s.seats[41].idx, s.seats[42].idx] });
	assert.match(textOf(page.text), /B block, row 1, seat 2/);
	page = await v.get(links(page.text).find((l) => l.includes(`section=${s.sections[0].id}`))); // a second section: the choice stays
	page = await v.submit(page, `/performances/${s.performance}/list`, { seat: [s.seats[41].idx, s.seats[42].idx, s.seats[0].idx] });
	assert.match(textOf(page.text), /Total ₩370,000/);
	const code = codeOf(await v.submit(page, tray));
	page = await v.get(`/checkout/${code}`);
	assert.match(textOf(page.text), /Total ₩373,000/);
	assert.match(page.text, /<meta http-equiv="refresh" content="4\d\d">/);
	const refused = await v.submit(page, (f) => f.id === 'details', { name: 'Kim', email: 'no', phone: '010-1234-5678' });
	assert.equal(refused.status, 422);
	assert.match(refused.text, /value="010-1234-5678"/);
	const paid = await v.submit(page, (f) => f.id === 'details', { name: '홍길동', email: 'hong@example.com', phone: '010-1234-5678', agreed: '1' });
	assert.equal(paid.location, `/pay/${code}`);
	assert.deepEqual(sql(`SELECT state, tickets, total, contact_name FROM orders WHERE code = '${code}'`), [{ state: 'pending', tickets: '3', total: '373000', contact_name: '홍길동' }]);
	assert.match(textOf((await v.get('/me/orders')).text), /Test show/);
	assert.match(textOf((await v.get(`/orders/${code}`)).text), /Held/);
	// The next order knows the contact.
	const next = codeOf(await hold(v, s.performance, [s.seats[60].idx]));
	assert.match((await v.get(`/checkout/${next}`)).text, /value="홍길동"/);
});

test('who comes second is told which seats are gone and keeps the others', async () => {
	const s = stage();
	const first = buyer(), second = buyer();
	const page = await second.get(`/performances/${s.performance}/seats?seat=4,5`);
	codeOf(await hold(first, s.performance, [5]));
	const lost = await second.submit(page, tray);
	assert.equal(lost.location, `/performances/${s.performance}/seats?seat=4%2C5&missed=1`);
	const again = await second.follow(lost);
	assert.match(textOf(again.text), /Somebody was quicker: A block, row 1, seat 6/);
	assert.match(again.text, /name="seat" value="4"/);
	assert.doesNotMatch(again.text, /name="seat" value="5"/);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM orders WHERE person_id = ${second.person.id}`), '0');
});

test('a seat that was refused a moment ago can be had as soon as it is given back', async () => {
	const s = stage();
	const first = buyer(), second = buyer();
	const late = await second.get(`/performances/${s.performance}/seats?seat=5`);
	const code = codeOf(await hold(first, s.performance, [5]));
	for (let i = 0; i < 3; i++) { // from the database, then from what the house remembers
		const lost = await second.submit(late, tray);
		assert.equal(lost.location, `/performances/${s.performance}/seats?seat=5&missed=1`);
	}
	const page = await first.get(`/checkout/${code}`);
	await first.submit(page, (f) => f.action.endsWith('/release'));
	const back = await second.get(`/performances/${s.performance}/seats?seat=5&missed=1`);
	assert.match(textOf(back.text), /the seats have just come back/);
	codeOf(await second.submit(back, tray));
});

test('a double click, a repeated POST and the back button make one order', async () => {
	const s = stage();
	const v = buyer();
	const page = await v.get(`/performances/${s.performance}/seats?seat=7,8`);
	const answers = await Promise.all([1, 2, 3, 4].map(() => v.submit(page, tray)));
	const codes = new Set(answers.map(codeOf));
	assert.equal(codes.size, 1);
	const back = await v.get(`/performances/${s.performance}/seats?seat=7,8`);
	assert.match(textOf(back.text), /You are holding 2 tickets/);
	assert.doesNotMatch(back.text, /name="seat" value="7"/);
	assert.equal(codeOf(await v.submit(page, tray)), [...codes][0]);
});

test('a visitor without a name keeps the choice on the way through sign-in', async () => {
	const s = stage();
	const v = new Visitor();
	const page = await v.get(`/performances/${s.performance}/list?seat=1,2`);
	const who = await v.follow(await v.submit(page, tray));
	assert.match(textOf(who.text), /Who is booking\?/);
	assert.match(textOf(who.text), /A block, row 1, seat 2/);
	const next = new URL(links(who.text).find((l) => /^\/sign-in\?next=.*seats/.test(l)), 'http://x').searchParams.get('next');
	assert.equal(decodeURIComponent(next), `/performances/${s.performance}/seats?seat=1,2`);
	const back = await buyer().get(next);
	assert.match(back.text, /name="seat" value="1"/);
	assert.match(back.text, /name="seat" value="2"/);
});

test('a guest books one ticket at a time; nobody exceeds the limit', async () => {
	const s = stage({ limit: 2, standing: 30 });
	const guest = buyer({ member: false });
	assert.match(textOf((await guest.follow(await hold(guest, s.performance, [1, 2]))).text), /As a guest you can book one ticket at a time/);
	codeOf(await hold(guest, s.performance, [1]));
	const member = buyer();
	codeOf(await hold(member, s.performance, [11, 12]));
	assert.match(textOf((await member.follow(await hold(member, s.performance, [13]))).text), /more tickets for this performance than one person may book/);
});

test('standing places are counted', async () => {
	const s = stage({ standing: 5, limit: 4 });
	const floor = (f) => /name="section"/.test(f.html);
	const v = buyer(), w = buyer();
	const page = await v.get(`/performances/${s.performance}/seats`);
	assert.match(textOf(page.text), /5 places left/);
	codeOf(await v.submit(page, floor, { standing: 4 }));
	const full = await w.submit(await w.get(`/performances/${s.performance}/seats`), floor, { standing: 2 });
	assert.match(textOf((await w.follow(full)).text), /no room left for so many/);
	codeOf(await w.submit(await w.get(`/performances/${s.performance}/seats`), floor, { standing: 1 }));
	assert.match(textOf((await w.get(`/performances/${s.performance}/seats`)).text), /Everything is taken at the moment/);
});

test('the best seats are chosen by the server, and not yet held', async () => {
	const s = stage();
	const v = buyer();
	const found = await v.get(`/performances/${s.performance}/best?count=3&grade=${s.sections[1].grade}&from=list`);
	const seats = decodeURIComponent(found.location).match(/seat=([\d,]+)$/)[1].split(',').map(Number);
	assert.deepEqual(seats, [seats[0], seats[0] + 1, seats[0] + 2]);
	assert.ok(seats[0] >= 40 && seats[2] < 50);
	assert.match(textOf((await v.follow(found)).text), /not held yet/);
	const none = await v.get(`/performances/${s.performance}/best?count=3&wheelchair=1`);
	assert.match(textOf((await v.follow(none)).text), /not so many free seats/);
});

test('the time can be extended once; when it is over the page says so and the seats are free', async () => {
	const s = stage();
	const v = buyer(), other = buyer();
	const code = codeOf(await hold(v, s.performance, [3]));
	const end = () => Date.parse(`${sqlOne(`SELECT expires_at FROM orders WHERE code = '${code}'`)}Z`);
	const before = end();
	let page = await v.get(`/checkout/${code}`);
	page = await v.submitAndFollow(page, (f) => f.action.endsWith('/extend'));
	assert.equal(end() - before, 240000);
	assert.doesNotMatch(page.text, /\/extend"/);
	assert.equal((await other.get(`/checkout/${code}`)).status, 404);
	assert.equal((await other.get(`/orders/${code}`)).status, 404);
	assert.equal((await new Visitor().get(`/checkout/${code}`)).status, 303);
	sql(`UPDATE orders SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 3 SECOND WHERE code = '${code}'; UPDATE claim SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 3 SECOND WHERE order_id = (SELECT id FROM orders WHERE code = '${code}')`);
	const late = await v.submit(page, (f) => f.id === 'details', { name: 'K', email: 'k@example.com', phone: '010-1234-5678', agreed: '1' });
	const over = await v.follow(late);
	assert.equal(over.status, 410);
	assert.match(textOf(over.text), /The time for these seats is over/);
	assert.ok(links(over.text).includes(`/performances/${s.performance}/seats?seat=3`));
	await until(() => sqlOne(`SELECT state FROM orders WHERE code = '${code}'`) === 'expired', { what: 'the sweep' });
	codeOf(await hold(other, s.performance, [3]));
});

test('more time for what another tab has paid: the order as it is, and no word of seats that are gone', async () => {
	const s = stage();
	const v = buyer();
	const code = codeOf(await hold(v, s.performance, [3]));
	const page = await v.get(`/checkout/${code}`);
	await v.submit(page, (f) => f.id === 'details', { name: 'K', email: 'k@example.com', phone: '010-1234-5678', agreed: '1' });
	assert.equal((await pay(v, { code })).location, `/orders/${code}`);
	const answer = await v.submitAndFollow(page, (f) => f.action.endsWith('/extend'));
	assert.match(textOf(answer.text), /Everything is booked and paid/);
	assert.doesNotMatch(textOf(answer.text), /free for others/);
});

test('seats given back are free at once', async () => {
	const s = stage();
	const v = buyer(), other = buyer();
	const code = codeOf(await hold(v, s.performance, [3, 4]));
	const page = await v.get(`/checkout/${code}`);
	const given = await v.submitAndFollow(page, (f) => f.action.endsWith('/release'));
	assert.match(textOf(given.text), /The seats are free again/);
	assert.match(textOf((await v.get('/me/orders')).text), /No bookings yet/);
	codeOf(await hold(other, s.performance, [3, 4]));
	assert.match((await v.submit(page, (f) => f.action.endsWith('/release'))).location, /\/seats$/, 'pressed twice');
});

test('a sale that is not open sells nothing', async () => {
	const soon = stage({ opensInHours: 5 });
	const v = buyer();
	assert.match(textOf((await v.get(`/performances/${soon.performance}/seats`)).text), /Booking has not opened yet/);
	const open = stage();
	const page = await v.get(`/performances/${open.performance}/list?seat=1`);
	sql(`UPDATE performance SET state = 'cancelled' WHERE id = ${open.performance}`);
	const refused = await v.follow(await v.submit(page, tray));
	assert.match(textOf(refused.text), /was cancelled/);
	sql(`UPDATE shows SET state = 'draft' WHERE id = ${soon.show}`);
	for (const path of ['seats', 'seats.bin', 'list', 'best', 'who']) // facts of a performance may be a second old
		await until(async () => (await v.get(`/performances/${soon.performance}/${path}`)).status === 404, { what: `${path} to be gone` });
	assert.equal((await v.get(`/live/perf:${soon.performance}`)).status, 404);
});

test('everybody who looks hears of a hold, and the snapshot agrees', async () => {
	const s = stage();
	const looker = new Visitor(), v = buyer();
	const stream = looker.stream(`/live/perf:${s.performance}`);
	await stream.next((m) => m.event === 'hello');
	codeOf(await hold(v, s.performance, [6, 7]));
	const told = await stream.next((m) => m.event === `perf:${s.performance}` && /"i"/.test(m.data));
	assert.deepEqual([JSON.parse(told.data)].flat().find((m) => m.i), { s: 1, i: [6, 7] });
	stream.close();
	await until(async () => {
		const { body } = await looker.get(`/performances/${s.performance}/seats.bin`);
		assert.equal(body.toString('latin1', 0, 4), 'FST1');
		assert.equal(body.readUInt32LE(4), 80);
		return ((body[16 + 1] >> 4) & 3) === 1 && ((body[16 + 1] >> 6) & 3) === 1 && body.readBigInt64LE(8) > 0n;
	}, { what: 'held seats in the snapshot' });
	// Who asks for a state that contains a message gets it at once, whatever the cache has; a number to come is not kept.
	codeOf(await hold(v, s.performance, [8]));
	const next = await until(async () => (await looker.get(`/performances/${s.performance}/seats.bin?at=${Date.now()}`)).body.readBigInt64LE(8), { what: 'a number' });
	const { body } = await looker.get(`/performances/${s.performance}/seats.bin?at=${next}`);
	assert.equal(body[16 + 2] & 3, 1);
	assert.doesNotMatch((await looker.get(`/performances/${s.performance}/seats.bin?at=${next + 1000000n}`)).headers['cache-control'], /public/);
});
