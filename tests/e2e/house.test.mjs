// The house as ./dev runs it: nginx before the pools, services by name, renewal without a lost request.
import test from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { readFileSync, writeFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { URL_, VAR, Visitor, alive, kill, pidOf, service, sleep, sqlOne, until } from '../support/house.mjs';

const v = new Visitor();
const answers = async () => (await v.get('/healthz')).status === 200;

test('renewing the running house drops no request', async () => {
	const before = { serve: pidOf('serve'), work: pidOf('work') };
	const bad = [];
	let n = 0, going = true;
	const crowd = Array.from({ length: 8 }, async () => {
		const one = new Visitor();
		while (going) {
			const a = await one.get('/healthz').catch((e) => ({ status: String(e) }));
			n += 1;
			if (a.status !== 200) bad.push(a.status);
		}
	});
	await service('renew');
	await sleep(300);
	going = false;
	await Promise.all(crowd);
	assert.deepEqual(bad, []);
	assert.ok(n > 100, `${n} requests`);
	assert.equal(pidOf('serve'), before.serve, 'the master stays, its workers go');
	assert.notEqual(pidOf('work'), before.work);
	assert.ok(!alive(before.work));
});

test('whoever ./dev up names comes in by what it names', async () => {
	const said = readFileSync(join(VAR, 'demo.txt'), 'utf8');
	const password = /password (\S+)/.exec(said)[1];
	const accounts = [...said.matchAll(/^ +(\S+@\S+) .*http:\/\/[^/]+(\/[a-z/]+)/gm)];
	assert.equal(accounts.length, 3);
	for (const [, email, page] of accounts) {
		const one = new Visitor();
		const in_ = await one.submitAndFollow(await one.get('/sign-in'), '/sign-in', { email, password });
		assert.equal(in_.status, 200, email);
		if (in_.url.includes('second-factor')) continue; // a code is good once, and other tests need it
		assert.equal((await one.get(page)).status, 200, `${email} ${page}`);
	}
	const [, code, page] = /^Gate staff code +(\S+) at http:\/\/[^/]+(\S+)$/m.exec(said);
	const gate = new Visitor();
	const in_ = await gate.submitAndFollow(await gate.get(page), '/staff', { code });
	assert.deepEqual([in_.status, in_.url], [200, '/gate']);
});

test('while no worker is there, people read a page and are told when to come back', async () => {
	await service('stop', 'serve');
	try {
		for (const a of [await v.get('/'), await v.post('/sign-in', { a: 'b' })]) {
			assert.equal(a.status, 502);
			assert.equal(a.headers['retry-after'], '5');
			assert.equal(a.headers['cache-control'], 'no-store');
			assert.match(a.text, /잠시/);
			assert.match(a.text, /never charges you twice/);
		}
	} finally {
		await service('start', 'serve');
	}
	await until(answers);
});

test('every answer has one request id, and nginx\' log has it', async () => {
	const a = await v.get('/healthz?marker=1', { headers: { 'x-request-id': 'forged' } });
	assert.match(a.headers['x-request-id'], /^[0-9a-f]{32}$/);
	const page = await v.get('/no-such-page');
	const id = page.headers['x-request-id'];
	const line = await until(() => readFileSync(join(VAR, 'log/access.log'), 'utf8').split('\n').find((l) => l.includes(id)));
	const entry = JSON.parse(line);
	assert.equal(entry.path, '/no-such-page');
	assert.equal(entry.status, 404);
});

test('static files are immutable, compressed beforehand, and nothing else is served from there', async () => {
	const manifest = JSON.parse(readFileSync(join(readFileSync(join(VAR, 'foyer.conf'), 'utf8').match(/^share_dir = (.*)$/m)[1], 'static/manifest.json')));
	const css = Object.entries(manifest).find(([k]) => k.endsWith('.css'))[1];
	for (const [accept, encoding] of [['br', 'br'], ['gzip', 'gzip'], ['', undefined]]) {
		const a = await v.get(`/static/${css}`, { headers: { 'accept-encoding': accept } });
		assert.equal(a.status, 200);
		assert.equal(a.headers['content-encoding'], encoding);
		assert.match(a.headers['cache-control'], /immutable/);
		assert.equal(a.headers['x-content-type-options'], 'nosniff');
	}
	for (const path of ['/static/../foyer.conf', '/static/%2e%2e/%2e%2e/sql/001_foundation.sql', '/uploads/../../foyer.conf', '/_live', '/_live/x', '/_busy.html'])
		assert.ok([400, 404].includes((await v.get(path)).status), path);
});

test('pictures may run nothing; drawings of halls keep for ever', async () => {
	for (const [dir, path] of [['blobs', '/uploads/test-house.svg'], ['geo', '/geo/test-house.json']]) {
		const file = join(VAR, 'data', dir, path.split('/').pop());
		mkdirSync(join(VAR, 'data', dir), { recursive: true });
		writeFileSync(file, '<svg xmlns="http://www.w3.org/2000/svg"/>', { mode: 0o644 });
		const a = await v.get(path);
		rmSync(file);
		assert.equal(a.status, 200, path);
		assert.equal(a.headers['x-content-type-options'], 'nosniff');
		if (dir === 'blobs') assert.match(a.headers['content-security-policy'], /sandbox/);
		else assert.match(a.headers['cache-control'], /immutable/);
	}
});

// An answer to bytes that no browser would send.
const said = (text) => new Promise((resolve, reject) => {
	const u = new URL(URL_), parts = [];
	const socket = net.connect(Number(u.port), u.hostname, () => socket.write(text)).on('error', reject);
	socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
	socket.on('data', (d) => parts.push(d)).on('close', () => resolve(Buffer.concat(parts).toString()));
});
test('what nginx itself refuses is told on the house\'s page', async () => {
	for (const path of ['/static/none.css', '/uploads/none.jpg', '/static/', '/_live']) {
		const a = await v.get(path);
		assert.ok([403, 404].includes(a.status), `${path} ${a.status}`);
		assert.match(a.text, /There is nothing here/, path);
	}
	const posted = await v.post('/favicon.ico', { a: 1 });
	assert.equal(posted.status, 405);
	assert.match(posted.text, /could not be understood/);
	const host = new URL(URL_).host, end = `Host: ${host}\r\nConnection: close\r\n`;
	for (const [status, what] of [[400, `GET / HTTP/1.1\r\n${end}Host: x\r\n\r\n`], [414, `GET /${'x'.repeat(9000)} HTTP/1.1\r\n${end}\r\n`],
		[400, `GET / HTTP/1.1\r\n${end}Cookie: ${'x'.repeat(9000)}\r\n\r\n`]]) {
		const a = await said(what);
		assert.match(a, new RegExp(`^HTTP/1.1 ${status} `), what.slice(0, 60));
		assert.match(a, /could not be understood/, what.slice(0, 60));
	}
});

test('a body beyond the limit is refused with a page', async () => {
	const a = await v.post('/sign-in', { a: 'x'.repeat(300_000) });
	assert.equal(a.status, 413);
	assert.match(a.text, /too large/);
});

test('the replica follows, and comes back after kill -9', async () => {
	await kill('replica');
	assert.equal(await answers(), true);
	await service('start', 'replica');
	const now = sqlOne('SELECT @@gtid_binlog_pos');
	await until(() => sqlOne(`SELECT MASTER_GTID_WAIT('${now}', 0)`, { on: 'replica' }) === '0', { ms: 30000, what: 'the replica to follow' });
});
