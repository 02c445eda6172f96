// Waiting rooms for tests: a room before a performance, people who join, wait for their turn and enter.
//
//   const s = stage(), room = openRoom(s.performance, { target: 5 });
//   const v = buyer();
//   const { number, place } = await join(v, room);
//   await enter(v, room);                          // waits until the head has come
import { createHash, randomUUID } from 'node:crypto';
import { forms, insert, sql, sqlOne, textOf, until } from './house.mjs';

const seconds = (s) => `UTC_TIMESTAMP(6) + INTERVAL ${Math.round(s * 1e6)} MICROSECOND`;

// The clock's tick does the rest: it gathers, draws, admits.  Times in seconds from now.
export function planRoom(performance, { gathers = -1, opens = 0, target = 100, rate = 6000, membersOnly = false, reloadToBack = false, message = '', messageEn = '' } = {}) {
	const id = insert(`INSERT INTO waiting_room (sale_kind, sale_id, live_sale, state, members_only, reload_to_back, gathers_at, opens_at, target, rate, message, message_en, seed, created_at)
		VALUES ('p', ${performance}, 'p${performance}', 'planned', ${Number(membersOnly)}, ${Number(reloadToBack)}, ${seconds(gathers)}, ${seconds(opens)}, ${target}, ${rate}, '${message}', '${messageEn}', RANDOM_BYTES(32), UTC_TIMESTAMP(6))`);
	return { id, sale: `p${performance}`, performance, path: `/queue/p${performance}` };
}
// The latest room before a stage's sale.
export const roomOf = (s) => sql(`SELECT * FROM waiting_room WHERE sale_kind = 'p' AND sale_id = ${s.performance} ORDER BY id DESC LIMIT 1`)[0];
export const stateOf = (room) => sqlOne(`SELECT state FROM waiting_room WHERE id = ${room.id}`);
// On the replica, which answers visitors: the primary knows it already.
export const inState = (room, state) => until(() => sqlOne(`SELECT r.state FROM waiting_room r JOIN performance p ON p.room_id = r.id WHERE r.id = ${room.id}`, { on: 'replica' }) === state, { what: `room ${room.id} ${state}` });
export async function openRoom(performance, options) {
	const room = planRoom(performance, options);
	await inState(room, 'open');
	return room;
}
export async function gatherRoom(performance, options) {
	const room = planRoom(performance, { opens: 3600, ...options });
	await inState(room, 'gathering');
	return room;
}
export const openNow = async (room) => {
	sql(`UPDATE waiting_room SET opens_at = UTC_TIMESTAMP(6) WHERE id = ${room.id}`);
	await inState(room, 'open');
};

export function solve(challenge) {
	const shift = 32 - Number.parseInt(challenge, 10);
	for (let n = 0; ; n++) if (createHash('sha256').update(`${challenge}:${n}`).digest().readUInt32BE(0) >>> shift === 0) return n;
}

// What the page tells scripts: { queue, number, place, state, head … }.
export function spotOf(page) {
	const main = /<main\b([^>]*)>/.exec(page.text)?.[1] ?? '';
	const spot = Object.fromEntries([...main.matchAll(/data-([a-z]+)="([^"]*)"/g)].map((m) => [m[1], m[2]]));
	for (const k of ['number', 'place', 'head']) spot[k] = Number(spot[k]);
	return spot;
}
export const formsOf = (page) => [...page.text.matchAll(/<form id="(\w+)"/g)].map((m) => m[1]);

export async function join(v, room, { lang = '' } = {}) {
	const page = await v.get(lang + room.path);
	if (!formsOf(page).includes('join')) return page;
	const challenge = /name="challenge" value="([^"]+)"/.exec(page.text)[1];
	const done = await v.submitAndFollow(page, `${lang}${room.path}/join`, { nonce: solve(challenge) });
	const spot = spotOf(done);
	if (!spot.number) throw new Error(`not joined: ${done.status} ${textOf(done.text)}`);
	return spot;
}
export const headOf = async (v, room) => JSON.parse((await v.get(`${room.path}/head`)).text);

// One try to go in with the page's own form.
export async function tryEnter(v, room) {
	const page = await v.get(room.path);
	return v.submit(page, `${room.path}/enter`);
}
// Waits for the turn, as a script would, and goes in.
export async function enter(v, room) {
	return until(async () => {
		await v.get(`${room.path}/here`);
		const done = await tryEnter(v, room);
		return done.status === 303 && /\/seats$/.test(done.location) ? done : undefined;
	}, { ms: 20000, every: 300, what: 'the turn' });
}

// ---- the purchase itself, step by step; v: a buyer() ----
export const csrfOf = async (v) => new Map(forms((await v.get('/staff')).text).find((f) => f.action === '/staff').fields).get('csrf');
export async function hold(v, s, seats) {
	v.csrf ??= await csrfOf(v);
	return v.post(`/performances/${s.performance}/hold`, [...[seats].flat().map((i) => ['seat', i]), ['idem', randomUUID()], ['csrf', v.csrf]]);
}
export const codeOf = (held) => held.location.split('/').pop();
export const order = (v, code) => v.post(`/checkout/${code}`, { name: 'Kim Buyer', email: v.person.email, phone: '010-1234-5678', agreed: '1', csrf: v.csrf });
export async function pay(v, code) {
	const window = await v.follow(await v.post(`/pay/${code}/start`, { method: 'CARD', csrf: v.csrf }));
	return v.follow(await v.submit(window, '/sandbox/window', { card: '4242 4242 4242 4242' }, { press: 'card' }));
}
