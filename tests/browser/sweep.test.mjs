// Markup in every text column: what scripts put into a page lets none of it through either.  The browser is told to ignore the
// policy that would stop it, so that escaping alone is tested.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { URL_ } from '../support/house.mjs';
import { LONG, marking, unmark } from '../support/markup.mjs';
import { enter, fieldsOf, mayEnter, owns, pathOf, routes, send, world } from '../support/world.mjs';

let browser, w;
before(async () => {
	w = await world();
	marking(w)(() => true);
	browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
});
after(async () => {
	unmark(w);
	await browser?.close();
});

async function browse(name) {
	const v = await enter(w.roles[name]);
	const context = await browser.newContext({ locale: 'en-US', bypassCSP: true });
	await context.addCookies([...v.cookies].map(([k, value]) => ({ name: k, value, url: URL_ })));
	return { v, context, page: await context.newPage() };
}
const clean = async (page, where) => assert.deepEqual(await page.evaluate(() => [document.querySelectorAll('xz, img[src="x"]').length, window.xss]), [0, undefined], where);

for (const name of ['visitor', 'member', 'organizer', 'staff: gate', 'admin']) {
	test(`pages with scripts, as ${name}`, async () => {
		const { v, context, page } = await browse(name);
		let seen = 0;
		for (const route of routes.filter((r) => r.method === 'GET' && !['provider', 'loopback'].includes(r.access) && !r.path.startsWith('/live/'))) {
			if (!mayEnter(route, w.roles[name]) || !owns(route, name)) continue;
			const a = await send(v, route, pathOf(w, route), fieldsOf(w, route));
			if (a.status !== 200 || (a.text.match(/<script type="module"/g) ?? []).length < 2) continue;
			await page.goto(URL_ + a.url);
			await clean(page, a.url);
			seen++;
		}
		await context.close();
		assert.ok(seen > 0, 'there are such pages');
	});
}

test('a chosen seat, a search, a scan: texts that scripts show', async () => {
	const shopper = await browse('visitor');
	await shopper.page.goto(`${URL_}/performances/${w.performance}/seats?seat=21`);
	await shopper.page.waitForSelector('#seatmap[data-ready]');
	await shopper.page.waitForSelector('#tray-seats li');
	assert.match(await shopper.page.textContent('#tray-seats'), /<xz>/, 'the label is shown as text');
	await clean(shopper.page, 'the tray');
	await shopper.page.goto(`${URL_}/shows`);
	const box = shopper.page.locator('input[name="q"]').first();
	await box.pressSequentially(LONG.slice(0, 8));
	await shopper.page.waitForTimeout(500);
	await clean(shopper.page, 'the search');
	await shopper.context.close();

	const gate = await browse('staff: gate');
	await gate.page.goto(`${URL_}/gate/${w.performance}`);
	await gate.page.fill('input[name="text"]', w.ticket);
	await gate.page.keyboard.press('Enter');
	await gate.page.getByText('<xz>').first().waitFor();
	await clean(gate.page, 'the gate');
	await gate.context.close();
});
