// Event streams through the real nginx, workers, `foyer live` and Redis, while these are killed.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { binary, serve, sleep } from './fcgi.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

function freePort() {
	return new Promise(done => {
		const s = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = s.address();
			s.close(() => done(port));
		});
	});
}

async function until(condition, what, ms = 10000) {
	for (const end = Date.now() + ms; Date.now() < end; await sleep(20))
		if (await condition())
			return;
	throw new Error(`waited in vain for ${what}`);
}

const connects = socket => new Promise(done => {
	const s = net.connect(socket, () => done(s.destroy() && true)).on('error', () => done(false));
});

/** A process that can be killed and started again. */
class Process {
	constructor(log, command, args) {
		Object.assign(this, { log, command, args });
	}
	start() {
		const out = fs.openSync(this.log, 'a');
		this.child = spawn(this.command, this.args, { stdio: ['ignore', out, out] });
		fs.closeSync(out);
		this.exited = new Promise(done => this.child.on('exit', code => done(code)));
	}
	async stop(signal) {
		this.child.kill(signal);
		return this.exited;
	}
}

/** What `foyer publish -` is told is told to the channel; resolves to "ok" or to what went wrong. */
class Publisher {
	constructor(conf) {
		this.child = spawn(binary, ['publish', '-c', conf, '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
		this.waiting = [];
		createInterface({ input: this.child.stdout }).on('line', line => this.waiting.shift()(line));
	}
	once(channel, data) {
		return new Promise(done => {
			this.waiting.push(done);
			this.child.stdin.write(`${channel} ${JSON.stringify(data)}\n`);
		});
	}
	/** As the outbox does: again until it has worked. */
	async send(channel, data) {
		while (await this.once(channel, data) !== 'ok')
			await sleep(50);
	}
}

/** As EventSource is, with a state that is fetched when the stream says so. */
class Listener {
	constructor(house, channels, { after } = {}) {
		Object.assign(this, { house, channels, after, seen: new Set(), twice: 0, notes: [], id: '', going: true, statuses: [], retry: 50 });
		this.connect();
	}
	connect() {
		clearTimeout(this.timer);
		if (!this.going)
			return;
		const headers = this.id ? { 'Last-Event-ID': this.id } : {};
		const query = this.after ? `?after=${encodeURIComponent(this.after)}` : '';
		const again = () => { this.open = false; this.timer = setTimeout(() => this.connect(), Math.min(this.retry, 300) * (0.5 + Math.random())); };
		this.request = http.get({ port: this.house.port, path: `/live/${this.channels}${query}`, headers, agent: false }, answer => {
			this.statuses.push(answer.statusCode);
			this.open = answer.statusCode === 200;
			let text = '';
			answer.setEncoding('utf8');
			answer.on('data', part => {
				text += part;
				for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2))
					this.take(text.slice(0, at));
			});
			answer.on('error', () => {});
			answer.on('close', again);
		}).on('error', again);
	}
	take(block) {
		const event = {};
		for (const line of block.split('\n')) {
			const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
			if (name)
				event[name] = value;
		}
		if (event.retry)
			this.retry = Number(event.retry);
		if (event.id)
			this.id = event.id;
		if (event.event === 'hello' || event.event === 'snapshot') {
			this.notes.push(event.event);
			for (let n = 1; n <= this.house.committed; n++)
				this.seen.add(n);
		} else if (event.data) {
			this.last = { event: event.event, data: event.data, at: Date.now() };
			for (const n of JSON.parse(event.data)) {
				this.twice += this.seen.has(n);
				this.seen.add(n);
			}
		}
	}
	stop() {
		this.going = false;
		this.request.destroy();
	}
}

/** Redis, workers, `foyer live` and nginx with the site's own configuration, in a directory of their own. */
async function startHouse() {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'foyer-live-')), log = path.join(dir, 'log');
	fs.chmodSync(dir, 0o755);
	const house = { dir, committed: 0, port: await freePort() };
	const redisSocket = path.join(dir, 'redis.sock'), liveSocket = path.join(dir, 'live.sock');
	house.redis = new Process(log, 'redis-server', ['--port', '0', '--unixsocket', redisSocket, '--save', '', '--appendonly', 'no', '--dir', dir]);
	house.redis.start();
	await until(() => connects(redisSocket), 'Redis');
	house.workers = await serve({ redis_socket: redisSocket, live_socket: liveSocket, debug: 1, rate_per_minute: 1000000 });
	house.live = new Process(log, binary, ['live', '-c', house.workers.conf]);
	house.live.start();
	await until(() => connects(liveSocket), 'foyer live');
	fs.chmodSync(house.workers.dir, 0o755);
	for (const pool of ['web', 'pay', 'sandbox', 'sale', 'queue', 'till'])
		fs.symlinkSync(path.join(house.workers.dir, `${pool}.sock`), path.join(dir, `${pool}.sock`));
	const names = { RUN_DIR: dir, CACHE_DIR: path.join(dir, 'cache'), LOG_DIR: dir, LISTEN: `listen 127.0.0.1:${house.port};`,
		SERVER_NAME: '_', BROTLI: '#', SHARE_DIR: root, DATA_DIR: dir, METRICS_ALLOW: 'allow 127.0.0.1;' };
	const site = fs.readFileSync(path.join(root, 'nginx/foyer.conf.in'), 'utf8').replace(/@([A-Z_]+)@/g, (_, name) => names[name] ?? '');
	fs.writeFileSync(path.join(dir, 'nginx.conf'), `daemon off; worker_processes 2; pid ${dir}/nginx.pid; error_log ${dir}/error.log;
		events { worker_connections 4096; }
		http { client_body_temp_path ${dir}/t1; fastcgi_temp_path ${dir}/t2; proxy_temp_path ${dir}/t3; uwsgi_temp_path ${dir}/t4;
		scgi_temp_path ${dir}/t5;\n${site}\n}\n`);
	house.nginx = new Process(log, 'nginx', ['-e', path.join(dir, 'error.log'), '-p', dir, '-c', path.join(dir, 'nginx.conf')]);
	house.nginx.start();
	await until(() => new Promise(done => net.connect(house.port, '127.0.0.1', () => done(true)).on('error', () => done(false))), 'nginx');
	house.publisher = new Publisher(house.workers.conf);
	house.tell = async (channel, n) => {
		house.committed = n; // first the state, then the news of it
		await house.publisher.send(channel, [n]);
	};
	house.metrics = () => new Promise((done, fail) => http.get({ socketPath: liveSocket, path: '/metrics-part', agent: false }, answer => {
		let text = '';
		answer.on('data', part => { text += part; }).on('end', () =>
			done(Object.fromEntries(text.split('\n').filter(l => l && l[0] !== '#').map(l => [l.split(' ')[0], Number(l.split(' ')[1])]))));
	}).on('error', fail));
	house.liveSocket = liveSocket;
	house.end = async () => {
		house.publisher.child.stdin.end();
		await house.nginx.stop('SIGTERM');
		const left = await house.live.stop('SIGTERM');
		await house.workers.end();
		await house.redis.stop('SIGKILL');
		if (process.env.FOYER_KEEP)
			console.error(`kept ${dir}`);
		else
			fs.rmSync(dir, { recursive: true, force: true });
		assert.equal(left, 0, 'foyer live left in order');
	};
	return house;
}

async function withHouse(body) {
	const house = await startHouse();
	const listeners = [];
	try {
		await body(house, (...args) => {
			const l = new Listener(house, ...args);
			listeners.push(l);
			return l;
		});
	} finally {
		for (const l of listeners)
			l.stop();
		await house.end();
	}
}

const missing = (l, upto) => Array.from({ length: upto }, (_, i) => i + 1).filter(n => !l.seen.has(n));

test('who listens hears it at once; who comes back gets what was missed, and nothing twice', () => withHouse(async (house, listen) => {
	const one = listen('test:a');
	await until(() => one.notes.length === 1, 'hello');
	assert.deepEqual(one.notes, ['hello']);
	const took = [];
	for (let n = 1; n <= 5; n++) {
		const at = Date.now();
		await house.tell('test:a', n);
		await until(() => one.seen.has(n), `message ${n}`);
		took.push(one.last.at - at);
		assert.equal(one.last.event, 'test:a');
	}
	assert.ok(took.sort((x, y) => x - y)[2] < 1000, `within a second, but for moments in which this machine stands still: ${took} ms`);
	assert.match(one.id, /^test:a=\d{13}$/);
	const before = Number(one.id.split('=')[1]) - 1000; // the channel's first number was greater
	const two = listen('test:a,test:b', { after: `test:a=${before},test:b=0` });
	await until(() => two.notes.length > 0, 'a snapshot: that position was never there');
	one.going = false;
	one.request.destroy();
	await sleep(50);
	for (let n = 6; n <= 10; n++)
		await house.tell('test:a', n);
	one.going = true;
	one.connect();
	await until(() => missing(one, 10).length === 0, 'what was missed');
	assert.equal(one.twice, 0);
	assert.deepEqual(one.notes, ['hello']);
	await house.tell('test:b', 11);
	await until(() => two.last?.event === 'test:b', 'the second channel');
	assert.match(two.id, /^test:a=\d+,test:b=\d+$/);
	await until(() => missing(two, 11).length === 0, 'everything on two channels');
}));

test('a burst arrives in at most five writes a second', () => withHouse(async (house, listen) => {
	const one = listen('test:burst');
	await until(() => one.notes.length === 1, 'hello');
	const before = (await house.metrics()).foyer_live_deliveries_total, began = Date.now();
	await Promise.all(Array.from({ length: 400 }, (_, i) => house.publisher.send('test:burst', [i + 1])));
	await until(() => missing(one, 400).length === 0, 'the burst');
	const after = (await house.metrics()).foyer_live_deliveries_total;
	const most = 5 * (Date.now() - began) / 1000 + 6; // half a ring full is sent at once: that is three times
	assert.ok(after - before <= most, `${after - before} deliveries, ${most} may be`);
	assert.equal(one.twice, 0);
}));

test('nobody gets in by inventing', () => withHouse(async house => {
	const status = (socketPath, target, port) => new Promise(done => http.get({ socketPath, port, path: target, agent: false },
		answer => { answer.destroy(); done(answer.statusCode); }));
	for (const target of ['/live/nobody:1', '/live/test:a,nobody:1', '/live/test%20a', '/live/TEST:a', '/live/test:a,test:a', '/_live?c=test:a'])
		assert.equal(await status(undefined, target, house.port), 404, target);
	for (const token of ['', 'test:a', 'test:a~99999999999', `test:a~99999999999~${'0'.repeat(64)}`, `~~${'0'.repeat(64)}`])
		assert.equal(await status(house.liveSocket, `/_live?c=${token}`), 403);
	assert.equal(await status(house.liveSocket, '/elsewhere'), 404);
	assert.equal((await house.metrics()).foyer_live_refused_total, 5);
}));

test('a reader who does not read is let go, the others are not delayed', () => withHouse(async (house, listen) => {
	const good = listen('test:slow');
	await until(() => good.notes.length === 1, 'hello');
	const lazy = net.connect(house.port, '127.0.0.1');
	lazy.write('GET /live/test:slow HTTP/1.1\r\nHost: x\r\n\r\n');
	lazy.pause();
	lazy.on('error', () => {});
	await until(async () => (await house.metrics()).foyer_live_streams === 2, 'both streams');
	const padding = 'x'.repeat(60000);
	let sent = 0;
	await until(async () => {
		await house.publisher.once('test:slow', [padding]);
		return ++sent > 20 && (await house.metrics()).foyer_live_dropped_total === 1;
	}, 'the lazy one to be dropped', 30000);
	assert.equal((await house.metrics()).foyer_live_streams, 1);
	await house.tell('test:slow', 1);
	await until(() => good.seen.has(1), 'the next message');
	lazy.destroy();
}));

test('100 clients; Redis, the process and nginx die in the middle: nothing is missing', () => withHouse(async (house, listen) => {
	const all = Array.from({ length: 100 }, (_, i) => listen(i % 4 ? 'test:storm' : 'test:storm,test:other'));
	await until(() => all.every(l => l.notes.length), 'everybody');
	const TOTAL = 600;
	const happens = {
		100: async () => { await house.live.stop('SIGKILL'); house.live.start(); },
		200: () => house.nginx.child.kill('SIGHUP'),
		250: async () => { await house.redis.stop('SIGKILL'); await sleep(300); house.redis.start(); },
		350: async () => { await house.live.stop('SIGTERM'); house.live.start(); },
		400: () => house.workers.master.kill('SIGHUP'),
		450: async () => { await house.redis.stop('SIGKILL'); await house.live.stop('SIGKILL'); house.live.start(); house.redis.start(); },
	};
	for (let n = 1; n <= TOTAL; n++) {
		await Promise.all([happens[n]?.(), house.tell('test:storm', n), sleep(8)]);
	}
	await until(() => all.every(l => missing(l, TOTAL).length === 0), 'everything everywhere', 15000).catch(error => {
		const bad = all.filter(l => missing(l, TOTAL).length);
		throw new Error(`${error.message}: ${bad.length} clients miss something, the first ${missing(bad[0], TOTAL).join(' ').slice(0, 200)}` +
			` ${bad[0].notes} id ${bad[0].id} statuses ${bad[0].statuses} open ${bad[0].open}`);
	});
	assert.ok(all.every(l => l.notes.includes('snapshot')), 'Redis lost its memory: everybody had to be told');
}));
