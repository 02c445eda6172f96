// The catalogue as visitors see it: home, list, filters, paging, the show page, what stays hidden, languages, feeds.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Visitor, links, local, replicated, sleep, sql, sqlOne, textOf, until, withinDay } from '../support/house.mjs';
import { redis, signIn, stage } from '../support/stage.mjs';

const fresh = () => new Visitor({ lang: 'en' });
const slugOf = (s) => sqlOne(`SELECT slug FROM shows WHERE id = ${s.show}`);
const made = [];
after(() => sql(`UPDATE shows SET state = 'withdrawn' WHERE id IN (${made.join(',')})`));
let word = 0;
// A show of one's own with a title nobody else has; its facts are gathered as the job would.
function shown(options = {}, change = '') {
	const s = stage(options);
	word += 1;
	made.push(s.show);
	s.word = `Zq${process.pid}x${word}`;
	sql(`UPDATE shows SET title = '낱말${s.word}', title_en = 'Word ${s.word}', sale = 'open', last_at = (SELECT MAX(starts_at) FROM performance p WHERE p.show_id = shows.id), first_at = last_at, venue_id = ${s.venue}, price_from = 110000, search_text = '낱말${s.word}|Word${s.word}|시험극장' ${change} WHERE id = ${s.show}`);
	s.slug = slugOf(s);
	replicated();
	return s;
}
// Past the one-second cache.
const get = (v, path) => v.get(`${path}${path.includes('?') ? '&' : '?'}t=${Math.random()}`);

test('home, list, calendar answer within their budgets in both languages', async () => {
	const v = fresh();
	for (const [path, budget] of [['/', 4], ['/shows', 2], ['/calendar', 2], ['/shows?sort=date&page=2', 2], ['/shows?region=seoul&offer=open&q=a', 2]]) {
		for (const prefix of ['', '/en']) {
			const a = await get(v, (prefix + path).replace('/en/?', '/en?'));
			assert.equal(a.status, 200, prefix + path);
			assert.match(a.text, new RegExp(`<html lang="${prefix ? 'en' : '(ko|en)'}"`));
			if (a.headers['x-foyer-queries']) assert.ok(Number(a.headers['x-foyer-queries']) <= budget, `${path}: ${a.headers['x-foyer-queries']} queries`);
			assert.ok(a.body.length < 120000);
		}
	}
});

test('a show is found by a part of its title in either language, by words in any order, and by its venue', async () => {
	const s = shown();
	const v = fresh();
	for (const q of [s.word, s.word.toLowerCase(), `낱말${s.word.slice(0, 4)}`, `word ${s.word}`, `${s.word} 시험`]) {
		const a = await get(v, `/en/shows?q=${encodeURIComponent(q)}`);
		assert.ok(links(a.text).includes(`/en/shows/${s.slug}`), q);
	}
	assert.match(textOf((await get(v, '/en/shows?q=%25')).text), /No show matches/);
	assert.match(textOf((await get(v, `/shows?q=${s.word}nothing`)).text), /조건에 맞는 공연이 없어요|No show matches/);
	const found = await v.get(`/search?q=${s.word}`);
	assert.equal(found.status, 303);
	assert.equal(found.location, `/shows?q=${s.word}`);
});

test('filters narrow the list, a wrong one is told', async () => {
	const s = shown();
	const v = fresh();
	const has = async (more) => links((await get(v, `/en/shows?q=${s.word}${more}`)).text).includes(`/en/shows/${s.slug}`);
	assert.ok(await has('&genre=concert'));
	assert.ok(!await has('&genre=play'));
	assert.ok(await has('&region=seoul&offer=open'));
	assert.ok(!await has('&region=jeju'));
	assert.ok(!await has('&offer=soon'));
	const day = (n) => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);
	assert.ok(await has(`&from=${day(8)}&to=${day(12)}`));
	assert.ok(!await has(`&from=${day(15)}`));
	const wrong = await get(v, '/en/shows?genre=nonsense');
	assert.equal(wrong.status, 422);
});

test('a page of the list has twenty shows and its links keep the filters', async () => {
	const v = fresh();
	const a = await get(v, '/en/shows?sort=date&genre=');
	const cards = (text) => new Set(links(text).filter((l) => /^\/en\/shows\/[^?]+$/.test(l)));
	assert.ok(cards(a.text).size <= 20);
	const next = links(a.text).find((l) => /page=2/.test(l));
	if (next) {
		assert.match(next, /sort=date/);
		const second = await get(v, next);
		for (const l of cards(second.text)) assert.ok(!cards(a.text).has(l), l);
	}
	assert.equal((await get(v, '/en/shows?page=9999')).status, 200);
});

test('the show page tells dates, prices, what is left, and leads to the seats', async () => {
	const s = shown({ rows: 2, perRow: 5, fee: 1000 });
	const look = (lang, path, sign) => until(async () => { // the house's own count, which finds nothing taken, may come between
		sql(`UPDATE performance_grade SET taken = 9 WHERE performance_id = ${s.performance} AND grade_id = ${s.sections[0].grade}`);
		replicated();
		const a = await get(new Visitor({ lang }), path);
		return textOf(a.text).includes(sign) && a;
	}, { what: sign });
	const a = await look('en', `/en/shows/${s.slug}`, 'VIP 1 seat');
	const text = textOf(a.text);
	assert.equal(a.status, 200);
	assert.ok(links(a.text).includes(`/en/performances/${s.performance}/seats`));
	for (const part of [`Word ${s.word}`, 'VIP 1 seat', 'R 10 seats', '₩150,000', '₩110,000', '₩1,000 per ticket', 'Test Theatre', 'up to 4 tickets', '10 days before or earlier: no fee', '7–9 days before: fee 10%', 'On the day, until the start: fee 90%', 'Within 24 hours'])
		assert.ok(text.includes(part), `${part} in: ${text}`);
	if (a.headers['x-foyer-queries']) assert.ok(Number(a.headers['x-foyer-queries']) <= 3);
	const ko = textOf((await look('ko', `/shows/${s.slug}`, 'VIP 1석')).text);
	for (const part of [`낱말${s.word}`, 'VIP 1석', '150,000원', '시험 극장', '수수료 10%']) assert.ok(ko.includes(part), `${part} in: ${ko}`);
	const p = await fresh().get(`/performances/${s.performance}`);
	assert.equal(p.status, 303);
	assert.match(p.location, new RegExp(`^/shows/${s.slug}\\?from=\\d{4}-\\d\\d-\\d\\d#p${s.performance}$`));
});

test('before booking opens there is a countdown and no way to the seats', async () => {
	const s = shown({ opensInHours: 5 });
	const a = await get(fresh(), `/en/shows/${s.slug}`);
	assert.match(a.text, /data-opens/);
	assert.match(textOf(a.text), /Booking opens/);
	assert.ok(!links(a.text).some((l) => l.includes('/seats')));
});

test('sold out, cancelled, withdrawn are told', async () => {
	const s = shown();
	// Facts of a page may be a second old; and the house's own count, which finds seats, may set the show back meanwhile.
	const page = (change, shows) => until(async () => {
		sql(change);
		replicated();
		await sleep(1100);
		const a = await get(fresh(), `/en/shows/${s.slug}`);
		return shows(a) && a;
	}, { ms: 15000, what: change });
	const tells = (text) => (a) => text.test(textOf(a.text));
	await page(`UPDATE performance SET state = 'sold_out' WHERE id = ${s.performance}; UPDATE shows SET sale = 'sold_out' WHERE id = ${s.show}`,
		tells(/Sold out.*Returned tickets may come up/));
	let a = await page(`UPDATE performance SET state = 'cancelled', cancel_reason = 'The singer is ill.' WHERE id = ${s.performance}`,
		tells(/The singer is ill\. Cancelled/));
	assert.ok(!links(a.text).some((l) => l.includes('/seats')));
	a = await page(`UPDATE shows SET state = 'withdrawn' WHERE id = ${s.show}`, tells(/no longer offered/));
	assert.match(a.text, /name="robots" content="noindex"/);
});

test('drafts and shows before their view-open time exist for their organizer alone', async () => {
	for (const change of [", state = 'draft'", ", view_open_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, booking_open_at = UTC_TIMESTAMP(6) + INTERVAL 2 HOUR"]) {
		const s = shown({}, change);
		const path = `/en/shows/${s.slug}`;
		assert.equal((await get(fresh(), path)).status, 404);
		assert.equal((await fresh().get(`/performances/${s.performance}`)).status, 404);
		for (const list of [`/en/shows?q=${s.word}`, `/en/venues/${s.venue}`, '/en/calendar', '/feed.xml', '/sitemap.xml', '/'])
			assert.ok(!(await get(fresh(), list)).text.includes(s.slug), list);
		const other = stage();
		const stranger = fresh();
		signIn(stranger, other.owner);
		assert.equal((await get(stranger, path)).status, 404);
		const owner = fresh();
		signIn(owner, s.owner);
		const own = await get(owner, path);
		assert.equal(own.status, 200);
		assert.match(textOf(own.text), /Only you see/);
		assert.match(own.text, /name="robots" content="noindex"/);
		assert.ok(!links(own.text).some((l) => l.includes('/seats')));
	}
});

test('venue and performer pages list their shows; what is not there is 404', async () => {
	const s = shown();
	sql(`INSERT INTO performer (organizer_id, name, name_en, about) VALUES (${s.organizer}, '이 ${s.word}', 'Lee ${s.word}', 'Sings & plays <loud>')`);
	const id = sqlOne(`SELECT MAX(id) FROM performer WHERE organizer_id = ${s.organizer}`);
	sql(`INSERT INTO show_cast (show_id, performer_id, role) VALUES (${s.show}, ${id}, 'Hamlet')`);
	replicated();
	const v = fresh();
	for (const path of [`/en/performers/${id}`, `/en/venues/${s.venue}`])
		assert.ok(links((await get(v, path)).text).includes(`/en/shows/${s.slug}`), path);
	assert.ok((await get(v, `/en/performers/${id}`)).text.includes('Sings &amp; plays &lt;loud&gt;'));
	assert.ok(links((await get(v, `/en/shows/${s.slug}`)).text).includes(`/en/performers/${id}`));
	for (const path of ['/performers/999999999', '/venues/999999999', '/performers/x', '/shows/no-such-show', '/performances/999999999', '/performances/-1'])
		assert.equal((await v.get(path)).status, 404, path);
});

test('the calendar counts a day\'s performances and lists them', async () => {
	const s = shown({ startsInHours: 24 * 40 });
	const at = sqlOne(`SELECT DATE(starts_at + INTERVAL 9 HOUR) FROM performance WHERE id = ${s.performance}`);
	const v = fresh();
	const month = await get(v, `/en/calendar?month=${at.slice(0, 7)}`);
	assert.ok(links(month.text).includes(`/en/calendar?day=${at}#day`));
	const day = await get(v, `/en/calendar?day=${at}`);
	assert.ok(day.text.includes(`/en/shows/${s.slug}?from=${at}#p${s.performance}`));
	for (const odd of ['month=2026-13', 'month=x', 'month=1900-01', 'day=9999-12-31'])
		assert.ok([200, 422].includes((await get(v, `/en/calendar?${odd}`)).status), odd);
});

test('feeds are well-formed and escape what people wrote', async () => {
	const s = shown({}, ", title = 'A & B <i>', synopsis = 'x ]]> & <b>', view_open_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, booking_open_at = UTC_TIMESTAMP(6)");
	const has = async (path, text) => until(async () => { // a page's facts may be a second old
		const a = await get(new Visitor({ lang: 'ko' }), path);
		return a.text.includes(text) && a;
	}, { what: `${text} in ${path}` });
	const feed = await has('/feed.xml', '<title>A &amp; B &lt;i&gt;</title>');
	assert.match(feed.headers['content-type'], /^application\/rss\+xml/);
	assert.match((await has('/en/feed.xml', `<title>Word ${s.word}</title>`)).text, new RegExp(`/en/shows/${s.slug}</link>`));
	await has('/sitemap.xml', `/shows/${s.slug}</loc>`);
});

test('a visitor counts once a day, without a write to the database', async () => {
	const s = shown();
	await withinDay(5000);
	const day = local(Date.now()).slice(0, 10).replaceAll('-', '');
	const a = fresh(), b = fresh();
	for (const v of [a, a, b, a]) assert.equal((await v.get(`/shows/${s.slug}/seen`)).status, 204);
	assert.equal(redis('PFCOUNT', `views:${s.show}:${day}`), '2');
	assert.equal((await a.get('/shows/no-such-show/seen')).status, 204);
});

test('within seconds the jobs move what the clock and the sale have changed', async () => {
	const s = shown();
	sql(`UPDATE performance SET booking_closes_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id = ${s.performance}`);
	await until(() => sqlOne(`SELECT state FROM performance WHERE id = ${s.performance}`) === 'closed', { ms: 15000, what: 'closed' });
	await until(() => sqlOne(`SELECT sale FROM shows WHERE id = ${s.show}`) === 'closed', { what: 'facts' });
	const other = shown();
	sql(`UPDATE performance_grade SET taken = 7, sold = 7 WHERE performance_id = ${other.performance}`);
	redis('SADD', 'booking:changed', String(other.performance));
	await until(() => sqlOne(`SELECT SUM(taken) FROM performance_grade WHERE performance_id = ${other.performance}`) === '0', { ms: 8000, what: 'the count anew' });
});
