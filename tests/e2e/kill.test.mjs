// kill -9 of every part of the house, each during a rush of buyers.  What was acknowledged stays, nothing is sold twice, each
// mail goes out once, the live map is right again, and who keeps trying gets a ticket.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Visitor, alive, childrenOf, kill, pidOf, service, sleep, sql, until } from '../support/house.mjs';
import { allIsWell, forgetMails, hurry, rush, viewer } from './rush_house.mjs';
import { buyer, order, performance, stateOf } from './pay_house.mjs';

const SEATS = 100;
const site = new Visitor();
// One worker of each pool; one that is just being forked has no name yet, one that leaves has none any more.
function onePerPool() {
	const nameOf = (pid) => { try { return readFileSync(`/proc/${pid}/comm`, 'utf8').match(/^foyer:(\w+)/)?.[1]; } catch { return undefined; } };
	return new Map(childrenOf(pidOf('serve')).map((pid) => [nameOf(pid), pid]).filter(([name]) => name));
}
const shoot = (pid) => { if (alive(pid)) process.kill(pid, 'SIGKILL'); return until(() => !alive(pid), { what: `the end of ${pid}` }); };

// strike: kills; mend: what the operator (or systemd) does about it.
function killing(what, strike, mend) {
	test(`kill -9 of ${what} during a rush`, async (t) => {
		await forgetMails();
		const perf = performance(), watching = await viewer(perf);
		const run = rush(perf, { buyers: 60, seats: SEATS, people: 2 * SEATS, outage: true });
		try {
			await run.paid(15);
			const struck = Date.now();
			await strike();
			if (mend) {
				await sleep(1000);
				await mend();
			}
			const mended = Date.now();
			const over = await until(() => { hurry(perf); return run.over(); }, { ms: 300000, every: 1000, what: 'the end of the rush' });
			assert.equal(over.code, 0, over.text);
			const next = over.acks.find((a) => a.at > mended)?.at;
			t.diagnostic(`away ${mended - struck} ms, ${next ? `next ticket after ${next - mended} ms` : 'all tickets were sold before it was back'}; told to come back ${over.figures.refused} times`);
			const { paid, unsure } = await allIsWell(perf, over);
			t.diagnostic(`${over.acks.length} promised, ${paid.length} paid, ${unsure} mails unsure`);
			await watching.agrees();
			await until(async () => (await site.get('/')).status === 200, { what: 'the house to be well' });
		} finally {
			watching.close();
			await run.ended();
		}
	});
}

killing('one worker of each pool', async () => {
	const first = onePerPool();
	assert.deepEqual([...first.keys()].sort(), ['pay', 'queue', 'sale', 'sandbox', 'till', 'web']);
	await Promise.all([...first.values()].map(shoot));
});

killing('the master of the workers', async () => {
	const workers = childrenOf(pidOf('serve'));
	await kill('serve');
	await until(() => !workers.some(alive), { what: 'the workers to leave with it' });
}, () => service('start', 'serve'));

killing('the consumers, then of their master', async () => {
	await Promise.all(childrenOf(pidOf('work')).map(shoot));
	await until(() => childrenOf(pidOf('work')).length, { what: 'new consumers' });
	await kill('work');
}, () => service('start', 'work'));

killing('the clock', () => kill('clock'), async () => {
	await service('start', 'clock');
	// A hold whose time is over is given back: jobs run again.
	const late = order(await buyer(), performance(), { left: -10 * 60e3 });
	await until(() => stateOf(late).state === 'expired', { ms: 30000, what: 'jobs to run again' });
});

killing('the event streams', () => kill('live'), () => service('start', 'live'));

killing('Redis', () => kill('redis'), () => service('start', 'redis'));

killing('the replica', () => kill('replica'), async () => {
	await service('start', 'replica');
	const now = sql('SELECT @@gtid_binlog_pos AS p')[0].p;
	const follows = `SELECT MASTER_GTID_WAIT('${now}', 0) AS r`;
	await until(() => sql(follows, { on: 'replica' })[0].r === '0', { ms: 30000, what: 'the replica to follow' });
});

killing('the primary', async () => {
	await kill('primary');
	// The catalogue stays readable, and who wants to buy is told why not.
	const home = await until(async () => { const a = await site.get('/shows?page=1'); return a.status === 200 && a; }, { ms: 5000, what: 'the catalogue' });
	assert.match(home.text, /<h1/);
}, () => service('start', 'primary'));
