// The way of a ticket in a real browser, as a visitor goes it: from the home page to the seat behind the gate.  Once on a
// phone, in Korean, light, as a guest; once on a desktop, in English, dark, as a new member.  Every page on the way is
// looked at by whole() (support/browser.mjs).  Then what nervous people do: two tabs, the back button, coming back late,
// no mouse, no script.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DESKTOP, PHONE, close, launch, open, readQr, whole } from '../support/browser.mjs';
import { URL_, linkIn, mailPart, mailTo, mails, sql, sqlOne, sqlQuote, until } from '../support/house.mjs';
import { person, signIn, stage } from '../support/stage.mjs';

const CARD = '4242 4242 4242 4242';
const MAP = { js: 30 * 1024 };
const made = [];
before(launch);
after(async () => {
	await close();
	if (made.length) sql(`UPDATE shows SET state = 'withdrawn' WHERE id IN (${made.join(',')})`);
});

// A stage tonight under a name of its own that visitors can find; its gate is open.
function tonight(options = {}) {
	const s = stage({ startsInHours: 2, ...options });
	const word = randomBytes(4).toString('hex').replace(/\d/g, (d) => 'ghijklmnop'[d]);
	s.title = { ko: `밤의 등불 ${word}`, en: `Night Lantern ${word}` };
	s.word = word;
	sql(`UPDATE shows SET title = ${sqlQuote(s.title.ko)}, title_en = ${sqlQuote(s.title.en)}, search_text = ${sqlQuote(`${s.title.ko} ${s.title.en.toLowerCase()}`)}, sale = 'open', venue_id = ${s.venue},
		first_at = (SELECT starts_at FROM performance WHERE id = ${s.performance}), last_at = first_at WHERE id = ${s.show};
		UPDATE section SET name = REPLACE(name, ' block', '') WHERE hall_id = ${s.hall}`);
	sql(`SELECT MASTER_GTID_WAIT('${sqlOne('SELECT @@gtid_binlog_pos')}', 20)`, { on: 'replica' });
	made.push(s.show);
	return s;
}
async function openMap(tab) {
	await tab.waitForSelector('#seatmap[data-ready]');
	await tab.locator('#seatmap').scrollIntoViewIfNeeded();
}
async function tap(tab, i) {
	await tab.waitForFunction((k) => document.getElementById('seatmap').seatAt(k).some((at) => at > 0), i); // the map has its size
	const [x, y] = await tab.evaluate((k) => document.getElementById('seatmap').seatAt(k), i);
	await tab.locator('#seatmap canvas').click({ position: { x, y } });
}
// A buyer who is signed in and holds seats; the tab stands at the checkout, filled in.
async function atCheckout(t, s, seats, options = {}) {
	const who = person();
	const o = await open(t, `/performances/${s.performance}/list?seat=${seats}`, { session: signIn({}, who), ...options });
	await o.tab.click('#tray-hold');
	await o.tab.waitForURL(/\/checkout\//);
	await o.tab.fill('#f-phone', '010-2222-3333');
	await o.tab.check('#f-agreed');
	return Object.assign(o, { who, code: o.tab.url().split('/').pop() });
}
async function atPayment(...args) {
	const o = await atCheckout(...args);
	await o.tab.click('#details .action-bar button');
	await o.tab.waitForURL(/\/pay\//);
	return o;
}
const PAY = 'form[action$="/start"] .button-large';
async function payByCard(tab, card = CARD) {
	await tab.check(`input[name=card][value="${card}"]`);
	await tab.click('button[name=how][value=card]');
}
const orderOf = (code) => sql(`SELECT state, (SELECT COUNT(*) FROM ticket WHERE order_id = o.id AND state = 'issued') AS tickets, (SELECT COUNT(*) FROM claim WHERE order_id = o.id) AS seats,
	(SELECT COUNT(*) FROM pay_attempt WHERE order_id = o.id AND state = 'done') AS payments FROM orders o WHERE code = ${sqlQuote(code)}`)[0];
const PAID = (n) => ({ state: 'paid', tickets: String(n), seats: String(n), payments: '1' });

const VISITORS = {
	'a guest on a phone, in Korean, light': { lang: 'ko', screen: PHONE, colorScheme: 'light', phone: true },
	'a new member on a desktop, in English, dark': { lang: 'en', screen: DESKTOP, colorScheme: 'dark', phone: false },
};

// Not signed in, the seats chosen: as a guest by a mailed code.
async function becomeGuest(tab, email) {
	await tab.click('a[href*="/guest?next"]');
	await whole(tab, 'guest');
	await tab.fill('#guest-buy [name=email]', email);
	await tab.click('#guest-buy button');
	await tab.waitForURL(/\/guest\/code/);
	await whole(tab, 'guest code');
	const mail = await mailTo(email, /[0-9A-Z]{6}/, { ms: 30000 });
	await tab.fill('#f-code', /\b(?=[0-9A-Z]*\d|[A-Z]{6}\b)[0-9A-Z]{6}\b/.exec(mail.text)[0]);
	await tab.click('main form button');
}
// … or as a member, by the link in the mail.
async function becomeMember(tab, email) {
	await tab.click('a[href*="/sign-up?next"]');
	await whole(tab, 'sign-up');
	await tab.fill('#f-name', 'Noah Lantern');
	await tab.fill('#f-email', email);
	await tab.fill('#f-password', 'tangerine-ferry-42');
	await tab.check('#f-terms');
	await tab.check('#f-privacy');
	await tab.click('main form button');
	await tab.waitForURL(/\/sign-up\/sent/);
	await whole(tab, 'sign-up sent');
	await tab.goto(URL_ + linkIn(await mailTo(email, /confirm/i, { ms: 30000 }), /confirm/));
	await whole(tab, 'sign-up confirm');
	await tab.click('main form button');
}

for (const [visitor, { lang, screen, colorScheme, phone }] of Object.entries(VISITORS)) {
	test(`from the home page to the seat: ${visitor}`, async (t) => {
		const s = tonight();
		const email = `path-${s.word}@example.org`;
		const { tab, faults } = await open(t, '/', { lang, colorScheme, ...screen });
		await whole(tab, 'home', { text: false });
		if (phone) await tab.click('.nav-fold > summary');
		await tab.locator('input[name=q]:visible').fill(s.word);
		await tab.keyboard.press('Enter');
		await tab.waitForURL(/\/shows\?q=/);
		await whole(tab, 'list');
		await tab.click(`a:text("${s.title[lang]}")`);
		await tab.waitForURL(/\/shows\/test-/);
		await whole(tab, 'show');
		await tab.click(`a[href$="/performances/${s.performance}/seats"]`);
		await openMap(tab);
		await tap(tab, 13);
		await whole(tab, 'seat map', MAP);
		await tab.locator('#bar button:visible, #tray-hold:visible').first().click();
		await tab.waitForSelector('a[href*="/guest?next"]');
		await whole(tab, 'who is booking');
		await (phone ? becomeGuest : becomeMember)(tab, email);
		await tab.waitForURL(/\/(seats|list)\?/);
		await tab.locator('#bar button:visible, #tray-hold:visible').first().click();
		await tab.waitForURL(/\/checkout\//);
		await whole(tab, 'checkout');
		await tab.fill('#f-name', 'Noah Lantern');
		assert.equal(await tab.inputValue('#f-email'), email, 'not asked twice');
		await tab.fill('#f-phone', '010-1234-5678');
		await tab.check('#f-agreed');
		await tab.click('#details .action-bar button');
		await tab.waitForURL(/\/pay\//);
		const code = tab.url().split('/').pop();
		await whole(tab, 'payment');
		await tab.click(PAY);
		await tab.waitForURL(/\/sandbox\/window/);
		await whole(tab, 'payment window');
		await payByCard(tab);
		await tab.waitForURL(/\/orders\//);
		await whole(tab, 'order');
		await tab.locator('.seats a').first().click();
		await tab.waitForURL(/\/tickets\//);
		await whole(tab, 'ticket');
		assert.deepEqual(orderOf(code), PAID(1));

		// The QR code on the screen is the one in the mail.
		const onScreen = readQr(await tab.locator('img.ticket-qr').screenshot());
		const mail = await mailTo(email, new RegExp(s.title[lang]), { ms: 30000 });
		const picture = mail.parts.find((p) => p.type === 'image/png');
		assert.equal(readQr(await mailPart(mail, picture.n)), onScreen);
		assert.ok(mail.html.includes(`src="cid:${picture.cid}"`));
		await throughTheGate(t, s, onScreen, { lang, colorScheme, ...screen });
		await tab.reload();
		await tab.waitForSelector('.ticket .badge-info, .ticket .badge:not(.badge-ok)');
		await whole(tab, 'used ticket');
		assert.equal((await mails(email)).filter((m) => m.parts.some((p) => p.type === 'image/png')).length, 1);
		assert.deepEqual(faults, []);
	});
}

// The organizer issues a code, the gate's staff enter it and scan: once in, once refused.
async function throughTheGate(t, s, qr, options) {
	const owner = await open(t, '/desk/staff', { ...options, session: signIn({}, { ...s.owner, organizer: s.organizer }) });
	await owner.tab.fill('#f-label', 'North 1');
	await owner.tab.click('#issue form button:not([type=button])');
	const staffCode = (await owner.tab.textContent('.alert-success .code')).trim();
	const gate = await open(t, '/staff', options);
	await whole(gate.tab, 'staff code');
	await gate.tab.fill('#f-code', staffCode);
	await gate.tab.click('main form button');
	await gate.tab.waitForURL(/\/gate$/);
	await whole(gate.tab, 'gate list');
	await gate.tab.click(`a[href$="/gate/${s.performance}"]`);
	await gate.tab.waitForSelector('#gate-scan');
	await whole(gate.tab, 'gate');
	for (const [colour, where] of [['.gate-ok', 'entered'], ['.gate-refused', 'refused']]) {
		await gate.tab.fill('#gate-scan [name=text]', qr);
		await gate.tab.press('#gate-scan [name=text]', 'Enter');
		await gate.tab.waitForSelector(`#gate-panel${colour}`);
		await whole(gate.tab, where);
	}
	await gate.tab.waitForFunction(() => document.getElementById('gate-entered').textContent === '1');
	assert.deepEqual([...owner.faults, ...gate.faults], []);
}

test('with JavaScript off: from the home page to the ticket', async (t) => {
	const s = tonight();
	const email = `noscript-${s.word}@example.org`;
	const { tab } = await open(t, '/', { javaScriptEnabled: false });
	await tab.locator('input[name=q]:visible').fill(s.word);
	await tab.keyboard.press('Enter');
	await tab.click(`a:text("${s.title.en}")`);
	await tab.click(`a[href$="/performances/${s.performance}/seats"]`);
	await tab.click('.seatmap-note a');
	await tab.locator('a[href*="section="]').first().click();
	await tab.check('input[name=seat][value="6"]');
	await tab.click('.action-bar button');
	await tab.click('#tray-hold');
	await tab.click('a[href*="/guest?next"]');
	await tab.fill('#guest-buy [name=email]', email);
	await tab.click('#guest-buy button');
	const mail = await mailTo(email, /[0-9A-Z]{6}/, { ms: 30000 });
	await tab.fill('#f-code', /\b(?=[0-9A-Z]*\d|[A-Z]{6}\b)[0-9A-Z]{6}\b/.exec(mail.text)[0]);
	await tab.click('main form button');
	await tab.click('#tray-hold');
	await tab.fill('#f-name', 'Noah Lantern');
	await tab.fill('#f-phone', '010-1234-5678');
	await tab.check('#f-agreed');
	await tab.click('#details .action-bar button');
	const code = tab.url().split('/').pop();
	await tab.click(PAY);
	await payByCard(tab);
	await tab.waitForURL(/\/orders\//);
	await tab.locator('.seats a').first().click();
	assert.match(readQr(await tab.locator('img.ticket-qr').screenshot()), /^F1\./);
	assert.deepEqual(orderOf(code), PAID(1));
});

test('by keyboard alone: from the checkout to the ticket', async (t) => {
	const { tab, code, faults } = await atCheckout(t, stage(), '3');
	const press = async (selector, key) => {
		for (let i = 0; i < 60; i++) {
			if (await tab.evaluate((s) => document.activeElement?.matches(s), selector)) return tab.keyboard.press(key);
			await tab.keyboard.press('Tab');
		}
		throw new Error(`Tab does not reach ${selector} on ${tab.url()}`);
	};
	await press('#details .action-bar button', 'Enter');
	await tab.waitForURL(/\/pay\//);
	await press(PAY, 'Enter');
	await tab.waitForURL(/\/sandbox\/window/);
	await press('button[name=how][value=card]', 'Enter');
	await tab.waitForURL(/\/orders\//);
	await press('.seats a', 'Enter');
	await tab.waitForURL(/\/tickets\//);
	assert.deepEqual(orderOf(code), PAID(1));
	assert.deepEqual(faults, []);
});

test('a double click pays once; the back button leads back to what is paid', async (t) => {
	const { tab, code, faults } = await atPayment(t, stage(), '4,5');
	await tab.dblclick(PAY);
	await tab.waitForURL(/\/sandbox\/window/);
	await tab.check(`input[name=card][value="${CARD}"]`);
	await tab.dblclick('button[name=how][value=card]');
	await tab.waitForURL(/\/orders\//);
	assert.deepEqual(orderOf(code), PAID(2));
	for (let i = 0; i < 3; i++) {
		await tab.goBack();
		if (/\/sandbox\/window/.test(tab.url())) {
			await tab.click('button[name=how][value=card]');
			await tab.waitForURL(/\/orders\//);
		} else if (/\/pay\/\w+$/.test(tab.url())) {
			await tab.reload();
			await tab.waitForURL(/\/orders\//);
		}
		assert.equal(await tab.locator('.error-page').count(), 0); // (a title may hold digits: the order's code)
	}
	assert.deepEqual(orderOf(code), PAID(2));
	assert.deepEqual(faults, []);
});

test('two tabs of one order: the second finds it paid', async (t) => {
	const { tab, context, code, faults } = await atPayment(t, stage(), '7');
	const second = await context.newPage();
	await second.goto(tab.url());
	const third = await context.newPage();
	await third.goto(`${URL_}/checkout/${code}`);
	await tab.click(PAY);
	await tab.waitForURL(/\/sandbox\/window/);
	await second.click(PAY);
	await second.waitForURL(/\/sandbox\/window/);
	await payByCard(tab);
	await tab.waitForURL(/\/orders\//);
	await payByCard(second);
	await second.waitForURL(/\/orders\//);
	await third.fill('#f-phone', '010-2222-3333');
	await third.check('#f-agreed');
	await third.click('#details .action-bar button');
	await third.waitForURL(/\/orders\//);
	assert.deepEqual(orderOf(code), PAID(1));
	assert.deepEqual(faults, []);
});

test('a refused card, a closed window: told, the seats are still there, the next try pays', async (t) => {
	const { tab, code, faults } = await atPayment(t, stage(), '8', { colorScheme: 'dark', ...PHONE });
	const before = await tab.getAttribute('#timer time', 'datetime');
	await tab.click('#extend button');
	await tab.waitForFunction((was) => document.querySelector('#timer time').dateTime !== was, before);
	assert.match(tab.url(), /\/pay\//);
	await tab.click(PAY);
	await payByCard(tab, '4000 0000 0000 0002');
	await tab.waitForURL(/\/pay\//);
	assert.match(await tab.textContent('[role=alert]'), /refused the card.*Nothing was charged/);
	await whole(tab, 'refused');
	await tab.click(PAY);
	await tab.click('button[name=how][value=leave]');
	await tab.waitForURL(/\/pay\//);
	assert.match(await tab.textContent('[role=alert]'), /You left the payment/);
	await tab.click(PAY);
	await payByCard(tab);
	await tab.waitForURL(/\/orders\//);
	assert.deepEqual(orderOf(code), PAID(1));
	assert.deepEqual(faults, []);
});

test('the provider breaks down while it is asked: the page waits and goes on by itself', async (t) => {
	const { tab, code } = await atPayment(t, stage(), '9', { lang: 'ko', ...PHONE });
	await tab.click(PAY);
	await payByCard(tab, '4000 0000 0000 0119');
	await tab.waitForURL(/\/pay\/\w+\/wait/, { timeout: 60000 });
	await whole(tab, 'wait');
	await tab.waitForURL(/\/orders\//, { timeout: 60000 });
	assert.deepEqual(orderOf(code), PAID(1));
});

test('back from the provider when the time is over: told plainly, nothing charged, the seats can be chosen again', async (t) => {
	const s = stage();
	const { tab, code } = await atPayment(t, s, '10', { lang: 'ko', ...PHONE });
	await tab.click(PAY);
	await tab.waitForURL(/\/sandbox\/window/);
	sql(`UPDATE orders SET state = 'expired', closed_at = UTC_TIMESTAMP(6) WHERE code = ${sqlQuote(code)}; DELETE FROM claim WHERE performance_id = ${s.performance}`);
	await payByCard(tab);
	await tab.waitForURL(/\/pay\//);
	await whole(tab, 'over');
	assert.match(await tab.textContent('main'), /결제된 금액은 없으며/);
	assert.deepEqual(orderOf(code), { state: 'expired', tickets: '0', seats: '0', payments: '0' });
	await tab.click('main .button');
	await tab.waitForURL(/\/seats/);
});

test('a ticket is cancelled: told before what comes back, the ticket is void, the other one stands', async (t) => {
	const s = stage();
	const { tab, code, faults } = await atPayment(t, s, '11,12', { lang: 'ko', ...PHONE });
	await tab.click(PAY);
	await payByCard(tab);
	await tab.waitForURL(/\/orders\//);
	await tab.click('a[href$="/cancel"]');
	await whole(tab, 'cancel', { text: false });
	await tab.locator('input[name=line]').last().check();
	await tab.locator('main form button').first().click();
	await tab.waitForSelector('main form[method=post]');
	await whole(tab, 'cancel: sure', { text: false });
	await tab.locator('main form[method=post] button').first().click();
	await tab.waitForURL(/\/orders\/\w+$/);
	await whole(tab, 'partly cancelled', { text: false });
	assert.equal(orderOf(code).tickets, '1');
	await until(() => sqlOne(`SELECT r.state FROM pay_refund r JOIN orders o ON o.id = r.order_id WHERE o.code = ${sqlQuote(code)}`) === 'done', { ms: 30000, what: 'the refund' });
	assert.deepEqual(faults, []);
});
