// The organizer's way from nothing to a published show with a sold ticket; foreign objects are refused; a cancelled
// performance gives everybody's money back.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Visitor, forms, foyer, insert, local, replicated, sql, sqlOne, textOf, until, withinDay } from '../support/house.mjs';
import { ownerOf, person, signIn, stage } from '../support/stage.mjs';
import { order, pay, performance } from './pay_house.mjs';

const DAY = 24 * 3600e3;

function organizer() {
	const v = new Visitor();
	v.person = person({ name: 'Organizer' });
	v.organizer = insert(`INSERT INTO organizer (person_id, name, about, state, applied_at) VALUES (${v.person.id}, 'House ${v.person.id}', '', 'approved', UTC_TIMESTAMP(6))`);
	signIn(v, v.person);
	replicated();
	return v;
}
// A hall with two seated sections of 20 seats and a standing one.
function hall(v) {
	const venue = insert(`INSERT INTO venue (organizer_id, name, name_en, region, created_at) VALUES (${v.organizer}, '작은 극장', 'Small theatre', 'seoul', UTC_TIMESTAMP(6))`);
	const id = insert(`INSERT INTO hall (venue_id, name, seats, standing, created_at) VALUES (${venue}, '1관', 40, 100, UTC_TIMESTAMP(6))`);
	const sections = ['A', 'B', 'Floor'].map((name, ord) => insert(`INSERT INTO section (hall_id, ord, name, kind, capacity) VALUES (${id}, ${ord}, '${name}', '${ord === 2 ? 'standing' : 'seated'}', ${ord === 2 ? 100 : 20})`));
	const seats = [];
	for (let i = 0; i < 40; i++) seats.push(`(${id}, ${i}, ${sections[i < 20 ? 0 : 1]}, '1', '${i + 1}', ${i * 20}, ${i < 20 ? 50 : 100})`);
	sql(`INSERT INTO seat (hall_id, idx, section_id, row_label, label, x, y) VALUES ${seats.join(',')}`);
	replicated();
	return { id, sections };
}
async function draft(v, fields = {}) {
	const page = await v.get('/desk/shows/new');
	assert.equal(page.status, 200, page.text);
	const done = await v.submit(page, '/desk/shows/new', { title: '새 공연', title_en: 'A new show', genre: 'concert', view_open_at: local(Date.now() - DAY), booking_open_at: local(Date.now() - DAY / 2), ...fields });
	return done;
}
const idOf = (answer) => Number(/\/desk\/shows\/(\d+)/.exec(answer.location)[1]);

test('from an empty desk to a published show that sells', async () => {
	const v = organizer();
	const empty = await v.get('/desk/shows');
	assert.match(textOf(empty.text), /No show yet/);
	const h = hall(v);
	const made = await draft(v);
	assert.equal(made.status, 303, made.text);
	const id = idOf(made);

	const early = await v.submitAndFollow(await v.get(`/desk/shows/${id}`), (f) => f.action.includes('/publish'));
	assert.match(textOf(early.text), /still missing/);

	for (const [code, price] of [['R', '80000'], ['VIP', '120,000'], ['ST', '60000']]) {
		const page = await v.get(`/desk/shows/${id}/prices`);
		const added = await v.submit(page, `/desk/shows/${id}/grades`, { code, price });
		assert.equal(added.status, 303, added.text);
	}
	const twice = await v.submit(await v.get(`/desk/shows/${id}/prices`), `/desk/shows/${id}/grades`, { code: 'R', price: '1' });
	assert.equal(twice.status, 422);
	assert.deepEqual(sql(`SELECT code FROM price_grade WHERE show_id = ${id} ORDER BY ord`).map((g) => g.code), ['VIP', 'R', 'ST']);

	const first = await v.get(`/desk/shows/${id}/performances`);
	const first_day = Date.now() + 20 * DAY, when = local(first_day).slice(0, 10);
	const unmapped = await v.submit(first, `/desk/shows/${id}/performances`, { hall: h.id, first: when, times: '19:30' });
	assert.equal(unmapped.location, `/desk/shows/${id}/halls/${h.id}`);

	const grade = Object.fromEntries(sql(`SELECT code, id FROM price_grade WHERE show_id = ${id}`).map((g) => [g.code, g.id]));
	const map = await v.get(`/desk/shows/${id}/halls/${h.id}`);
	const mapped = await v.submit(map, `/desk/shows/${id}/halls/${h.id}`, { [`s${h.sections[0]}`]: grade.VIP, [`s${h.sections[2]}`]: grade.ST, rest: grade.R });
	assert.equal(mapped.status, 303, mapped.text);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM section_grade WHERE show_id = ${id}`), '3');

	const until_ = local(first_day + 2 * DAY).slice(0, 10);
	const series = await v.submitAndFollow(await v.get(`/desk/shows/${id}/performances`), `/desk/shows/${id}/performances`, { hall: h.id, first: when, last: until_, times: '14:00, 19:30' });
	assert.match(textOf(series.text), /6 performances are added/);
	const again = await v.submitAndFollow(await v.get(`/desk/shows/${id}/performances`), `/desk/shows/${id}/performances`, { hall: h.id, first: when, times: '19:30' });
	assert.match(textOf(again.text), /performance at that time already/);
	const runs = sql(`SELECT id FROM performance WHERE show_id = ${id} ORDER BY starts_at`).map((p) => p.id);
	assert.equal(runs.length, 6);
	const moveTo = async (at) => textOf((await v.submitAndFollow(await v.get(`/desk/performances/${runs[0]}/edit`), `/desk/performances/${runs[0]}/edit`, { starts_at: at })).text);
	assert.match(await moveTo(`${when}T19:30`), /The time stays/, 'the next one stands there');
	assert.match(await moveTo(`${when}T15:00`), /Saved/);
	assert.equal(sqlOne(`SELECT SUM(capacity) FROM performance_grade WHERE performance_id = ${runs[0]}`), '140');
	assert.equal(sqlOne(`SELECT COUNT(*) FROM stock_stripe WHERE performance_id = ${runs[0]}`), '16');

	const cast = await v.submitAndFollow(await v.get(`/desk/shows/${id}/cast`), `/desk/shows/${id}/cast`, { name: '한지수', name_en: 'Han Jisu', role: 'Vocals' });
	assert.match(textOf(cast.text), /Han Jisu/);
	assert.match(sqlOne(`SELECT search_text FROM shows WHERE id = ${id}`), /한지수/);

	const published = await v.submitAndFollow(await v.get(`/desk/shows/${id}`), (f) => f.action.includes('/publish'));
	assert.match(textOf(published.text), /Published/);
	assert.equal(sqlOne(`SELECT state FROM shows WHERE id = ${id}`), 'published');
	assert.equal(sqlOne(`SELECT state FROM performance WHERE id = ${runs[0]}`), 'on_sale');
	const slug = sqlOne(`SELECT slug FROM shows WHERE id = ${id}`);
	replicated();
	assert.match(slug, /^a-new-show-/);
	const seen = await new Visitor().get(`/shows/${slug}`);
	assert.equal(seen.status, 200);
	assert.match(textOf(seen.text), /A new show/);

	const buyer = new Visitor();
	signIn(buyer, person());
	const list = await buyer.get(`/performances/${runs[0]}/list?seat=3`);
	const held = await buyer.submit(list, `/performances/${runs[0]}/hold`);
	assert.equal(held.status, 303, held.text);
	const locked = await v.submitAndFollow(await v.get(`/desk/shows/${id}/prices`), `/desk/shows/${id}/grades`, {}).catch((e) => e);
	assert.match(String(locked), /no form/, 'no grade can be added any more');
	const tried = await v.post(`/desk/shows/${id}/grades/${grade.VIP}`, { price: 1, ...Object.fromEntries(forms(published.text).find((f) => f.method === 'POST').fields.filter(([k]) => k === 'csrf')) });
	assert.equal(tried.status, 303);
	assert.equal(sqlOne(`SELECT price FROM price_grade WHERE id = ${grade.VIP}`), '120000');
	assert.ok(Number(sqlOne(`SELECT COUNT(*) FROM audit_log WHERE object = 'show:${id}'`)) >= 6);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM audit_log WHERE object = 'show:${id}' AND action = 'show.grade_add' AND detail LIKE '%"grade":${grade.VIP},%'`), '1');
});

test('the order of the times is told at its field', async () => {
	const v = organizer();
	const wrong = await draft(v, { view_open_at: local(Date.now() + 2 * DAY), booking_open_at: local(Date.now() + DAY) });
	assert.equal(wrong.status, 422);
	assert.match(textOf(wrong.text), /must be visible before booking opens/);
	assert.match(wrong.text, /value="A new show"/, 'what was typed is kept');
});

test('a poster is stored in three sizes, replaced, removed; anything else is refused', async () => {
	const v = organizer();
	const id = idOf(await draft(v));
	const dir = mkdtempSync(join(tmpdir(), 'poster-'));
	execFileSync('/usr/bin/python3', ['-c', `
import struct, zlib, sys
w, h = 900, 1300
rows = b''.join(b'\\0' + bytes([200, 30, 60]) * w for _ in range(h))
def chunk(t, d): return struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))
open(sys.argv[1], 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0)) + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))`, join(dir, 'p.png')]);
	const data = readFileSync(join(dir, 'p.png'));
	const send = async (bytes) => v.submit(await v.get(`/desk/shows/${id}/edit`), (f) => f.action.endsWith('/poster'), {}, { files: { poster: { name: 'p.png', type: 'image/png', data: bytes } } });
	assert.equal((await send(data)).status, 303);
	const name = () => sqlOne(`SELECT i.name FROM shows s JOIN image i ON i.id = s.image_id WHERE s.id = ${id}`);
	const first = name();
	for (const suffix of ['', '-400', '-200']) assert.equal((await v.get(`/uploads/${first}${suffix}.jpg`)).status, 200);
	assert.equal((await send(data)).status, 303);
	assert.notEqual(name(), first);
	assert.equal((await v.get(`/uploads/${first}.jpg`)).status, 404);
	const refused = await send(Buffer.from('GIF89a no picture'));
	assert.equal(refused.status, 422);
	await Promise.all([send(data), send(data), send(data)]);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM image WHERE organizer_id = ${v.organizer}`), '1', 'of several at once one is left');
	const gone = await v.submit(await v.get(`/desk/shows/${id}/edit`), (f) => f.action.endsWith('/poster/remove'));
	assert.equal(gone.status, 303);
	assert.equal(name(), undefined);
});

test("another organizer's show and performance are not there", async () => {
	const s = stage();
	const v = organizer();
	const id = idOf(await draft(v));
	for (const path of [`/desk/shows/${s.show}`, `/desk/shows/${s.show}/edit`, `/desk/shows/${s.show}/prices`, `/desk/shows/${s.show}/cast`, `/desk/shows/${s.show}/performances`, `/desk/shows/${id}/halls/${s.hall}`, `/desk/performances/${s.performance}/edit`, `/desk/performances/${s.performance}/cancel`])
		assert.equal((await v.get(path)).status, 404, path);
	const csrf = forms((await v.get(`/desk/shows/${id}`)).text).find((f) => f.method === 'POST').fields.find(([k]) => k === 'csrf')[1];
	for (const path of [`/desk/shows/${s.show}/publish`, `/desk/shows/${s.show}/withdraw`, `/desk/performances/${s.performance}/remove`])
		assert.equal((await v.post(path, { csrf })).status, 404, path);
	assert.equal((await v.post(`/desk/performances/${s.performance}/cancel`, { csrf, reason: 'none', sure: '1' })).status, 404);
	assert.equal(sqlOne(`SELECT state FROM performance WHERE id = ${s.performance}`), 'on_sale');
	const guest = new Visitor();
	assert.equal((await guest.get('/desk/shows')).status, 303);
});

test('a cancelled performance ends holds and tells how far it is', async () => {
	const s = stage();
	const v = ownerOf(s);
	const buyer = new Visitor();
	signIn(buyer, person());
	const held = await buyer.submit(await buyer.get(`/performances/${s.performance}/list?seat=1`), `/performances/${s.performance}/hold`);
	assert.equal(held.status, 303, held.text);
	assert.match(textOf((await v.get('/desk/orders?q=nobody-of-this-name')).text), /Nothing found/, 'not even who has told no phone yet');
	const page = await v.get(`/desk/performances/${s.performance}/cancel`);
	assert.match(textOf(page.text), /1 booking under way is ended/);
	const unsure = await v.submit(page, `/desk/performances/${s.performance}/cancel`, { reason: 'The singer is ill' });
	assert.equal(unsure.status, 422);
	const done = await v.submitAndFollow(page, `/desk/performances/${s.performance}/cancel`, { reason: 'The singer is ill', sure: '1' });
	assert.match(textOf(done.text), /Cancelled/);
	await until(() => sqlOne(`SELECT state FROM orders WHERE performance_id = ${s.performance}`) === 'cancelled', { ms: 20000, what: 'the hold to end' });
	assert.match(textOf((await v.get(`/desk/performances/${s.performance}/cancel`)).text), /Every order is dealt with/);
});

// ---- the desk ---------------------------------------------------------------------------------------------------------

// A seat bought through the shop: hold, details, sandbox payment.  Gives the order's code.
async function buy(s, seat, name = 'Kim Buyer') {
	const v = new Visitor();
	v.person = person({ name });
	signIn(v, v.person);
	const held = await v.submit(await v.get(`/performances/${s.performance}/list?seat=${seat}`), `/performances/${s.performance}/hold`);
	const code = /\/checkout\/(\w+)/.exec(held.location)[1];
	const sent = await v.submit(await v.get(`/checkout/${code}`), `/checkout/${code}`, { name, email: v.person.email, phone: '010-1234-5678', method: 'card', agreed: '1' });
	assert.equal(sent.status, 303, sent.text);
	await pay(v, { code });
	await until(() => sqlOne(`SELECT state FROM orders WHERE code = '${code}'`) === 'paid', { ms: 20000, what: 'the order to be paid' });
	return { code, email: v.person.email, v };
}

test('the empty desk leads to the first sale', async () => {
	const v = organizer();
	const home = await v.get('/desk');
	assert.equal(home.status, 200);
	const text = textOf(home.text);
	assert.match(text, /Three steps to your first ticket/);
	for (const path of ['/desk/venues/new', '/desk/shows/new']) assert.ok(home.text.includes(`href="/en${path}"`) || home.text.includes(`href="${path}"`), path);
	assert.match(textOf((await v.get('/desk/sales')).text), /Nothing is coming/);
	assert.match(textOf((await v.get('/desk/orders')).text), /No order yet/);
});

test('a sale is seen at the desk: sales, order, attendee, CSV; the organizer gives the money back', async () => {
	await withinDay();
	const s = stage({ fee: 1000 });
	const v = ownerOf(s);
	const name = '=Lee "Formula"';
	const { code, email } = await buy(s, 2, name);
	await until(() => sqlOne(`SELECT SUM(sold) FROM performance_grade WHERE performance_id = ${s.performance}`) === '1', { ms: 10000, what: 'the counts' });
	replicated();

	assert.match(textOf((await v.get('/desk')).text), /Orders paid today 1/);
	assert.match(textOf((await v.get('/desk/sales')).text), /Tickets paid today 1 Money taken today ₩151,000 .*1 \/ 80/);
	assert.match(textOf((await v.get(`/desk/sales/live?show=${s.show}&span=days`)).text), /Tickets paid today 1/);
	for (const q of [code, code.toLowerCase(), email, 'Formula', '5678'])
		assert.ok((await v.get(`/desk/orders?q=${encodeURIComponent(q)}`)).text.includes(code), q);
	assert.match(textOf((await v.get('/desk/orders?q=nobody-of-this-name')).text), /Nothing found/);
	assert.match(textOf((await v.get('/desk/orders?state=cancelled')).text), /Nothing found/);
	const csv = await v.get('/desk/orders.csv');
	assert.match(csv.headers['content-type'], /text\/csv/);
	assert.ok(csv.text.includes(`"'=Lee ""Formula"""`), csv.text);
	const people = await v.get(`/desk/performances/${s.performance}?q=Formula`);
	assert.ok(people.text.includes(code));
	assert.ok((await v.get(`/desk/performances/${s.performance}/attendees.csv`)).text.includes(code));
	sql(`UPDATE ticket t JOIN orders o ON o.id = t.order_id SET t.holder = '김철수' WHERE o.code = '${code}'`);
	for (const q of ['김철', '김', code, code.toLowerCase()]) {
		const found = await v.get(`/desk/performances/${s.performance}?q=${encodeURIComponent(q)}`);
		assert.equal(found.status, 200, q);
		await until(async () => (await v.get(`/desk/performances/${s.performance}/attendees.csv?q=${encodeURIComponent(q)}`)).text.includes(code), { what: q });
	}
	assert.match(textOf((await v.get(`/desk/performances/${s.performance}?q=${encodeURIComponent('박영희')}`)).text), /0/);

	const page = await v.get(`/desk/orders/${code}`);
	assert.match(textOf(page.text), /Payment complete/);
	const again = await v.submitAndFollow(page, `/desk/orders/${code}/resend`);
	assert.match(textOf(again.text), /on their way/);
	assert.equal((await v.submit(page, `/desk/orders/${code}/refund`, { line: 1, reason: 'Wrong date' })).status, 422);
	const done = await v.submitAndFollow(page, `/desk/orders/${code}/refund`, { line: 1, reason: 'Wrong date', sure: '1' });
	assert.match(textOf(done.text), /₩151,000 goes back/);
	assert.equal(sqlOne(`SELECT state FROM orders WHERE code = '${code}'`), 'cancelled');
	await until(() => sqlOne(`SELECT f.state FROM pay_refund f JOIN orders o ON o.id = f.order_id WHERE o.code = '${code}'`) === 'done', { ms: 20000, what: 'the refund' });
	assert.ok(Number(sqlOne(`SELECT COUNT(*) FROM audit_log WHERE object = 'order:${code}'`)) >= 2);

	const other = organizer();
	for (const path of [`/desk/orders/${code}`, `/desk/performances/${s.performance}`, `/desk/performances/${s.performance}/attendees.csv`])
		assert.equal((await other.get(path)).status, 404, path);
	assert.ok(!(await other.get(`/desk/orders?q=${code}`)).text.includes(`/desk/orders/${code}`));
});

test('a cancelled performance gives the money back and tells the buyer', async () => {
	const s = stage({ fee: 500 });
	const v = ownerOf(s);
	const { code } = await buy(s, 5);
	const page = await v.get(`/desk/performances/${s.performance}/cancel`);
	assert.match(textOf(page.text), /1 order is refunded in full.*₩150,500 goes back/);
	await v.submit(page, `/desk/performances/${s.performance}/cancel`, { reason: 'The hall is flooded', sure: '1' });
	await until(() => sqlOne(`SELECT f.state FROM pay_refund f JOIN orders o ON o.id = f.order_id WHERE o.code = '${code}'`) === 'done', { ms: 30000, what: 'the refund' });
	assert.equal(sqlOne(`SELECT CONCAT(state, ' ', refunded) FROM orders WHERE code = '${code}'`), 'cancelled 150500');
	assert.match(textOf((await v.get(`/desk/performances/${s.performance}/cancel`)).text), /Given back ₩150,500/);
	await until(() => sqlOne(`SELECT COUNT(*) FROM outbox WHERE topic = 'mail' AND once_key = 'performance_cancelled:${code}'`) === '1', { what: 'the mail' });
});

test('called off when the doors are open: who has entered gets the money back like everybody', async () => {
	const s = stage({ limit: 2 });
	const v = ownerOf(s);
	const inside = await buy(s, 3), outside = await buy(s, 4);
	const ticket = sqlOne(`SELECT t.code FROM ticket t JOIN orders o ON o.id = t.order_id WHERE o.code = '${inside.code}'`);
	sql(`UPDATE performance SET starts_at = UTC_TIMESTAMP(6) + INTERVAL 30 MINUTE WHERE id = ${s.performance}`);
	const gate = await v.get(`/gate/${s.performance}`);
	await v.submit(gate, `/gate/${s.performance}/scan`, { text: ticket });
	assert.equal(sqlOne(`SELECT state FROM ticket WHERE code = '${ticket}'`), 'used');
	await v.submit(await v.get(`/desk/performances/${s.performance}/cancel`), `/desk/performances/${s.performance}/cancel`, { reason: 'Fire alarm', sure: '1' });
	for (const { code } of [outside, inside])
		await until(() => sqlOne(`SELECT f.state FROM pay_refund f JOIN orders o ON o.id = f.order_id WHERE o.code = '${code}'`) === 'done', { ms: 30000, what: `the refund of ${code}` });
	assert.deepEqual(sql(`SELECT state, refunded FROM orders WHERE performance_id = ${s.performance}`), [inside, outside].map(() => ({ state: 'cancelled', refunded: '150000' })));
	assert.equal(sqlOne(`SELECT state FROM ticket WHERE code = '${ticket}'`), 'void');
	const again = await v.submitAndFollow(gate, `/gate/${s.performance}/scan`, { text: ticket });
	assert.match(textOf(again.text), /cancelled/i);
	const checked = await foyer('check');
	assert.equal(checked.code, 0, checked.stdout);
});

test('the limit per person does not fall below what somebody has', async () => {
	const p = performance(), v = new Visitor();
	signIn(v, { id: sqlOne(`SELECT person_id FROM organizer WHERE id = ${p.organizer}`), member: true });
	order(person(), p, { tickets: 3 });
	const path = `/desk/shows/${p.show}/edit`, page = await v.get(path);
	const refused = await v.submit(page, path, { ticket_limit: 2 });
	assert.equal(refused.status, 422);
	assert.match(textOf(refused.text), /has 3 tickets for one performance already/);
	assert.equal((await v.submit(page, path, { ticket_limit: 3 })).status, 303);
	assert.equal(sqlOne(`SELECT ticket_limit FROM shows WHERE id = ${p.show}`), '3');
});
