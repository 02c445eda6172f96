// Every text column carries a piece of markup once, and so does every field of every form: no page, file or mail lets it
// through.  Reads the columns from the database's own catalogue and the fields from the route table; a column that nobody
// thought of makes the sweep fail.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { mailTo, sql, sqlOne, textOf } from '../support/house.mjs';
import { KEPT, LONG, SHORT, THROUGH, marking, unmark } from '../support/markup.mjs';
import { enter, fieldsOf, mayEnter, owns, ownerOf, pathOf, routeName, routes, send, world } from '../support/world.mjs';

const w = await world();
after(() => unmark(w));

// ---- what an answer must not be --------------------------------------------------------------------------------------------
let seen = new Set();
function cellsOf(csv) {
	return [...csv.matchAll(/(?:^|,|\n)(?:"((?:[^"]|"")*)"|([^,\n"]*))/g)].map((m) => (m[1] ?? m[2] ?? '').replace(/""/g, '"'));
}
function fault(a) {
	const type = a.headers['content-type'] ?? '';
	if (a.status >= 500) return `status ${a.status}`;
	for (const [name, value] of Object.entries(a.headers)) if (/"'|[\r\n]/.test(String(value))) return `header ${name}: ${value}`;
	if (a.status === 200 && a.headers['x-content-type-options'] !== 'nosniff') return 'no nosniff';
	if (/^application\/json/.test(type)) return JSON.parse(a.text) === undefined ? 'no JSON' : null;
	if (/^text\/csv/.test(type)) {
		const bad = cellsOf(a.text.replace(/^\ufeff/, '').replace(/\r\n/g, '\n')).find((c) => /^[=+\-@\t\r]/.test(c) && !/^-?[\d.]+$/.test(c));
		return bad ? `a cell that is a formula: ${bad}` : null;
	}
	if (/^text\/(plain|calendar)|^application\/(pdf|octet-stream)/.test(type)) return null;
	const at = a.text.search(THROUGH);
	return at < 0 ? null : `…${a.text.slice(Math.max(0, at - 120), at + 80).replace(/\s+/g, ' ')}…`;
}
const wrong = new Set();
function look(name, route, a) {
	const why = fault(a);
	if (why) wrong.add(`${routeName(route)}: ${why} (${name})`);
	if (a.text.includes(KEPT)) seen.add(routeName(route));
}
const pages = routes.filter((r) => r.method === 'GET' && !['provider', 'loopback'].includes(r.access) && !/^\/(live|healthz)\b/.test(r.path)); // a stream, and what the balancer reads
async function everyRole(act) {
	wrong.clear();
	await Promise.all(Object.entries(w.roles).map(async ([name, role]) => {
		for (const lang of ['en', 'ko']) {
			const v = await enter(role, { lang });
			await act(name, role, v);
		}
	}));
	assert.deepEqual([...wrong], []);
}

const mark = marking(w), FIRST = new Set(['orders.contact_email', 'person.email']); // the addresses, which a mail needs
mark((c) => !FIRST.has(c));

test('mails let no markup through', async () => {
	const v = await enter(w.roles.member);
	const sent = await v.post(`/orders/${w.paid}/resend`, { csrf: v.csrf });
	assert.equal(sent.status, 303, textOf(sent.text));
	const seenBefore = (m) => m.html && m.html.includes('&lt;xz');
	let mail;
	for (let i = 0; i < 20 && !(mail && seenBefore(mail)); i++) mail = await mailTo(w.member.person.email, /./, { after: mail?.id ?? '' });
	assert.ok(mail.html.includes(KEPT), 'the marker is in the mail');
	assert.doesNotMatch(mail.html, THROUGH);
	assert.doesNotMatch(mail.subject, /[\r\n]/);
});

test('every text column carries markup; no page lets it through', async () => {
	mark((c) => FIRST.has(c));
	const newest = sqlOne(`SELECT email FROM person WHERE id = ${w.member.person.id}`);
	for (let i = 0; i < 200 && sqlOne(`SELECT email FROM person WHERE id = ${w.member.person.id}`, { on: 'replica' }) !== newest; i++);
	seen = new Set();
	await everyRole(async (name, role, v) => {
		for (const route of pages) {
			if (!mayEnter(route, role) || !owns(route, name)) continue;
			look(name, route, await send(v, route, pathOf(w, route), fieldsOf(w, route)));
		}
	});
	// The sweep has eyes: these show it, in the form that harms nobody.
	for (const page of ['/shows/{slug}', '/shows', '/performers/{id}', '/venues/{id}', '/performances/{id}/list', '/checkout/{code}', '/orders/{code}', '/me/orders', '/tickets/{code}', '/pay/{order}',
		'/gate', '/gate/{performance}', '/desk', '/desk/shows', '/desk/shows/{id}/cast', '/desk/orders', '/desk/orders/{code}', '/desk/performances/{id}', '/desk/performances/{id}/queue', '/desk/performances/{id}/suspects', '/desk/venues', '/desk/halls/{id}', '/desk/staff',
		'/admin/orders', '/admin/orders/{code}', '/admin/organizers', '/admin/members', '/admin/audit', '/admin/jobs', '/admin/mail', '/admin/refund-grids'])
		assert.ok(seen.has(`GET ${page}`), `${page} does not show the marker`);
});

const filled = (f) => {
	const text = f.max && f.max < LONG.length && f.max > 0 ? SHORT.slice(0, f.max) : LONG;
	return [f.name, ['text', 'longtext', 'password', 'email', 'code', 'choice', 'i64', 'ids', 'when', 'date'].includes(f.kind) ? text : '1'];
};

test('no page lets through what its address says', async () => {
	seen = new Set();
	await everyRole(async (name, role, v) => {
		for (const route of pages) {
			if (!mayEnter(route, role) || !owns(route, name)) continue;
			const path = pathOf(w, route);
			// All fields at once, the texts alone (a page that refuses one field shows none of the others), and names nobody knows.
			const fields = route.fields ?? [];
			for (const pairs of [fields.map(filled), fields.filter((f) => /text/.test(f.kind)).map(filled), [['next', LONG], ['q', LONG], [LONG, LONG]]])
				if (pairs.length) look(name, route, await send(v, route, path, pairs));
			if (route.path.includes('{')) look(name, route, await send(v, route, pathOf(w, route, LONG), fieldsOf(w, route)));
		}
		look(name, { method: 'GET', path: '/…' }, await v.get(`/${encodeURIComponent(LONG)}?${encodeURIComponent(LONG)}`));
	});
	for (const page of ['/shows', '/desk/orders', '/admin/orders', '/admin/members']) assert.ok(seen.has(`GET ${page}`), `${page} does not show what was searched for`);
});

// Last: what can be written is written.
test('no page lets through what was typed into its form, or says so afterwards', async () => {
	seen = new Set();
	wrong.clear();
	for (const [name, role] of Object.entries(w.roles)) {
		if (!['visitor', 'guest', 'member', 'organizer', 'admin', 'staff: gate'].includes(name)) continue;
		let v = await enter(role);
		for (const route of routes) {
			if (route.method !== 'POST' || !route.csrf || !mayEnter(route, role) || !owns(route, name) || !route.fields.length) continue;
			const path = pathOf(w, route, ownerOf(route) === 'house' ? '999999999' : undefined);
			const texts = fieldsOf(w, route, { all: true }).map(([k, value]) => [k, route.fields.some((f) => f.name === k && /text/.test(f.kind)) ? filled(route.fields.find((f) => f.name === k))[1] : value]);
			for (const pairs of [route.fields.filter((f) => f.kind !== 'file').map(filled), texts]) {
				if (!v.asEntered()) v = await enter(role);
				const a = await send(v, route, path, [...pairs, ['csrf', v.csrf]]);
				look(name, route, a);
				if (a.status === 303) look(name, route, await v.follow(a));
			}
		}
	}
	assert.deepEqual([...wrong], []);
	for (const form of ['/sign-in', '/sign-up', '/me', '/desk/shows/new', '/desk/venues/new', '/checkout/{code}', '/admin/refund-grids/new'])
		assert.ok([...seen].includes(`POST ${form}`), `${form} does not show what was typed`);
});
