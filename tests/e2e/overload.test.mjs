// Overload is a plan: a sale that is saturated takes no worker from the catalogue, the waiting room or a payment under way;
// what cannot begin within a moment is refused at once, kindly; and when the crowd has gone all is as before, by itself.
import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { Visitor, childrenOf, pidOf, sleep, sql, until } from '../support/house.mjs';
import { buyer, checkClean, choose, order, performance, settled, stateOf, toWindow } from './pay_house.mjs';

const QUEUED = 1500; // nginx/foyer.conf.in: limit_conn foyer_sale
const workersOf = (pool) => childrenOf(pidOf('serve')).filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === `foyer:${pool}`);
const signal = (pids, name) => pids.forEach((pid) => { try { process.kill(pid, name); } catch { /* gone */ } });
const asking = (n, path, ip) => {
	const agent = new http.Agent({ keepAlive: false });
	return Array.from({ length: n }, () => new Visitor({ ip, agent }).get(path));
};

let stopped = [];
after(() => signal(stopped, 'SIGCONT'));

test('a saturated sale: the catalogue, the seat states of others and a payment under way answer; newcomers are refused at once', async () => {
	const perf = performance();
	const paying = await buyer(), o = order(paying, perf, { tickets: 2 });
	const window = await toWindow(paying, o);
	assert.equal(window.status, 200);

	stopped = workersOf('sale');
	assert.ok(stopped.length > 0);
	signal(stopped, 'SIGSTOP');
	const path = `/performances/${perf.id}/list`;
	const crowd = [1, 2, 3, 4, 5, 6].flatMap((i) => asking(QUEUED / 6, path, `127.99.0.${i}`));
	let refused;
	await until(async () => { // until all of the crowd have come in, others are among it
		const [late] = asking(1, path, '127.99.0.9');
		refused = await Promise.race([late, sleep(300)]);
		if (!refused) crowd.push(late);
		return refused;
	}, { ms: 15000, what: 'a refusal' });
	assert.equal(refused.status, 503);
	assert.ok(Number(refused.headers['retry-after']) > 0);
	assert.match(refused.text, /잠시 기다려/);
	assert.match(refused.text, /very busy/);

	const site = new Visitor();
	for (const open of ['/', '/shows', '/healthz', `/queue/p${perf.id}/head`])
		assert.ok((await site.get(open)).status < 500, open);
	const slug = sql(`SELECT slug FROM shows WHERE id = ${perf.show}`)[0].slug;
	assert.equal((await site.get(`/shows/${slug}`)).status, 200);
	const back = await choose(paying, window, '4242 4242 4242 4242');
	assert.equal((await paying.follow(back)).status, 200);
	await settled(o, 'paid');
	assert.deepEqual({ tickets: stateOf(o).tickets, sold: stateOf(o).sold }, { tickets: '2', sold: '2' });

	signal(stopped, 'SIGCONT');
	stopped = [];
	const answers = (await Promise.all(crowd)).map((a) => a.status);
	assert.ok(answers.every((status) => status === 200 || status === 503), `who was inside is answered: ${[...new Set(answers)]}`);
	assert.ok(answers.filter((status) => status === 200).length >= QUEUED * 0.9);
	assert.equal((await site.get(path)).status, 200);
	const next = await buyer(), held = order(next, perf);
	assert.equal((await next.get(`/checkout/${held.code}`)).status, 200);
	await checkClean(assert);
});

test('a waiting room that is overrun takes no worker from the sale', async () => {
	const perf = performance();
	stopped = workersOf('queue');
	assert.ok(stopped.length > 0);
	signal(stopped, 'SIGSTOP');
	const waiting = asking(50, `/queue/p${perf.id}`, '127.99.1.1');
	const v = await buyer(), o = order(v, perf);
	assert.equal((await v.get(`/performances/${perf.id}/seats`)).status, 200);
	assert.equal((await v.get(`/checkout/${o.code}`)).status, 200);
	assert.equal((await v.get('/')).status, 200);
	signal(stopped, 'SIGCONT');
	stopped = [];
	assert.ok((await Promise.all(waiting)).every((a) => a.status < 500));
});
