// The web room through nginx: languages, headers, error pages, forged forms; and every route as a visitor sees it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Visitor, foyer, textOf } from '../support/house.mjs';

const routes = JSON.parse((await foyer('routes', '--json')).stdout);
const filled = (path) => path.replace(/\{[^}]+\}/g, '1');
const isFor = (route, ...names) => names.includes(route.access);

test('the language comes from the address, the cookie, the browser', async () => {
	const v = new Visitor({ lang: 'ko' });
	assert.match((await v.get('/nothing')).text, /<html lang="ko"/);
	assert.match((await v.get('/en/nothing')).text, /<html lang="en"/);
	let a = await v.get('/lang/en?next=%2Fshows%3Fq%3Da');
	assert.equal(a.status, 303);
	assert.equal(a.location, '/en/shows?q=a');
	assert.match((await v.get('/nothing')).text, /<html lang="en"/);
	a = await v.get('/lang/ko?next=%2Fen%2Fshows');
	assert.equal(a.location, '/shows');
	for (const evil of ['//evil.example', 'https://evil.example', '/\\evil.example', '/%5cevil.example', '/en//evil.example'])
		assert.match((await v.get(`/lang/ko?next=${encodeURIComponent(evil)}`)).location, /^\/$/);
	assert.equal((await v.get('/lang/fr')).status, 404);
	v.cookies.delete('lang');
	assert.match((await v.get('/nothing', { headers: { 'accept-language': 'en-US,en;q=0.9' } })).text, /<html lang="en"/);
	assert.match((await v.get('/nothing', { headers: { 'accept-language': 'ko-KR,ko;q=0.9' } })).text, /<html lang="ko"/);
});

test('every answer carries the headers that protect it', async () => {
	const v = new Visitor();
	for (const path of ['/', '/nothing', '/me', '/robots.txt']) {
		const { headers } = await v.get(path);
		assert.match(headers['content-security-policy'], /default-src 'none'; script-src 'self'; style-src 'self'/, path);
		assert.doesNotMatch(headers['content-security-policy'], /unsafe/);
		assert.equal(headers['x-content-type-options'], 'nosniff');
		assert.match(headers['permissions-policy'], /camera=\(self\)/);
		assert.match(headers['x-request-id'], /^[0-9a-f]{32}$/);
		assert.equal(headers['x-accel-expires'], undefined);
	}
});

test('health and readiness', async () => {
	const v = new Visitor({ ip: '127.0.0.1' });
	assert.equal((await v.get('/healthz')).text, 'ok\n');
	assert.deepEqual(JSON.parse((await v.get('/readyz')).text), { ready: true, primary: true, redis: true });
	assert.equal((await new Visitor({ ip: '127.9.9.9' }).get('/readyz')).status, 403);
});

test('errors say what happened and what to do, as a page or as JSON', async () => {
	const v = new Visitor();
	const page = await v.get('/nothing');
	assert.equal(page.status, 404);
	assert.match(textOf(page.text), /There is no such page .*home page/);
	assert.ok(page.text.includes(page.headers['x-request-id']));
	const json = await v.get('/nothing', { headers: { accept: 'application/json' } });
	assert.equal(JSON.parse(json.text).error.status, 404);
	assert.equal((await v.request('PUT', '/')).status, 405);
	assert.equal((await v.get('/shows/%00')).status >= 400, true);
	assert.equal((await v.get('/shows/%ff')).status, 404);
});

test('a visitor gets into no page that is for somebody', async () => {
	const v = new Visitor();
	for (const route of routes.filter((r) => r.method === 'GET' && isFor(r, 'admin', 'buyer', 'member', 'organizer'))) {
		const a = await v.get(filled(route.path));
		assert.equal(a.status, 303, route.path);
		assert.match(a.location, /^\/sign-in\?next=%2F/, route.path);
	}
	for (const route of routes.filter((r) => r.method === 'POST' && isFor(r, 'admin', 'buyer', 'member', 'organizer'))) {
		const a = await v.request('POST', filled(route.path), { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
		assert.equal(a.status, 401, route.path);
	}
});

test('no page for everybody fails, and none takes a forged form', async () => {
	const v = new Visitor();
	for (const route of routes.filter((r) => isFor(r, 'anyone'))) {
		const path = filled(route.path);
		if (route.method === 'GET') {
			const a = await v.get(path);
			assert.ok(a.status < 500, `${path}: ${a.status}`);
			continue;
		}
		for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-origin' }]) {
			const a = await v.request('POST', path, { body: 'csrf=AAAA&a=1', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
			// Where the form would be shown again, a page that wants a step before it leads there instead.
			const refused = a.status === 403 || (a.status === 303 && ['/sign-in', '/guest'].includes(a.location));
			assert.ok(refused, `${path} ${JSON.stringify(headers)}: ${a.status} ${a.location}`);
		}
	}
});

test('a session cannot be planted, a stranger\'s cookie is thrown away', async () => {
	const v = new Visitor();
	v.cookies.set('foyer', 'A'.repeat(43));
	const a = await v.get('/nothing');
	assert.equal(a.status, 404);
	assert.equal(v.cookies.has('foyer'), false);
	assert.match(a.headers['cache-control'], /private/);
});
