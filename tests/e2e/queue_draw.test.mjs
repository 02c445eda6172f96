// The draw, verified by two programs that know nothing but what its page publishes: ours, and the one that stands on the page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { Visitor, sql, sqlOne, textOf, until } from '../support/house.mjs';
import { draw, seedHash } from '../support/draw.mjs';
import { gatherRoom, join, openNow, planRoom } from '../support/queue.mjs';
import { stage } from '../support/stage.mjs';

const published = (page) => ({
	hash: /id="hash">([0-9a-f]{64})</.exec(page.text)?.[1],
	seed: /id="seed">([0-9a-f]{64})</.exec(page.text)?.[1],
	n: Number(/id="n" value="(\d+)"/.exec(page.text)?.[1]),
	places: [...page.text.matchAll(/<tr><td[^>]*>(\d+)<\/td><td[^>]*>(\d+)<\/td><\/tr>/g)].map((m) => [Number(m[1]), Number(m[2])]),
});
const drawn = (room) => until(async () => { const p = published(await new Visitor().get(`${room.path}/draw`)); return p.seed && p; }, { what: 'the seed' });
const rooms = [];

test('everybody\'s place is the one that the published seed gives', async () => {
	const room = await gatherRoom(stage().performance), people = [];
	rooms.push(room);
	const before = published(await new Visitor().get(`${room.path}/draw`));
	assert.match(before.hash, /^[0-9a-f]{64}$/);
	assert.equal(before.seed, undefined);
	for (let i = 0; i < 9; i++) {
		const v = new Visitor();
		people.push([v, (await join(v, room)).number]);
	}
	await openNow(room);
	const proof = await drawn(room);
	assert.equal(proof.hash, before.hash);
	assert.equal(seedHash(proof.seed), before.hash);
	assert.equal(proof.n, people.length);
	const place = draw(proof.seed, proof.n);
	for (const [v, number] of people) assert.equal(JSON.parse((await v.get(`${room.path}/here`)).text).place, place(number));
	assert.deepEqual(proof.places, Array.from({ length: proof.n }, (_, i) => [place(i + 1), i + 1]).sort((a, b) => a[0] - b[0]));
	const late = new Visitor();
	const spot = await join(late, room);
	assert.deepEqual([spot.number, spot.place], [10, 10], 'who comes later is in the order of arrival');
	sql(`UPDATE waiting_room SET state = 'ended', live_sale = NULL, ended_at = UTC_TIMESTAMP(6), ended_why = 'by hand' WHERE id = ${room.id}; UPDATE performance SET room_id = NULL WHERE id = ${room.performance}`);
	const plan = planRoom(room.performance, { gathers: 3600, opens: 7200 });
	sql(`UPDATE waiting_room SET state = 'ended', live_sale = NULL, ended_at = UTC_TIMESTAMP(6), ended_why = 'by hand' WHERE id = ${plan.id}`);
	await until(() => sqlOne(`SELECT state FROM waiting_room WHERE id = ${plan.id}`, { on: 'replica' }) === 'ended', { what: 'the replica' });
	assert.equal((await drawn(room)).seed, proof.seed, 'a plan that was taken back hides no draw');
});

test('the program on the page gives the places of a great draw', async () => {
	const room = await gatherRoom(stage().performance), n = 12345;
	rooms.push(room);
	sql(`UPDATE waiting_room SET state = 'paused', opened_at = UTC_TIMESTAMP(6), drawn = ${n}, issued = ${n}, licence = 1000000, saved_at = UTC_TIMESTAMP(6) WHERE id = ${room.id}`);
	const proof = await drawn(room), place = draw(proof.seed, n);
	assert.equal(proof.places.length, 1000);
	for (const [at, number] of proof.places) assert.equal(place(number), at);
	const last = published(await new Visitor().get(`${room.path}/draw?page=13`));
	assert.deepEqual(last.places.map(([at]) => at), Array.from({ length: 345 }, (_, i) => 12001 + i));
	for (const [at, number] of last.places) assert.equal(place(number), at);
	for (const number of [1, 6173, n]) {
		const page = await new Visitor().get(`${room.path}/draw?number=${number}`);
		const program = /<code>(import hashlib[^]*?)<\/code>/.exec(page.text)[1].replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&#34;', '"');
		const said = execFileSync('/usr/bin/python3', ['-c', program], { encoding: 'utf8' });
		assert.equal(said, `hash: ${proof.hash}\nplace: ${place(number)}\n`);
		assert.match(textOf(page.text).replaceAll(',', ''), new RegExp(`Number ${number} drew place ${place(number)}\\.`));
	}
});

after(() => {
	const ids = rooms.map((r) => r.id).join(', ');
	sql(`UPDATE waiting_room SET state = 'ended', live_sale = NULL, ended_at = UTC_TIMESTAMP(6), ended_why = 'by hand' WHERE id IN (${ids}); UPDATE performance SET room_id = NULL WHERE room_id IN (${ids})`);
});
