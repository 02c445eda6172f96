// A tiny on-sale with virtual people, cheaters among them: everything is sold, nobody buys before the turn or more than the
// limit, and what the pages said is what the database knows.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONF, ROOT, URL_, VAR, foyer } from '../support/house.mjs';

const LOAD = join(process.env.FOYER_BUILD ?? join(ROOT, 'build'), 'tests/load/people_load');

async function rush(...args) {
	const dir = mkdtempSync(join(tmpdir(), 'foyer-people-'));
	const child = spawn(LOAD, [CONF, URL_, join(VAR, 'run'), dir, ...args.map(String)], { stdio: ['ignore', 'ignore', 'pipe'] });
	let text = '';
	child.stderr.on('data', (d) => { text += d; });
	const [code] = await once(child, 'close');
	const result = JSON.parse(readFileSync(join(dir, 'result.json'), 'utf8'));
	rmSync(dir, { recursive: true });
	return { code, text, result, counts: Object.fromEntries(result.counts.map((c) => [c.name, c.n])) };
}

test('sixty people, a third of them cheating, and thirty-six seats', async (t) => {
	const { code, text, result, counts } = await rush('--people', 60, '--seats', 36, '--gather', 8, '--burst', 5, '--tail', 10, '--target', 16, '--rate', 600,
		'--speed', 12, '--cheats', 0.34, '--drops', 0, '--seconds', 240);
	const { truth, cheats } = result;
	t.diagnostic(`${counts.paid} orders; cheats: ${cheats.map((c) => `${c.title} ${c.people}/${c.tries}`).join(', ')}`);
	assert.equal(truth.sold, 36, text);
	assert.deepEqual(result.errors, []);
	assert.ok(cheats.every((c) => c.people > 0), 'each kind of cheater came');
	assert.ok(cheats.filter((c) => c.tries > 0).length >= 5, 'they tried');
	assert.deepEqual(cheats.map((c) => [c.title, c.won]), cheats.map((c) => [c.title, 0]));
	for (const what of ['promises_lost', 'over_limit', 'without_pass', 'before_turn', 'twice_inside', 'unclear_payments']) assert.equal(truth[what], 0, what);
	assert.ok(counts.joined > 0 && counts.entered > 0, 'the waiting room stood before the sale');
	assert.equal(code, 0, text);
	assert.equal((await foyer('check')).code, 0);
});
