// Metrics over all workers, in a shape that Prometheus accepts.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { serve, request } from './fcgi.mjs';

function accepted(text) {
	const result = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
	assert.equal(result.status, 0, result.stderr || String(result.error));
	assert.equal(result.stderr, '');
}

const value = (text, series) => Number(text.split('\n').find(line => line.startsWith(`${series} `))?.split(' ')[1] ?? NaN);

test('the workers of a pool are counted together, also while the database is away', async () => {
	const house = await serve({ pool_web: 4 });
	try {
		for (let i = 0; i < 25; i++)
			assert.equal((await request(house.web, '/robots.txt')).status, 200);
		for (let i = 0; i < 5; i++)
			assert.equal((await request(house.web, '/nowhere')).status, 404);
		let answer;
		await house.until(async () => { // a worker is idle a moment after its answer
			answer = await request(house.web, '/metrics');
			return value(answer.body, 'foyer_workers{pool="web",state="idle"}') === 3;
		}, 'three idle workers');
		assert.equal(answer.status, 200);
		accepted(answer.body);
		assert.equal(value(answer.body, 'foyer_requests_total{method="GET",route="/robots.txt",class="2xx"}'), 25);
		assert.equal(value(answer.body, 'foyer_request_duration_seconds_count{method="GET",route="/robots.txt"}'), 25);
		assert.equal(value(answer.body, 'foyer_requests_total{method="",route="(none)",class="4xx"}'), 5);
		assert.equal(value(answer.body, 'foyer_workers{pool="web",state="busy"}'), 1);
		assert.ok(value(answer.body, 'foyer_metrics_failed') >= 1);
	} finally {
		await house.end();
	}
});

test('metrics are for this machine only', async () => {
	const house = await serve();
	try {
		const answer = await request(house.web, '/metrics', { headers: { REMOTE_ADDR: '203.0.113.7' } });
		assert.ok(answer.status === 403 || answer.status === 404, `status ${answer.status}`);
	} finally {
		await house.end();
	}
});

if (process.env.FOYER_URL) {
	test('the running house tells of its outbox, jobs and domains', async () => {
		const answer = await fetch(`${process.env.FOYER_URL}/metrics`);
		assert.equal(answer.status, 200);
		const text = await answer.text();
		accepted(text);
		assert.equal(value(text, 'foyer_metrics_failed'), 0);
		assert.match(text, /^foyer_job_last_success_timestamp_seconds\{task="outbox\.purge"\} [1-9]/m);
		assert.ok(value(text, 'foyer_workers{pool="web",state="busy"}') >= 1);
	});

	test('every metric that the dashboard and the alert rules ask for is there', async () => {
		const text = await (await fetch(`${process.env.FOYER_URL}/metrics`)).text();
		const told = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(m => m[1]));
		for (const file of ['foyer-dashboard.json', 'foyer.rules.yml']) {
			const asked = readFileSync(new URL(`../../monitoring/${file}`, import.meta.url), 'utf8').match(/\bfoyer_\w+/g);
			const missing = [...new Set(asked)].map(name => name.replace(/_(bucket|sum|count)$/, '')).filter(name => !told.has(name));
			assert.deepEqual(missing, [], file);
		}
	});
}
