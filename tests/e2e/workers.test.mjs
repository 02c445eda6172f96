// What a naive FastCGI worker gets wrong, one test each.
import test from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import fs from 'node:fs';
import { serve, request, load, sleep, pieces } from './fcgi.mjs';

async function withHouse(settings, body) {
	const house = await serve(settings);
	try {
		await body(house);
	} finally {
		await house.end();
	}
}

test('a request is answered and its connection closed', () => withHouse({}, async house => {
	const answer = await request(house.web, '/healthz');
	assert.equal(answer.status, 200);
	assert.equal(answer.body, 'ok\n');
	assert.equal((await request(house.pay, '/healthz')).status, 200);
}));

test('a body that nobody reads does not break the answer', () => withHouse({}, async house => {
	const answer = await request(house.web, '/healthz', { method: 'POST', body: 'x'.repeat(60000) });
	assert.equal(answer.status, 200);
}));

test('kept and silent connections do not pin the pool', () => withHouse({}, async house => {
	const kept = await Promise.all(Array.from({ length: 8 }, async () => {
		const socket = net.connect(house.web);
		socket.on('error', () => {});
		socket.write(Buffer.concat(pieces('/healthz', { keep: true })));
		await new Promise(done => socket.once('data', done));
		return socket; // stays open on this side
	}));
	const began = Date.now();
	for (let i = 0; i < 20; i++)
		assert.equal((await request(house.web, '/healthz')).status, 200);
	assert.ok(Date.now() - began < 5000, 'requests behind kept connections waited');
	kept.forEach(socket => socket.destroy());

	const silent = Array.from({ length: 2 }, () => net.connect(house.web).on('error', () => {}));
	await sleep(50);
	const at = Date.now();
	assert.equal((await request(house.web, '/healthz')).status, 200);
	assert.ok(Date.now() - at < 6000, 'silent connections held all workers until their deadline');
	silent.forEach(socket => socket.destroy());
}));

test('peers that speak nonsense or leave in the middle harm no worker', () => withHouse({}, async house => {
	const [begin, params] = pieces('/robots.txt', { method: 'POST' });
	const says = [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(5000, 255), begin, Buffer.concat([begin, params.subarray(0, 20)]),
		Buffer.concat([begin, params]), Buffer.from([1, 1, 0, 1, 255, 255, 0, 0])];
	for (let round = 0; round < 3; round++)
		for (const bytes of says) {
			const socket = net.connect(house.web).on('error', () => {});
			socket.end(bytes);
			await new Promise(done => socket.on('close', done).resume());
		}
	assert.equal((await request(house.web, '/healthz')).status, 200);
	assert.equal(house.pool().crashed, 0);
	assert.equal(house.workers().length, 2);
}));

test('a killed worker is replaced at once and the rest goes on', () => withHouse({}, async house => {
	const [first] = house.workers();
	process.kill(first.pid, 'SIGKILL');
	await house.until(() => house.workers().length === 2 && !house.workers().some(one => one.pid === first.pid), 'a new worker');
	assert.equal(house.pool().crashed, 1);
	assert.equal((await request(house.web, '/healthz')).status, 200);
	assert.ok(house.log().some(line => line.msg === 'worker died' && line.how === 'signal 9'));
}));

test('a request past its deadline: its worker is killed, logged and replaced', () => withHouse({ request_deadline_ms: 700 }, async house => {
	// What a GET asks for is answered before its end has come; a form is waited for.
	await assert.rejects(request(house.web, '/sign-in', { method: 'POST', body: 'a=b', stall: 1800 }));
	await house.until(() => house.workers().length === 2, 'a new worker');
	assert.equal(house.pool().deadline, 1);
	assert.equal(house.pool().crashed, 0);
	assert.ok(house.log().some(line => line.msg.startsWith('worker killed')));
	assert.equal((await request(house.web, '/healthz')).status, 200);
}));

test('HUP under load loses nothing, and the new configuration counts', () => withHouse({}, async house => {
	const before = house.workers().map(one => one.pid);
	const running = load(house.web, 6);
	const slow = request(house.web, '/healthz', { stall: 1200 });
	await sleep(200);
	house.configure({ pool_web: 3 });
	for (let i = 1; i <= 5; i++) {
		house.master.kill('SIGHUP');
		await house.until(() => house.status().generation === 1 + i, `generation ${1 + i}`);
		await sleep(100);
	}
	assert.equal((await slow).status, 200);
	await house.until(() => house.workers().length === 3, 'three workers');
	const { good, bad } = await running.stop();
	assert.deepEqual(bad, []);
	assert.ok(good > 100);
	assert.ok(!house.workers().some(one => before.includes(one.pid)));
	assert.equal(house.master.exitCode, null, 'the master kept its process id');
	assert.equal(house.pool().crashed, 0);
}));

test('HUP with a broken configuration changes nothing', () => withHouse({}, async house => {
	const before = house.workers().map(one => one.pid).sort();
	const refusals = () => house.log().filter(line => line.msg.startsWith('reload refused')).length;
	for (const [n, broken] of [{ pool_web: 'many' }, { pool_web: 200, pool_pay: 100 }].entries()) {
		house.configure(broken);
		house.master.kill('SIGHUP');
		await house.until(() => refusals() === n + 1, 'the refusal');
	}
	house.configure({});
	assert.deepEqual(house.workers().map(one => one.pid).sort(), before);
	assert.equal((await request(house.web, '/healthz')).status, 200);
}));

test('TERM answers everything that was waiting, then leaves', () => withHouse({}, async house => {
	// Both workers are held by slow requests; thirty more wait in the backlog when TERM comes.
	const slow = Array.from({ length: 2 }, () => request(house.web, '/healthz', { stall: 600 }));
	await sleep(150);
	const waiting = Array.from({ length: 30 }, () => request(house.web, '/healthz'));
	await sleep(100);
	house.master.kill('SIGTERM');
	for (const answer of await Promise.all([...slow, ...waiting]))
		assert.equal(answer.status, 200);
	assert.deepEqual(await house.exited, { code: 0, signal: null });
	assert.ok(!fs.existsSync(house.web), 'the socket is gone');
	await assert.rejects(request(house.web, '/healthz'));
}));

test('TERM under saturation is heard', () => withHouse({}, async house => {
	const running = load(house.web, 16);
	await sleep(300);
	house.master.kill('SIGTERM');
	assert.deepEqual(await house.exited, { code: 0, signal: null });
	const { good, bad } = await running.stop();
	assert.ok(good > 0);
	// Refused connections are what nginx answers by the other upstream; broken ones would be lost requests.
	assert.deepEqual(bad.filter(text => !/ENOENT|ECONNREFUSED/.test(text)), []);
}));

test('workers are recycled without losing a request', () => withHouse({ worker_requests: 20 }, async house => {
	const running = load(house.web, 4);
	await house.until(() => house.pool().left >= 6, 'recycled workers');
	const { bad } = await running.stop();
	assert.deepEqual(bad, []);
	assert.equal(house.pool().crashed, 0);
}));

test('workers that die young are started again with growing pauses', () => withHouse({ pool_web: 1 }, async house => {
	const began = Date.now();
	const seen = new Set();
	while (Date.now() - began < 1500) {
		for (const one of house.workers().filter(each => !seen.has(each.pid))) {
			seen.add(one.pid);
			process.kill(one.pid, 'SIGKILL');
		}
		await sleep(5);
	}
	assert.ok(seen.size >= 3 && seen.size <= 6, `${seen.size} forks in 1.5 s`);
	await house.until(() => house.workers().length === 1, 'the pool to recover');
	assert.equal((await request(house.web, '/healthz')).status, 200);
}));

test('a dead master takes its workers along, a new one takes over', () => withHouse({}, async house => {
	const old = house.workers().map(one => one.pid);
	house.master.kill('SIGKILL');
	await house.exited;
	const alive = pid => { try { process.kill(pid, 0); return true; } catch { return false; } };
	await house.until(() => !old.some(alive), 'the orphans to leave');
	await house.spawn();
	assert.equal((await request(house.web, '/healthz')).status, 200);
}));

test('a second master with the same run_dir is refused and harms nothing', () => withHouse({}, async house => {
	const { spawnSync } = await import('node:child_process');
	const { binary } = await import('./fcgi.mjs');
	const second = spawnSync(binary, ['serve', '-c', house.conf], { timeout: 5000 });
	assert.equal(second.status, 2);
	assert.equal((await request(house.web, '/healthz')).status, 200);
}));
