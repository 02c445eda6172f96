// A rush of buyers and what must be true when it is over.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { CONF, MAIL_URL, ROOT, URL_, Visitor, foyer, mails, sql, sqlOne, until } from '../support/house.mjs';
import { browserGlobals } from '../support/eventsource.mjs';

const BUYERS = join(process.env.FOYER_BUILD ?? join(ROOT, 'build'), 'tests/load/buyers_load');
const site = new Visitor();

export const forgetMails = () => fetch(`${MAIL_URL}/api/mails`, { method: 'DELETE' });

// Buyers at work on a performance.  acks(): the orders whose page said that they are paid, { code, seat, at }.
export function rush(performance, { buyers, seats, people, seconds = 120, outage = false }) {
	const dir = mkdtempSync(join(tmpdir(), 'foyer-rush-'));
	const file = join(dir, 'acks');
	const args = [CONF, URL_, performance.id, '--buyers', buyers, '--seats', seats, '--people', people, '--seconds', seconds, '--acks', file];
	const child = spawn(BUYERS, [...args.map(String), ...(outage ? ['--outage'] : [])], { stdio: ['ignore', 'pipe', 'pipe'] });
	const text = { out: '', err: '' };
	child.stdout.on('data', (d) => { text.out += d; });
	child.stderr.on('data', (d) => { text.err += d; });
	const acks = () => (existsSync(file) ? readFileSync(file, 'utf8') : '').split('\n').slice(0, -1).map((line) => {
		const [code, seat, at] = line.split(' ');
		return { code, seat: Number(seat), at: Number(at) };
	});
	let result;
	const over = once(child, 'close').then(([code]) => {
		const figures = Object.fromEntries([...text.out.matchAll(/^(\w+) ([\d.]+)$/gm)].map((m) => [m[1], Number(m[2])]));
		const all = acks();
		rmSync(dir, { recursive: true });
		result = { code, figures, acks: all, text: text.out + text.err };
		return result;
	});
	return {
		acks,
		over: () => result, // undefined while it goes on
		ended: () => over,
		// Until so many were told that they are paid, or it is over.
		paid: (n, ms = 60000) => until(() => acks().length >= n || child.exitCode !== null, { ms, every: 20, what: `${n} paid orders; ${text.err}` }),
	};
}

// Somebody who looks at the map all the time, with the scripts of the page.
export async function viewer(performance) {
	browserGlobals();
	const { live } = await import('../../static/js/lib/live.js');
	const state = new Map();
	const fetchState = async (channel, position) => {
		const a = await site.get(`/performances/${performance.id}/seats.bin${position ? `?at=${position}` : ''}`);
		if (a.status !== 200) throw new Error(`seats.bin: ${a.status}`);
		const n = a.body.readUInt32LE(4);
		for (let i = 0; i < n; i++) state.set(i, (a.body[16 + (i >> 2)] >> ((i & 3) * 2)) & 3);
	};
	const stream = live(`perf:${performance.id}`, {
		onMessage: (data) => { for (const m of [data].flat()) for (const i of m.i ?? []) state.set(i, m.s); },
		onSnapshot: fetchState,
	});
	await until(() => state.size, { what: 'the map' });
	const show = (of) => [...of].filter(([, s]) => s === 1 || s === 2).sort(([a], [b]) => a - b).map(([i, s]) => `${i}:${s}`).join(' ');
	const truth = () => new Map(sql(`SELECT seat_idx, state FROM claim WHERE performance_id = ${performance.id}`).map((c) => [Number(c.seat_idx), c.state === 'sold' ? 2 : 1]));
	return {
		close: () => stream.close(),
		// What the map shows becomes what is claimed.
		agrees: () => until(() => show(state) === show(truth()), { ms: 45000, every: 200, what: 'the live map to be right' }),
		claims: truth,
	};
}

// Changes the rows that the house is at work with; of a deadlock it may be the victim, and then the next round does it.
function unlessDeadlocked(text) {
	try {
		sql(text);
	} catch (e) {
		if (!/ERROR (1213|1205) /.test(e.stderr)) throw e;
	}
}

// A payment whose confirmation was cut short is asked about after 30 s, and the provider takes a minute to give up on the cut
// request.  Here both are taken as over for whatever is five seconds old.  Returns how many payments are open.
export function hurry(performance) {
	const open = `FROM pay_attempt a JOIN orders o ON o.id = a.order_id WHERE o.performance_id = ${performance.id} AND a.state IN ('confirming', 'unknown')`;
	unlessDeadlocked(`UPDATE sandbox_idempotency SET at = at - INTERVAL 1 HOUR WHERE status = 0 AND at BETWEEN UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE AND UTC_TIMESTAMP(6) - INTERVAL 5 SECOND;
		UPDATE pay_attempt SET next_check_at = UTC_TIMESTAMP(6) WHERE next_check_at > UTC_TIMESTAMP(6) + INTERVAL 2 SECOND
		AND id IN (SELECT id FROM (SELECT a.id ${open} AND a.updated_at < UTC_TIMESTAMP(6) - INTERVAL 5 SECOND) late)`);
	return Number(sqlOne(`SELECT COUNT(*) AS n ${open}`));
}

// After the rush: nothing promised is lost, nothing sold twice, every mail once, the books are right.
export async function allIsWell(performance, { acks }) {
	await until(() => hurry(performance) === 0, { ms: 60000, every: 500, what: 'every payment to be clear' });

	const orders = new Map(sql(`SELECT o.code, o.state, o.total, o.tickets,
		(SELECT COUNT(*) FROM ticket t WHERE t.order_id = o.id AND t.state = 'issued') AS issued,
		(SELECT GROUP_CONCAT(c.seat_idx) FROM claim c WHERE c.order_id = o.id AND c.state = 'sold') AS seats
		FROM orders o WHERE o.performance_id = ${performance.id}`).map((o) => [o.code, o]));
	for (const { code, seat } of acks) assert.deepEqual({ ...orders.get(code), total: 0 }, { code, state: 'paid', total: 0, tickets: '1', issued: '1', seats: String(seat) });
	assert.equal(new Set(acks.map((a) => a.seat)).size, acks.length, 'a seat was promised twice');

	const paid = [...orders.values()].filter((o) => o.state === 'paid');
	const captured = sqlOne(`SELECT COALESCE(SUM(s.balance), 0) AS n FROM sandbox_payment s JOIN pay_attempt a ON a.provider_order = s.order_ref
		JOIN orders o ON o.id = a.order_id WHERE o.performance_id = ${performance.id} AND s.status = 'DONE'`);
	assert.equal(Number(captured), paid.reduce((sum, o) => sum + Number(o.total), 0), 'the provider has other sums than the orders');
	const unsure = await everyMailOnce(paid.map((o) => o.code));

	const check = await foyer('check');
	assert.equal(check.code, 0, check.stdout + check.stderr);
	return { orders, paid, unsure };
}

// Each paid order's mail is in the box once.  Of one that a consumer was handing over when it was killed nobody can know: it
// is listed as unsure once its lease is over, and in the box once at most.
async function everyMailOnce(codes) {
	const about = `topic = 'mail' AND about IN (${codes.map((c) => `'${c}'`).join(',') || "''"})`;
	const left = (states) => Number(sqlOne(`SELECT COUNT(*) AS n FROM outbox WHERE ${about} AND state IN (${states})`));
	await until(() => left("'pending', 'taken'") === 0, { ms: 90000, every: 300, what: 'the mails to be sent' });
	await until(() => {
		unlessDeadlocked(`UPDATE outbox SET taken_until = '2026-01-01' WHERE ${about} AND state = 'handing_over' AND taken_until < UTC_TIMESTAMP(6) + INTERVAL 110 SECOND`);
		return left("'handing_over'") === 0;
	}, { ms: 40000, every: 1000, what: 'the leases of killed consumers to end' });
	const unsure = new Set(sql(`SELECT about FROM outbox WHERE ${about} AND state = 'unsure'`).map((r) => r.about));
	const count = new Map();
	for (const to of (await mails()).flatMap((m) => m.to.map((t) => t.toLowerCase()))) count.set(to, (count.get(to) ?? 0) + 1);
	for (const code of codes) {
		const n = count.get(`order-${code}@lab.example`.toLowerCase()) ?? 0;
		assert.ok(unsure.has(code) ? n <= 1 : n === 1, `${n} mails about ${code}${unsure.has(code) ? ', which is listed as unsure' : ''}`);
	}
	return unsure.size;
}
