// static/js/lib/live.js in a real browser, against a server that misbehaves as told.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { chromium } from 'playwright-core';

const library = fs.readFileSync(new URL('../../static/js/lib/live.js', import.meta.url));

async function withPage(body) {
	const site = { answer: 200, asked: [], streams: new Set() };
	const server = http.createServer((request, response) => {
		if (request.url === '/live.js')
			return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(library);
		if (!request.url.startsWith('/live/'))
			return response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>x</title>');
		site.asked.push({ url: decodeURIComponent(request.url), id: request.headers['last-event-id'] });
		if (site.answer !== 200)
			return response.writeHead(site.answer).end();
		response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(`retry: 50\n\n${site.first ?? ''}`);
		site.streams.add(response);
		response.on('close', () => site.streams.delete(response));
	}).listen(0, '127.0.0.1');
	await new Promise(done => server.once('listening', done));
	site.say = text => site.streams.forEach(stream => stream.write(text));
	site.cut = () => site.streams.forEach(stream => stream.destroy());
	const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
	try {
		const page = await browser.newPage();
		await page.goto(`http://127.0.0.1:${server.address().port}/`);
		site.listen = after => page.evaluate(async start => {
			const { live } = await import('/live.js');
			window.seen = { messages: [], snapshots: 0, positions: [], states: [] };
			window.stream = live('perf:1', { after: start, onMessage: m => seen.messages.push(m),
				onSnapshot: async (channel, position) => { seen.positions.push(position); await new Promise(f => setTimeout(f, 50)); seen.snapshots++; seen.messages.push('state'); },
				onState: s => seen.states.push(s) });
		}, after);
		site.until = (expression, timeout = 15000) => page.waitForFunction(expression, undefined, { timeout });
		site.seen = () => page.evaluate(() => seen);
		await body(site, page);
	} finally {
		await browser.close();
		server.closeAllConnections();
		server.close();
	}
}

test('messages wait for the state they follow; a cut stream resumes where it was', () => withPage(async site => {
	site.first = 'id: perf:1=5\nevent: hello\ndata: perf:1\n\nid: perf:1=6\nevent: perf:1\ndata: [6]\n\n';
	await site.listen();
	await site.until('seen.messages.length === 2');
	assert.deepEqual((await site.seen()).messages, ['state', [6]]);
	site.first = '';
	site.cut();
	await site.until('seen.states.at(-1) === "live" && seen.states.length >= 4');
	assert.deepEqual(site.asked.at(-1), { url: '/live/perf:1', id: 'perf:1=6' });
	site.say('id: perf:1=9\nevent: snapshot\ndata: perf:1\n\n');
	await site.until('seen.snapshots === 2');
	assert.deepEqual((await site.seen()).positions, [5, 9], 'the numbers which the state must contain');
}));

test('a page that brings its number is not fetched again', () => withPage(async site => {
	await site.listen(41);
	await site.until('seen.states.at(-1) === "live"');
	assert.equal(site.asked[0].url, '/live/perf:1?after=perf:1=41');
	site.say('id: perf:1=42\nevent: perf:1\ndata: [42]\n\n');
	await site.until('seen.messages.length === 1');
	assert.equal((await site.seen()).snapshots, 0);
}));

test('no stream to be had: the state is polled, until there is one; close ends it all', () => withPage(async (site, page) => {
	site.answer = 503;
	await site.listen();
	await site.until('seen.snapshots >= 1 && seen.states.at(-1) === "polling"', 30000);
	site.answer = 200;
	await site.until('seen.states.at(-1) === "live"', 40000);
	assert.equal((await site.seen()).positions[0] ?? null, null, 'polling everybody asks for the same');
	await page.evaluate(() => stream.close());
	for (const late = Date.now() + 10000; site.streams.size && Date.now() < late;)
		await new Promise(done => setTimeout(done, 20));
	assert.equal(site.streams.size, 0);
}));
