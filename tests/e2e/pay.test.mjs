// Payment through the sandbox: every outcome ends paid with tickets, or with nothing kept.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Visitor, childrenOf, links, mailTo, pidOf, sql, textOf, until } from '../support/house.mjs';
import { attempts, buyer, checkClean, choose, order, pay, performance, refunds, settled, stateOf, toWindow } from './pay_house.mjs';

const CARD = {
	fine: '4242 4242 4242 4242', refused: '4000 0000 0000 0002', declined: '4000 0000 0000 0341', slow: '4000 0000 0000 5000',
	error: '4000 0000 0000 0119', silent: '4000 0000 0000 0408', twice: '4000 0000 0000 0200',
};
// The form of a page's own that changes something.
const posting = (f) => f.method === 'POST' && /\/(cancel|bank)$/.test(f.action);
const deposit = async (v, attempt) => v.submit(await v.get(`/sandbox/bank?account=${attempt.account_number}`), posting);
// The webhooks about an attempt so far were looked into.
const told = (attempt) => until(() => sql(`SELECT COUNT(*) AS n FROM pay_webhook WHERE body LIKE '%${attempt.provider_order}%' AND processed_at IS NOT NULL`)[0].n > 0, { what: 'the webhooks' });
// Nothing that the house or its sandbox has to say or to do about payments is on its way.
const quiet = () => until(() => sql("SELECT COUNT(*) AS n FROM outbox WHERE topic IN ('sandbox_webhook', 'pay_webhook', 'refund') AND state IN ('pending', 'taken')")[0].n === '0',
	{ ms: 60000, what: 'the messages about payments' });
// The provider has been asked to confirm this attempt and has not answered yet.
const confirming = (o, i = 0) => until(() => attempts(o)[i]?.state === 'confirming'
	&& sql(`SELECT status FROM sandbox_idempotency WHERE idem_key = '${attempts(o)[i].idem_key}'`)[0]?.status === '0', { what: 'the confirmation to be under way' });
const PAID = (tickets) => ({ state: 'paid', refunded: '0', tickets: String(tickets), sold: String(tickets) });

test('a card payment: paid, tickets, seats sold, to the order', async () => {
	const v = await buyer(), perf = performance(), o = order(v, perf, { tickets: 2 });
	const answer = await pay(v, o);
	assert.equal(answer.status, 303, answer.text);
	assert.equal(answer.location, `/orders/${o.code}`);
	assert.deepEqual(stateOf(o), PAID(2));
	assert.deepEqual(attempts(o).map((a) => [a.state, a.method, a.amount]), [['done', 'card', String(o.total)]]);
	await until(() => sql(`SELECT outcome FROM pay_webhook WHERE body LIKE '%${attempts(o)[0].payment_key}%'`)[0]?.outcome === 'done', { what: 'the webhook' });
});

test('the pages speak Korean and English', async () => {
	const v = await buyer({ lang: 'ko' }), o = order(v, performance());
	assert.match(textOf((await v.get(`/pay/${o.code}`)).text), /결제/);
	const window = await toWindow(v, o);
	assert.match(textOf(window.text), /실제로 돈이 오가지 않습니다/);
	assert.match(textOf((await v.get(`/en/pay/${o.code}`)).text), /Your seats are held:/);
});

test('refused in the window: told why, seats still held, the next card pays', async () => {
	const v = await buyer(), o = order(v, performance());
	const back = await v.follow(await choose(v, await toWindow(v, o), CARD.refused));
	assert.equal(back.url, `/pay/${o.code}`);
	assert.match(textOf(back.text), /refused the card\. Nothing was charged/);
	assert.equal(stateOf(o).state, 'pending');
	assert.equal((await pay(v, o)).location, `/orders/${o.code}`);
	assert.deepEqual(attempts(o).map((a) => a.state), ['failed', 'done']);
});

test('refused at the confirmation: the same', async () => {
	const v = await buyer(), o = order(v, performance());
	const back = await v.follow(await pay(v, o, CARD.declined));
	assert.match(textOf(back.text), /refused the card/);
	assert.deepEqual(attempts(o).map((a) => [a.state, a.fail_code]), [['failed', 'REJECT_CARD_COMPANY']]);
	await pay(v, o);
	assert.deepEqual(stateOf(o), PAID(1));
});

test('the window is closed: nothing charged; back in it by the back button, the payment still counts', async () => {
	const v = await buyer(), o = order(v, performance());
	const window = await toWindow(v, o);
	const back = await v.follow(await choose(v, window, 'leave'));
	assert.match(textOf(back.text), /You left the payment/);
	const again = await v.get((await choose(v, window, CARD.fine)).location);
	assert.equal(again.location, `/orders/${o.code}`);
	assert.deepEqual(stateOf(o), PAID(1));
});

test('a slow confirmation is waited for', async () => {
	const v = await buyer(), o = order(v, performance());
	assert.equal((await pay(v, o, CARD.slow)).location, `/orders/${o.code}`);
	assert.deepEqual(stateOf(o), PAID(1));
});

test('an error before the charge: the page waits, the sweeper confirms with a new key', async () => {
	const v = await buyer(), o = order(v, performance());
	const answer = await pay(v, o, CARD.error);
	assert.equal(answer.location, `/pay/${o.code}/wait`);
	const [before] = attempts(o);
	assert.equal(before.state, 'unknown');
	assert.match(textOf((await v.get(answer.location)).text), /please don't pay again/);
	assert.equal((await v.get(`/pay/${o.code}`)).location, `/pay/${o.code}/wait`, 'no second payment meanwhile');
	await settled(o, 'paid', 30000);
	const [after] = attempts(o);
	assert.equal(after.state, 'done');
	assert.notEqual(after.idem_key, before.idem_key);
	assert.equal((await v.get(answer.location)).location, `/orders/${o.code}`);
});

test('charged, but the answer is lost: asked, and found paid', async () => {
	const v = await buyer(), o = order(v, performance());
	await pay(v, o, CARD.silent);
	await settled(o, 'paid', 30000);
	assert.deepEqual(stateOf(o), PAID(1));
	assert.deepEqual(attempts(o).map((a) => a.state), ['done']);
});

test('every webhook twice: one payment, one set of tickets, one mail', async () => {
	const v = await buyer(), o = order(v, performance());
	await pay(v, o, CARD.twice);
	await settled(o, 'paid');
	await quiet();
	assert.deepEqual(stateOf(o), PAID(1));
	assert.equal(sql(`SELECT COUNT(*) AS n FROM ledger_tx WHERE order_id = ${o.id}`)[0].n, '1');
	assert.equal(sql(`SELECT COUNT(*) AS n FROM outbox WHERE topic = 'mail' AND about = '${o.code}'`)[0].n, '1');
});

test('virtual account: held until the deposit, paid by it', async () => {
	const v = await buyer(), o = order(v, performance());
	const answer = await pay(v, o, 'account');
	assert.equal(answer.location, `/orders/${o.code}`);
	assert.equal(stateOf(o).state, 'awaiting_deposit');
	const [a] = attempts(o);
	assert.equal(a.state, 'waiting_deposit');
	const mail = await mailTo(v.email, /deposit/i);
	assert.ok(mail.text.includes(a.account_number));
	await deposit(v, a);
	await settled(o, 'paid');
	assert.deepEqual(stateOf(o), PAID(1));
});

test('virtual account: without a deposit in time the account is closed and takes none', async () => {
	const v = await buyer(), o = order(v, performance());
	await pay(v, o, 'account');
	const [a] = attempts(o);
	await told(a); // looking into it writes when to look again
	sql(`UPDATE orders SET expires_at = '2026-01-01' WHERE id = ${o.id}; UPDATE claim SET expires_at = '2026-01-01' WHERE order_id = ${o.id};
		UPDATE pay_attempt SET account_due_at = '2026-01-01', next_check_at = '2026-01-01' WHERE id = ${a.id}`);
	await until(() => attempts(o)[0].state === 'failed', { ms: 20000, what: 'the account to be closed' });
	assert.equal(attempts(o)[0].fail_code, 'DEPOSIT_OVERDUE');
	await settled(o, 'expired', 30000);
	const bank = await v.get(`/sandbox/bank?account=${a.account_number}`);
	assert.doesNotMatch(bank.text, /Deposit .* now/);
});

test('virtual account: a deposit for seats that are gone is given back to the account the buyer names', async () => {
	const v = await buyer(), other = await buyer(), perf = performance(), o = order(v, perf);
	await pay(v, o, 'account');
	const [a] = attempts(o);
	await told(a);
	sql(`UPDATE orders SET state = 'expired', closed_at = '2026-01-01' WHERE id = ${o.id}; DELETE FROM claim WHERE order_id = ${o.id}`);
	const theirs = order(other, perf, { seats: o.seats });
	await deposit(v, a);
	await until(() => attempts(o)[0].state === 'returned', { ms: 20000, what: 'the payment to be returned' });
	await mailTo(v.email, /where shall your refund go/i, { ms: 20000 });
	const asked = `/orders/${o.code}/account`;
	assert.ok(links((await v.get(`/orders/${o.code}`)).text).includes(asked), 'also who has lost the mail finds the way');
	const page = await v.get(asked);
	const wrong = await v.submit(page, `/orders/${o.code}/account`, { bank: '88', number: '12', holder: 'Kim' });
	assert.equal(wrong.status, 422);
	const done = await v.submit(page, `/orders/${o.code}/account`, { bank: '88', number: '110-123-456789', holder: '김구매' });
	assert.equal(done.status, 303);
	await until(() => refunds(o)[0].state === 'done', { ms: 20000, what: 'the refund' });
	assert.equal(attempts(o)[0].refunded, attempts(o)[0].amount);
	assert.ok(!links((await v.get(`/orders/${o.code}`)).text).includes(asked));
	assert.equal(stateOf(theirs).state, 'pending');
	await pay(other, theirs);
	assert.deepEqual(stateOf(theirs), PAID(1));
});

test('double submit and two tabs: one attempt', async () => {
	const v = await buyer(), o = order(v, performance());
	const page = await v.get(`/pay/${o.code}`);
	const all = await Promise.all([1, 2, 3, 4].map(() => v.submit(page, `/pay/${o.code}/start`)));
	assert.equal(new Set(all.map((r) => r.location)).size, 1);
	assert.equal(attempts(o).length, 1);
	const window = await v.follow(all[0]);
	const ways = await Promise.all([1, 2, 3].map(() => choose(v, window, CARD.fine)));
	await Promise.all(ways.map((w) => v.get(w.location, { timeout: 60000 })));
	await settled(o, 'paid', 30000);
	assert.deepEqual(stateOf(o), PAID(1));
	assert.equal((await v.get(`/pay/${o.code}`)).location, `/orders/${o.code}`);
	assert.equal((await v.follow(await v.get(ways[0].location))).status === 500, false);
	assert.equal((await v.submit(page, `/pay/${o.code}/start`)).location, `/pay/${o.code}`);
});

test('an older window is being confirmed: nobody is asked to pay in the newer one meanwhile', async () => {
	const v = await buyer(), o = order(v, performance());
	const older = await toWindow(v, o);
	sql(`UPDATE pay_attempt SET created_at = created_at - INTERVAL 26 MINUTE WHERE order_id = ${o.id}`); // too old to be used again
	await toWindow(v, o);
	const returning = v.get((await choose(v, older, CARD.slow)).location, { timeout: 60000 });
	await confirming(o);
	assert.equal((await v.get(`/pay/${o.code}`)).location, `/pay/${o.code}/wait`);
	assert.equal((await v.get(`/pay/${o.code}/wait`)).status, 200);
	assert.match(textOf((await v.get(`/orders/${o.code}`)).text), /We are asking the bank/);
	assert.equal((await returning).location, `/orders/${o.code}`);
	assert.deepEqual(attempts(o).map((a) => a.state), ['done', 'created']);
});

test('paid in two windows at once: kept once, and the order says that it is booked', async () => {
	const v = await buyer(), o = order(v, performance());
	const first = await toWindow(v, o);
	sql(`UPDATE pay_attempt SET created_at = created_at - INTERVAL 26 MINUTE WHERE order_id = ${o.id}`);
	const second = await toWindow(v, o);
	const returning = v.get((await choose(v, second, CARD.slow)).location, { timeout: 60000 });
	await confirming(o, 1);
	assert.equal((await v.get((await choose(v, first, CARD.fine)).location)).location, `/orders/${o.code}`);
	assert.equal((await returning).location, `/orders/${o.code}`);
	assert.deepEqual(attempts(o).map((a) => a.state), ['done', 'returned']);
	await until(() => refunds(o)[0]?.state === 'done', { ms: 20000, what: 'the second payment to go back' });
	assert.deepEqual(stateOf(o), PAID(1));
	const page = textOf((await v.get(`/orders/${o.code}`)).text);
	assert.match(page, /Everything is booked and paid/);
	assert.doesNotMatch(page, /seats were gone/);
});

test('back after the hold is over: not confirmed, nothing charged', async () => {
	const v = await buyer(), o = order(v, performance());
	const way = await choose(v, await toWindow(v, o), CARD.fine);
	sql(`UPDATE orders SET state = 'expired', closed_at = '2026-01-01' WHERE id = ${o.id}; DELETE FROM claim WHERE order_id = ${o.id}`);
	const page = await v.follow(await v.get(way.location));
	assert.equal(page.status, 410);
	assert.match(textOf(page.text), /You were not charged/);
	assert.equal(sql(`SELECT status FROM sandbox_payment WHERE order_ref = '${attempts(o)[0].provider_order}'`)[0].status, 'IN_PROGRESS');
});

test('captured too late: the same seats if they are free, else everything back', async () => {
	const v = await buyer(), other = await buyer(), perf = performance();
	for (const taken of [false, true]) {
		const o = order(v, perf);
		const way = await choose(v, await toWindow(v, o), CARD.slow);
		const returning = v.get(way.location, { timeout: 60000 });
		await confirming(o);
		sql(`UPDATE orders SET state = 'expired', closed_at = '2026-01-01' WHERE id = ${o.id}; DELETE FROM claim WHERE order_id = ${o.id}`);
		if (taken) order(other, perf, { seats: o.seats });
		const answer = await returning;
		if (!taken) {
			assert.deepEqual(stateOf(o), PAID(1));
			continue;
		}
		assert.match(textOf((await v.follow(answer)).text), /came too late/);
		await until(() => refunds(o)[0]?.state === 'done', { ms: 20000, what: 'the refund' });
		assert.equal(attempts(o)[0].state, 'returned');
		await mailTo(v.email, /given back/);
	}
});

test('a worker that dies while it confirms: the sweeper finishes', async () => {
	const v = await buyer(), o = order(v, performance());
	const way = await choose(v, await toWindow(v, o), CARD.slow);
	const dying = v.get(way.location, { timeout: 60000 }).catch((e) => e);
	await confirming(o);
	for (const pid of childrenOf(pidOf('serve'))) if (fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'foyer:pay') process.kill(pid, 'SIGKILL');
	await dying;
	assert.equal(attempts(o)[0].state, 'confirming');
	sql(`UPDATE pay_attempt SET next_check_at = UTC_TIMESTAMP(6) + INTERVAL 7 SECOND WHERE order_id = ${o.id}`);
	await settled(o, 'paid', 40000);
	assert.deepEqual(stateOf(o), PAID(1));
});

test('what the way back claims is not believed', async () => {
	const v = await buyer(), stranger = await buyer(), perf = performance(), o = order(v, perf), cheap = order(v, perf);
	const way = await choose(v, await toWindow(v, o), CARD.fine);
	const url = new URL(way.location, 'http://x');
	assert.equal((await stranger.get(way.location)).status, 404, 'another person');
	assert.equal((await new Visitor().get(way.location)).status, 303, 'nobody: to the sign-in');
	url.searchParams.set('amount', '1');
	assert.match(textOf((await v.follow(await v.get(url.pathname + url.search))).text), /amount did not fit/);
	assert.equal(stateOf(o).state, 'pending');
	// the key of one order's payment for another order
	const other = await choose(v, await toWindow(v, cheap), CARD.fine);
	const stolen = new URL(other.location, 'http://x');
	stolen.searchParams.set('paymentKey', new URL(way.location, 'http://x').searchParams.get('paymentKey'));
	await v.get(stolen.pathname + stolen.search);
	assert.notEqual(stateOf(cheap).state, 'paid');
	assert.equal(stateOf(o).state, 'pending');
	await pay(v, o);
	assert.deepEqual(stateOf(o), PAID(1));
});

test('webhooks: unsigned and unbelieved, stored once, about our payments only', async () => {
	const v = await buyer(), o = order(v, performance());
	await toWindow(v, o);
	const [a] = attempts(o);
	const anyone = new Visitor();
	const send = (body, id) => anyone.request('POST', '/pay/sandbox/webhook', { body: JSON.stringify(body), headers: { 'content-type': 'application/json', 'tosspayments-webhook-transmission-id': id } });
	const claim = { eventType: 'PAYMENT_STATUS_CHANGED', createdAt: 'x', data: { paymentKey: 'x', orderId: a.provider_order, status: 'DONE', totalAmount: o.total, balanceAmount: o.total } };
	for (let i = 0; i < 3; i++) assert.equal((await send(claim, `forged-${a.id}`)).status, 200);
	await until(() => sql(`SELECT processed_at FROM pay_webhook WHERE event_id = 'forged-${a.id}'`)[0]?.processed_at, { what: 'the webhook' });
	assert.equal(sql(`SELECT COUNT(*) AS n FROM pay_webhook WHERE event_id = 'forged-${a.id}'`)[0].n, '1');
	assert.equal(stateOf(o).state, 'pending');
	assert.equal((await send({ ...claim, data: { orderId: 'NOBODYS-ORDER' } }, 'nobody')).status, 200);
	assert.equal((await anyone.request('POST', '/pay/sandbox/webhook', { body: '{"a":', headers: { 'content-type': 'application/json' } })).status, 400);
	assert.equal((await anyone.request('POST', '/pay/nobody/webhook', { body: '{}' })).status, 404);
	await pay(v, o);
	assert.deepEqual(stateOf(o), PAID(1));
});

test('cancelling: told before, per ticket, money back, tickets void, seats free', async () => {
	const v = await buyer(), perf = performance({ startsIn: 8 * 24 * 3600e3 }), o = order(v, perf, { tickets: 2 });
	await pay(v, o);
	sql(`UPDATE orders SET paid_at = paid_at - INTERVAL 2 DAY WHERE id = ${o.id}`); // beyond the free day
	const page = await v.get(`/orders/${o.code}/cancel`);
	assert.match(textOf(page.text), /₩5,000/);
	assert.match(textOf((await v.submit(page, `/orders/${o.code}/cancel`, {})).text), /No ticket is ticked yet/);
	const sure = await v.submit(page, `/orders/${o.code}/cancel`, { line: '2' });
	assert.match(textOf(sure.text), /Cancel 1 ticket\? .*Comes back ₩45,000/);
	const done = await v.submit(sure, posting);
	assert.equal(done.location, `/orders/${o.code}`);
	assert.deepEqual(stateOf(o), { state: 'partly_cancelled', refunded: '45000', tickets: '1', sold: '1' });
	await v.submit(sure, posting); // pressed twice
	await until(() => refunds(o)[0].state === 'done', { ms: 20000, what: 'the refund' });
	assert.deepEqual(refunds(o).map((r) => [r.amount, r.kept]), [['45000', '5000']]);
	assert.match((await mailTo(v.email, /your refund/i)).text, /₩45,000/);
	const last = await v.submit(await v.get(`/orders/${o.code}/cancel?line=1`), posting);
	assert.equal(last.status, 303);
	assert.equal(stateOf(o).state, 'cancelled');
	await until(() => refunds(o)[1].state === 'done', { ms: 20000, what: 'the second refund' });
	assert.match(textOf((await v.get(`/orders/${o.code}/cancel`)).text), /nothing to cancel/i);
	assert.equal((await (await buyer()).get(`/orders/${o.code}/cancel`)).status, 404);
});

test('cancelled in several tabs at once: once, and each tab comes back to the order', async () => {
	const perf = performance({ startsIn: 8 * 24 * 3600e3 });
	for (let i = 0; i < 4; i++) {
		const v = await buyer(), o = order(v, perf, { tickets: 2 });
		await pay(v, o);
		const sure = await v.submit(await v.get(`/orders/${o.code}/cancel`), `/orders/${o.code}/cancel`, { line: '1' });
		const tabs = Array.from({ length: 4 }, () => Object.assign(new Visitor(), { cookies: new Map(v.cookies) }));
		const sent = await Promise.all(tabs.map((tab) => tab.submit(sure, posting)));
		assert.deepEqual(sent.map((a) => [a.status, a.location]), sent.map(() => [303, `/orders/${o.code}`]));
		assert.equal(refunds(o).length, 1);
		assert.equal(stateOf(o).tickets, '1');
	}
});

test('an order of a performance that the replica does not have yet', async () => {
	const v = await buyer(), perf = performance(), o = order(v, perf);
	const onReplica = (show) => sql(`SET sql_log_bin = 0; SET foreign_key_checks = 0; UPDATE performance SET show_id = ${show} WHERE id = ${perf.id}`, { on: 'replica' });
	onReplica(0);
	try {
		for (const path of [`/checkout/${o.code}`, `/pay/${o.code}`, `/orders/${o.code}`, `/performances/${perf.id}/seats`])
			assert.equal((await v.get(path)).status, 200, path);
	} finally {
		onReplica(perf.show);
	}
});

test('an order that costs nothing needs no provider', async () => {
	const v = await buyer(), o = order(v, performance({ price: 0, feePerTicket: 0 }));
	const page = await v.get(`/pay/${o.code}`);
	assert.match(textOf(page.text), /Book for free/);
	const done = await v.get((await v.submit(page, `/pay/${o.code}/start`)).location);
	assert.equal(done.location, `/orders/${o.code}`);
	assert.deepEqual(stateOf(o), PAID(1));
	const cancelled = await v.submitAndFollow(await v.get(`/orders/${o.code}/cancel?line=1`), posting);
	assert.match(textOf(cancelled.text), /The tickets are cancelled\./);
	assert.doesNotMatch(textOf(cancelled.text), /the money is on its way/);
	assert.match((await mailTo(v.email, /tickets are cancelled/)).text, /They had cost nothing/);
	assert.equal(stateOf(o).state, 'cancelled');
});

test("the sandbox's window and API are not for everybody", async () => {
	const v = await buyer(), o = order(v, performance());
	const window = await toWindow(v, o);
	const forged = window.url.replace(/amount=\d+/, 'amount=1');
	assert.equal((await v.get(forged)).status, 422);
	const card = await v.submit(window, '/sandbox/window', { other: '5555 5555 5555 4444' }, { press: 'card' });
	assert.equal(card.status, 422);
	assert.match(textOf(card.text), /not a test card/);
	const api = await v.request('POST', '/sandbox/v1/payments/confirm', { body: '{}', headers: { 'content-type': 'application/json' } });
	assert.equal(api.status, 401);
	assert.equal(JSON.parse(api.text).code, 'UNAUTHORIZED_KEY');
});

test('the books are right', async () => {
	await quiet();
	await checkClean(assert);
});
