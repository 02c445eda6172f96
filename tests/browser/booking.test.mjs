// The seat map in real browsers: two people see each other, keyboard alone, no script at all, a nervous finger.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { URL_, sqlOne } from '../support/house.mjs';
import { person, signIn, stage } from '../support/stage.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
let browser;
before(async () => {
	browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
});
after(() => browser?.close());

async function visitor(options = {}) {
	const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 }, bypassCSP: Boolean(options.axe), ...options });
	const who = person();
	await context.addCookies([{ name: 'foyer', value: signIn({}, who), url: URL_ }]);
	const page = await context.newPage();
	const faults = [];
	page.on('pageerror', (e) => faults.push(String(e)));
	return { page, who, faults, context, open: async (s, query = '') => {
		await page.goto(`${URL_}/performances/${s.performance}/seats${query}`);
		await drawn(page);
	} };
}
// Until the map has its size, everything is at its corner.
const drawn = (page) => page.waitForFunction(() => document.getElementById('seatmap').seatAt?.(0).some((at) => at > 0));
async function tap(page, i) {
	const [x, y] = await page.evaluate((k) => document.getElementById('seatmap').seatAt(k), i);
	await page.locator('#seatmap canvas').click({ position: { x, y } });
}
const chosen = (page) => page.$$eval('#tray-seats li', (all) => all.map((li) => Number(li.dataset.idx)));

test('two people on one map: what one holds, the other loses from the tray', async () => {
	const s = stage();
	const a = await visitor(), b = await visitor();
	await a.open(s);
	await b.open(s);
	await tap(a.page, 4);
	await tap(a.page, 5);
	await tap(b.page, 5);
	await tap(b.page, 6);
	assert.deepEqual(await chosen(a.page), [4, 5]);
	assert.equal(await a.page.textContent('#tray-total'), '₩300,000');
	await a.page.click('#tray-hold');
	await b.page.waitForFunction(() => document.querySelectorAll('#tray-seats li').length === 1);
	assert.deepEqual(await chosen(b.page), [6]);
	assert.match(await b.page.textContent('.seatmap-say'), /A block, row 1, seat 6 has just been taken/);
	await tap(b.page, 4); // a held seat cannot be chosen
	assert.deepEqual(await chosen(b.page), [6]);
	await a.page.waitForURL(/\/checkout\//);
	await a.page.click('summary.button-danger');
	await a.page.click('.confirm[open] form button');
	await a.page.waitForURL(/\/seats/);
	await b.page.waitForFunction(() => /40 left/.test(document.querySelector('#legend li').textContent));
	await tap(b.page, 4); // given back
	assert.deepEqual(await chosen(b.page), [6, 4]);
	assert.deepEqual([...a.faults, ...b.faults], []);
});

// Where people also stand, the counts come a moment after the seats and the state is fetched anew: not an older one.
test('a hall with a standing area: what somebody holds stays taken on the maps of the others', async () => {
	const s = stage({ standing: 20 });
	const a = await visitor(), b = await visitor();
	await b.open(s);
	await a.open(s);
	await tap(a.page, 4);
	const counted = b.page.waitForResponse((r) => /seats\.bin/.test(r.url()), { timeout: 30000 });
	await a.page.click('#tray-hold');
	await a.page.waitForURL(/\/checkout\//);
	await (await counted).finished();
	assert.match((await counted).url(), /\?at=\d+$/);
	await b.page.waitForFunction(() => /39 left/.test(document.querySelector('#legend li').textContent));
	await b.page.waitForTimeout(500);
	assert.match(await b.page.textContent('#legend li'), /39 left/);
	assert.deepEqual([...a.faults, ...b.faults], []);
});

test('by keyboard alone from the map to the payment page', async () => {
	const s = stage();
	const { page, faults } = await visitor();
	await page.goto(`${URL_}/performances/${s.performance}/seats`);
	await drawn(page);
	for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement.tagName === 'CANVAS')); i++) await page.keyboard.press('Tab');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Enter');
	const first = await chosen(page);
	await page.keyboard.press('ArrowRight');
	assert.match(await page.textContent('.seatmap-say'), /A block, row 1, seat \d+ · VIP ₩150,000 · free/);
	await page.keyboard.press(' ');
	assert.deepEqual(await chosen(page), [first[0], first[0] + 1]);
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('+');
	await page.keyboard.press('-');
	for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement.id === 'tray-hold')); i++) await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/checkout\//);
	await page.focus('#f-name');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	await page.keyboard.type('010-2222-3333');
	await page.focus('#f-agreed');
	await page.keyboard.press('Space');
	for (let i = 0; i < 10 && !(await page.evaluate(() => document.activeElement.textContent === 'Go to payment')); i++) await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/pay\//);
	assert.deepEqual(faults, []);
});

test('with JavaScript off: the list, the hold, the checkout', async () => {
	const s = stage();
	const { page } = await visitor({ javaScriptEnabled: false });
	await page.goto(`${URL_}/performances/${s.performance}/seats`);
	await page.click('text=Choose from a list instead');
	await page.click(`a[href*="section=${s.sections[0].id}"]`);
	await page.check('input[name=seat][value="2"]');
	await page.check('input[name=seat][value="3"]');
	await page.click('text=Choose these seats');
	await page.click('#tray-hold');
	await page.waitForURL(/\/checkout\//);
	assert.match(await page.textContent('#timer'), /Your seats are held until \d\d:\d\d/);
	await page.click('text=4 more minutes');
	assert.match(await page.textContent('body'), /You have more time now/);
});

test('a double click, the back button and a reload lose and double nothing', async () => {
	const s = stage();
	const { page, who } = await visitor();
	await page.goto(`${URL_}/performances/${s.performance}/seats`);
	await drawn(page);
	await tap(page, 1);
	assert.match(page.url(), /\?seat=1$/);
	await page.reload();
	await drawn(page);
	assert.deepEqual(await chosen(page), [1]);
	await page.dblclick('#tray-hold');
	await page.waitForURL(/\/checkout\//);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM orders WHERE person_id = ${who.id}`), '1');
	await page.goBack();
	await drawn(page);
	await page.waitForFunction(() => /You are holding 1 ticket/.test(document.body.textContent));
	assert.deepEqual(await chosen(page), []);
});

test('more time comes without leaving the form', async () => {
	const s = stage();
	const { page, open } = await visitor();
	await open(s, '?seat=1');
	await page.click('#tray-hold');
	await page.waitForURL(/\/checkout\//);
	await page.fill('#f-phone', '010-9999');
	const before = await page.getAttribute('#timer time', 'datetime');
	await page.click('#extend button');
	await page.waitForFunction((t) => document.querySelector('#timer time').dateTime !== t, before);
	assert.equal(await page.inputValue('#f-phone'), '010-9999');
	assert.equal(await page.locator('#extend').count(), 0);
});

test('a phone: a finger chooses, two fingers zoom, the bar holds', async () => {
	const s = stage({ rows: 12, perRow: 30 });
	const { page, faults } = await visitor({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
	await page.goto(`${URL_}/performances/${s.performance}/seats`);
	await drawn(page);
	await page.locator('#seatmap').scrollIntoViewIfNeeded();
	for (let i = 0; i < 3; i++) await page.click('.seatmap-tools button:first-child');
	const box = await page.locator('#seatmap canvas').boundingBox();
	const seat = await page.evaluate(([w, h]) => {
		const map = document.getElementById('seatmap');
		for (let i = 0; i < 700; i++) {
			const [x, y] = map.seatAt(i);
			if (x > w * 0.2 && x < w * 0.6 && y > h * 0.3 && y < h * 0.6) return { i, x, y };
		}
		return undefined;
	}, [box.width, box.height]);
	await page.touchscreen.tap(box.x + seat.x, box.y + seat.y);
	assert.deepEqual(await chosen(page), [seat.i]);
	assert.ok(await page.isVisible('#bar'));
	await page.click('#bar button');
	await page.waitForURL(/\/checkout\//);
	assert.deepEqual(faults, []);
});

for (const scheme of ['light', 'dark']) {
	test(`no axe violation on the way (${scheme})`, async () => {
		const s = stage({ standing: 20 });
		const { page, open } = await visitor({ axe: true, colorScheme: scheme });
		const check = async (where) => {
			await page.addScriptTag({ path: AXE });
			const found = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
			assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`), [], where);
		};
		await open(s, '?seat=1,2');
		await check('map');
		await page.goto(`${URL_}/performances/${s.performance}/list?seat=1`);
		await check('list');
		await page.goto(`${URL_}/performances/${s.performance}/list?section=${s.sections[0].id}`);
		await check('rows');
		await page.goto(`${URL_}/performances/${s.performance}/list?seat=1`);
		await page.click('#tray-hold');
		await page.waitForURL(/\/checkout\//);
		await check('checkout');
		const code = page.url().split('/').pop();
		await page.goto(`${URL_}/orders/${code}`);
		await check('order');
		await page.goto(`${URL_}/me/orders`);
		await check('orders');
	});
}
