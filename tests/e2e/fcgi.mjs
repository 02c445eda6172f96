// A small FastCGI client, and a foyer master of one's own to try it on.
import net from 'node:net';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.FOYER_BIN ?? path.join(root, 'build', 'foyer');
export const sleep = ms => new Promise(done => setTimeout(done, ms));

const BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6;

function record(type, body = Buffer.alloc(0)) {
	const head = Buffer.from([1, type, 0, 1, body.length >> 8, body.length & 255, 0, 0]);
	return Buffer.concat([head, body]);
}

function pairs(params) {
	const length = n => (n < 128 ? Buffer.from([n]) : Buffer.from([n >> 24 | 128, n >> 16 & 255, n >> 8 & 255, n & 255]));
	return Buffer.concat(Object.entries(params).flatMap(([name, value]) => {
		const [k, v] = [Buffer.from(name), Buffer.from(String(value))];
		return [length(k.length), length(v.length), k, v];
	}));
}

/** The records of a request, in the three pieces a slow client may send them in. */
export function pieces(uri, { method = 'GET', body = '', keep = false, headers = {} } = {}) {
	const params = { REQUEST_METHOD: method, REQUEST_URI: uri, SERVER_PROTOCOL: 'HTTP/1.1', REMOTE_ADDR: '127.0.0.1',
		QUERY_STRING: uri.split('?')[1] ?? '', CONTENT_LENGTH: body.length || '', FOYER_REQUEST_ID: 'test', ...headers };
	const begin = record(BEGIN, Buffer.from([0, 1, keep ? 1 : 0, 0, 0, 0, 0, 0]));
	const rest = body.length ? [record(STDIN, Buffer.from(body)), record(STDIN)] : [record(STDIN)];
	return [begin, Buffer.concat([record(PARAMS, pairs(params)), record(PARAMS)]), Buffer.concat(rest)];
}

/** Resolves with {status, body, ended, closed}; rejects when the connection breaks before the answer's end. */
export function request(socketPath, uri, options = {}) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(socketPath);
		let input = Buffer.alloc(0), out = [], ended = false;
		const [begin, params, stdin] = pieces(uri, options);
		socket.on('connect', async () => {
			socket.write(Buffer.concat([begin, params]));
			if (options.stall)
				await sleep(options.stall);
			if (!socket.destroyed)
				socket.write(stdin);
		});
		socket.on('data', data => {
			input = Buffer.concat([input, data]);
			while (input.length >= 8) {
				const size = 8 + input.readUInt16BE(4) + input[6];
				if (input.length < size)
					break;
				if (input[1] === STDOUT)
					out.push(input.subarray(8, 8 + input.readUInt16BE(4)));
				ended ||= input[1] === END;
				input = input.subarray(size);
			}
		});
		socket.on('error', reject);
		socket.on('close', () => {
			const text = Buffer.concat(out).toString();
			if (!ended)
				return reject(new Error(`connection closed before the end of the answer: ${JSON.stringify(text.slice(0, 80))}`));
			const at = text.indexOf('\r\n\r\n');
			const status = Number(/^Status: (\d+)/m.exec(text.slice(0, at))?.[1] ?? 200);
			resolve({ status, head: text.slice(0, at), body: text.slice(at + 4) });
		});
	});
}

/** Starts `foyer serve` with settings of its own in a fresh directory; nothing else runs. */
export async function serve(settings = {}) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'foyer-serve-'));
	const conf = path.join(dir, 'foyer.conf'), log = path.join(dir, 'log');
	const house = { dir, conf, web: path.join(dir, 'web.sock'), pay: path.join(dir, 'pay.sock') };
	house.configure = extra => {
		const all = { secret: '0123456789abcdef0123456789abcdef01', run_dir: dir, data_dir: dir, pool_web: 2, pool_pay: 1,
			pool_sandbox: 0, pool_sale: 1, pool_queue: 1, db_socket: path.join(dir, 'none.sock'), redis_socket: path.join(dir, 'none2.sock'),
			log_level: 'debug', ...settings, ...extra };
		fs.writeFileSync(conf, Object.entries(all).map(([name, value]) => `${name} = ${value}\n`).join(''));
	};
	house.configure({});
	house.spawn = async () => {
		const out = fs.openSync(log, 'a');
		house.master = spawn(binary, ['serve', '-c', conf], { stdio: ['ignore', out, out] });
		fs.closeSync(out);
		house.exited = new Promise(done => house.master.on('exit', (code, signal) => done({ code, signal })));
		await house.until(() => fs.existsSync(house.web) && house.workers().length > 0, 'the first worker');
	};
	house.status = () => {
		try {
			const all = JSON.parse(execFileSync(binary, ['status', '-c', conf, '--json'], { stdio: ['ignore', 'pipe', 'ignore'] }));
			return all.find(one => one.process === 'serve') ?? { workers: [], pools: [] };
		} catch {
			return { workers: [], pools: [] };
		}
	};
	house.workers = (pool = 'web') => house.status().workers.filter(one => one.pool === pool);
	house.pool = (pool = 'web') => house.status().pools.find(one => one.pool === pool);
	house.log = () => fs.readFileSync(log, 'utf8').split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line));
	house.until = async (condition, what, ms = 30000) => {
		for (const end = Date.now() + ms; Date.now() < end; await sleep(30))
			if (await condition())
				return;
		throw new Error(`waited in vain for ${what}\n${fs.readFileSync(log, 'utf8').slice(-2000)}`);
	};
	house.end = async () => {
		house.master.kill('SIGTERM');
		await Promise.race([house.exited, sleep(5000).then(() => house.master.kill('SIGKILL'))]);
		fs.rmSync(dir, { recursive: true, force: true });
	};
	await house.spawn();
	return house;
}

/** Asks again and again from `clients` clients until stopped; tells what went wrong. */
export function load(socketPath, clients, uri = '/healthz', options = {}) {
	let going = true;
	const result = { good: 0, bad: [] };
	const run = async () => {
		while (going) {
			try {
				const answer = await request(socketPath, uri, options);
				if (answer.status === 200)
					result.good++;
				else
					result.bad.push(`status ${answer.status}`);
			} catch (error) {
				result.bad.push(error.message);
			}
		}
	};
	const all = Array.from({ length: clients }, run);
	return { result, stop: async () => { going = false; await Promise.all(all); return result; } };
}
