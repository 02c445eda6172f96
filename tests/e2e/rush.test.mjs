// A thousand people, a hundred seats.
import test from 'node:test';
import assert from 'node:assert/strict';
import { allIsWell, forgetMails, rush, viewer } from './rush_house.mjs';
import { performance } from './pay_house.mjs';

test('1,000 buyers at once on 100 seats: exactly 100 are sold, and nobody meets an error', async (t) => {
	await forgetMails();
	const perf = performance(), watching = await viewer(perf);
	try {
		const run = rush(perf, { buyers: 1000, seats: 100, people: 1000, seconds: 400 });
		const over = await run.ended();
		t.diagnostic(over.text);
		assert.equal(over.code, 0, over.text);
		assert.equal(over.figures.failed, 0);
		assert.equal(over.figures.busy, 0);
		assert.equal(over.figures.paid, 100);
		assert.equal(over.acks.length, 100);
		const { orders, paid, unsure } = await allIsWell(perf, over);
		assert.equal(orders.size, 100, 'orders of those who came too late');
		assert.equal(paid.length, 100);
		assert.equal(unsure, 0);
		await watching.agrees();
		assert.deepEqual([...watching.claims()].map(([, state]) => state), new Array(100).fill(2));
	} finally {
		watching.close();
	}
});
