// The organizer's console of a waiting room in real browsers: planned on a desktop, watched and steered on a phone in Korean,
// figures that follow the line by themselves; orders to look at.  FOYER_SHOTS=DIR keeps pictures of the pages.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PHONE, close, launch, open, whole } from '../support/browser.mjs';
import { replicated, sql, sqlOne, until } from '../support/house.mjs';
import { roomOf } from '../support/queue.mjs';
import { person, signIn, stage } from '../support/stage.mjs';

before(launch);
after(close);

const shot = (tab, name) => process.env.FOYER_SHOTS && tab.screenshot({ path: join(process.env.FOYER_SHOTS, `${name}.png`), fullPage: true });
const state = (s, name) => until(() => roomOf(s)?.state === name, { what: `the room to be ${name}` });
// As after an hour: many have come, the head has moved.  The tick goes on from here: one that has read the row before finds
// saved_at moved, as after another leader, and leaves the row alone.
function busy(s) {
	const { id } = roomOf(s);
	const steps = Array.from({ length: 30 }, (_, i) => `(${id}, UTC_TIMESTAMP(6) - INTERVAL ${30 - i} MINUTE, ${(i + 1) * 40 + i * i}, ${(i + 1) * 38 + i * i}, ${(i + 1) * 2})`);
	const people = Array.from({ length: 24 }, () => person());
	sql(`START TRANSACTION;
		UPDATE waiting_room SET state = 'paused', issued = 18250, licence = 40000, head = ${30 * 40 + 29 * 29}, admitted = ${30 * 38 + 29 * 29},
			skipped = 60, settled = 1000, entered = 24, saved_at = UTC_TIMESTAMP(6) WHERE id = ${id};
		INSERT INTO waiting_room_step (room_id, at, head, admitted, skipped) VALUES ${steps.join(',')};
		INSERT INTO queue_pass (room_id, place, holder, living, person_id, granted_at, expires_at, ended_at, ended_why) VALUES ${people.map((p, i) =>
		`(${id}, ${i + 1}, 'm${p.id}', ${i < 12 ? `'m${p.id}'` : 'NULL'}, ${p.id}, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 10 MINUTE, ${i < 12 ? 'NULL, NULL' : `UTC_TIMESTAMP(6), '${i < 20 ? 'bought' : 'left'}'`})`).join(',')};
		COMMIT`);
}

test('planned on a desktop, followed and steered while it runs', async (t) => {
	const s = stage({ opensInHours: 3 });
	const session = signIn({}, { ...s.owner, member: true });
	const path = `/desk/performances/${s.performance}/queue`;
	const { tab, faults } = await open(t, path, { session });
	await whole(tab, 'plan');
	await shot(tab, 'plan');
	await tab.click('form[action$="/plan"] .form-actions button');
	await tab.waitForSelector('[data-state="planned"]');
	await whole(tab, 'planned');
	await shot(tab, 'planned');

	// The times have come: the page turns by itself, with its forms.
	sql(`UPDATE shows SET booking_open_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR WHERE id = ${s.show};
		UPDATE waiting_room SET gathers_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, opens_at = UTC_TIMESTAMP(6) + INTERVAL 3 SECOND WHERE id = ${roomOf(s).id}`);
	await tab.waitForSelector('form[action$="/pause"]', { timeout: 30000 });
	assert.equal(roomOf(s).state, 'open');
	await tab.fill('#f-target', '33');
	await tab.click('form[action$="/flow"] button');
	await tab.waitForSelector('.alert-success');
	assert.equal(roomOf(s).target, '33');
	assert.equal(await tab.inputValue('#f-target'), '33');
	await tab.fill('#f-message', '좌석은 충분합니다.');
	await tab.fill('#f-message_en', 'There are seats enough.');
	await tab.click('form[action$="/message"] button');
	await tab.waitForSelector('.alert-success');
	assert.equal(roomOf(s).message_en, 'There are seats enough.');

	busy(s);
	await tab.waitForFunction(() => /16,209/.test(document.querySelector('#figures').textContent), null, { timeout: 30000 });
	await tab.waitForSelector('form[action$="/pause"] input[value="open"]', { state: 'attached', timeout: 30000 });
	await whole(tab, 'paused', { text: false });
	await shot(tab, 'paused');
	await tab.waitForFunction(() => /follow the line/.test(document.querySelector('#figures-note').textContent), null, { timeout: 30000 });

	const phone = await open(t, path, { session, ...PHONE, lang: 'ko', colorScheme: 'dark' });
	await whole(phone.tab, 'on a phone', { text: false });
	await shot(phone.tab, 'phone-dark');
	await phone.tab.click('form[action$="/pause"] button');
	await phone.tab.waitForSelector('[data-state="open"]');
	await tab.waitForSelector('form[action$="/pause"] input[value="paused"]', { state: 'attached', timeout: 30000 });
	await phone.tab.click('.confirm summary');
	await shot(phone.tab, 'phone-end');
	await phone.tab.click('.confirm button');
	await phone.tab.waitForSelector('form[action$="/plan"]');
	await state(s, 'ended');
	await whole(phone.tab, 'ended');
	await shot(phone.tab, 'phone-ended');
	await tab.waitForSelector('form[action$="/plan"]', { timeout: 30000 });
	assert.deepEqual([...faults, ...phone.faults], []);
});

test('orders to look at', async (t) => {
	const s = stage(), buyers = [person({ name: 'Park Fast' }), person({ name: 'Lee Many' })];
	const session = signIn({}, { ...s.owner, member: true });
	const path = `/desk/performances/${s.performance}/suspects`;
	const empty = await open(t, path, { session });
	await whole(empty.tab, 'nothing to look at');
	await shot(empty.tab, 'suspects-none');
	buyers.forEach((b, i) => {
		sql(`INSERT INTO orders (code, person_id, performance_id, idem_key, state, tickets, subtotal, total, contact_name, contact_email, created_at, paid_at)
			VALUES (SUBSTR(UPPER(MD5(UUID())), 1, 10), ${b.id}, ${s.performance}, UUID(), 'cancelled', ${i + 1}, 110000, 110000, '${b.name}', '${b.email}', UTC_TIMESTAMP(6), NULL);
			INSERT INTO suspicion (sale_kind, sale_id, who, person_id, reason, detail, times, first_at, last_at) VALUES
			('p', ${s.performance}, 'm${b.id}', ${b.id}, 'too quick', '240', ${1 + i * 6}, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`);
		if (i) sql(`INSERT INTO suspicion (sale_kind, sale_id, who, person_id, reason, detail, times, first_at, last_at) VALUES
			('p', ${s.performance}, 'm${b.id}', ${b.id}, 'many accounts', '14', 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),
			('p', ${s.performance}, 'm${b.id}', ${b.id}, 'forged', '', 3, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`);
	});
	const row = sqlOne(`SELECT code FROM orders WHERE person_id = ${buyers[1].id}`);
	replicated();
	for (const [name, options] of [['desktop', {}], ['phone', { ...PHONE, lang: 'ko', colorScheme: 'dark' }]]) {
		const { tab, faults } = await open(t, path, { session, ...options });
		await tab.waitForSelector('table.data');
		await whole(tab, `orders to look at, ${name}`, { text: false });
		await shot(tab, `suspects-${name}`);
		assert.equal((await tab.textContent('tbody tr:first-child .code')).trim(), row);
		assert.deepEqual(faults, []);
	}
	const desk = await open(t, `/desk/performances/${s.performance}`, { session });
	await whole(desk.tab, 'performance', { text: false });
	await shot(desk.tab, 'performance');
});
