// The waiting room in real browsers: from the door to the ticket with and without script, on a phone, in two tabs, without a
// network for a while, and how it looks to those who hear it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PHONE, close, foreign, launch, open, sideways, violations } from '../support/browser.mjs';
import { sql, sqlOne, until } from '../support/house.mjs';
import { buyer, person, signIn, stage } from '../support/stage.mjs';
import { codeOf, enter, gatherRoom, hold, join, openNow, openRoom, order, pay, planRoom } from '../support/queue.mjs';

before(launch);
after(close);
after(() => sql("UPDATE queue_pass SET ended_at = UTC_TIMESTAMP(6), living = NULL, ended_why = 'closed' WHERE ended_at IS NULL; UPDATE waiting_room SET state = 'ended', live_sale = NULL, ended_at = UTC_TIMESTAMP(6), ended_why = 'by hand' WHERE state <> 'ended'; UPDATE performance SET room_id = NULL WHERE room_id IS NOT NULL"));

const who = () => { const p = person(); return { person: p, session: signIn({}, p) }; };
const seats = /\/performances\/\d+\/seats$/;
const joined = (tab) => tab.waitForSelector('main:not([data-number="0"])');
const numberOf = (tab) => tab.getAttribute('main', 'data-number').then(Number);
const here = (tab) => tab.evaluate(async () => (await fetch(`${location.pathname}/here`)).json());
async function buy(tab) {
	await tab.waitForSelector('#seatmap[data-ready]');
	await tab.waitForTimeout(100);
	const [x, y] = await tab.evaluate(() => document.getElementById('seatmap').seatAt(3));
	await tab.locator('#seatmap canvas').click({ position: { x, y } });
	await tab.locator('#bar button:visible, #tray-hold:visible').first().click();
	await tab.waitForURL(/\/checkout\//);
	await tab.fill('#f-phone', '010-1234-5678');
	await tab.check('#f-agreed');
	await tab.click('text=Go to payment');
	await tab.waitForURL(/\/pay\//);
	await tab.click('form[action$="/start"] button:not([type=button])');
	await tab.waitForURL(/\/sandbox\/window/);
	await tab.check('input[name=card][value="4242 4242 4242 4242"]');
	await tab.click('button[name=how][value=card]');
	await tab.waitForURL(/\/orders\//);
}

for (const [screen, options] of [['a desktop', {}], ['a phone', PHONE]]) {
	test(`the page joins, draws, waits, leads to the seats, and the buyer buys, on ${screen}`, async (t) => {
		const s = stage(), room = await gatherRoom(s.performance), p = who();
		const { tab, faults } = await open(t, room.path, { session: p.session, ...options });
		await joined(tab);
		assert.match(await tab.textContent('h1'), /You take part in the draw/);
		await openNow(room);
		await tab.waitForURL(seats);
		assert.match(await tab.textContent('#pass'), /You are in/);
		await buy(tab);
		assert.equal(sqlOne(`SELECT ended_why FROM queue_pass WHERE room_id = ${room.id}`), 'bought');
		assert.deepEqual(faults, []);
	});
}

test('the place that the browser works out is the house\'s, and the line moves without a reload', async (t) => {
	const s = stage(), room = await gatherRoom(s.performance, { target: 2 });
	const tabs = [];
	for (let i = 0; i < 4; i++) tabs.push((await open(t, room.path)).tab);
	for (const tab of tabs) await joined(tab);
	await openNow(room);
	await until(() => tabs.filter((tab) => seats.test(tab.url())).length === 2, { ms: 20000, what: 'two inside' });
	const waiting = tabs.filter((tab) => !seats.test(tab.url()));
	for (const tab of waiting) {
		const { place } = await here(tab);
		await until(async () => Number(await tab.textContent('#ahead')) === place - Number(sqlOne(`SELECT head FROM waiting_room WHERE id = ${room.id}`)), { ms: 20000, what: `place ${place}` });
	}
	sql(`UPDATE waiting_room SET target = 10 WHERE id = ${room.id}`);
	for (const tab of waiting) await tab.waitForURL(seats);
});

test('three browsers, let in through the room, see each other\'s holds live', async (t) => {
	const s = stage(), room = await openRoom(s.performance), tabs = [];
	for (let i = 0; i < 3; i++) {
		const { tab } = await open(t, room.path, { session: who().session });
		await tab.waitForURL(seats);
		await tab.waitForSelector('#seatmap[data-ready]');
		tabs.push(tab);
	}
	const tap = async (tab, i) => {
		await tab.waitForTimeout(100);
		const [x, y] = await tab.evaluate((k) => document.getElementById('seatmap').seatAt(k), i);
		await tab.locator('#seatmap canvas').click({ position: { x, y } });
	};
	for (const tab of tabs) await tap(tab, 4);
	await tabs[0].click('#tray-hold');
	await tabs[0].waitForURL(/\/checkout\//);
	for (const tab of tabs.slice(1)) await tab.waitForFunction(() => document.querySelectorAll('#tray-seats li').length === 0);
	await tap(tabs[1], 5);
	await tap(tabs[2], 5);
	await tabs[1].click('#tray-hold');
	await tabs[1].waitForURL(/\/checkout\//);
	await tabs[2].waitForFunction(() => document.querySelectorAll('#tray-seats li').length === 0);
});

test('with JavaScript off: the button, the page\'s own refresh, the way in, a seat from the list', async (t) => {
	const s = stage(), room = await gatherRoom(s.performance), p = who();
	const { tab } = await open(t, room.path, { session: p.session, javaScriptEnabled: false });
	await tab.waitForTimeout(4300);
	await tab.click('#join button');
	assert.match(await tab.textContent('h1'), /You take part in the draw/);
	assert.equal(await tab.locator('noscript').count(), 1);
	await openNow(room);
	await until(async () => { await tab.reload(); return tab.isVisible('#enter button'); }, { every: 500, what: 'the turn' });
	assert.match(await tab.title(), /It is your turn/);
	await tab.click('#enter button');
	await tab.waitForURL(seats);
	await tab.click('text=Choose from a list instead');
	await tab.click(`a[href*="section=${s.sections[0].id}"]`);
	await tab.check('input[name=seat][value="2"]');
	await tab.click('text=Choose these seats');
	await tab.click('#tray-hold');
	await tab.waitForURL(/\/checkout\//);
});

test('a reload and a second tab keep the place; both tabs are led in', async (t) => {
	const s = stage(), room = await gatherRoom(s.performance);
	const { tab, context, faults } = await open(t, room.path);
	await joined(tab);
	const number = await numberOf(tab);
	await tab.reload();
	assert.equal(await numberOf(tab), number);
	const second = await context.newPage();
	await second.goto(tab.url());
	assert.equal(await numberOf(second), number);
	await openNow(room);
	await Promise.all([tab.waitForURL(seats), second.waitForURL(seats)]);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM queue_pass WHERE room_id = ${room.id}`), '1');
	assert.deepEqual(faults, []);
});

test('without a network: it says so, the place stays, and it goes on when the network is back', async (t) => {
	const s = stage(), room = await gatherRoom(s.performance);
	const { tab, context } = await open(t, room.path);
	await joined(tab);
	await context.setOffline(true);
	await tab.waitForSelector('#off:not([hidden])', { timeout: 60000 });
	await openNow(room);
	await context.setOffline(false);
	await tab.waitForURL(seats);
});

test('paused, a message, everything taken, sold out: told on the open page', async (t) => {
	const s = stage({ rows: 1, perRow: 2, grades: [['R', 1000]] }), holder = buyer(), room = await openRoom(s.performance, { target: 1 });
	await join(holder, room);
	await enter(holder, room);
	const { tab, faults } = await open(t, room.path);
	await joined(tab);
	const tell = (set) => sql(`UPDATE waiting_room SET ${set} WHERE id = ${room.id}`);
	tell("state = 'paused', message_en = 'A <moment> please'");
	await tab.waitForSelector('#paused:not([hidden])', { timeout: 40000 });
	assert.equal(await tab.textContent('#message'), 'A <moment> please');
	const other = await open(t, room.path, { lang: 'ko' });
	await joined(other.tab);
	await other.tab.waitForFunction(() => document.getElementById('say').textContent); // by then it has heard where the line stands
	assert.ok(await other.tab.isVisible('#message'));
	assert.equal(await other.tab.textContent('#message'), 'A <moment> please', 'there is none in this language');
	assert.match(await tab.textContent('#time'), /cannot be told yet/);
	const code = codeOf(await hold(holder, s, [0, 1]));
	tell("state = 'open', message_en = ''");
	await tab.waitForSelector('#held:not([hidden])', { timeout: 40000 });
	await order(holder, code);
	await pay(holder, code);
	await tab.waitForSelector('#sold:not([hidden])', { timeout: 40000 });
	assert.ok(!(await tab.isVisible('#held')) && !(await tab.isVisible('#paused')) && !(await tab.isVisible('#message')));
	assert.match(await tab.getAttribute('#sold a', 'href'), /^\/shows\//);
	assert.deepEqual(faults, []);
});

test('the end of the time inside is told before it comes, and leads back to the room', async (t) => {
	const s = stage(), room = await openRoom(s.performance), p = who();
	const { tab } = await open(t, room.path, { session: p.session });
	await tab.waitForURL(seats);
	const expires = (seconds) => sql(`UPDATE queue_pass SET expires_at = UTC_TIMESTAMP(6) + INTERVAL ${seconds} SECOND WHERE room_id = ${room.id}`);
	expires(55);
	await tab.reload();
	await tab.waitForFunction(() => /Less than a minute/.test(document.querySelector('#pass [aria-live]').textContent));
	expires(4);
	await tab.goto(tab.url().replace('/seats', '/list'));
	await tab.waitForURL(new RegExp(`${room.path}$`));
	await tab.waitForSelector('#join[data-ask]');
	assert.match(await tab.textContent('.note[role=alert]'), /Your time at the seats is over/);
	await tab.click('#join button');
	await tab.waitForURL(seats);
	await tab.click('#pass button');
	await tab.waitForURL(/\/shows\//);
});

const STAGES = {
	closed: async () => planRoom(stage().performance, { gathers: 3600, opens: 7200 }),
	drawing: async () => gatherRoom(stage().performance, { message: '굿즈는 로비에서 판매해요.', messageEn: 'The shop is in the lobby.' }),
	members: async () => gatherRoom(stage().performance, { membersOnly: true }),
	line: async (t) => {
		const room = await openRoom(stage().performance, { target: 1 });
		await (await open(t, room.path)).tab.waitForURL(seats);
		return room;
	},
};
for (const [name, make] of Object.entries(STAGES)) {
	test(`${name}: no axe violation, nothing wider than the screen, one language, light and dark`, async (t) => {
		const room = await make(t);
		for (const [lang, options] of [['en', { ...PHONE, colorScheme: 'dark' }], ['ko', PHONE], ['en', {}], ['ko', { colorScheme: 'dark' }]]) {
			const { tab, faults } = await open(t, room.path, { lang, ...options });
			if (!['closed', 'members'].includes(name)) await joined(tab);
			await tab.waitForTimeout(300);
			assert.deepEqual(await violations(tab), [], `${name} ${lang}`);
			assert.equal(await sideways(tab), 0);
			assert.deepEqual(await foreign(tab), []);
			assert.deepEqual(faults, []);
		}
	});
}

test('the place is said, but not at every step; the sound is a choice', async (t) => {
	const s = stage(), room = await openRoom(s.performance, { target: 1 });
	await (await open(t, room.path)).tab.waitForURL(seats);
	const { tab } = await open(t, room.path);
	await joined(tab);
	await tab.waitForFunction(() => /Your place in line: \d+\. /.test(document.getElementById('say').textContent));
	assert.match(await tab.title(), /^\d+ · Test show$/);
	assert.equal(await tab.getAttribute('#sound', 'aria-pressed'), 'false');
	await tab.click('#sound');
	assert.equal(await tab.getAttribute('#sound', 'aria-pressed'), 'true');
	await tab.evaluate(() => {
		globalThis.said = 0;
		new MutationObserver(() => { globalThis.said += 1; }).observe(document.getElementById('say'), { childList: true, characterData: true, subtree: true });
	});
	await tab.waitForTimeout(5000);
	assert.ok((await tab.evaluate(() => globalThis.said)) <= 1);
	await tab.click('#leave button');
	await tab.waitForURL(/\/shows\//);
	assert.match(await tab.textContent('.alert'), /You gave up your place/);
});

test('the proof of the draw: the browser computes the same place', async (t) => {
	const s = stage(), room = await gatherRoom(s.performance);
	const { tab } = await open(t, room.path);
	await joined(tab);
	await openNow(room);
	for (const [lang, options] of [['en', {}], ['ko', { ...PHONE, colorScheme: 'dark' }]]) {
		const proof = await open(t, `${room.path}/draw?number=1`, { lang, ...options });
		await proof.tab.waitForFunction(() => document.getElementById('own').textContent === document.getElementById('check').dataset.same);
		assert.deepEqual(await violations(proof.tab), []);
		assert.equal(await sideways(proof.tab), 0);
		assert.deepEqual(proof.faults, []);
	}
});
