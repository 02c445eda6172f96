// Every page keeps to its query budget of the route table, with a small world's things and with the demo's large ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql, textOf } from '../support/house.mjs';
import { enter, fieldsOf, mayEnter, owns, pathOf, routeName, routes, world } from '../support/world.mjs';

const w = await world();
const pages = routes.filter((r) => r.method === 'GET' && !['provider', 'loopback'].includes(r.access) && !/^\/(live|geo|healthz)\b/.test(r.path)); // a stream, a file of nginx, no page

// The largest things of the demo, and the people they belong to.
function demo() {
	const [show] = sql(`SELECT s.id, s.slug, s.organizer_id, o.person_id FROM shows s JOIN organizer o ON o.id = s.organizer_id JOIN person p ON p.id = o.person_id
		WHERE p.email = 'organizer@foyer.example' AND s.state = 'published' ORDER BY (SELECT COUNT(*) FROM performance r WHERE r.show_id = s.id) DESC LIMIT 1`);
	assert.ok(show, 'the demo data is loaded');
	const [run] = sql(`SELECT r.id, r.hall_id, h.venue_id, h.version FROM performance r JOIN hall h ON h.id = r.hall_id JOIN shows s ON s.id = r.show_id
		WHERE s.organizer_id = ${show.organizer_id} ORDER BY h.seats DESC, (SELECT COUNT(*) FROM orders o WHERE o.performance_id = r.id) DESC LIMIT 1`);
	const [hall] = sql(`SELECT h.id, h.venue_id FROM hall h JOIN venue v ON v.id = h.venue_id WHERE v.organizer_id = ${show.organizer_id} ORDER BY h.seats DESC LIMIT 1`);
	const [ticket] = sql(`SELECT t.code, o.code AS order_code, o.person_id FROM ticket t JOIN orders o ON o.id = t.order_id JOIN person p ON p.id = o.person_id
		WHERE p.email = 'fan@foyer.example' AND t.state = 'issued' ORDER BY o.tickets DESC LIMIT 1`);
	const [sold] = sql(`SELECT o.code FROM orders o JOIN performance r ON r.id = o.performance_id JOIN shows s ON s.id = r.show_id WHERE s.organizer_id = ${show.organizer_id} AND o.state = 'paid' ORDER BY o.tickets DESC LIMIT 1`);
	const things = {
		...w, show: show.id, show_slug: show.slug, performance: run.id, paid: sold.code, ticket: ticket.code,
		venue: hall.venue_id, hall: hall.id,
		performer: sql(`SELECT performer_id AS id FROM show_cast WHERE show_id = ${show.id} LIMIT 1`)[0].id,
		sections: [{ id: sql(`SELECT id FROM section WHERE hall_id = ${hall.id} ORDER BY capacity DESC LIMIT 1`)[0].id, grade: 0 }],
	};
	const roles = {
		visitor: w.roles.visitor,
		fan: { kind: 'member', who: { id: ticket.person_id, member: true }, things: { ...things, paid: ticket.order_code } },
		organizer: { kind: 'organizer', who: { id: show.person_id, member: true } },
		admin: w.roles.admin,
	};
	return { things, roles };
}

// The number of queries of a page; the fewest of three, because a read that the replica could not answer is asked again.
async function queries(v, path, enough) {
	let least = Infinity;
	for (let i = 0; i < 3 && least > enough; i++) {
		v.cookies.delete('foyer_pos'); // who has just written waits for the replica: a query that is not the page's
		const a = await v.get(path);
		assert.ok(a.status < 500, `${path}: ${a.status} ${textOf(a.text).slice(0, 200)}`);
		assert.ok(a.headers['x-foyer-queries'] !== undefined, `${path}: the house runs without FOYER_DEBUG`);
		least = Math.min(least, Number(a.headers['x-foyer-queries']));
	}
	return least;
}
const over = [];
async function measure(name, v, things, route) {
	const fields = fieldsOf(things, route);
	const query = typeof fields === 'string' ? fields : String(new URLSearchParams(fields));
	const path = pathOf(things, route) + (query && `?${query}`);
	const n = await queries(v, path, route.budget);
	if (n > route.budget) over.push(`${name}: ${routeName(route)} makes ${n} queries, its budget is ${route.budget}`);
}
async function all(roles, things, fits) {
	over.length = 0;
	await Promise.all(Object.entries(roles).map(async ([name, role]) => {
		const v = await enter(role);
		for (const route of pages) if (mayEnter(route, role) && fits(route, name)) await measure(name, v, role.things ?? things, route);
	}));
	assert.deepEqual(over, []);
}

test('pages of a small world', () => all(w.roles, w, owns));

test('pages of the demo: a long run, a stadium, full lists', () => {
	const d = demo();
	return all(d.roles, d.things, () => true);
});
