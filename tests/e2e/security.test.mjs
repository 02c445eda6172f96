// What an attacker tries first, on every route of the table: forged forms, foreign redirects, planted sessions, headers out of
// input, bodies without end, other methods; and the headers and cookies that protect a browser.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Visitor, decode, forms, insert, linkIn, mailTo, replicated, sql, sqlOne, textOf, until } from '../support/house.mjs';
import { person, redis } from '../support/stage.mjs';
import { digestOf, enter, fieldsOf, mayEnter, owns, ownerOf, pathOf, routeName, routes, send, world } from '../support/world.mjs';

const w = await world();
const machine = (r) => ['provider', 'loopback'].includes(r.access);
const pages = routes.filter((r) => r.method === 'GET' && !machine(r) && !/^\/(live|healthz)\b/.test(r.path));
const posts = routes.filter((r) => r.method === 'POST' && !machine(r));
const ROLES = ['visitor', 'guest', 'member', 'organizer', 'admin'];
const form = { 'content-type': 'application/x-www-form-urlencoded' };
// Somebody with the demo's password.
const PASSWORD = 'foyer-demo-2026';
function withPassword() {
	const p = person();
	const hash = sqlOne("SELECT password_hash FROM person WHERE email = 'fan@foyer.example'");
	sql(`UPDATE person SET password_hash = '${hash}' WHERE id = ${p.id}`);
	return p;
}
const tell = (name, route, a) => `${name}: ${routeName(route)} answers ${a.status} ${a.location ?? textOf(a.text).slice(0, 120)}`;
// The role that may and to whom the route's things belong.
const roleFor = (route) => ROLES.find((name) => mayEnter(route, w.roles[name]) && owns(route, name) && !(name === 'visitor' && route.path === '/sign-out'));

// ---- forged forms -----------------------------------------------------------------------------------------------------------
test('only machines are excused from the token', () => {
	assert.deepEqual(routes.filter((r) => r.method === 'POST' && !r.csrf).map((r) => `${r.access} ${r.path}`), [
		'provider /pay/{provider}/webhook', 'provider /sandbox/v1/payments/confirm', 'provider /sandbox/v1/payments/{key}/cancel']);
});

test('no form is taken without its token, with another browser\'s, or from another site; nothing changes', async () => {
	const before = digestOf(w), wrong = [];
	const stranger = await enter(w.roles['another member']);
	await Promise.all(ROLES.map(async (name) => {
		for (const route of posts) {
			if (roleFor(route) !== name) continue;
			const v = await enter(w.roles[name]);
			const tries = [
				['no token', [], {}],
				['an empty token', [['csrf', '']], {}],
				['a stranger\'s token', [['csrf', stranger.csrf]], {}],
				['a cut token', [['csrf', v.csrf.slice(0, -4)]], {}],
				['another origin', [['csrf', v.csrf]], { origin: 'https://evil.example' }],
				['no origin', [['csrf', v.csrf]], { origin: 'null' }],
				['another site', [['csrf', v.csrf]], { 'sec-fetch-site': 'cross-site' }],
				['a sister site', [['csrf', v.csrf]], { 'sec-fetch-site': 'same-site' }],
			];
			for (const [what, token, headers] of tries) {
				const a = await v.post(pathOf(w, route), [...fieldsOf(w, route), ...token], { headers });
				if (a.status !== 403) wrong.push(`${what}: ${tell(name, route, a)}`);
			}
		}
	}));
	assert.deepEqual(wrong, []);
	assert.deepEqual(digestOf(w), before);
});

test('a token is worth nothing in another session of the same browser', async () => {
	const v = await enter(w.roles.member), old = v.csrf;
	const who = withPassword(), page = await v.get('/staff');
	assert.equal((await v.post('/sign-out', { csrf: old })).status, 303);
	assert.equal((await v.post('/sign-out', { csrf: old })).status, 403);
	const signIn = await v.get('/sign-in');
	assert.equal((await v.submit(signIn, '/sign-in', { email: who.email, password: PASSWORD })).status, 303);
	assert.equal((await v.submit(page, '/staff', { code: 'AAAA' })).status, 403);
	assert.equal((await v.submit(signIn, '/sign-in', { email: who.email, password: PASSWORD })).status, 403);
});

// ---- sessions ---------------------------------------------------------------------------------------------------------------
test('a session is never one that was there before: sign-in makes another, and the planted one is nobody\'s', async () => {
	const who = withPassword(), attacker = await enter(w.roles['another member']);
	const victim = new Visitor();
	victim.cookies.set('foyer', attacker.session); // planted
	victim.cookies.set('foyer_csrf', attacker.cookies.get('foyer_csrf'));
	const out = await victim.post('/sign-out', { csrf: attacker.csrf });
	assert.equal(out.status, 303);
	victim.cookies.set('foyer', attacker.session);
	const done = await victim.submit(await victim.get('/sign-in'), '/sign-in', { email: who.email, password: PASSWORD });
	assert.equal(done.status, 303, textOf(done.text));
	assert.notEqual(victim.cookies.get('foyer'), attacker.session);
	assert.notEqual(victim.cookies.get('foyer_csrf'), attacker.cookies.get('foyer_csrf'));
	assert.equal((await attacker.get('/me')).location?.split('?')[0], '/sign-in', 'what was planted opens nothing');
	assert.equal((await victim.get('/me')).status, 200);

	const copy = new Visitor();
	copy.cookies.set('foyer', victim.cookies.get('foyer'));
	await victim.post('/sign-out', { csrf: new Map(forms((await victim.get('/staff')).text).find((f) => f.action === '/staff').fields).get('csrf') });
	assert.equal((await copy.get('/me')).status, 303, 'a session that was ended is over for every copy of it');
});

test('who is new stays signed in while the replica does not know them yet', async () => {
	sql('STOP SLAVE SQL_THREAD', { on: 'replica' });
	try {
		const code = insert(`INSERT INTO staff_code (organizer_id, label, code_hash, perms, created_at, expires_at) VALUES (${w.organizer}, 'New', UNHEX(SHA2(UUID(), 256)), 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY)`);
		const guard = await enter({ kind: 'staff', who: { staff: code, organizer: w.organizer } });
		const fan = await enter({ kind: 'member', who: person() });
		assert.deepEqual([(await guard.get('/gate')).status, (await fan.get('/me')).status], [200, 200]);
	} finally {
		sql('START SLAVE', { on: 'replica' });
		replicated();
	}
});

test('rights taken from somebody are gone with the next request', async () => {
	const code = insert(`INSERT INTO staff_code (organizer_id, label, code_hash, perms, created_at, expires_at) VALUES (${w.organizer}, 'Night', UNHEX(SHA2(UUID(), 256)), 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY)`);
	const guard = await enter({ kind: 'staff', who: { staff: code, organizer: w.organizer } });
	assert.equal((await guard.get(`/gate/${w.performance}`)).status, 200);
	const owner = await enter(w.roles.organizer);
	await owner.post('/desk/staff/revoke', { id: code, csrf: owner.csrf });
	await until(async () => (await guard.get(`/gate/${w.performance}`)).status !== 200, { what: 'the end of the code' });
	assert.match((await guard.get(`/gate/${w.performance}`)).location ?? '', /^\/sign-in/);
	const lost = await enter(w.roles.admin);
	assert.equal((await lost.get('/admin')).status, 200);
	sql(`UPDATE person SET admin = 0 WHERE id = ${w.roles.admin.who.id}`);
	await until(async () => (await lost.get('/admin')).status === 403, { what: 'the end of the rights' });
	sql(`UPDATE person SET admin = 1 WHERE id = ${w.roles.admin.who.id}`);
	await until(async () => (await lost.get('/admin')).status === 200, { what: 'the rights' });
});

// ---- limits -----------------------------------------------------------------------------------------------------------------
const tries = async (n, act) => {
	const seen = [];
	for (let i = 0; i < n; i++) seen.push((await act(i)).status);
	return seen;
};
test('guessing codes ends: staff codes, guest codes', async () => {
	const staff = await enter(w.roles.visitor);
	assert.equal((await tries(51, () => staff.post('/staff', { code: 'AAAABBBBCCCC', csrf: staff.csrf }))).at(-1), 429);

	const v = new Visitor(), email = `guess-${randomUUID()}@example.com`;
	const asked = await v.submit(await v.get('/guest'), '/guest', { email });
	assert.match(asked.location, /^\/guest\/code/);
	const page = await v.get(asked.location);
	assert.deepEqual((await tries(6, () => v.submit(page, '/guest/code', { code: 'AAAAAA' }))), [422, 422, 422, 422, 303, 303], 'five, then it is spoilt');
	assert.equal((await tries(45, () => v.submit(page, '/guest/code', { code: 'AAAAAA' }))).at(-1), 429);
});
test('one mailbox is not filled: codes, links, confirmations, from one address or many', async () => {
	for (const path of ['/guest', '/forgot-password', '/sign-up']) {
		const ask = async (v, email) => v.submit(await v.get(path), path, { email, name: 'F', password: 'a long enough pass phrase', terms: '1', privacy: '1' });
		const one = new Visitor(), near = `flood-${randomUUID()}@example.com`, far = `flood-${randomUUID()}@example.com`;
		assert.deepEqual(await tries(6, () => ask(one, near)), [303, 303, 303, 303, 303, 429], path);
		const statuses = await tries(21, () => ask(new Visitor(), far));
		assert.equal(statuses[0], 303, path);
		assert.equal(statuses.at(-1), 429, path);
	}
});
test('holding and letting go has a limit', async () => {
	const v = await enter(w.roles['another member']);
	redis('SET', `{p${w.performance}}:hold:m${w.roles['another member'].who.id}`, '29', 'EX', '60');
	const hold = () => v.post(`/performances/${w.performance}/hold`, { seat: 18, idem: randomUUID(), csrf: v.csrf });
	const first = await hold();
	assert.match(first.location ?? '', /^\/checkout\//, textOf(first.text));
	assert.equal((await v.post(`${first.location}/release`, { csrf: v.csrf })).status, 303);
	const refused = await hold();
	assert.equal(refused.status, 429);
	assert.ok(Number(refused.headers['retry-after']) > 0);
});

// ---- other sites ------------------------------------------------------------------------------------------------------------
const EVIL = ['//evil.example', 'https://evil.example', 'https:evil.example', '/\\evil.example', '\\\\evil.example', '/%5cevil.example', '/.//evil.example', '/..//evil.example', '/%2e%2f/evil.example',
	'/%09/evil.example', '/\t/evil.example', 'javascript:alert(1)', 'data:text/html,x', ' //evil.example', '@evil.example', '/en//evil.example', '/%2fevil.example', 'http:///evil.example', '///evil.example'];
// As a browser reads it.
const stays = (location) => location === undefined || (location.startsWith('/') && new URL(location, 'http://here.example/x').host === 'here.example');

test('next= leads nowhere else, on every route that knows it', async () => {
	const wrong = [];
	const withNext = routes.filter((r) => r.fields.some((f) => f.name === 'next'));
	assert.ok(withNext.length >= 10, 'the route table tells fields');
	for (const name of ['visitor', 'member', 'admin without second factor']) {
		const v = await enter(w.roles[name]);
		for (const route of withNext.filter((r) => r.method === 'GET' && mayEnter(r, w.roles[name]))) {
			for (const next of EVIL) {
				const a = await v.get(`${pathOf(w, route)}?${new URLSearchParams({ next })}`);
				if (!stays(a.location)) wrong.push(`${name}: ${routeName(route)} ${next} → ${a.location}`);
				for (const m of a.text.matchAll(/(?:href|action|value)="([^"]*evil\.example[^"]*)"/g)) if (!stays(decode(m[1]))) wrong.push(`${name}: ${routeName(route)} ${next} shows ${m[1]}`);
			}
		}
	}
	const who = withPassword();
	for (const next of EVIL) {
		const v = new Visitor();
		const done = await v.submit(await v.get('/sign-in'), '/sign-in', { email: who.email, password: PASSWORD, next });
		assert.equal(done.status, 303);
		if (!stays(done.location)) wrong.push(`sign-in: ${next} → ${done.location}`);
	}
	const v = new Visitor();
	for (const path of ['//evil.example/', '//evil.example/me', '/en//evil.example/', '/\\evil.example/', '/%2f%2fevil.example/', '/me/?//evil.example', '//evil.example/%2e%2e/'])
		for (const a of [await v.request('GET', `http://x${path}`).catch(() => ({})), await raw(path)]) if (!stays(a.location)) wrong.push(`${path} → ${a.location}`);
	assert.deepEqual(wrong, []);
});
// A path exactly as written: URL would tidy it.
function raw(path, headers = {}) {
	const v = new Visitor();
	return import('node:http').then(({ default: http }) => new Promise((resolve, reject) => {
		const { port } = new URL(process.env.FOYER_URL ?? `http://127.0.0.1:${process.env.FOYER_PORT ?? 8080}`);
		http.get({ port, path, headers, localAddress: v.ip, host: '127.0.0.1', agent: false }, (a) => { a.resume(); a.on('end', () => resolve({ status: a.statusCode, location: a.headers.location, headers: a.headers })); }).on('error', reject);
	}));
}

test('input makes no header, and the Host of a request no link', async () => {
	const v = new Visitor();
	for (const path of ['/lang/en?next=/%0d%0aSet-Cookie:%20evil=1', '/shows/%0d%0aSet-Cookie:%20evil=1', '/%0d%0aX-Evil:%201', '/shows?q=%0d%0aX-Evil:1', '/me?x=%0d%0aX-Evil:%201', '/shows/x/?a=%0d%0aX-Evil:1']) {
		const a = await raw(path);
		assert.ok(a.status < 500, path);
		assert.equal(a.headers['x-evil'], undefined, path);
		assert.ok(!(a.headers['set-cookie'] ?? []).some((c) => /evil/.test(c)), path);
	}
	const who = withPassword(), ask = await v.get('/forgot-password');
	const sent = await v.submit(ask, '/forgot-password', { email: who.email }, { headers: { ...form, host: 'evil.example', 'x-forwarded-host': 'evil.example' } });
	assert.equal(sent.status, 303);
	const mail = await mailTo(who.email);
	assert.doesNotMatch(`${mail.text} ${mail.html}`, /evil\.example/);
	assert.match(linkIn(mail, /reset-password/), /^(\/en)?\/reset-password\?token=/);
	assert.doesNotMatch((await v.get(`/shows/${w.show_slug}`, { headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher' } })).text, /evil\.example|gopher/);
});

// ---- bodies and methods -----------------------------------------------------------------------------------------------------
test('no form takes a body beyond its limit', async () => {
	const wrong = [], before = digestOf(w);
	await Promise.all(ROLES.map(async (name) => {
		for (const route of posts) {
			if (roleFor(route) !== name) continue;
			const v = await enter(w.roles[name]);
			const a = await v.request('POST', pathOf(w, route), { body: `csrf=${v.csrf}&a=${'x'.repeat(route.body_kib * 1024)}`, headers: form }).catch((e) => ({ status: e.code, text: '' }));
			if (a.status !== 413 && a.status !== 'EPIPE' && a.status !== 'ECONNRESET') wrong.push(tell(name, route, a));
		}
	}));
	assert.deepEqual(wrong, []);
	assert.deepEqual(digestOf(w), before);
});
test('machines\' bodies have a limit, and what they send is looked at', async () => {
	const v = new Visitor({ ip: '127.0.0.1' });
	const hook = (body) => v.request('POST', '/pay/sandbox/webhook', { body, headers: { 'content-type': 'application/json' } });
	assert.equal((await hook('x'.repeat(70 * 1024))).status, 413);
	for (const body of ['', '{', '[]', 'null', '"x"', '{"eventType":1}', `{"eventType":"PAYMENT_STATUS_CHANGED","data":{"paymentKey":${'['.repeat(5000)}}}`]) {
		const a = await hook(body);
		assert.ok(a.status >= 200 && a.status < 500, `${body.slice(0, 40)}: ${a.status}`);
	}
	for (const [path, secret] of [['/sandbox/v1/payments/confirm'], [`/sandbox/v1/payments/${w.attempt.payment_key}/cancel`], ['/sandbox/v1/payments/confirm', 'wrong']]) {
		const a = await v.request('POST', path, { body: '{"cancelReason":"x"}', headers: { 'content-type': 'application/json', ...(secret && { authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` }) } });
		assert.ok(a.status === 401 || a.status === 403, `${path}: ${a.status}`);
	}
	assert.ok([401, 403].includes((await v.get(`/sandbox/v1/payments/${w.attempt.payment_key}`)).status));
	assert.equal((await new Visitor({ ip: '127.9.9.9' }).get('/metrics')).status, 403);
});

test('each address takes its own methods and tells which', async () => {
	const byPath = new Map();
	for (const r of routes.filter((x) => !machine(x) && !/^\/(live|geo|healthz)\b/.test(x.path))) byPath.set(r.path, [...(byPath.get(r.path) ?? []), r]);
	const v = await enter(w.roles.visitor), wrong = [];
	for (const [path, list] of byPath) {
		const at = pathOf(w, list[0]);
		const methods = list.map((r) => r.method);
		for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
			const a = await v.request(method, at);
			if (a.status !== 405) wrong.push(`${method} ${path}: ${a.status}`);
		}
		if (!methods.includes('GET')) {
			const a = await v.get(at);
			if (a.status === 405 ? a.headers.allow !== 'POST' : !routes.some((r) => r.method === 'GET' && r.path !== path && like(r.path, at))) wrong.push(`GET ${path}: ${a.status} ${a.headers.allow}`);
		}
		if (!methods.includes('POST')) {
			const a = await v.post(at, {});
			if (a.status === 405 ? a.headers.allow !== 'GET, HEAD' : !routes.some((r) => r.method === 'POST' && r.path !== path && like(r.path, at))) wrong.push(`POST ${path}: ${a.status} ${a.headers.allow}`);
		}
	}
	assert.deepEqual(wrong, []);
});
// Whether another route's pattern takes the path as well.
const like = (pattern, path) => new RegExp(`^${pattern.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path);

// ---- what a browser is told ---------------------------------------------------------------------------------------------------
test('every page of everybody carries the headers that protect it, and its cookies their flags', async () => {
	const wrong = new Set(), cookies = new Set();
	await Promise.all(Object.entries(w.roles).map(async ([name, role]) => {
		const v = await enter(role);
		for (const route of pages) {
			const a = await send(v, route, pathOf(w, route), mayEnter(route, role) && owns(route, name) ? fieldsOf(w, route) : []);
			const h = a.headers, bad = (what) => wrong.add(`${routeName(route)} (${a.status}): ${what}`);
			for (const line of h['set-cookie'] ?? []) {
				cookies.add(line.split('=')[0]);
				if (!/; HttpOnly/.test(line) || !/; SameSite=(Lax|Strict)/.test(line) || !/; Path=\/(;|$)/.test(line) || /; Domain/i.test(line)) bad(`cookie ${line.replace(/=[^;]*/, '=…')}`);
			}
			if (h['x-content-type-options'] !== 'nosniff') bad('no nosniff');
			if (/html/.test(h['content-type'] ?? '')) {
				const csp = h['content-security-policy'] ?? '';
				if (!/default-src 'none'/.test(csp) || /unsafe|\*|data:(?!.*img)/.test(csp.replace(/img-src[^;]*/, ''))) bad(`policy ${csp}`);
				for (const part of ['script-src', 'style-src', 'frame-ancestors', 'base-uri', 'form-action']) if (!csp.includes(part)) bad(`no ${part}`);
				if (!h['referrer-policy']) bad('no referrer policy');
				if (/<script(?![^>]*\bsrc=)[^>]*>|<style|\son[a-z]+="|\sstyle="|href="javascript:/.test(a.text)) bad('inline script or style');
			}
			if (name !== 'visitor' && a.status === 200 && route.access !== 'anyone' && !/private|no-store/.test(h['cache-control'] ?? '')) bad(`cache-control ${h['cache-control']}`);
		}
	}));
	assert.deepEqual([...wrong], []);
});
test('what is cached for everybody plants no cookie and knows nobody', async () => {
	for (const route of pages.filter((r) => r.cache_s > 0)) {
		const v = new Visitor();
		const a = await v.get(`${pathOf(w, route)}?fresh=${randomUUID()}`);
		assert.equal(a.headers['set-cookie'], undefined, route.path);
		assert.doesNotMatch(a.text, /name="csrf"/, route.path);
		const signedIn = await enter(w.roles.member);
		const own = await signedIn.get(pathOf(w, route));
		if (/html/.test(own.headers['content-type'])) assert.match(own.headers['cache-control'], /private|no-store/, route.path);
		assert.ok(!(await v.get(pathOf(w, route))).text.includes(w.member.person.email), `${route.path} shows somebody to everybody`);
	}
	assert.ok(ownerOf, 'routes with owners are never cached for everybody');
	assert.deepEqual(routes.filter((r) => r.cache_s > 0 && r.access !== 'anyone').map(routeName), []);
});
