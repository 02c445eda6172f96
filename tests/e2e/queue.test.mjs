// The waiting room from the door to the ticket, and everybody who tries another way in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { after, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { VAR, Visitor, service, sleep, sql, sqlOne, textOf, until } from '../support/house.mjs';
import { buyer, person, signIn, stage } from '../support/stage.mjs';
import { codeOf, csrfOf, enter, formsOf, gatherRoom, headOf, hold, join, openNow, order, pay, openRoom, planRoom, solve, spotOf, stateOf, tryEnter } from '../support/queue.mjs';

const seats = (s) => `/performances/${s.performance}/seats`;
const sentAway = (a, room) => assert.deepEqual([a.status, a.location], [303, room.path], textOf(a.text).slice(0, 200));
const passOf = (room, v) => sql(`SELECT * FROM queue_pass WHERE room_id = ${room.id} AND (person_id = ${v.person?.id ?? 0} OR holder = 'm${v.person?.id ?? 0}') ORDER BY id DESC LIMIT 1`)[0];
const suspects = (room) => sql(`SELECT reason FROM suspicion WHERE sale_kind = 'p' AND sale_id = ${room.performance}`).map((r) => r.reason);
// A map that was looked at just now may be shown for a second more; a hold is not.
const closed = (v, s, room) => until(async () => (await v.get(seats(s))).location === room.path, { what: 'a closed sale' });
// Every way to the seats.
async function everyDoor(v, s, room) {
	for (const way of ['seats', 'list', 'best?count=1', 'who', `list?section=${s.sections[0].id}`]) sentAway(await v.get(`/performances/${s.performance}/${way}`), room);
	sentAway(await hold(v, s, 0), room);
}

test('from the draw to the ticket: a place, a turn, a pass that ends with the payment', async () => {
	const s = stage(), room = await gatherRoom(s.performance), v = buyer();
	await everyDoor(v, s, room);
	const drawing = await join(v, room);
	assert.deepEqual([drawing.number, drawing.place, drawing.state], [1, 0, 'gathering']);
	assert.equal((await tryEnter(v, room)).location, room.path);
	await everyDoor(v, s, room);
	await openNow(room);
	await enter(v, room);
	const map = await v.get(seats(s));
	assert.equal(map.status, 200);
	assert.match(textOf(map.text), /Hold your seats by \d\d:\d\d/);
	assert.equal((await v.get(room.path)).location, seats(s), 'who is in needs no waiting room');
	const held = await hold(v, s, 3);
	assert.match(held.location, /^\/checkout\//);
	assert.equal(passOf(room, v).person_id, String(v.person.id));
	assert.equal((await order(v, codeOf(held))).location, `/pay/${codeOf(held)}`);
	assert.equal((await pay(v, codeOf(held))).url, `/orders/${codeOf(held)}`);
	assert.deepEqual([passOf(room, v).ended_why, sqlOne(`SELECT COUNT(*) FROM claim WHERE performance_id = ${s.performance} AND state = 'sold'`)], ['bought', '1']);
	await everyDoor(v, s, room);
});

test('without a room, and after it has ended, the sale is open to everybody', async () => {
	const s = stage(), v = buyer();
	assert.equal((await v.get(seats(s))).status, 200);
	assert.equal((await v.get(`/queue/p${s.performance}`)).location, seats(s));
	assert.equal((await v.get('/queue/p999999999')).status, 404);
	assert.equal((await v.get('/queue/x1')).status, 404);
	const room = await openRoom(s.performance);
	await closed(v, s, room);
	sql(`UPDATE waiting_room SET ends_at = UTC_TIMESTAMP(6) WHERE id = ${room.id}`);
	await until(() => stateOf(room) === 'ended', { what: 'the end' });
	await until(async () => (await v.get(seats(s))).status === 200, { what: 'an open sale' });
	assert.equal((await until(async () => { const h = await headOf(v, room); return h.state === 'none' && h; })).state, 'none');
});

test('seats held before the room opened are paid without a pass', async () => {
	const s = stage(), v = buyer(), held = await hold(v, s, 1);
	const room = await openRoom(s.performance);
	await closed(v, s, room);
	assert.equal((await order(v, codeOf(held))).location, `/pay/${codeOf(held)}`);
	assert.equal((await pay(v, codeOf(held))).url, `/orders/${codeOf(held)}`);
});

test('an order needs the pass as well as its hold did', async () => {
	const s = stage(), room = await openRoom(s.performance), v = buyer();
	await join(v, room);
	await enter(v, room);
	const code = codeOf(await hold(v, s, 2));
	assert.ok(new Date(passOf(room, v).expires_at) >= new Date(sqlOne(`SELECT expires_at FROM orders WHERE code = '${code}'`)), 'the pass lasts as long as the hold');
	sql(`UPDATE queue_pass SET ended_at = UTC_TIMESTAMP(6), ended_why = 'expired', living = NULL WHERE room_id = ${room.id}`);
	sentAway(await order(v, code), room);
});

test('who holds twice and pays one order may pay the other, and holds no third', async () => {
	const s = stage(), room = await openRoom(s.performance), v = buyer();
	await join(v, room);
	await enter(v, room);
	const [one, two] = [codeOf(await hold(v, s, 2)), codeOf(await hold(v, s, 5))];
	await order(v, one);
	assert.equal((await pay(v, one)).url, `/orders/${one}`);
	sentAway(await hold(v, s, 7), room);
	assert.equal((await order(v, two)).location, `/pay/${two}`);
	assert.equal((await pay(v, two)).url, `/orders/${two}`);
});

test('two tabs, a reload, a second device of a member: one place', async () => {
	const s = stage(), room = await gatherRoom(s.performance), v = buyer();
	const one = await join(v, room), two = await join(v, room);
	assert.equal(two.number ?? spotOf(two).number, one.number);
	const phone = new Visitor();
	phone.person = v.person;
	signIn(phone, v.person);
	assert.equal((await join(phone, room)).number, one.number);
	const guest = new Visitor();
	const first = await join(guest, room);
	assert.equal(spotOf(await guest.get(room.path)).number, first.number);
	assert.notEqual(first.number, one.number);
	// Whoever joined as a browser and signs in keeps the browser's place.
	guest.person = person();
	signIn(guest, guest.person);
	assert.equal(spotOf(await guest.get(room.path)).number, first.number);
	await openNow(room);
	await enter(guest, room);
	assert.equal((await guest.get(seats(s))).status, 200);
});

test('a double click is one join', async () => {
	const s = stage(), room = await gatherRoom(s.performance), v = new Visitor();
	const page = await v.get(room.path);
	const challenge = /name="challenge" value="([^"]+)"/.exec(page.text)[1];
	const fields = { nonce: solve(challenge) };
	const all = await Promise.all([1, 2, 3].map(() => v.submit(page, `${room.path}/join`, fields)));
	assert.ok(all.some((a) => a.status === 303));
	assert.equal((await headOf(v, room)).issued <= 1, true);
	assert.equal(spotOf(await v.get(room.path)).number, 1);
});

test('without script: the button alone, after some seconds; twice pressed it is one place', async () => {
	const s = stage(), room = await gatherRoom(s.performance), v = new Visitor();
	const page = await v.get(room.path);
	const early = await v.submit(page, `${room.path}/join`);
	assert.equal(early.status, 409);
	assert.match(textOf(early.text), /wait a few seconds/);
	assert.deepEqual(formsOf(early), ['join']);
	await sleep(4200);
	const done = await v.submit(page, `${room.path}/join`);
	assert.deepEqual([done.status, done.location], [303, room.path]);
	const ticket = v.cookies.get(`foyer_place_p${s.performance}`);
	v.cookies.delete(`foyer_place_p${s.performance}`);
	assert.equal((await v.submit(page, `${room.path}/join`)).status, 303);
	assert.equal(v.cookies.get(`foyer_place_p${s.performance}`), ticket);
	const waiting = await v.get(room.path);
	assert.match(waiting.text, /<noscript><meta http-equiv="refresh" content="15"><\/noscript>/);
});

test('robots: the trap, a used, forged or wrong solution, no cookies', async () => {
	const s = stage(), room = await gatherRoom(s.performance);
	const tries = [
		[{ website: 'http://x' }, 422, /must stay empty/],
		[{ nonce: 'no' }, 409, /once more/],
		[{ challenge: '12.00112233445566778899aabbccddeeff.1.00112233445566778899aabbccddeeff' }, 409, /once more/],
	];
	for (const [fields, status, words] of tries) {
		const v = new Visitor(), page = await v.get(room.path);
		const nonce = solve(/name="challenge" value="([^"]+)"/.exec(page.text)[1]);
		const a = await v.submit(page, `${room.path}/join`, { nonce, ...fields });
		assert.equal(a.status, status, textOf(a.text));
		assert.match(textOf(a.text), words);
		assert.equal(spotOf(a).number, 0);
	}
	const v = new Visitor(), page = await v.get(room.path);
	v.cookies.delete('foyer_device');
	const a = await v.submit(page, `${room.path}/join`, { nonce: 1 });
	assert.equal(a.status, 422);
	assert.match(textOf(a.text), /no cookie/);
	await until(() => suspects(room).includes('trap') && suspects(room).includes('forged'), { what: 'suspicions' });
	assert.equal((await headOf(v, room)).issued, 0);
});

test('a forged place, another browser\'s, an old room\'s: no place at all', async () => {
	const s = stage(), room = await openRoom(s.performance), cookie = `foyer_place_p${s.performance}`;
	const v = new Visitor(), other = new Visitor();
	await join(v, room);
	const ticket = v.cookies.get(cookie);
	await other.get(room.path);
	other.cookies.set(cookie, ticket);
	assert.equal(spotOf(await other.get(room.path)).number, 0);
	assert.deepEqual(suspects(room), [], 'a place that the house made is no forgery: its owner may have signed out');
	for (const bad of [ticket.replace(/^[^.]*/, '1'), `${ticket.slice(0, -1)}${ticket.endsWith('A') ? 'B' : 'A'}`, 'x', '1.1.1']) {
		v.cookies.set(cookie, bad);
		const page = await v.get(room.path);
		if (bad !== ticket) assert.equal(spotOf(page).number, 0, bad);
		assert.equal((await v.post(`${room.path}/enter`, { csrf: await csrfOf(v) })).location, room.path);
		await everyDoor(v, s, room);
	}
	await until(() => suspects(room).includes('forged'), { what: 'a suspicion' });
	v.cookies.set(cookie, ticket);
	assert.ok(spotOf(await v.get(room.path)).number > 0);
	sql(`UPDATE waiting_room SET state = 'ended', live_sale = NULL, ended_at = UTC_TIMESTAMP(6), ended_why = 'by hand' WHERE id = ${room.id}; UPDATE performance SET room_id = NULL WHERE id = ${s.performance}`);
	await openRoom(s.performance);
	assert.equal(spotOf(await v.get(room.path)).number, 0, 'a place of the room before');
});

test('a copied pass serves one person, a foreign one none', async () => {
	const s = stage(), room = await openRoom(s.performance), a = new Visitor(), b = buyer();
	await join(a, room);
	await enter(a, room);
	assert.equal((await a.get(seats(s))).status, 200);
	a.person = person();
	signIn(a, a.person);
	assert.match((await hold(a, s, 0)).location, /^\/checkout\//);
	await everyDoor(b, s, room);
	// The whole browser copied: its pass belongs to the one who has used it.
	for (const name of ['foyer_device', `foyer_place_p${s.performance}`]) b.cookies.set(name, a.cookies.get(name));
	const refused = await hold(b, s, 5);
	assert.doesNotMatch(refused.location ?? '', /checkout/);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM orders WHERE person_id = ${b.person.id}`), '0');
	await until(() => suspects(room).includes('foreign pass'), { what: 'a suspicion' });
});

test('an ended pass: told, refused at every step, and a new place is at the end', async () => {
	const s = stage(), room = await openRoom(s.performance), v = buyer();
	const before = await join(v, room);
	await enter(v, room);
	sql(`UPDATE queue_pass SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE room_id = ${room.id}`);
	await everyDoor(v, s, room);
	const again = await v.follow(await tryEnter(v, room));
	assert.match(textOf(again.text), /Your time at the seats is over/);
	assert.deepEqual(formsOf(again), ['join']);
	assert.match(again.text, /<form id="join"[^>]*data-ask/);
	await until(() => Number(sqlOne(`SELECT issued FROM waiting_room WHERE id = ${room.id}`)) >= before.number, { what: 'the tick' });
	const next = spotOf(await v.submitAndFollow(again, `${room.path}/join`, { nonce: solve(/name="challenge" value="([^"]+)"/.exec(again.text)[1]) }));
	assert.ok(next.number > before.number);
	await enter(v, room);
	assert.equal((await v.get(seats(s))).status, 200);
});

test('leaving gives the pass and the place up', async () => {
	const s = stage(), room = await openRoom(s.performance), v = buyer();
	await join(v, room);
	await enter(v, room);
	const map = await v.get(seats(s));
	const left = await v.submit(map, `${room.path}/leave`);
	assert.match(left.location, /^\/shows\//);
	assert.equal(passOf(room, v).ended_why, 'left');
	assert.match(textOf((await v.follow(left)).text), /You gave up your place/);
	await everyDoor(v, s, room);
});

test('where the organizer wants it a reload goes to the back, the page\'s own refresh does not', async () => {
	const s = stage(), room = await openRoom(s.performance, { reloadToBack: true, target: 1, rate: 1 });
	const all = [];
	for (let i = 0; i < 4; i++) all.push([new Visitor()]);
	for (const one of all) one.push(await join(one[0], room));
	const [v, spot] = all[2];
	await until(async () => (await headOf(v, room)).issued >= 4, { what: 'four numbers' });
	const page = await v.get(room.path);
	assert.match(textOf(page.text), /a new place at the end/);
	const moved = spotOf(page).number;
	assert.ok(moved > spot.number);
	const last = new Visitor(), door = await last.get(room.path);
	const done = await last.submit(door, `${room.path}/join`, { nonce: solve(/name="challenge" value="([^"]+)"/.exec(door.text)[1]) });
	assert.match(done.location, /\?again=\d+\.\w+$/);
	const own = spotOf(await last.get(done.location)).number;
	assert.equal(spotOf(await last.get(done.location)).number, own, 'the refresh of a browser without script');
	const newest = spotOf(await last.get(`${done.location}0`)).number;
	assert.ok(newest > own);
	// Each number stands in the line: one browser does not fill it with its own.
	const answers = [];
	for (let i = 0; i < 21; i++) answers.push((await last.get(room.path)).status);
	assert.equal(answers.at(-1), 429);
	assert.ok((await until(async () => { const h = await headOf(v, room); return h.issued >= newest && h; })).issued <= newest + 20);
});

test('a member who claims a used-up place before the draw takes part in it once', async () => {
	const s = stage(), room = await gatherRoom(s.performance), v = buyer();
	const { number } = await join(v, room);
	v.cookies.set(`foyer_place_p${s.performance}`, `used.${room.id}`);
	assert.equal((await join(v, room)).number, number);
	assert.equal((await headOf(v, room)).issued <= number, true);
});

test('for members only; a message; a pause; sold out', async () => {
	const s = stage({ rows: 1, perRow: 2, grades: [['R', 1000]] }), holder = buyer(), code = codeOf(await hold(holder, s, [0, 1]));
	const room = await gatherRoom(s.performance, { membersOnly: true, message: '곧 열어요', messageEn: 'We open <soon>', target: 1, rate: 1 });
	const guest = new Visitor(), v = buyer();
	const page = await guest.get(room.path);
	assert.match(textOf(page.text), /for members.*Sign in/);
	assert.match(textOf(page.text), /We open <soon>/);
	assert.deepEqual(formsOf(page), []);
	assert.equal((await guest.post(`${room.path}/join`, { challenge: 'x', nonce: '1', csrf: await csrfOf(guest) })).location, room.path);
	assert.equal((await join(v, room)).number, 1);
	sql(`UPDATE waiting_room SET state = 'paused', opened_at = UTC_TIMESTAMP(6), drawn = 1 WHERE id = ${room.id}`);
	const told = await until(async () => { const a = await v.get(room.path); return /id="paused" role="status">/.test(a.text) && /id="held" role="status">/.test(a.text) && a; }, { what: 'paused and taken' });
	assert.match(textOf(told.text), /Nobody is let in for the moment/);
	await order(holder, code);
	await pay(holder, code);
	await until(async () => (await headOf(v, room)).sold_out, { what: 'sold out' });
});

test('whoever asks for the head without its body takes it from nobody', async () => {
	const s = stage(), room = await gatherRoom(s.performance), v = new Visitor();
	for (let i = 0; i < 3; i++) {
		await sleep(1100); // what the cache had is too old
		assert.equal((await v.request('HEAD', `${room.path}/head`)).status, 200);
		const told = await v.get(`${room.path}/head`, { timeout: 5000 });
		assert.equal(JSON.parse(told.text).state, 'gathering');
	}
});

test('the head is the same for everybody, and the house is asked once a second', async () => {
	const s = stage(), room = await gatherRoom(s.performance, { message: '안녕' }), v = buyer();
	const asked = () => readFileSync(path(VAR, 'log/serve.log'), 'utf8').split('\n').filter((l) => l.includes('"/queue/{sale}/head"')).length;
	const first = await v.get(`${room.path}/head`, { headers: { 'accept-language': 'ko' } });
	assert.equal(first.headers['set-cookie'], undefined);
	const before = asked(), began = Date.now();
	const bodies = new Set();
	for (let i = 0; i < 200; i++) bodies.add((await (i % 2 ? v : new Visitor({ lang: 'ko' })).get(`${i % 3 ? '' : '/en'}${room.path}/head${i % 5 ? '' : `?x=${i}`}`)).text);
	await sleep(100);
	const seconds = Math.ceil((Date.now() - began) / 1000) + 1;
	assert.ok(asked() - before <= seconds + 1, `${asked() - before} requests in ${seconds} s`);
	const head = JSON.parse(first.text);
	assert.deepEqual([head.state, head.head, head.drawn, head.sold_out, head.message], ['gathering', 0, 0, false, { ko: '안녕', en: '' }]);
	assert.match(head.hash, /^[0-9a-f]{64}$/);
	assert.equal(head.seed, undefined, 'the seed is secret until the draw');
	assert.equal(head.hash, sqlOne(`SELECT SHA2(seed, 256) FROM waiting_room WHERE id = ${room.id}`));
});

test('all of the page is under 6 KB, in each language and at each stage', async () => {
	const s = stage(), planned = planRoom(stage().performance, { gathers: 3600, opens: 7200 });
	const room = await gatherRoom(s.performance, { message: '잠시만 기다려 주세요', messageEn: 'Please wait' });
	const sizes = {};
	const weigh = async (what, v, where) => {
		const page = await v.get(where, { headers: { 'accept-encoding': 'br' } });
		const html = page.headers['content-encoding'] === 'br' ? brotliDecompressSync(page.body).toString() : page.text;
		let sum = page.body.length;
		for (const file of new Set(html.match(/\/static\/[\w/-]+\.(?:css|js)/g))) sum += (await v.get(file, { headers: { 'accept-encoding': 'br' } })).body.length;
		sizes[what] = sum;
		assert.equal(page.headers['content-encoding'], 'br', 'nginx has brotli');
		assert.ok(sum <= 6144, `${what}: ${sum} bytes, ${page.body.length} of them the page`);
	};
	for (const lang of ['en', 'ko']) {
		const v = new Visitor({ lang });
		await weigh(`${lang} closed`, v, planned.path);
		await weigh(`${lang} outside`, v, room.path);
		await join(v, room);
		await weigh(`${lang} drawing`, v, room.path);
	}
	await openNow(room);
	for (const lang of ['en', 'ko']) {
		const v = new Visitor({ lang });
		await join(v, room);
		await weigh(`${lang} open`, v, room.path);
	}
	console.log(sizes);
});

test('the draw is published, and the page says the same as the house does', async () => {
	const s = stage(), room = await gatherRoom(s.performance), people = [];
	const before = await new Visitor().get(`${room.path}/draw`);
	assert.doesNotMatch(before.text, /id="seed"/);
	for (let i = 0; i < 12; i++) {
		const v = new Visitor();
		people.push([v, (await join(v, room)).number]);
	}
	await openNow(room);
	const page = await until(async () => { const a = await people[0][0].get(`${room.path}/draw?number=5`); return /id="seed"/.test(a.text) && a; }, { what: 'the seed' });
	assert.equal(/id="hash">(\w+)/.exec(page.text)[1], /id="hash">(\w+)/.exec(before.text)[1]);
	assert.equal(/<data id="n" value="(\d+)"/.exec(page.text)[1], '12');
	const rows = [...page.text.matchAll(/<tr><td[^>]*>(\d+)<\/td><td[^>]*>(\d+)<\/td><\/tr>/g)].map((m) => [Number(m[1]), Number(m[2])]);
	assert.deepEqual(rows.map(([, n]) => n).sort((a, b) => a - b), people.map(([, n]) => n));
	for (const [v, number] of people) assert.equal((await v.get(`${room.path}/here`)).text.match(/"place":(\d+)/)[1], String(rows.find(([, n]) => n === number)[0]));
	assert.match(textOf(page.text), new RegExp(`Number 5 drew place ${rows.find(([, n]) => n === 5)[0]}\\.`));
	assert.match(textOf((await people[0][0].get(`${room.path}/draw?number=13`)).text), /came after the draw/);
	assert.match(textOf((await new Visitor().get(`/queue/p${stage().performance}/draw`)).text), /No draw belongs to this sale/);
});

test('without Redis places and passes stay, nobody joins, and it goes on by itself afterwards', async (t) => {
	t.after(() => service('start', 'redis'));
	const s = stage(), room = await openRoom(s.performance, { target: 50 });
	const inside = new Visitor(), waiting = new Visitor(), late = new Visitor();
	await join(inside, room);
	await enter(inside, room);
	const spot = await join(waiting, room);
	await late.get(room.path);
	await service('stop', 'redis');
	assert.equal((await inside.get(seats(s))).status, 200);
	const page = await waiting.get(room.path);
	assert.deepEqual([page.status, spotOf(page).number, spotOf(page).place], [200, spot.number, spot.place]);
	const door = await late.get(room.path);
	const refused = await late.submit(door, `${room.path}/join`, { nonce: solve(/name="challenge" value="([^"]+)"/.exec(door.text)[1]) });
	assert.equal(refused.status, 503);
	assert.match(textOf(refused.text), /try again in some seconds/);
	await service('start', 'redis');
	const joined = await until(() => join(late, room).catch(() => undefined), { ms: 20000, every: 500, what: 'numbers again' });
	assert.ok(joined.number > spot.number);
	await enter(waiting, room);
});
after(() => sql("UPDATE waiting_room SET state = 'ended', live_sale = NULL, ended_at = UTC_TIMESTAMP(6), ended_why = 'by hand' WHERE state <> 'ended'; UPDATE queue_pass SET ended_at = UTC_TIMESTAMP(6), ended_why = 'closed', living = NULL WHERE ended_at IS NULL; UPDATE performance SET room_id = NULL WHERE room_id IS NOT NULL"));
