// The organizer's console of a waiting room: planned, watched, steered, ended; who may do so; and the orders to look at.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Visitor, forms, insert, local, replicated, sql, sqlOne, textOf, until } from '../support/house.mjs';
import { roomOf } from '../support/queue.mjs';
import { buyer, ownerOf, person, signIn, stage } from '../support/stage.mjs';
import { order, performance } from './pay_house.mjs';

const MINUTE = 60e3, HOUR = 60 * MINUTE;
const at = (s) => Date.parse(`${s.replace(' ', 'T')}Z`);
const consoleOf = (s) => `/desk/performances/${s.performance}/queue`;
const deeds = (s) => sql(`SELECT action FROM audit_log WHERE object = 'performance:${s.performance}' ORDER BY id`).map((r) => r.action);

function staff(s, perms) {
	const id = insert(`INSERT INTO staff_code (organizer_id, label, code_hash, perms, created_at, expires_at) VALUES (${s.organizer}, 'Desk', UNHEX(SHA2(UUID(), 256)), ${perms}, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 9 DAY)`);
	const v = new Visitor();
	signIn(v, { staff: id, organizer: s.organizer });
	return v;
}
// A room that lets people in already.
async function open(v, s, fields = {}) {
	const done = await v.submit(await v.get(consoleOf(s)), `${consoleOf(s)}/plan`, { opens: local(Date.now()), gather: 0, target: 40, rate: 80, ...fields });
	assert.equal(done.status, 303, textOf(done.text));
	await until(() => roomOf(s).state === 'open', { what: 'the room to open' });
	replicated();
}

test('a room is planned with the booking, half an hour before it people gather', async () => {
	const s = stage({ opensInHours: 2 }), v = ownerOf(s);
	const opens = at(sqlOne(`SELECT booking_open_at FROM shows WHERE id = ${s.show}`));
	const page = await v.get(consoleOf(s));
	assert.equal(page.status, 200, textOf(page.text));
	assert.match((await v.get(`/desk/performances/${s.performance}`)).text, new RegExp(`${consoleOf(s)}"`));
	const form = forms(page.text).find((f) => f.action.endsWith('/plan'));
	assert.equal(new Map(form.fields).get('opens'), local(opens));

	const early = await v.submit(page, form.action, { opens: local(opens - 10 * MINUTE) });
	assert.equal(early.status, 422);
	assert.match(textOf(early.text), /not open by then/);
	const late = await v.submit(page, form.action, { ends: local(opens - MINUTE) });
	assert.match(textOf(late.text), /must be after the opening/);
	const none = await v.submit(page, form.action, { target: 0 });
	assert.equal(none.status, 422);
	assert.equal(roomOf(s), undefined);

	const done = await v.submitAndFollow(page, form.action, { target: 25, rate: 50, members_only: '1' });
	assert.match(textOf(done.text), /is planned/);
	const room = roomOf(s);
	assert.deepEqual([room.state, room.target, room.rate, room.members_only, room.reload_to_back, room.ends_at], ['planned', '25', '50', '1', '0', null]);
	assert.equal(at(room.opens_at), opens);
	assert.equal(at(room.opens_at) - at(room.gathers_at), 30 * MINUTE);
	assert.match(textOf(done.text), /Planned .* they are drawn at/);
	const again = await v.follow(await v.submit(page, form.action, {}));
	assert.match(textOf(again.text), /has a waiting room already/);
	const gone = await v.submitAndFollow(done, `${consoleOf(s)}/end`);
	assert.match(textOf(gone.text), /plan is taken back/);
	assert.equal(roomOf(s).state, 'ended');
	assert.deepEqual(deeds(s), ['queue.plan', 'queue.end']);
});

test('while it runs: figures, speed, pause, message, end', async () => {
	const s = stage(), v = ownerOf(s);
	await open(v, s);
	const id = roomOf(s).id;
	assert.equal(sqlOne(`SELECT room_id FROM performance WHERE id = ${s.performance}`), id);
	const page = await v.get(consoleOf(s));
	for (const word of ['Letting people in', 'Waiting', 'Inside', 'Let in, last minute', 'Not there', 'Gave up inside', 'Bought', 'Sold', 'Let in, by minute'])
		assert.ok(textOf(page.text).includes(word), word);
	assert.match(page.text, new RegExp(`data-channels="queue:p${s.performance}"`));

	const saved = await v.submitAndFollow(page, `${consoleOf(s)}/flow`, { target: 7, rate: 9 });
	assert.match(textOf(saved.text), /next second/);
	assert.deepEqual([roomOf(s).target, roomOf(s).rate], ['7', '9']);
	assert.equal((await v.submit(page, `${consoleOf(s)}/flow`, { target: 'many' })).status, 422);

	const paused = await v.submitAndFollow(page, `${consoleOf(s)}/pause`);
	assert.equal(roomOf(s).state, 'paused');
	const on = await v.submitAndFollow(paused, `${consoleOf(s)}/pause`);
	assert.equal(roomOf(s).state, 'open');

	const said = await v.submitAndFollow(on, `${consoleOf(s)}/message`, { message: '조금만 <b>기다려</b> 주세요', message_en: 'A little patience' });
	assert.equal(roomOf(s).message, '조금만 <b>기다려</b> 주세요');
	assert.ok(!said.text.includes('<b>기다려'));
	assert.equal((await v.submit(on, `${consoleOf(s)}/message`, { message: 'x'.repeat(301) })).status, 422);

	const figures = await v.get(`${consoleOf(s)}/live`);
	assert.equal(figures.status, 200);
	assert.match(figures.text, /data-state="open"/);
	assert.ok(!/<html/.test(figures.text));

	const ended = await v.submitAndFollow(said, `${consoleOf(s)}/end`);
	assert.match(textOf(ended.text), /open to everybody/);
	assert.equal(roomOf(s).ended_why, 'by hand');
	assert.equal(sqlOne(`SELECT room_id FROM performance WHERE id = ${s.performance}`), null);
	assert.match((await v.get(`${consoleOf(s)}/live`)).text, /data-state="ended"/);
	assert.match(textOf(ended.text), /Earlier waiting rooms .* by hand/);
	for (const what of ['flow', 'message', 'pause', 'end']) // an old page
		assert.match(textOf((await v.submitAndFollow(page, `${consoleOf(s)}/${what}`)).text), /no waiting room any more/);
	assert.deepEqual(deeds(s), ['queue.plan', 'queue.flow', 'queue.pause', 'queue.resume', 'queue.message', 'queue.end']);
});

test('staff see what their code allows; others see nothing', async () => {
	const s = stage(), v = ownerOf(s);
	await open(v, s);
	const looks = staff(s, 16);
	const page = await looks.get(consoleOf(s));
	assert.equal(page.status, 200);
	assert.ok(!forms(page.text).some((f) => f.action.includes('/queue/')), 'no forms');
	assert.equal((await looks.post(`${consoleOf(s)}/end`, {})).status, 403);
	assert.equal((await looks.get(`/desk/performances/${s.performance}/suspects`)).status, 403);
	assert.equal((await staff(s, 4).get(consoleOf(s))).status, 403);
	const both = await staff(s, 16 | 4).get(consoleOf(s));
	assert.ok(forms(both.text).some((f) => f.action.endsWith('/flow')));
	const other = ownerOf(stage());
	assert.equal((await other.get(consoleOf(s))).status, 404);
	assert.equal((await other.get(`/desk/performances/${s.performance}/suspects`)).status, 404);
	assert.equal((await other.get(`/desk/performances/${s.performance}/suspects.csv`)).status, 404);
	assert.equal(roomOf(s).state, 'open');
	const admin = new Visitor(), boss = person({ name: 'Admin' });
	sql(`UPDATE person SET admin = 1, totp_sealed = X'00', totp_on_at = UTC_TIMESTAMP(6) WHERE id = ${boss.id}`);
	replicated();
	signIn(admin, { ...boss, member: true, factor: true });
	replicated();
	const list = await admin.get('/admin/queues');
	assert.match(textOf(list.text), /Test show .* letting people in/);
	await v.submit(await v.get(consoleOf(s)), `${consoleOf(s)}/end`);
});

test('orders to look at: the heaviest first, with reasons, as a file too', async () => {
	const s = performance(), owner = sqlOne(`SELECT person_id FROM organizer WHERE id = ${s.organizer}`);
	const v = new Visitor();
	signIn(v, { id: owner, member: true });
	const list = `/desk/performances/${s.id}/suspects`;
	assert.match(textOf((await v.get(list)).text), /Nothing to look at/);
	const [light, heavy, browser, clean] = [0, 1, 2, 3].map(() => { const b = buyer(); return { ...b.person, order: order(b.person, s) }; });
	const note = (who, person_, reason, detail, times = 1) => sql(`INSERT INTO suspicion (sale_kind, sale_id, who, person_id, reason, detail, times, first_at, last_at)
		VALUES ('p', ${s.id}, '${who}', ${person_ ?? 'NULL'}, '${reason}', '${detail}', ${times}, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`);
	note(`m${light.id}`, light.id, 'many tries', '41');
	note(`m${heavy.id}`, heavy.id, 'many accounts', '9', 3);
	note(`m${heavy.id}`, heavy.id, 'forged', '');
	note(`d${'a'.repeat(15)}${s.id}`, null, 'trap', '');
	note('dnobody', null, 'too quick', '120');
	const room = insert(`INSERT INTO waiting_room (sale_kind, sale_id, state, gathers_at, opens_at, target, rate, seed, created_at) VALUES ('p', ${s.id}, 'ended', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 5, 5, REPEAT('a', 32), UTC_TIMESTAMP(6))`);
	sql(`INSERT INTO queue_pass (room_id, place, holder, person_id, granted_at, expires_at, ended_at, ended_why) VALUES (${room}, 1, 'd${'a'.repeat(15)}${s.id}', ${browser.id}, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 'bought');
		UPDATE waiting_room SET drawn = 0, opened_at = created_at, issued = 1, head = 1, licence = 1, admitted = 1, entered = 1 WHERE id = ${room}`);
	replicated();
	const page = await v.get(list);
	const rows = [...page.text.matchAll(/\/desk\/orders\/(\w+)"/g)].map((m) => m[1]);
	assert.deepEqual(rows, [heavy, browser, light].map((b) => b.order.code));
	assert.ok(!page.text.includes(clean.order.code));
	const text = textOf(page.text);
	assert.match(text, /9 accounts booked from the same browser or address 3 times/);
	assert.match(text, /did not make/);
	assert.match(text, /hold seats 41 times/);
	assert.match(text, /1 visitor without an order/);
	const csv = await v.get(`${list}.csv`);
	assert.match(csv.headers['content-type'], /csv/);
	const lines = csv.text.trim().split('\n');
	assert.equal(lines.length, 4);
	assert.match(lines[1], new RegExp(`^"?${heavy.order.code}`));
	const desk = await v.get(`/desk/performances/${s.id}`);
	assert.ok(desk.text.includes(`href="${list}"`));
});
