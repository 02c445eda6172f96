// What the tests in real browsers share: a browser, tabs that remember their faults, and `whole(tab)`: is the page in this
// tab as every page has to be?
//
//   const { tab } = await open(t, '/shows', { ...PHONE, lang: 'ko' });
//   await whole(tab, 'list');
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { brotliCompressSync, constants } from 'node:zlib';
import { chromium } from 'playwright-core';
import { URL_ } from './house.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const DESKTOP = { viewport: { width: 1280, height: 900 } };

let browser;
export async function launch() {
	browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
}
export const close = () => browser?.close();

// session: a token of support/stage.mjs signIn().  What goes wrong in any tab of the context is kept in faults.
export async function open(t, path, { lang = 'en', session, ...options } = {}) {
	const context = await browser.newContext({ ...DESKTOP, locale: lang === 'ko' ? 'ko-KR' : 'en-US', ...options });
	t.after(() => context.close());
	context.setDefaultTimeout(60000);
	await context.addCookies([{ name: 'lang', value: lang, url: URL_ }, ...(session ? [{ name: 'foyer', value: session, url: URL_ }] : [])]);
	const faults = [];
	context.on('weberror', (e) => faults.push(`${e.page()?.url()}: ${e.error()}`));
	context.on('console', (m) => m.type() === 'error' && faults.push(`${m.page()?.url()}: ${m.text()} ${m.location().url}`));
	const tab = await context.newPage();
	await tab.goto(URL_ + path);
	return { tab, context, faults };
}

// ---- the page -----------------------------------------------------------------------------------------------------------

export async function violations(tab) {
	// Colours that are still on their way are not judged.
	await tab.evaluate(() => Promise.all(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished.catch(() => {}))));
	await tab.evaluate(AXE); // stands outside the page's CSP
	const { violations: found } = await tab.evaluate(() => globalThis.axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: { 'target-size': { enabled: true } },
	}));
	return found.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary.split('\n')[1] ?? ''}`));
}
export const sideways = (tab) => tab.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));

// What reads as the other language: three English words in a row on a Korean page, Hangul on an English one.
export const foreign = (tab) => tab.evaluate(() => {
	const other = document.documentElement.lang === 'ko' ? /[A-Za-z]{2,}( [a-z]{2,}){2,}/ : /[가-힣]/;
	const texts = [document.title];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
	for (let n = walk.nextNode(); n; n = walk.nextNode()) {
		const e = n.nodeType === Node.TEXT_NODE ? n.parentElement : n;
		if (e.closest(`script, style, textarea, [lang="${document.documentElement.lang === 'ko' ? 'en' : 'ko'}"]`)) continue;
		if (n.nodeType === Node.TEXT_NODE) texts.push(n.textContent);
		else for (const a of ['aria-label', 'title', 'alt', 'placeholder']) texts.push(e.getAttribute(a) ?? '');
	}
	return texts.map((s) => s.trim()).filter((s) => other.test(s));
});

// Bytes on the wire of HTML (as nginx with brotli would send it) and of each file that the page asked for.
const files = new Map();
async function weigh(url) {
	if (!files.has(url)) {
		const size = Buffer.from(await (await fetch(url, { headers: { 'accept-encoding': 'identity' } })).arrayBuffer());
		files.set(url, brotliCompressSync(size).length);
	}
	return files.get(url);
}
export async function weights(tab) {
	const html = await tab.content();
	const urls = await tab.evaluate(() => performance.getEntriesByType('resource').map((r) => r.name));
	const sum = async (end) => (await Promise.all([...new Set(urls)].filter((u) => new URL(u).pathname.endsWith(end)).map(weigh))).reduce((a, b) => a + b, 0);
	return { html: brotliCompressSync(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length, css: await sum('.css'), js: await sum('.js') };
}

// js: how much script the page may have.
export async function whole(tab, where, { js = 10 * 1024, text = true } = {}) {
	assert.deepEqual(await violations(tab), [], `axe: ${where}`);
	assert.equal(await sideways(tab), 0, `${where} scrolls sideways`);
	if (text) assert.deepEqual(await foreign(tab), [], `${where}: text of the other language`);
	const w = await weights(tab);
	assert.ok(w.html <= 14 * 1024 && w.css <= 15 * 1024 && w.js <= js, `${where} is too heavy: ${JSON.stringify(w)}`);
}

// The text of the QR code that a picture or an element on the screen shows.
export const readQr = (png) => execFileSync('zbarimg', ['-q', '--raw', '-'], { input: png, stdio: ['pipe', 'pipe', 'ignore'] }).toString().trim();
