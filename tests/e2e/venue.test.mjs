// Venues at the desk: from nothing to a hall with seats, its files, its marks, its copy, and what a sold hall refuses.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Visitor, forms, replicated, sql, sqlOne, textOf } from '../support/house.mjs';
import { person, signIn, stage } from '../support/stage.mjs';

function organizer(lang = 'en') {
	const who = person({ name: 'Han Organizer' });
	sql(`INSERT INTO organizer (person_id, name, about, state, applied_at) VALUES (${who.id}, 'House ${who.id}', '', 'approved', UTC_TIMESTAMP(6))`);
	const v = new Visitor({ lang });
	signIn(v, who);
	v.organizer = Number(sqlOne(`SELECT id FROM organizer WHERE person_id = ${who.id}`));
	replicated();
	return v;
}
const idOf = (path, what) => Number(new RegExp(`/${what}/(\\d+)`).exec(path)[1]);

async function hallOf(v, start = 'empty') {
	let page = await v.submitAndFollow(await v.get('/desk/venues/new'), '/desk/venues/new', { name: '샘터극장', name_en: 'Spring Theatre', region: 'busan', address: '부산시 1' });
	assert.equal(page.status, 200);
	const venue = idOf(page.url, 'venues');
	page = await v.submitAndFollow(await v.get(`/desk/venues/${venue}/halls/new`), `/desk/venues/${venue}/halls/new`, { name: '대극장', name_en: 'Main hall', start });
	assert.equal(page.status, 200);
	return { venue, hall: idOf(page.url, 'halls'), page };
}
const state = (hall) => sql(`SELECT seats, standing, version, (SELECT COUNT(*) FROM seat WHERE hall_id = ${hall}) AS n, (SELECT COALESCE(MAX(idx) + 1, 0) FROM seat WHERE hall_id = ${hall}) AS top, (SELECT COUNT(*) FROM section WHERE hall_id = ${hall}) AS sections FROM hall WHERE id = ${hall}`)[0];
const refused = (page) => textOf(/<div class="alert alert-error[\s\S]*?<\/div>/.exec(page.text)?.[0] ?? page.text);
const upload = (v, page, hall, name, data) => v.submit(page, `/desk/halls/${hall}/import`, {}, { files: { file: { name, type: 'text/plain', data } } });

test('a venue is made, found, changed and deleted', async () => {
	const v = organizer();
	assert.match((await v.get('/desk/venues')).text, /No venue yet/);
	const { venue, hall } = await hallOf(v);
	assert.match((await v.get('/desk/venues?q=spring')).text, /Spring Theatre/);
	assert.match((await v.get('/desk/venues?q=nowhere')).text, /Nothing found/);
	const edited = await v.submitAndFollow(await v.get(`/desk/venues/${venue}/edit`), `/desk/venues/${venue}/edit`, { name_en: 'Well <b>Theatre</b>' });
	assert.match(edited.text, /Well &lt;b&gt;Theatre/);
	assert.ok(!forms(edited.text).some((f) => f.action.endsWith('/delete')), 'a venue with halls offers no deletion');
	assert.equal((await v.post(`/desk/venues/${venue}/delete`, forms((await v.get('/desk/venues/new')).text).find((f) => f.action === '/desk/venues/new').fields)).status, 409);
	let page = await v.submitAndFollow(await v.get(`/desk/halls/${hall}`), `/desk/halls/${hall}/delete`);
	page = await v.submitAndFollow(page, `/desk/venues/${venue}/delete`);
	assert.equal(page.url, '/desk/venues');
	assert.equal(sqlOne(`SELECT COUNT(*) FROM venue WHERE id = ${venue}`), '0');
	const deeds = sql(`SELECT action FROM audit_log WHERE object IN ('venue:${venue}', 'hall:${hall}') ORDER BY id`).map((d) => d.action);
	assert.deepEqual(deeds, ['venue.create', 'hall.create', 'venue.update', 'hall.delete', 'venue.delete']);
});

test('sections are tried, added, marked and removed; seats stay numbered without gaps', async () => {
	const v = organizer();
	const { hall, page } = await hallOf(v);
	const block = { name: 'A <i>', rows: 3, seats: 4, first_row: '가', curve: 100, x: 200, y: 200 };
	const tried = await v.submitAndFollow(page, `/desk/halls/${hall}/sections`, block, { press: 'try' });
	assert.match(tried.text, /data-draft="" stroke-width="14" d="M\d+ \d+h0M/);
	assert.equal(state(hall).seats, '0');
	let now = await v.submitAndFollow(tried, `/desk/halls/${hall}/sections`, { name: 'A <i>' }, { press: 'add' });
	assert.match(now.text, /A &lt;i&gt;/);
	assert.deepEqual({ ...state(hall) }, { seats: '12', standing: '0', version: '2', n: '12', top: '12', sections: '1' });
	assert.deepEqual(sql(`SELECT DISTINCT row_label FROM seat WHERE hall_id = ${hall} ORDER BY idx`).map((r) => r.row_label), ['가', '나', '다']);
	now = await v.submitAndFollow(now, `/desk/halls/${hall}/sections`, { name: 'B', rows: 2, seats: 5 }, { press: 'add' });
	now = await v.submitAndFollow(now, `/desk/halls/${hall}/sections`, { name: 'Floor', kind: 'standing', capacity: 300 }, { press: 'add' });
	assert.equal(state(hall).standing, '300');
	const twice = await v.submit(now, `/desk/halls/${hall}/sections`, { name: 'B', rows: 2, seats: 5 }, { press: 'add' });
	assert.equal(twice.status, 422);
	assert.match(refused(twice), /Section B: there are two of this name/);
	const tooMany = await v.submit(now, `/desk/halls/${hall}/sections`, { name: 'C', rows: 1000, seats: 1000 }, { press: 'add' });
	assert.match(refused(tooMany), /at most 100,000 seats/);

	const [a, b] = sql(`SELECT id FROM section WHERE hall_id = ${hall} ORDER BY ord`).map((s) => s.id);
	const at = `/desk/halls/${hall}/sections/${b}`;
	const marked = await v.submitAndFollow(await v.get(at), `${at}/marks`, { seat: [12, 13], wheelchair: 1 });
	assert.match(marked.text, /Row 1, seat 1, wheelchair space/);
	assert.deepEqual(sql(`SELECT idx FROM seat WHERE hall_id = ${hall} AND flags = 1`).map((s) => s.idx), ['12', '13']);
	assert.equal((await v.submit(await v.get(at), `${at}/marks`, { seat: [0], wheelchair: 1 })).status, 409, 'a seat of another section');
	await v.submit(await v.get(at), `${at}/name`, { name: 'Balcony' });
	await v.submit(await v.get(`/desk/halls/${hall}/sections/${a}`), `/desk/halls/${hall}/sections/${a}/delete`);
	const left = state(hall);
	assert.deepEqual([left.seats, left.n, left.top, left.sections], ['10', '10', '10', '2']);
	assert.deepEqual(sql(`SELECT idx FROM seat WHERE hall_id = ${hall} AND flags = 1`).map((s) => s.idx), ['0', '1']);
	const geo = JSON.parse((await v.get(`/geo/${hall}/${left.version}.json`)).text);
	assert.deepEqual(geo.sections.map((s) => [s.name, s.cap, s.first]), [['Balcony', 10, 0], ['Floor', 300, 10]]);
	assert.equal((await v.get(`/geo/${hall}/${Number(left.version) - 1}.json`)).status, 404);
});

test('a plan goes out and comes back the same; a bad file says where it is bad', async () => {
	const v = organizer();
	const { hall, page } = await hallOf(v, 'club');
	const csv = (await v.get(`/desk/halls/${hall}/plan.csv`)).text, json = (await v.get(`/desk/halls/${hall}/plan.json`)).text;
	assert.match(csv, /^\ufeffsection,row,seat,x,y,flags\r\n/);
	for (const [name, data] of [['plan.csv', csv], ['plan.json', json]]) {
		const done = await v.follow(await upload(v, page, hall, name, data));
		assert.match(done.text, /The plan is imported/);
		assert.equal((await v.get(`/desk/halls/${hall}/plan.csv`)).text, csv);
	}
	const head = 'section,row,seat,x,y,flags\n';
	const before = state(hall);
	for (const [data, says] of [
		[`${head}A,1,1,10,10\nA,1,2,x,10\n`, /Line 3: x and y must be whole numbers/],
		[`${head}A,1,1,10,10\nA,1,1,20,10\n`, /Section A: row 1 has two seats with the number 1/],
		[`${head}A,a,1,10,10\nA,A,1,20,10\n`, /Section A: two seats of one row differ only in capital/],
		[`${head}A,1,"1,10,10\n`, /Line 2: a quotation mark/],
		['place,row\n', /Line 1: the columns must be/],
		['{"sections": [\n {"name": "A",}]}', /Line 2: this is not valid JSON/],
		['{"sections": [{"name": "A", "rows": [{"row": 1, "seats": [["1", 10]]}]}]}', /Section A, row 1: a seat is a list/],
		[Buffer.from('section,row,seat,x,y\n\xb0\xa1,1,1,1,1\n', 'latin1'), /not in UTF-8/],
	]) {
		const answer = await upload(v, page, hall, 'plan', data);
		assert.equal(answer.status, 422);
		assert.match(refused(answer), says);
	}
	assert.deepEqual(state(hall), before, 'a refused file changes nothing');
});

test('a stadium is made in seconds, seen, copied', async () => {
	const v = organizer('ko');
	const from = Date.now();
	const { hall } = await hallOf(v, 'stadium');
	const took = Date.now() - from;
	assert.ok(took < 20000, `${took} ms`); // about one on an idle machine
	assert.equal(state(hall).seats, '48000');
	const copy = await v.submitAndFollow(await v.get(`/desk/halls/${hall}/duplicate`), `/desk/halls/${hall}/duplicate`, {});
	const other = idOf(copy.url, 'halls');
	const { version, ...same } = state(other), { version: _, ...first } = state(hall);
	assert.deepEqual(same, first);
	assert.ok(version > 1);
	assert.equal((await v.get(`/desk/halls/${other}/plan.csv`)).text, (await v.get(`/desk/halls/${hall}/plan.csv`)).text);
});

test('a hall with performances keeps its seats and offers the copy', async () => {
	const s = stage({ rows: 2, perRow: 5 });
	const v = new Visitor();
	signIn(v, s.owner);
	const page = await v.get(`/desk/halls/${s.hall}`);
	assert.match(page.text, /Duplicate it and change the copy/);
	assert.ok(!page.text.includes(`/desk/halls/${s.hall}/sections"`), 'no generator');
	const spare = await hallOf(v);
	const guard = forms(spare.page.text).find((f) => f.action.endsWith('/sections')).fields.filter(([k]) => k === 'csrf' || k === 'idem');
	const before = state(s.hall);
	for (const [path, fields] of [
		[`/desk/halls/${s.hall}/sections`, [['name', 'Z']]], [`/desk/halls/${s.hall}/delete`, []],
		[`/desk/halls/${s.hall}/sections/${s.sections[0].id}/delete`, []],
	]) {
		const answer = await v.post(path, [...guard, ...fields]);
		assert.equal(answer.status, 409, path);
		assert.match(textOf(answer.text), /has performances/);
	}
	assert.deepEqual(state(s.hall), before);
	const at = `/desk/halls/${s.hall}/sections/${s.sections[0].id}`;
	assert.equal((await v.submit(await v.get(at), `${at}/marks`, { seat: [0], restricted: 1 })).status, 303);
});

test("another organizer's venues and halls are not there", async () => {
	const owner = organizer(), other = organizer();
	const { venue, hall } = await hallOf(owner, 'theatre');
	const section = sqlOne(`SELECT id FROM section WHERE hall_id = ${hall} LIMIT 1`);
	const mine = await hallOf(other);
	const guard = forms(mine.page.text).find((f) => f.action.endsWith('/sections')).fields.filter(([k]) => k === 'csrf' || k === 'idem');
	const before = state(hall);
	for (const path of [`/desk/venues/${venue}`, `/desk/venues/${venue}/edit`, `/desk/venues/${venue}/halls/new`, `/desk/halls/${hall}`, `/desk/halls/${hall}/edit`, `/desk/halls/${hall}/duplicate`, `/desk/halls/${hall}/plan.json`, `/desk/halls/${hall}/plan.csv`, `/desk/halls/${hall}/sections/${section}`, `/desk/halls/${mine.hall}/sections/${section}`]) {
		assert.equal((await other.get(path)).status, 404, path);
	}
	for (const [path, fields] of [
		[`/desk/venues/${venue}/edit`, [['name', 'x'], ['region', 'seoul']]], [`/desk/venues/${venue}/delete`, []], [`/desk/venues/${venue}/halls/new`, [['name', 'x']]],
		[`/desk/halls/${hall}/edit`, [['name', 'x']]], [`/desk/halls/${hall}/duplicate`, [['name', 'x']]], [`/desk/halls/${hall}/delete`, []], [`/desk/halls/${hall}/sections`, [['name', 'x']]],
		[`/desk/halls/${hall}/sections/${section}/delete`, []], [`/desk/halls/${mine.hall}/sections/${section}/delete`, []], [`/desk/halls/${mine.hall}/sections/${section}/name`, [['name', 'x']]],
		[`/desk/halls/${mine.hall}/sections/${section}/marks`, [['seat', '0']]],
	]) {
		assert.equal((await other.post(path, [...guard, ...fields])).status, 404, path);
	}
	assert.deepEqual(state(hall), before);
	const answer = await other.postMultipart(`/desk/halls/${hall}/import`, guard, { file: { name: 'p.csv', type: 'text/csv', data: 'section,row,seat,x,y\nA,1,1,10,10\n' } });
	assert.equal(answer.status, 404);
	assert.equal((await new Visitor().get(`/desk/halls/${hall}`)).status, 303, 'strangers sign in first');
});
