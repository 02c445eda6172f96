// Terms of cancellation: what a buyer agreed to stays, whatever the organizer or the house changes afterwards.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Visitor, foyer, mailTo, replicated, sql, sqlOne, textOf } from '../support/house.mjs';
import { buyer, ownerOf, person, signIn, stage } from '../support/stage.mjs';
import { pay } from './pay_house.mjs';

const boss = new Visitor();
{
	const who = person({ name: 'Terms Boss' });
	sql(`UPDATE person SET admin = 1, totp_on_at = UTC_TIMESTAMP(6), totp_sealed = 'x' WHERE id = ${who.id}`);
	signIn(boss, { ...who, member: true, factor: true });
}
const standard = () => sqlOne('SELECT id FROM refund_grid WHERE is_default = 1');
let seat = 0;

// To the checkout with one seat, its page, the payment.
async function hold(s, v = buyer()) {
	const page = await v.get(`/performances/${s.performance}/list?seat=${s.seats[seat++].idx}`);
	const held = await v.submit(page, (f) => f.id === 'tray');
	assert.equal(held.status, 303, textOf(held.text).slice(0, 300));
	const code = held.location.split('/').pop();
	return { v, code, id: sqlOne(`SELECT id FROM orders WHERE code = '${code}'`), checkout: await v.get(held.location) };
}
async function bought(s) {
	const o = await hold(s);
	await o.v.submit(o.checkout, (f) => f.id === 'details', { name: 'Kim', email: o.v.person.email, phone: '010-1234-5678', agreed: '1' });
	assert.equal((await pay(o.v, o)).location, `/orders/${o.code}`);
	return o;
}
// What the page of cancelling says: what comes back for the one ticket, and the lines of the terms.
async function asked(o) {
	const choose = await o.v.get(`/orders/${o.code}/cancel`);
	const sure = await o.v.submit(choose, `/orders/${o.code}/cancel`, { line: 1 });
	return { sure, back: Number(/name="back" value="(\d+)"/.exec(sure.text)?.[1]), text: textOf(choose.text) };
}
async function refunded(o) {
	const { sure, back } = await asked(o);
	const done = await o.v.follow(await o.v.submit(sure, `/orders/${o.code}/cancel`));
	assert.match(textOf(done.text), /The tickets are cancelled/);
	assert.equal(Number(sqlOne(`SELECT refunded FROM orders WHERE id = ${o.id}`)), back);
	return back;
}
// A grid of the administration with a fee from the first day on: the other lines are emptied.
const LINES = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].flatMap((i) => [[`days${i}`, ''], [`fee${i}`, '']]));
async function newGrid(name, fee) {
	const page = await boss.get('/admin/refund-grids/new');
	await boss.submitAndFollow(page, '/admin/refund-grids/new', { name, free_hours: 0, ...LINES, days1: 0, fee1: fee });
	return sqlOne(`SELECT id FROM refund_grid WHERE name = '${name}'`);
}
const PRICE = 150000;
const name = (what) => `${what} ${Date.now().toString(36)}`;

test('the organizer chooses other rules: old orders keep theirs, new ones have the new', async () => {
	const s = stage();
	const mild = await newGrid(name('Mild'), 10), hard = await newGrid(name('Hard'), 80);
	const owner = ownerOf(s);
	const choose = async (grid) => {
		const page = await owner.get(`/desk/shows/${s.show}/edit`);
		const saved = await owner.submit(page, `/desk/shows/${s.show}/edit`, { refund_grid_id: grid });
		assert.equal(saved.status, 303, textOf(saved.text));
	};
	await choose(mild);
	const old = await bought(s), held = await hold(s);
	assert.match(textOf(held.checkout.text), /Until the start: fee 10%/);
	await choose(hard);
	const now = await bought(s);
	// The checkout that was open says what was agreed, also after a reload.
	assert.match(textOf((await held.v.get(`/checkout/${held.code}`)).text), /fee 10%/);
	for (const [o, fee, other] of [[old, /fee 10%/, /fee 80%/], [now, /fee 80%/, /fee 10%/]]) {
		const texts = [textOf((await o.v.get(`/orders/${o.code}`)).text), (await asked(o)).text,
			textOf((await owner.get(`/desk/orders/${o.code}`)).text), textOf((await boss.get(`/admin/orders/${o.code}`)).text),
			(await mailTo(o.v.person.email, /ticket/i)).text];
		for (const text of texts) {
			assert.match(text, fee);
			assert.doesNotMatch(text, other);
		}
	}
	assert.match(textOf((await buyer().get(`/shows/${sqlOne(`SELECT slug FROM shows WHERE id = ${s.show}`)}`)).text), /fee 80%/);
	assert.equal(await refunded(old), PRICE * 0.9);
	assert.equal(await refunded(now), PRICE * 0.2);
});

test('the house changes a grid: a new one takes its place, tickets sold keep the old one', async () => {
	const s = stage();
	const was = await newGrid(name('House'), 20);
	sql(`UPDATE shows SET refund_grid_id = ${was} WHERE id = ${s.show}`);
	replicated();
	const old = await bought(s);
	const edit = await boss.get(`/admin/refund-grids/${was}`), second = await boss.get(`/admin/refund-grids/${was}`);
	assert.match(textOf(edit.text), /tickets sold already keep their terms/);
	await boss.submitAndFollow(edit, `/admin/refund-grids/${was}`, { fee1: 70 });
	const [{ replaced_by: is }] = sql(`SELECT replaced_by FROM refund_grid WHERE id = ${was}`);
	assert.ok(Number(is) > Number(was));
	assert.equal(sqlOne(`SELECT fee_permille FROM refund_rule WHERE grid_id = ${was}`), '200', 'the old rules stand as they were');
	assert.equal(sqlOne(`SELECT refund_grid_id FROM shows WHERE id = ${s.show}`), is, 'shows follow');
	// The old address leads to the rules that stand in its place; an old form changes nothing.
	assert.equal((await boss.get(`/admin/refund-grids/${was}`)).location, `/admin/refund-grids/${is}`);
	const late = await boss.submit(second, `/admin/refund-grids/${was}`, { fee1: 90 });
	assert.equal(late.status, 409);
	assert.match(textOf(late.text), /Somebody has changed these rules meanwhile/);
	assert.equal(sqlOne(`SELECT replaced_by FROM refund_grid WHERE id = ${is}`), null);
	// An organizer's form that was open meanwhile names the old one: the show gets what stands in its place.
	const owner = ownerOf(s), page = await owner.get(`/desk/shows/${s.show}/edit`);
	await owner.submit(page, `/desk/shows/${s.show}/edit`, { refund_grid_id: was });
	assert.equal(sqlOne(`SELECT refund_grid_id FROM shows WHERE id = ${s.show}`), is);
	// Another name is no other rule.
	await boss.submitAndFollow(await boss.get(`/admin/refund-grids/${is}`), `/admin/refund-grids/${is}`, { name: 'Another name' });
	assert.deepEqual(sql(`SELECT name, replaced_by FROM refund_grid WHERE id = ${is}`), [{ name: 'Another name', replaced_by: null }]);
	const now = await bought(s);
	assert.equal(await refunded(old), PRICE * 0.8);
	assert.equal(await refunded(now), PRICE * 0.3);
});

test('another default: orders of shows without rules of their own keep the default of their day', async () => {
	const s = stage(), before = standard(), strict = await newGrid(name('Strict'), 60);
	try {
		const old = await bought(s);
		await boss.submitAndFollow(await boss.get('/admin/refund-grids'), `/admin/refund-grids/${strict}/default`);
		const now = await bought(s);
		// The default itself is changed: it stays the default.
		await boss.submitAndFollow(await boss.get(`/admin/refund-grids/${strict}`), `/admin/refund-grids/${strict}`, { fee1: 65 });
		const last = await bought(s);
		assert.equal(await refunded(old), PRICE, 'free within a day, by the standard rules');
		assert.equal(await refunded(now), PRICE * 0.4);
		assert.equal(await refunded(last), PRICE * 0.35);
	} finally {
		await boss.submitAndFollow(await boss.get('/admin/refund-grids'), `/admin/refund-grids/${before}/default`);
		assert.equal(standard(), before);
	}
	const r = await foyer('check');
	assert.equal(r.code, 0, r.stdout + r.stderr);
});
