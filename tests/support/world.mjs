// A small world for the sweeps: one of every kind of person, objects of each kind that belong to somebody, the route
// table, and values for every path parameter and form field.  A new page is swept as soon as it is in the table; a
// parameter that this file does not know makes the sweep fail.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Visitor, forms, foyer, insert, local, sql, sqlOne, textOf, until } from './house.mjs';
import { gatherRoom } from './queue.mjs';
import { buyer, person, signIn, stage } from './stage.mjs';

export const PERMS = { gate: 1, orders: 2, shows: 4, venues: 8, sales: 16 };
const DAY = 24 * 3600e3;

export const routes = JSON.parse((await foyer('routes', '--json')).stdout);
export const routeName = (r) => `${r.method} ${r.path}`;

// ---- people -------------------------------------------------------------------------------------------------------------
// roles of the world: name → { who (see signIn), kind, perms }.  The world's objects belong to `member` and `organizer`.
function rolesOf(s, member) {
	const other = stage({ rows: 1, perRow: 4 });
	const admin = person({ name: 'Admin' });
	sql(`UPDATE person SET admin = 1, totp_sealed = X'00', totp_on_at = UTC_TIMESTAMP(6) WHERE id = ${admin.id}`);
	const staff = (organizer, perms, show = 'NULL') => ({
		staff: insert(`INSERT INTO staff_code (organizer_id, label, code_hash, perms, show_id, created_at, expires_at) VALUES (${organizer}, 'Door', UNHEX(SHA2(UUID(), 256)), ${perms}, ${show}, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 9 DAY)`),
		organizer,
	});
	const elsewhere = insert(`INSERT INTO shows (organizer_id, slug, title, genre, synopsis, synopsis_en, notice, notice_en, view_open_at, booking_open_at, created_at, search_text) VALUES (${s.organizer}, CONCAT('other-', UUID_SHORT()), '다른 공연', 'play', '', '', '', '', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 'other')`);
	const all = Object.values(PERMS).reduce((a, b) => a | b);
	const roles = {
		visitor: { kind: 'visitor' },
		guest: { kind: 'guest', who: person({ member: false, name: 'Guest' }) },
		member: { kind: 'member', who: member.person },
		'another member': { kind: 'member', who: person({ name: 'Another' }) },
		organizer: { kind: 'organizer', who: { ...s.owner, member: true } },
		'another organizer': { kind: 'organizer', who: { ...other.owner, member: true } },
		'admin without second factor': { kind: 'member', who: admin },
		admin: { kind: 'admin', who: { ...admin, factor: true } },
		'staff for another show': { kind: 'staff', perms: all, oneShow: true, who: staff(s.organizer, all, elsewhere) },
		"another organizer's staff": { kind: 'staff', perms: all, who: staff(other.organizer, all) },
	};
	for (const [name, bit] of Object.entries(PERMS)) roles[`staff: ${name}`] = { kind: 'staff', perms: bit, who: staff(s.organizer, bit) };
	return { roles, other };
}

// Signs the role in anew: a visitor with its session (unless it is nobody) and a token for forms in .csrf.
export async function enter(role, options) {
	const v = new Visitor(options);
	if (role.who) signIn(v, role.who);
	v.session = v.cookies.get('foyer');
	const page = await v.get('/staff');
	assert.equal(page.status, 200, textOf(page.text));
	v.csrf = new Map(forms(page.text).find((f) => f.action === '/staff').fields).get('csrf');
	assert.ok(v.csrf, 'a token in the form');
	v.browser = v.cookies.get('foyer_csrf');
	v.asEntered = () => v.cookies.get('foyer_csrf') === v.browser && v.cookies.get('foyer') === v.session;
	if (role.who) assert.equal(v.cookies.get('foyer'), v.session, 'the session is taken');
	return v;
}

// Whether the route table lets such a person in, as web/route.h tells it.
export function mayEnter(route, role) {
	// Venues are the house's, not one show's: a code for one show does not open them.
	const bits = route.perm.split(',').filter((name) => name && !(role.oneShow && name === 'venues')).map((name) => PERMS[name]);
	switch (route.access) {
	case 'anyone': return true;
	case 'buyer': return !['visitor', 'staff'].includes(role.kind);
	case 'member': return ['member', 'organizer', 'admin'].includes(role.kind);
	case 'organizer': return role.kind === 'organizer' || (role.kind === 'staff' && bits.some((b) => role.perms & b));
	case 'admin': return role.kind === 'admin';
	default: throw new Error(`${routeName(route)}: the sweep does not know access '${route.access}'`);
	}
}

// ---- things ---------------------------------------------------------------------------------------------------------------
async function hold(v, performance, seats) {
	const done = await v.post(`/performances/${performance}/hold`, [...seats.map((s) => ['seat', s]), ['idem', randomUUID()], ['csrf', v.csrf]]);
	assert.match(done.location ?? '', /^\/checkout\//, textOf(done.text));
	const code = done.location.split('/').pop();
	const sent = await v.post(`/checkout/${code}`, { name: v.person.name, email: v.person.email, phone: '010-1234-5678', agreed: '1', csrf: v.csrf });
	assert.equal(sent.location, `/pay/${code}`, textOf(sent.text));
	return code;
}
export async function payFor(v, code) {
	const window = await v.follow(await v.post(`/pay/${code}/start`, { method: 'CARD', csrf: v.csrf }));
	const back = await v.submit(window, '/sandbox/window', { card: '4242 4242 4242 4242' }, { press: 'card' });
	const done = await v.follow(back);
	assert.equal(done.url, `/orders/${code}`, textOf(done.text));
	return window.url;
}

// Everything there is, in one chain: a show with a cast and a picture, a paid order with a ticket given back, a held one.
export async function world() {
	const s = stage({ rows: 2, perRow: 10, standing: 32, fee: 1000 });
	const member = buyer({ name: 'Kim Buyer' });
	Object.assign(member, await enter({ who: member.person }), { person: member.person });
	const { roles, other } = rolesOf(s, member);
	sql(`INSERT INTO staff_code (organizer_id, label, code_hash, perms, show_id, created_at, expires_at) VALUES (${s.organizer}, 'Shown', UNHEX(SHA2(UUID(), 256)), 1, ${s.show}, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 9 DAY)`);
	const w = { ...s, other, roles, member };
	w.show_slug = sqlOne(`SELECT slug FROM shows WHERE id = ${s.show}`);
	w.performer = insert(`INSERT INTO performer (organizer_id, name, name_en, about) VALUES (${s.organizer}, '가수', 'Singer', 'Sings')`);
	sql(`INSERT INTO show_cast (show_id, performer_id, role) VALUES (${s.show}, ${w.performer}, 'Voice')`);
	w.image = insert(`INSERT INTO image (organizer_id, name, width, height, created_at) VALUES (${s.organizer}, CONCAT('sweep', UUID_SHORT()), 600, 800, UTC_TIMESTAMP(6))`);
	sql(`UPDATE shows SET image_id = ${w.image}, venue_id = ${s.venue}, sale = 'open', price_from = 110000, first_at = (SELECT starts_at FROM performance WHERE id = ${s.performance}), last_at = first_at WHERE id = ${s.show}`);
	w.draft = sqlOne(`SELECT slug FROM shows WHERE organizer_id = ${s.organizer} AND state = 'draft'`);
	w.queued = stage({ rows: 1, perRow: 4 }).performance;
	await gatherRoom(w.queued, { message: '어서 오세요', messageEn: 'Welcome' });
	const applicant = person({ name: 'Applicant' });
	w.applicant = insert(`INSERT INTO organizer (person_id, name, registration_no, phone, about, applied_at) VALUES (${applicant.id}, 'New house', '123-45', '02-123', 'We play', UTC_TIMESTAMP(6))`);
	w.grid = insert(`INSERT INTO refund_grid (name) VALUES ('Grid of the sweep')`);
	sql(`INSERT INTO refund_rule VALUES (${w.grid}, 0, 500)`);

	w.paid = await hold(member, s.performance, [0, 1, 2]);
	w.window = await payFor(member, w.paid);
	await until(() => sqlOne(`SELECT COUNT(*) FROM ticket t JOIN orders o ON o.id = t.order_id WHERE o.code = '${w.paid}'`) === '3', { what: 'tickets' });
	const page = await member.get(`/orders/${w.paid}/cancel?line=3`);
	const given = await member.submit(page, (f) => f.method === 'POST' && f.action.endsWith('/cancel'), { line: '3' });
	assert.equal(given.status, 303, textOf(given.text));
	w.held = await hold(member, s.performance, [25]);
	await member.post(`/pay/${w.held}/start`, { method: 'CARD', csrf: member.csrf });
	w.paidId = Number(sqlOne(`SELECT id FROM orders WHERE code = '${w.paid}'`));
	w.heldId = Number(sqlOne(`SELECT id FROM orders WHERE code = '${w.held}'`));
	w.ticket = sqlOne(`SELECT code FROM ticket WHERE order_id = ${w.paidId} AND line = 1`);
	[w.attempt] = sql(`SELECT id, provider_order, payment_key, amount FROM pay_attempt WHERE order_id = ${w.paidId}`);
	w.failed = sqlOne(`SELECT provider_order FROM pay_attempt WHERE order_id = ${w.heldId}`);
	const organizer = await enter(roles.organizer);
	await organizer.post('/desk/staff', { label: 'Audited', days: 3, gate: 1, csrf: organizer.csrf });
	w.mail = await until(() => sqlOne(`SELECT id FROM outbox WHERE topic = 'mail' AND about = '${w.paid}' ORDER BY id LIMIT 1`), { what: 'a mail about the order' });
	w.refund = await until(() => sqlOne(`SELECT id FROM pay_refund WHERE order_id = ${w.paidId} AND state = 'done'`), { what: 'the refund' });
	await until(() => sqlOne(`SELECT COUNT(*) > 0 AND COUNT(*) = COUNT(processed_at) FROM pay_webhook WHERE body LIKE '%${w.attempt.payment_key}%'`) === '1', { what: 'the webhooks' });
	// Pages may be read from the replica.
	const newest = sqlOne('SELECT MAX(id) FROM audit_log');
	await until(() => Number(sqlOne('SELECT MAX(id) FROM audit_log', { on: 'replica' })) >= Number(newest), { what: 'the replica' });
	return w;
}

// ---- what stands for the parameters of a path --------------------------------------------------------------------------------
// By the pattern up to the parameter; the longest that fits counts.
const params = (w) => ({
	'/lang/{code}': 'en',
	'/live/{channel}': `perf:${w.performance}`,
	'/shows/{slug}': w.show_slug,
	'/performances/{id}': w.performance,
	'/queue/{sale}': `p${w.queued}`,
	'/performers/{id}': w.performer,
	'/venues/{id}': w.venue,
	'/geo/{hall}': w.hall,
	'/geo/{hall}/{file}': '2.json',
	'/checkout/{code}': w.held,
	'/orders/{code}': w.paid,
	'/orders/{order}': w.paid,
	'/tickets/{code}': w.ticket,
	'/pay/{order}': w.held,
	'/pay/{provider}': 'sandbox',
	'/pay/{provider}/fail/{attempt}': w.failed,
	'/gate/{performance}': w.performance,
	'/desk/shows/{id}': w.show,
	'/desk/shows/{id}/grades/{grade}': w.sections[0].grade,
	'/desk/shows/{id}/halls/{hall}': w.hall,
	'/desk/performances/{id}': w.performance,
	'/desk/orders/{code}': w.paid,
	'/desk/venues/{id}': w.venue,
	'/desk/halls/{id}': w.hall,
	'/desk/halls/{id}/sections/{section}': w.sections[0].id,
	'/admin/organizers/{id}': w.applicant,
	'/admin/orders/{code}': w.paid,
	'/admin/payments/{id}': w.attempt.id,
	'/admin/refunds/{id}': w.refund,
	'/admin/mail/{id}': w.mail,
	'/admin/members/{id}': w.member.person.id,
	'/admin/refund-grids/{id}': w.grid,
	'/sandbox/v1/payments/{key}': w.attempt.payment_key,
	'/sandbox/v1/payments/orders/{order}': w.attempt.provider_order,
});
// missing: what to put in instead of the real thing, for "there is no such".
export function pathOf(w, route, missing) {
	const known = params(w);
	return route.path.replace(/\{[^}]+\}/g, (name, at) => {
		const value = known[route.path.slice(0, at + name.length)];
		assert.ok(value !== undefined && value !== null, `${routeName(route)}: tests/support/world.mjs has no value for ${route.path.slice(0, at + name.length)}`);
		return encodeURIComponent(missing ?? value);
	});
}

// Whose the thing behind a path is: null (everybody's), 'person' (the member's), 'organizer', 'house' (the admins').
export function ownerOf(route) {
	if (!route.path.includes('{')) return null;
	return { anyone: null, buyer: 'person', member: 'person', organizer: 'organizer', admin: 'house' }[route.access];
}
export function owns(route, name) {
	switch (ownerOf(route)) {
	case 'person': return name === 'member';
	case 'organizer': return name === 'organizer' || /^staff: /.test(name);
	default: return true;
	}
}

// ---- what stands for the fields of a form -------------------------------------------------------------------------------------
const byName = (w) => ({
	'POST /performances/{id}/hold': [['seat', 14], ['idem', randomUUID()]],
	'POST /desk/staff': [['label', 'Sweep'], ['days', 1], ['gate', 1], ['show', w.show]],
	'POST /desk/shows/{id}/performances': [['hall', w.hall], ['first', local(Date.now() + 20 * DAY).slice(0, 10)], ['times', '19:30']],
	'POST /desk/shows/{id}/cast/remove': [['performer', w.performer]],
	'POST /desk/shows/{id}/halls/{hall}': [['rest', w.sections[0].grade]],
	'POST /gate/{performance}/scan': [['text', w.ticket]],
	'POST /gate/{performance}/undo': [['scan', 999999999]],
	'GET /pay/{provider}/return': [['paymentKey', w.attempt.payment_key], ['orderId', w.attempt.provider_order], ['amount', w.attempt.amount]],
	'GET /sandbox/window': w.window.split('?')[1],
	'POST /sandbox/window': [['window', w.window.split('?')[1]], ['how', 'leave']],
});
function plain(f) {
	switch (f.kind) {
	case 'email': return `sweep-${randomUUID()}@example.com`; // mails to one address are limited
	case 'password': return 'a long enough pass phrase';
	case 'code': return 'SWEEP1';
	case 'i64': case 'ids': return Math.max(1, f.min);
	case 'flag': return '1';
	case 'choice': return f.options.split('|').find(Boolean);
	case 'when': return local(Date.now() + 30 * DAY);
	case 'date': return local(Date.now() + 30 * DAY).slice(0, 10);
	default: return 'Sweep'.padEnd(f.min, '.').slice(0, f.max || 200);
	}
}
// Fields as somebody could have typed them (pairs, or a query as it stands).  all: the optional ones too.
export function fieldsOf(w, route, { all = false } = {}) {
	const given = byName(w)[routeName(route)];
	if (given) return given;
	return (route.fields ?? []).filter((f) => f.kind !== 'file' && (all || f.required)).map((f) => [f.name, String(plain(f))]);
}
export const filesOf = (route) => Object.fromEntries((route.fields ?? []).filter((f) => f.kind === 'file').map((f) => [f.name, { name: 'a.csv', type: 'text/csv', data: 'section,row,seat\n' }]));

export function send(v, route, path, pairs = []) {
	const files = filesOf(route);
	if (route.method === 'GET') return v.get(pairs.length ? `${path}?${typeof pairs === 'string' ? pairs : new URLSearchParams(pairs)}` : path);
	if (Object.keys(files).length) return v.postMultipart(path, pairs, files);
	return v.post(path, pairs);
}

// ---- the rows of the world ------------------------------------------------------------------------------------------------------
// By table: which rows are the world's.
export const rowsOf = (w) => {
	const people = [...Object.values(w.roles).map((r) => r.who?.id).filter(Boolean)].join(',');
	const orders = `order_id IN (${w.paidId}, ${w.heldId})`;
	return {
		person: `id IN (${people})`,
		consent: `person_id IN (${people})`,
		email_token: `person_id IN (${people})`,
		organizer: `id IN (${w.organizer}, ${w.applicant})`,
		staff_code: `organizer_id = ${w.organizer}`,
		venue: `id = ${w.venue}`,
		hall: `id = ${w.hall}`,
		section: `hall_id = ${w.hall}`,
		seat: `hall_id = ${w.hall}`,
		image: `id = ${w.image}`,
		refund_grid: `id = ${w.grid}`,
		refund_rule: `grid_id = ${w.grid}`,
		shows: `organizer_id = ${w.organizer}`,
		performer: `id = ${w.performer}`,
		show_cast: `show_id = ${w.show}`,
		price_grade: `show_id = ${w.show}`,
		section_grade: `show_id = ${w.show}`,
		performance: `id = ${w.performance}`,
		performance_grade: `performance_id = ${w.performance}`,
		orders: `id IN (${w.paidId}, ${w.heldId})`,
		claim: orders,
		stock_stripe: `performance_id = ${w.performance}`,
		order_line: orders,
		ticket: orders,
		gate_scan: `performance_id = ${w.performance}`,
		pay_attempt: orders,
		pay_refund: orders,
		refund_line: orders,
		pay_webhook: `body LIKE '%${w.attempt.payment_key}%'`,
		ledger_tx: orders,
		ledger_entry: `tx_id IN (SELECT id FROM ledger_tx WHERE ${orders})`,
		sandbox_payment: `payment_key = '${w.attempt.payment_key}'`,
		sandbox_cancel: `payment_key = '${w.attempt.payment_key}'`,
		outbox: `about IN ('${w.paid}', '${w.held}')`,
		audit_log: `person_id IN (${people})`,
	};
};

// One number per table over the world's rows, without what the house itself keeps up to date.
const MOVING = new Set(['outbox', 'audit_log', 'email_token', 'pay_webhook']);
const UPKEPT = /^(seen_at|used_at|next_check_at|checks|updated_at|taken|sold|first_at|last_at|venue_id|price_from|sale|search_text)$/;
let columns;
export function digestOf(w) {
	columns ??= sql("SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'foyer' ORDER BY 1, ordinal_position");
	const parts = Object.entries(rowsOf(w)).filter(([table]) => !MOVING.has(table)).map(([table, where]) => {
		const cells = columns.filter((r) => r.t === table && !UPKEPT.test(r.c)).map((r) => `COALESCE(HEX(${r.c}), '-')`);
		return `SELECT '${table}' AS t, COUNT(*) AS n, COALESCE(SUM(CRC32(CONCAT_WS('/', ${cells.join(', ')}))), 0) AS crc FROM ${table} WHERE ${where}`;
	});
	return sql(parts.join(' UNION ALL '));
}
