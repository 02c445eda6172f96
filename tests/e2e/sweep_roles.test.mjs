// Every route by every role: who may gets the page's own answer, who may not is refused, and somebody else's things stay as
// they are.  Reads the route table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VAR, Visitor, sql, textOf } from '../support/house.mjs';
import { digestOf, enter, fieldsOf, mayEnter, owns, ownerOf, pathOf, routeName, routes, send, world } from '../support/world.mjs';

const swept = routes.filter((r) => !['provider', 'loopback'].includes(r.access));
const deaths = () => readFileSync(join(VAR, 'log/serve.log'), 'utf8').split('\n').filter((l) => l.includes('"worker died"'));
const deathsBefore = deaths().length;
const w = await world();

const digest = () => digestOf(w);

const signIns = (a) => a.status === 303 && /^\/sign-in\?next=|^\/me\/second-factor\?next=/.test(a.location ?? '');
const refusedAtTheDoor = (a) => a.status === 401 || a.status === 403 || signIns(a);
const tell = (name, route, a) => `${name}: ${routeName(route)} answers ${a.status} ${a.location ?? textOf(a.text).slice(0, 160)}`;

// A visitor of the role who stays signed in whatever the last request did.
function people() {
	const inside = new Map();
	return async (name) => {
		const v = inside.get(name);
		if (v?.asEntered()) return v;
		const fresh = await enter(w.roles[name]);
		inside.set(name, fresh);
		return fresh;
	};
}

// Several roles at once; within a role one after the other.
async function byRole(names, act) {
	const as = people(), wrong = [];
	await Promise.all(names.map(async (name) => {
		for (const route of swept) {
			const problem = await act(name, route, as);
			if (problem) wrong.push(problem);
		}
	}));
	assert.deepEqual(wrong, []);
}
const input = (v, route) => (route.method === 'GET' ? fieldsOf(w, route) : [...fieldsOf(w, route), ...(route.csrf ? [['csrf', v.csrf]] : [])]);
const names = Object.keys(w.roles);

test('who may not come in is refused at the door, on every route', async () => {
	const before = digest();
	await byRole(names, async (name, route, as) => {
		if (mayEnter(route, w.roles[name])) return null;
		const v = await as(name);
		const a = await send(v, route, pathOf(w, route), input(v, route));
		return refusedAtTheDoor(a) ? null : tell(name, route, a);
	});
	assert.deepEqual(digest(), before);
});

test('somebody else\'s things are refused on every route, and stay as they are', async () => {
	const before = digest();
	await byRole(names, async (name, route, as) => {
		if (!mayEnter(route, w.roles[name]) || owns(route, name)) return null;
		const v = await as(name);
		const a = await send(v, route, pathOf(w, route), input(v, route));
		return a.status === 403 || a.status === 404 ? null : tell(name, route, a);
	});
	assert.deepEqual(digest(), before);
});

// Refused by the handler, with its reason: whoever runs the site or sells tickets cannot just go, an admin's factor stays on,
// a code for one show makes no other.
const SAYS_NO = {
	'POST /me/delete': ['organizer', 'another organizer', 'admin', 'admin without second factor'],
	'POST /me/second-factor/off': ['admin', 'admin without second factor'],
	'GET /desk/shows/new': ['staff for another show'],
	'POST /desk/shows/new': ['staff for another show'],
};
const saysNo = (a, name, route) => a.status === 403 && SAYS_NO[routeName(route)]?.includes(name);
// Pages of providers that open a window from their own script; the sandbox has a page of its own.
const ELSEWHERE = new Set(['GET /pay/{order}/window']);
test('who may comes in on every page', async () => {
	await byRole(names, async (name, route, as) => {
		if (route.method !== 'GET' || !mayEnter(route, w.roles[name]) || !owns(route, name)) return null;
		const v = await as(name);
		const a = route.path.startsWith('/live/') ? { status: await listens(v, route) } : await send(v, route, pathOf(w, route), input(v, route));
		const usedUp = a.status === 410 && route.fields.some((f) => f.name === 'token'); // a link from a mail that was never sent
		return (a.status < 400 && !signIns(a)) || usedUp || saysNo(a, name, route) || ELSEWHERE.has(routeName(route)) ? null : tell(name, route, a);
	});
});
// An event stream has no end: only its beginning counts.
async function listens(v, route) {
	const stream = v.stream(pathOf(w, route));
	const status = await stream.open();
	stream.close();
	return status;
}

test('what does not exist is not there for anybody', async () => {
	await byRole(names, async (name, route, as) => {
		if (!ownerOf(route) || !mayEnter(route, w.roles[name])) return null;
		const v = await as(name);
		const a = await send(v, route, pathOf(w, route, '999999999'), input(v, route));
		// A button in a list of the platform leads back to the list, where it is said that nothing was there to do.
		const back = ownerOf(route) === 'house' && route.method === 'POST' && a.status === 303;
		return a.status === 404 || back ? null : tell(name, route, a);
	});
});

// One's own thing in the path, somebody else's inside it or in the form.
test('somebody else\'s things are refused inside one\'s own, too', async () => {
	const before = digest(), wrong = [];
	const v = await enter(w.roles['another organizer']), b = await enter(w.roles['another member']);
	const mine = w.other, [section] = w.sections;
	const tries = [
		['GET', `/desk/shows/${mine.show}/halls/${w.hall}`],
		['POST', `/desk/shows/${mine.show}/halls/${w.hall}`, { rest: mine.sections[0].grade }],
		['POST', `/desk/shows/${mine.show}/grades/${section.grade}`, { price: 1 }],
		['POST', `/desk/shows/${mine.show}/grades/${section.grade}/remove`],
		['POST', `/desk/shows/${mine.show}/cast`, { performer: w.performer, role: 'x' }],
		['POST', `/desk/shows/${mine.show}/performances`, { hall: w.hall, first: '2027-06-01', times: '19:30' }],
		['GET', `/desk/halls/${mine.hall}/sections/${section.id}`],
		['POST', `/desk/halls/${mine.hall}/sections/${section.id}/name`, { name: 'x' }],
		['POST', `/desk/halls/${mine.hall}/sections/${section.id}/marks`, { seat: 0, wheelchair: 1 }],
		['POST', `/desk/halls/${mine.hall}/sections/${section.id}/delete`],
		['POST', '/desk/staff', { label: 'x', show: w.show, days: 1, gate: 1 }],
	];
	for (const [method, path, fields] of tries) {
		const a = await (method === 'GET' ? v.get(path) : v.post(path, { ...fields, csrf: v.csrf }));
		if (![404, 409, 422].includes(a.status)) wrong.push(tell('another organizer', { method, path }, a));
	}
	// These find nothing of one's own and say so.
	await v.post(`/desk/shows/${mine.show}/halls/${mine.hall}`, { rest: section.grade, [`s${mine.sections[0].id}`]: section.grade, csrf: v.csrf });
	await v.post(`/desk/shows/${mine.show}/cast/remove`, { performer: w.performer, csrf: v.csrf });
	await v.post('/desk/staff/revoke', { id: w.roles['staff: gate'].who.staff, csrf: v.csrf });
	const [stolen] = sql(`SELECT COUNT(*) AS n FROM show_cast WHERE performer_id = ${w.performer} AND show_id <> ${w.show}`);
	const [placed] = sql(`SELECT COUNT(*) AS n FROM performance WHERE hall_id = ${w.hall} AND show_id <> ${w.show}`);
	const [priced] = sql(`SELECT COUNT(*) AS n FROM section_grade m JOIN price_grade g ON g.id = m.grade_id WHERE g.show_id <> m.show_id`);
	assert.deepEqual({ wrong, stolen: stolen.n, placed: placed.n, priced: priced.n }, { wrong: [], stolen: '0', placed: '0', priced: '0' });
	// Another member's session is not this one's to end.
	const member = await enter(w.roles.member);
	const handle = createHash('sha256').update(member.session).digest('hex').slice(0, 16);
	await b.post('/me/sessions/end', { id: handle, csrf: b.csrf });
	assert.equal((await member.get('/me')).status, 200);
	assert.deepEqual(digest(), before);
});

test('a show that is not yet to be seen is its organizer\'s alone', async () => {
	const v = new Visitor(), owner = await enter(w.roles.organizer), other = await enter(w.roles['another organizer']);
	for (const who of [v, other]) assert.equal((await who.get(`/shows/${w.draft}`)).status, 404);
	assert.equal((await owner.get(`/shows/${w.draft}`)).status, 200);
});

// Last, because it changes the world: every form is sent by those who may.
test('who may is listened to on every form', async () => {
	const as = people(), wrong = [];
	for (const name of names) {
		for (const route of swept.filter((r) => r.method === 'POST')) {
			if (!mayEnter(route, w.roles[name]) || !owns(route, name)) continue;
			const v = await as(name);
			// The admins' objects are everybody's: theirs are named wrongly.
			const path = pathOf(w, route, ownerOf(route) === 'house' ? '999999999' : undefined);
			const a = await send(v, route, path, input(v, route));
			if (a.status === 401 || (a.status === 403 && !saysNo(a, name, route)) || a.status === 429 || a.status >= 500 || signIns(a)) wrong.push(tell(name, route, a));
		}
	}
	assert.deepEqual(wrong, []);
});

test('no worker died of it', () => {
	assert.deepEqual(deaths().slice(deathsBefore), []);
});
