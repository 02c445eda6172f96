// The catalogue in a real browser, both themes, phone and desktop, both languages: no axe violation, nothing wider than the
// screen, no error in the console; the filters work without script; a page that waits for its opening is fetched anew.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { URL_, sql, sqlOne } from '../support/house.mjs';
import { stage } from '../support/stage.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser, show, slug;
const made = [];

before(async () => {
	browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
	show = stage({ standing: 30 });
	made.push(show.show);
	sql(`UPDATE shows SET sale = 'open', last_at = UTC_TIMESTAMP(6) + INTERVAL 240 HOUR, first_at = last_at, venue_id = ${show.venue} WHERE id = ${show.show}`);
	slug = sqlOne(`SELECT slug FROM shows WHERE id = ${show.show}`);
});
after(async () => {
	await browser?.close();
	sql(`UPDATE shows SET state = 'withdrawn' WHERE id IN (${made.join(',')})`);
});

async function open(t, path, { width = 1280, height = 800, ...options } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, locale: 'ko-KR', ...options });
	t.after(() => context.close());
	const tab = await context.newPage();
	tab.faults = [];
	tab.on('pageerror', (e) => tab.faults.push(String(e)));
	tab.on('console', (m) => m.type() === 'error' && tab.faults.push(m.text()));
	await tab.goto(URL_ + path);
	return tab;
}

for (const [name, path] of [['home', () => '/'], ['home in English', () => '/en'], ['list', () => '/shows?offer=open'], ['nothing found', () => '/en/shows?q=zzzzzz'],
	['show', () => `/shows/${slug}`], ['show in English', () => `/en/shows/${slug}`], ['calendar', () => '/calendar'], ['venue', () => `/venues/${show.venue}`]]) {
	for (const [screen, width, colorScheme] of [['phone', 390, 'light'], ['desktop', 1280, 'dark']]) {
		test(`${name} on a ${screen}, ${colorScheme}`, async (t) => {
			const tab = await open(t, path(), { width, colorScheme });
			await tab.evaluate(AXE);
			const { violations } = await tab.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
			assert.deepEqual(violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary.split('\n')[1] ?? ''}`)), []);
			assert.equal(await tab.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)), 0, 'the page scrolls sideways');
			assert.deepEqual(tab.faults, []);
		});
	}
}

test('the filters work without script, on a phone too', async (t) => {
	const tab = await open(t, '/en/shows?genre=concert', { width: 390, javaScriptEnabled: false });
	await tab.click('.fold > summary');
	await tab.fill('#f-q', slug);
	await tab.selectOption('#f-region', 'jeju');
	await tab.click('.filter-bar button');
	assert.match(tab.url(), /q=test-.*region=jeju/);
	assert.match(tab.url(), /genre=concert/);
	assert.match(await tab.textContent('main'), /No show matches/);
	await tab.click('.page-head a');
	assert.match(tab.url(), /\/en\/shows$/);
});

test('on a desktop the filters are in sight at once', async (t) => {
	const tab = await open(t, '/en/shows');
	assert.ok(await tab.isVisible('#f-region'));
});

test('a page that waits for its opening is fetched anew when the time has come', async (t) => {
	const s = stage();
	made.push(s.show);
	sql(`UPDATE shows SET booking_open_at = UTC_TIMESTAMP(6) + INTERVAL 3 SECOND WHERE id = ${s.show}`);
	sql(`SELECT MASTER_GTID_WAIT('${sqlOne('SELECT @@gtid_binlog_pos')}', 10)`, { on: 'replica' });
	const tab = await open(t, `/en/shows/${sqlOne(`SELECT slug FROM shows WHERE id = ${s.show}`)}`);
	assert.equal(await tab.locator('a[href$="/seats"]').count(), 0);
	await tab.waitForSelector(`a[href$="/performances/${s.performance}/seats"]`, { timeout: 30000 });
});
