// The components of the stylesheet, as they are written in look/*.html, in both themes, on a phone and on a desktop:
// no axe violation, nothing wider than the screen, targets of 24 px, the focused thing in sight.
// LOOK_SHOTS=DIR keeps the pictures.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = fileURLToPath(new URL('look/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SCREENS = [['phone', 390, 844], ['desktop', 1280, 800]];
const PAGES = (await readdir(HERE)).filter((n) => n.endsWith('.html')).sort();

let out, manifest, server, browser, base;

const poster = (hue) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 400"><rect width="300" height="400" fill="hsl(${hue} 45% 28%)"/><circle cx="190" cy="150" r="95" fill="hsl(${hue + 40} 70% 62%)"/><path d="M0 320q80-70 150-10t150-40v130H0z" fill="hsl(${hue - 30} 55% 16%)"/></svg>`;
const PICTURES = {
	'/poster1.svg': poster(250), '/poster2.svg': poster(20), '/poster3.svg': poster(160),
	'/qr.svg': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21"><path d="M0 0h7v7H0zM14 0h7v7h-7zM0 14h7v7H0zM9 2h3v9H9zM13 12h8v3h-8zM9 14h2v6H9z"/></svg>',
};

async function page(name) {
	const file = (n) => `/static/${manifest[n]}`;
	const frame = await readFile(join(HERE, '_frame.txt'), 'utf8');
	return frame.replaceAll(/@([a-z]+\/[a-z.]+)@/g, (_, n) => file(n)).replace('@title@', name)
		.replace('@body@', await readFile(join(HERE, name), 'utf8'));
}

async function answer(req, res) {
	const path = new URL(req.url, base).pathname;
	const ahead = Number(new URL(req.url, base).searchParams.get('ahead') ?? 0);
	const send = (type, body) => res.writeHead(200, {
		'content-type': type, 'server-timing': `now;dur=${Date.now() / 1000 + ahead}`, 'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:",
	}).end(body);
	if (PICTURES[path]) return send('image/svg+xml', PICTURES[path]);
	if (PAGES.includes(path.slice(1))) return send('text/html; charset=utf-8', await page(path.slice(1)));
	const type = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }[path.split('.').pop()];
	if (!path.startsWith('/static/') || !type) return res.writeHead(404).end();
	return send(type, await readFile(join(out, path)));
}

before(async () => {
	out = await mkdtemp(join(tmpdir(), 'foyer-look-'));
	execFileSync(process.execPath, [join(ROOT, 'static/build.mjs'), out]);
	manifest = JSON.parse(await readFile(join(out, 'static/manifest.json'), 'utf8'));
	server = createServer((req, res) => answer(req, res).catch(() => res.writeHead(500).end())).listen(0, '127.0.0.1');
	await new Promise((done) => server.once('listening', done));
	base = `http://127.0.0.1:${server.address().port}`;
	browser = await chromium.launch({
		executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
	});
});
after(async () => {
	await browser?.close();
	server?.close();
	if (out) await rm(out, { recursive: true });
});

async function violations(tab) {
	// Playwright's own evaluation stands outside the page's CSP.
	await tab.evaluate(await readFile(AXE, 'utf8'));
	const { violations: found } = await tab.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
	return found.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary.split('\n')[1] ?? ''}`));
}

for (const name of PAGES) {
	for (const [screen, width, height] of SCREENS) {
		for (const colorScheme of ['light', 'dark']) {
			test(`${name} on a ${screen}, ${colorScheme}`, async (t) => {
				const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'ko-KR' });
				t.after(() => context.close());
				const tab = await context.newPage();
				const faults = [];
				tab.on('pageerror', (e) => faults.push(String(e)));
				tab.on('console', (m) => m.type() === 'error' && faults.push(m.text()));
				await tab.goto(`${base}/${name}`);
				if (process.env.LOOK_SHOTS) {
					await tab.screenshot({ path: join(process.env.LOOK_SHOTS, `${name}-${screen}-${colorScheme}.png`), fullPage: true });
				}
				assert.deepEqual(faults, []);
				assert.deepEqual(await violations(tab), []);
				const wide = await tab.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
				assert.equal(wide, 0, 'the page scrolls sideways');
			});
		}
	}
}

test('the theme switch is remembered and needs no inline script', async () => {
	const context = await browser.newContext({ colorScheme: 'light' });
	const tab = await context.newPage();
	await tab.goto(`${base}/home.html`);
	const paper = () => tab.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	const light = await paper();
	await tab.click('.theme-switch');
	assert.notEqual(await paper(), light);
	const dark = await paper();
	await tab.reload();
	assert.equal(await paper(), dark);
	assert.equal(await tab.getAttribute('.theme-switch', 'aria-pressed'), 'true');
	await context.close();
});

test('what has the focus is never under the header', async () => {
	const context = await browser.newContext({ viewport: { width: 390, height: 600 } });
	const tab = await context.newPage();
	await tab.goto(`${base}/home.html`);
	await tab.evaluate(() => scrollTo(0, document.body.scrollHeight));
	for (let i = 0; i < 60; i++) await tab.keyboard.press('Tab');
	for (let i = 0; i < 40; i++) {
		await tab.keyboard.press('Shift+Tab');
		const covered = await tab.evaluate(() => {
			const e = document.activeElement;
			if (e === document.body || e.closest('.site-head') || e.matches('.skip')) return null;
			const head = document.querySelector('.site-head').getBoundingClientRect().bottom;
			return e.getBoundingClientRect().bottom < head + 1 ? e.outerHTML : null;
		});
		assert.equal(covered, null);
	}
	await context.close();
});

test('a form is sent once, and again after coming back', async () => {
	const context = await browser.newContext();
	const tab = await context.newPage();
	await tab.goto(`${base}/checkout.html`);
	const sent = await tab.evaluate(() => {
		const form = document.querySelector('form.form');
		form.method = 'post';
		let n = 0;
		document.addEventListener('submit', (e) => {
			if (!e.defaultPrevented) n++;
			e.preventDefault();
		});
		form.requestSubmit();
		form.requestSubmit();
		const once = n;
		dispatchEvent(new Event('pageshow'));
		form.requestSubmit();
		return [once, n];
	});
	assert.deepEqual(sent, [1, 2]);
	await context.close();
});

test('a countdown goes by the clock of the server, warns, and tells when it is over', async () => {
	const context = await browser.newContext();
	const tab = await context.newPage();
	await tab.goto(`${base}/checkout.html?ahead=3600`);
	const until = (seconds) => tab.evaluate((s) => {
		const t = document.querySelector('.timer time');
		t.dateTime = new Date(Date.now() + s * 1000).toISOString();
	}, seconds);
	const reads = (pattern) => tab.waitForFunction((p) => new RegExp(p).test(document.querySelector('.timer time').textContent), pattern);
	const classes = () => tab.evaluate(() => document.querySelector('.timer').className.split(' '));
	await tab.evaluate(() => {
		globalThis.over = 0;
		document.addEventListener('countdown:over', () => globalThis.over++);
	});
	await until(2 * 3600 + 65);
	await reads('^1:0[01]:[0-9]{2}$');
	assert.ok(!(await classes()).includes('soon'));
	await until(3600 + 45);
	await reads('^00:4[0-9]$');
	assert.ok((await classes()).includes('soon'));
	await until(3600 - 1);
	await reads('^00:00$');
	assert.ok((await classes()).includes('over'));
	await tab.waitForTimeout(1200);
	assert.equal(await tab.evaluate(() => globalThis.over), 1);
	await context.close();
});
