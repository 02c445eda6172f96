// static/js/frame.js in a real browser, against a server that answers as told.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { chromium } from 'playwright-core';

const script = fs.readFileSync(new URL('../../static/js/frame.js', import.meta.url));
const page = (text, again) => `<!doctype html><html lang="en"><meta name="again" content="${again}"><title>x</title><main id="main">${text}</main>
	<script type="module" src="/frame.js"></script></html>`;

test('a page that waits is kept while the house is away, and loaded anew when there is news', async () => {
	const site = { status: 200, text: 'We ask your bank', asked: 0 };
	const server = http.createServer((request, response) => {
		if (request.url === '/frame.js') return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
		if (request.url !== '/wait') return response.writeHead(404).end();
		site.asked += 1;
		return response.writeHead(site.status, { 'Content-Type': 'text/html' }).end(page(site.text, 0.1));
	}).listen(0, '127.0.0.1');
	await new Promise((done) => { server.once('listening', done); });
	const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
	try {
		const tab = await browser.newPage();
		await tab.goto(`http://127.0.0.1:${server.address().port}/wait`);
		const asked = async (times) => {
			const end = site.asked + times, late = Date.now() + 20000;
			while (site.asked < end && Date.now() < late) await tab.waitForTimeout(20);
			assert.ok(site.asked >= end, 'it goes on asking');
		};
		await asked(2);
		for (const status of [503, 429]) {
			Object.assign(site, { status, text: 'Not available for the moment' });
			await asked(3);
			assert.equal(await tab.textContent('#main'), 'We ask your bank', `after ${status}`);
		}
		Object.assign(site, { status: 200, text: 'Paid' });
		await tab.waitForFunction(() => document.getElementById('main').textContent === 'Paid');
	} finally {
		await browser.close();
		server.closeAllConnections();
		server.close();
	}
});
