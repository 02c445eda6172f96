// A form that makes something is carried out once: pressed twice, at once, again after its result was seen.  What was
// changed in it is another form.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Visitor, forms, local, mails, sql, sqlOne, textOf, totp, until } from '../support/house.mjs';
import { ownerOf, person, signIn, stage, buyer } from '../support/stage.mjs';
import { pay } from './pay_house.mjs';

const s = stage();
const owner = ownerOf(s);
const boss = new Visitor();
{
	const who = person({ name: 'Once Boss' });
	sql(`UPDATE person SET admin = 1, totp_on_at = UTC_TIMESTAMP(6), totp_sealed = 'x' WHERE id = ${who.id}`);
	signIn(boss, { ...who, member: true, factor: true });
}
// A draft whose prices may still be changed, with a hall that has them.
const draft = stage();
sql(`UPDATE shows SET organizer_id = ${s.organizer}, state = 'draft' WHERE id = ${draft.show}; UPDATE venue SET organizer_id = ${s.organizer} WHERE id = ${draft.venue}`);
const hall = sqlOne(`SELECT hall_id FROM performance WHERE id = ${draft.performance}`);
const empty = sqlOne(`INSERT INTO hall (venue_id, name, created_at) VALUES (${s.venue}, 'Empty', UTC_TIMESTAMP(6)); SELECT LAST_INSERT_ID() AS id`);
const word = () => `Once ${Math.random().toString(36).slice(2, 9)}`;
const day = (n) => local(Date.now() + n * 86400e3).slice(0, 10);
const count = (table, where) => Number(sqlOne(`SELECT COUNT(*) FROM ${table} WHERE ${where}`));

// who, the page with the form, its action, what is filled in, how many there are of it.
const CREATIONS = {
	show: () => { const title = word(); return [owner, '/desk/shows/new', '/desk/shows/new', { title }, () => count('shows', `title = '${title}'`), { title: word() }]; },
	venue: () => { const name = word(); return [owner, '/desk/venues/new', '/desk/venues/new', { name }, () => count('venue', `name = '${name}'`), { name: word() }]; },
	hall: () => { const name = word(); return [owner, `/desk/venues/${s.venue}/halls/new`, `/desk/venues/${s.venue}/halls/new`, { name, start: 'club' }, () => count('hall', `name = '${name}'`), { name: word() }]; },
	'copy of a hall': () => { const name = word(); return [owner, `/desk/halls/${hall}/duplicate`, `/desk/halls/${hall}/duplicate`, { name }, () => count('hall', `name = '${name}'`), { name: word() }]; },
	section: () => { const name = word(); return [owner, `/desk/halls/${empty}`, `/desk/halls/${empty}/sections`, { name }, () => count('section', `hall_id = ${empty} AND name = '${name}'`), { name: word() }, 'add']; },
	'price grade': () => { const code = word().slice(-6); return [owner, `/desk/shows/${draft.show}/prices`, `/desk/shows/${draft.show}/grades`, { code, price: 5000 }, () => count('price_grade', `code = '${code}'`), { code: word().slice(-6) }]; },
	performer: () => { const name = word(); return [owner, `/desk/shows/${draft.show}/cast`, `/desk/shows/${draft.show}/cast`, { name }, () => count('performer', `name = '${name}'`), { name: word() }]; },
	performances: () => {
		const first = day(30 + Math.floor(Math.random() * 300)), at = `${String(8 + Math.floor(Math.random() * 12)).padStart(2, '0')}:07`;
		return [owner, `/desk/shows/${draft.show}/performances`, `/desk/shows/${draft.show}/performances`, { hall, first, times: at, cast_note: word() },
			() => count('performance', `show_id = ${draft.show} AND starts_at = CONVERT_TZ('${first} ${at}', '+09:00', '+00:00')`), { times: '07:13' }];
	},
	'staff code': () => { const label = word(); return [owner, '/desk/staff', '/desk/staff', { label, gate: 1 }, () => count('staff_code', `label = '${label}'`), { label: word() }]; },
	'refund rules': () => { const name = word(); return [boss, '/admin/refund-grids/new', '/admin/refund-grids/new', { name }, () => count('refund_grid', `name = '${name}'`), { name: word() }]; },
};

for (const [what, make] of Object.entries(CREATIONS)) {
	test(`${what}: twice, at once, after its result, and changed`, async () => {
		// One after the other, the second without the first one's answer (a visitor with the cookies of before).
		let [v, from, action, fields, made, other, press] = make();
		let page = await v.get(from);
		assert.equal(page.status, 200, textOf(page.text));
		const before = new Map(v.cookies);
		const first = await v.submit(page, action, fields, { press });
		assert.equal(first.status, 303, textOf(first.text).slice(0, 600));
		assert.equal(made(), 1);
		const told = textOf((await v.follow(first)).text);
		v.cookies = before;
		const second = await v.submit(page, action, fields, { press });
		assert.equal(second.location, first.location, 'the second one ends where the first one did');
		const again = await v.follow(second);
		assert.equal(again.status, 200);
		assert.equal(textOf(again.text), told, 'and tells the same');
		assert.equal(made(), 1);
		// After the result was seen and looked at once more.
		assert.equal((await v.get(second.location)).status, 200);
		assert.equal((await v.submit(page, action, fields, { press })).location, first.location);
		assert.equal(made(), 1);
		// Something else in it is another one.
		if (what !== 'performances') assert.notEqual((await v.submit(page, action, { ...fields, ...other }, { press })).status, 422);
		assert.equal(made(), 1);
		// At once, from a page of its own.
		[v, from, action, fields, made, , press] = make();
		page = await v.get(from);
		const answers = await Promise.all(Array.from({ length: 6 }, () => v.submit(page, action, fields, { press })));
		assert.deepEqual([...new Set(answers.map((a) => `${a.status} ${a.location}`))], [`303 ${answers[0].location}`], textOf(answers.find((a) => a.status !== 303)?.text ?? ''));
		assert.equal(made(), 1, 'six at once make one');
		// A fresh page with the same words means it.
		if (!['section', 'price grade', 'performances', 'performer'].includes(what)) {
			await v.submit(await v.get(from), action, fields, { press });
			assert.equal(made(), 2);
		}
	});
}

test('a code that is shown once is shown to whom the first answer got lost', async () => {
	const page = await owner.get('/desk/staff'), before = new Map(owner.cookies), label = word();
	await owner.submit(page, '/desk/staff', { label, gate: 1 });
	owner.cookies = before; // that answer never came
	const shown = await owner.submitAndFollow(page, '/desk/staff', { label, gate: 1 });
	assert.match(textOf(shown.text), /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/);
	assert.equal(count('staff_code', `label = '${label}'`), 1);
});

test('another browser, another person: another form', async () => {
	const page = await owner.get('/desk/venues/new'), name = word();
	await owner.submit(page, '/desk/venues/new', { name });
	const stranger = ownerOf(stage()), theirs = await stranger.get('/desk/venues/new');
	const idem = forms(page.text).find((f) => f.action === '/desk/venues/new').fields.find(([k]) => k === 'idem')[1];
	const made = await stranger.submit(theirs, '/desk/venues/new', { name, idem });
	assert.equal(made.status, 303);
	assert.equal(count('venue', `name = '${name}'`), 2);
});

test('after a quarter of an hour somebody means it', async () => {
	const page = await owner.get('/desk/venues/new'), name = word();
	await owner.submit(page, '/desk/venues/new', { name });
	sql("UPDATE form_made SET at = at - INTERVAL 16 MINUTE");
	assert.equal((await owner.submit(page, '/desk/venues/new', { name })).status, 303);
	assert.equal(count('venue', `name = '${name}'`), 2);
	assert.equal((await owner.submit(page, '/desk/venues/new', { name })).status, 303);
	assert.equal(count('venue', `name = '${name}'`), 2);
});

test('tickets cancelled, sent again: a second press tells what the first one did', async () => {
	const v = buyer(), seats = await v.get(`/performances/${s.performance}/list?seat=0,1`);
	const held = await v.submit(seats, (f) => f.id === 'tray'), code = held.location.split('/').pop();
	await v.submit(await v.get(held.location), (f) => f.id === 'details', { name: 'Kim', email: v.person.email, phone: '010-1234-5678', agreed: '1' });
	assert.equal((await pay(v, { code })).location, `/orders/${code}`);
	await until(async () => (await mails(v.person.email)).length === 1, { what: 'the tickets' });
	const order = await v.get(`/orders/${code}`);
	for (const a of await Promise.all([1, 2, 3].map(() => v.submit(order, `/orders/${code}/resend`)))) assert.equal(a.location, `/orders/${code}`);
	assert.equal(Number(sqlOne(`SELECT COUNT(*) FROM outbox WHERE about = '${code}' AND payload LIKE '%tickets_again%'`)), 1);
	const sure = await v.submit(await v.get(`/orders/${code}/cancel`), `/orders/${code}/cancel`, { line: 1 });
	for (let i = 0; i < 2; i++) {
		const done = await v.submitAndFollow(sure, `/orders/${code}/cancel`);
		assert.match(textOf(done.text), /The tickets are cancelled/);
	}
	assert.equal(count('pay_refund', `order_id = (SELECT id FROM orders WHERE code = '${code}')`), 1);
});
