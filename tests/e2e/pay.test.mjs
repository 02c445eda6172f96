// Payment through the sandbox: every outcome ends paid with tickets, or with nothing kept.
import test from 'node:test';
import assert from 'node:assert/strict';
import { buyer, performance, order, stateOf, attempts, pay } from './pay_house.mjs';

test('a card payment: paid, tickets, seats sold, to the order', async () => {
	const v = await buyer(), perf = performance(), o = order(v, perf, { tickets: 2 });
	const answer = await pay(v, o);
	assert.equal(answer.status, 303, answer.text);
	assert.equal(answer.location, `/orders/${o.code}`);
	assert.deepEqual(stateOf(o), { state: 'paid', refunded: '0', tickets: '2', sold: '2' });
	assert.deepEqual(attempts(o).map((a) => [a.state, a.method, a.amount]), [['done', 'card', String(o.total)]]);
});
