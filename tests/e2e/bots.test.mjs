// What robots do in a sale: they are limited, or the organizer reads about them; and a crowd opens a waiting room by itself.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Visitor, sql, sqlOne, textOf, until } from '../support/house.mjs';
import { buyer, ownerOf, redis, stage } from '../support/stage.mjs';
import { enter, inState, join, openRoom } from '../support/queue.mjs';

const noted = (s) => sql(`SELECT who, person_id, reason FROM suspicion WHERE sale_kind = 'p' AND sale_id = ${s.performance} ORDER BY id`);
const claims = (s, v) => Number(sqlOne(`SELECT COUNT(*) FROM claim WHERE performance_id = ${s.performance} AND person_id = ${v.person.id}`));

// What a robot sends: no look at the page, one request.
async function hold(v, s, ...seats) {
	const page = await v.get(`/performances/${s.performance}/list?seat=${seats.join(',')}`);
	return v.submit(page, `/performances/${s.performance}/hold`, { seat: seats, idem: randomUUID() });
}

test('seats chosen quicker than anybody can: the order is listed for the organizer, with its reason', async () => {
	const s = stage(), room = await openRoom(s.performance), v = buyer();
	await join(v, room);
	await enter(v, room);
	sql(`UPDATE queue_pass SET granted_at = UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE WHERE room_id = ${room.id}`); // however slow this machine is
	const done = await hold(v, s, 0, 1);
	assert.match(done.location, /\/checkout\//, textOf(done.text));
	assert.deepEqual(noted(s), [{ who: `m${v.person.id}`, person_id: String(v.person.id), reason: 'too quick' }]);
	const code = done.location.split('/').pop(), owner = ownerOf(s);
	const list = await until(async () => { const a = await owner.get(`/desk/performances/${s.performance}/suspects`); return a.text.includes(code) && a; }, { what: 'the replica' });
	assert.match(textOf(list.text), /ms after being let in/);
	assert.match(list.text, new RegExp(`/desk/orders/${code}"`));
	assert.match(textOf((await owner.get(`/desk/performances/${s.performance}/queue`)).text), /1 visitor of this sale did what robots do/);
	sql(`UPDATE queue_pass SET granted_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR WHERE room_id = ${room.id}`); // before the order, as `foyer check` wants it
});

test('many accounts in one browser are noted; none has more than the limit', async () => {
	const s = stage({ limit: 2 }), room = await openRoom(s.performance), first = buyer();
	await join(first, room);
	const device = first.cookies.get('foyer_device');
	assert.ok(device);
	const all = [first, buyer(), buyer()];
	for (const [i, v] of all.entries()) {
		v.cookies.set('foyer_device', device);
		if (v !== first) await join(v, room);
		await enter(v, room);
		sql(`UPDATE queue_pass SET granted_at = UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE WHERE room_id = ${room.id}`);
		assert.match((await hold(v, s, 4 * i, 4 * i + 1)).location, /\/checkout\//);
		const more = await v.follow(await hold(v, s, 4 * i + 2));
		assert.match(textOf(more.text), /more tickets for this performance than one person may book/);
		assert.equal(claims(s, v), 2);
	}
	assert.deepEqual(noted(s), [{ who: `m${all[2].person.id}`, person_id: String(all[2].person.id), reason: 'many accounts' }]);
});

test('who asks for seats again and again is told to wait', async () => {
	const s = stage(), v = buyer(), page = await v.get(`/performances/${s.performance}/list?seat=0`);
	let last;
	for (let i = 0; i < 31; i++) last = await v.submit(page, `/performances/${s.performance}/hold`, { seat: [0], standing: 5, idem: randomUUID() });
	assert.equal(last.status, 429);
	assert.match(textOf(last.text), /too often/);
	assert.deepEqual(noted(s).map((n) => n.reason), ['many tries']);
	const other = buyer();
	assert.match((await hold(other, s, 0)).location, /\/checkout\//);
});

test('a crowd at the seat map opens a waiting room by itself; who holds seats goes on', async () => {
	const s = stage(), early = buyer();
	const held = await hold(early, s, 0);
	assert.match(held.location, /\/checkout\//);
	const path = `/performances/${s.performance}/list`;
	const room = () => sql(`SELECT * FROM waiting_room WHERE sale_kind = 'p' AND sale_id = ${s.performance}`)[0];
	// 2,000 others have looked within these ten seconds (queue_auto_at in dev.d/test.sh); the next one makes them a crowd.
	await until(async () => {
		redis('PFADD', `{p${s.performance}}:seen:${Math.floor(Date.now() / 10000)}`, ...Array.from({ length: 2200 }, (_, i) => `x${i}`));
		assert.ok((await new Visitor().get(path)).status < 400);
		return room();
	}, { ms: 30000, every: 1500, what: 'a room' });
	assert.equal(room().by_itself, '1');
	const made = { id: room().id, performance: s.performance };
	await inState(made, 'open');
	const late = buyer();
	await until(async () => (await late.get(path)).location === `/queue/p${s.performance}`, { what: 'the door to be shut' });
	assert.equal((await early.get(held.location)).status, 200);
	assert.deepEqual(sql(`SELECT actor, action FROM audit_log WHERE object = 'performance:${s.performance}'`).map((a) => a.action), ['queue.by_itself']);
	const owner = ownerOf(s), console_ = await owner.get(`/desk/performances/${s.performance}/queue`);
	assert.match(textOf(console_.text), /opened by itself/);
	const ended = await owner.submitAndFollow(console_, `/desk/performances/${s.performance}/queue/end`);
	assert.match(textOf(ended.text), /open to everybody/);
	await until(async () => (await late.get(path)).status === 200, { what: 'the sale to be open' });
});

test('the line is not asked for under ever new names without end', async () => {
	const some = () => 1 + Math.floor(Math.random() * 250);
	const v = new Visitor({ ip: `127.0.${some()}.${some()}` }), seen = new Map(); // who has asked for nothing in the last minute
	for (let i = 0; i < 2000; i += 50) {
		const answers = await Promise.all(Array.from({ length: 50 }, (_, k) => v.get(`/queue/p${900000000 + i + k}/head`)));
		for (const a of answers) seen.set(a.status, (seen.get(a.status) ?? 0) + 1);
	}
	assert.deepEqual([...seen].sort(), [[200, 1800], [429, 200]]);
	assert.equal((await new Visitor().get('/queue/p900000000/head')).status, 200);
});
