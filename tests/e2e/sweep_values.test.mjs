// Every parameter of every path and every field of every form with what nobody types: whatever the answer is, it is no error of
// ours, and no worker dies of it.  Reads the route table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { VAR } from '../support/house.mjs';
import { enter, fieldsOf, mayEnter, owns, pathOf, routeName, routes, send, world } from '../support/world.mjs';

const VALUES = ['', '-1', '9223372036854775807', '99999999999999999999', '1,2,3', '김철수', '𝕏😀', '\u0001\u001e\u007f', '%s%n', '\'"><b>', '0001-01-01',
	'9999-12-31T23:59', 'a'.repeat(3000)];
// Streams that do not end; what would leave nobody to go on with, or another house than the one the other tests know.
const LEFT_OUT = /^\/(live|sign-out|me\/delete|me\/sessions\/end|me\/password|admin\/settings|admin\/refund-grids\/\{id\}\/default)|\/(remove|delete|cancel|withdraw)$/;

const w = await world();
const swept = routes.filter((r) => !['provider', 'loopback'].includes(r.access) && !LEFT_OUT.test(r.path));
const deaths = () => readFileSync(join(VAR, 'log/serve.log'), 'utf8').split('\n').filter((l) => l.includes('"worker died"')).length;
const inside = new Map();
async function as(name) {
	if (!inside.get(name)?.asEntered()) inside.set(name, await enter(w.roles[name]));
	return inside.get(name);
}
const whoMay = (route) => ['organizer', 'member', 'admin'].find((name) => mayEnter(route, w.roles[name]) && owns(route, name));

// What is wrong with each answer: [what was sent, status].
async function faults(tries) {
	const before = deaths(), wrong = [];
	for (const route of swept) {
		const given = fieldsOf(w, route, { all: true });
		if (typeof given === 'string') continue;
		for (const { what, path = pathOf(w, route), pairs = given } of tries(route, given)) {
			const v = await as(whoMay(route));
			const a = await send(v, route, path, route.csrf ? [...pairs, ['csrf', v.csrf]] : pairs);
			if (a.status >= 500) wrong.push(`${routeName(route)} ${what}: ${a.status}`);
		}
	}
	assert.deepEqual(wrong, []);
	assert.equal(deaths(), before, 'workers that died');
}
const named = (route) => (route.fields ?? []).filter((f) => f.kind !== 'file').map((f) => f.name);

test('values that nobody types, in each field', () => faults((route, given) => named(route).flatMap((name) => VALUES.map((value) =>
	({ what: `${name}=${value.slice(0, 40)}`, pairs: [...given.filter(([k]) => k !== name), [name, value]] })))));

test('values that nobody types, in each parameter of a path', () => faults((route) => [...route.path.matchAll(/\{[^}]+\}/g)].flatMap(([name]) => {
	const real = pathOf(w, route).split('/');
	return VALUES.filter(Boolean).map((value) => ({ what: `${name}=${value.slice(0, 40)}`,
		path: route.path.split('/').map((part, i) => (part.includes(name) ? part.replace(name, encodeURIComponent(value)) : real[i])).join('/') }));
})));

test('fields that are missing, or sent twice', () => faults((route, given) => [{ what: 'nothing', pairs: [] }, { what: 'everything twice', pairs: [...given, ...given] },
	...named(route).map((name) => ({ what: `without ${name}`, pairs: given.filter(([k]) => k !== name) }))]));
