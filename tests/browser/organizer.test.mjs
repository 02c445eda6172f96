// An organizer's first day in a real browser: the application, the platform's yes (with a second factor), a venue, a hall,
// a show with its poster, prices and a date, the opening; then somebody buys, and the sale is seen without a reload.  The
// organizer works on a phone in Korean, the platform on a desktop in English, in the dark.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PHONE, close, launch, open, whole } from '../support/browser.mjs';
import { URL_, foyer, local, mailTo, replicated, sql, sqlOne, sqlQuote, totp } from '../support/house.mjs';
import { person, signIn } from '../support/stage.mjs';

let show;
before(launch);
after(async () => {
	await close();
	if (show) sql(`UPDATE shows SET state = 'withdrawn' WHERE id = ${show}`);
});

const DAY = 24 * 3600e3;
async function approve(t, organizer) {
	const email = `platform-${process.pid}@example.org`;
	const password = /password: (\S+)/.exec((await foyer('user', 'add', '--email', email, '--name', 'Root', '--admin')).stdout)[1];
	const { tab, faults } = await open(t, '/sign-in?next=/admin', { colorScheme: 'dark' });
	await tab.fill('#f-email', email);
	await tab.fill('#f-password', password);
	await tab.click('main form button');
	await tab.waitForURL(/second-factor/);
	await whole(tab, 'second factor');
	await tab.fill('#f-code', totp(await tab.textContent('main .code')));
	await tab.click('main form button');
	await tab.waitForURL(/second-factor\/codes/);
	await whole(tab, 'recovery codes');
	assert.equal(await tab.locator('main ol .code').count(), 8);
	await tab.click('main .button');
	await tab.waitForURL(/\/admin$/);
	replicated();
	await tab.goto(`${URL_}/admin/organizers`);
	await whole(tab, 'applications', { text: false });
	await tab.click(`form[action$="/organizers/${organizer}/approve"] button`);
	await tab.waitForFunction((id) => !document.querySelector(`form[action$="/organizers/${id}/approve"]`), organizer);
	assert.deepEqual(faults, []);
}

// Two seats of the performance, bought by somebody else.
async function buy(t, performance) {
	const { tab, faults } = await open(t, `/performances/${performance}/list?seat=2,3`, { session: signIn({}, person()) });
	await tab.click('#tray-hold');
	await tab.waitForURL(/\/checkout\//);
	await tab.fill('#f-phone', '010-2222-3333');
	await tab.check('#f-agreed');
	await tab.click('#details .action-bar button');
	await tab.waitForURL(/\/pay\//);
	await tab.click('form[action$="/start"] .button-large');
	await tab.click('button[name=how][value=card]');
	await tab.waitForURL(/\/orders\//);
	assert.deepEqual(faults, []);
}

test('from the application to the first ticket sold', async (t) => {
	const who = person({ name: '나주최' });
	const name = `등대기획 ${who.id}`;
	const { tab, faults } = await open(t, '/organizer', { lang: 'ko', session: signIn({}, who), ...PHONE });
	await whole(tab, 'for organizers');
	await tab.click('a[href$="/organizer/apply"]');
	await whole(tab, 'application');
	await tab.fill('#f-name', name);
	await tab.fill('#f-registration_no', '123-45-67890');
	await tab.fill('#f-phone', '02-123-4567');
	await tab.fill('#f-about', '작은 음악회를 열어요.');
	await tab.click('main form button');
	await tab.waitForURL(/\/organizer$/);
	await whole(tab, 'application sent');
	await approve(t, sqlOne(`SELECT id FROM organizer WHERE name = ${sqlQuote(name)}`));
	await mailTo(who.email, /./, { ms: 30000 });
	replicated();

	await tab.goto(`${URL_}/desk`);
	await whole(tab, 'first day at the desk');
	await tab.goto(`${URL_}/desk/venues/new`);
	await tab.fill('#f-name', '등대홀');
	await tab.fill('#f-name_en', 'Lighthouse Hall');
	await tab.click('main form .form-actions button');
	await tab.waitForURL(/\/desk\/venues\/\d+$/);
	await whole(tab, 'new venue');
	await tab.click('a[href*="/halls/new"]');
	await whole(tab, 'new hall');
	await tab.fill('#f-name', '1관');
	await tab.click('main form .form-actions button');
	await tab.waitForURL(/\/desk\/halls\/\d+/);
	await tab.fill('#f-name', '가');
	await tab.fill('#f-rows', '3');
	await tab.fill('#f-seats', '8');
	await tab.click('button[name=act][value=add]');
	await tab.waitForFunction(() => /24/.test(document.querySelector('main').textContent));
	await whole(tab, 'hall with a section', { js: 30 * 1024 });
	const hall = /\/halls\/(\d+)/.exec(tab.url())[1];

	await tab.goto(`${URL_}/desk/shows/new`);
	await tab.fill('#f-title', '등대의 밤');
	await tab.fill('#f-title_en', 'Night of the Lighthouse');
	await tab.selectOption('#f-genre', 'concert');
	await tab.fill('#f-view_open_at', local(Date.now() - 2 * DAY));
	await tab.fill('#f-booking_open_at', local(Date.now() - DAY));
	await tab.click('main form .form-actions button');
	await tab.waitForURL(/\/desk\/shows\/\d+/);
	show = /\/shows\/(\d+)/.exec(tab.url())[1];
	await whole(tab, 'draft');
	await tab.goto(`${URL_}/desk/shows/${show}/edit`);
	await tab.setInputFiles('#f-poster', { name: 'poster.png', mimeType: 'image/png', buffer: await tab.screenshot() });
	await tab.click('form[action$="/poster"] button');
	await tab.waitForSelector(`form[action$="/poster/remove"]`);
	await whole(tab, 'poster');
	await tab.goto(`${URL_}/desk/shows/${show}/prices`);
	await tab.fill('#f-code', 'R');
	await tab.fill('#f-price', '50000');
	await tab.click('form[action$="/grades"] button');
	await tab.waitForSelector('.grade');
	await whole(tab, 'prices');
	await tab.goto(`${URL_}/desk/shows/${show}/halls/${hall}`);
	await tab.selectOption('select[name=rest]', sqlOne(`SELECT id FROM price_grade WHERE show_id = ${show}`));
	await tab.click(`form[action$="/halls/${hall}"] button`);
	await tab.goto(`${URL_}/desk/shows/${show}/performances`);
	await tab.selectOption('#f-hall', hall);
	await tab.fill('#f-times', '19:30');
	await tab.fill('#f-first', local(Date.now() + 20 * DAY).slice(0, 10));
	await tab.click('#add .form-actions button');
	await tab.waitForSelector('a[href*="/desk/performances/"]');
	await whole(tab, 'performances');
	await tab.goto(`${URL_}/desk/shows/${show}`);
	await tab.locator('form[action$="/publish"] button').click();
	await tab.waitForSelector('form[action$="/withdraw"]', { state: 'attached' });
	await whole(tab, 'published');

	const performance = sqlOne(`SELECT id FROM performance WHERE show_id = ${show}`);
	replicated();
	await tab.goto(`${URL_}/desk/sales`);
	await tab.waitForFunction(() => /0 \/ 24/.test(document.getElementById('figures').textContent));
	await tab.evaluate(() => { globalThis.sameDocument = true; });
	await buy(t, performance);
	await tab.waitForFunction(() => /2 \/ 24/.test(document.getElementById('figures').textContent), undefined, { timeout: 30000 });
	assert.ok(await tab.evaluate(() => globalThis.sameDocument), 'without a reload');
	await whole(tab, 'sales');
	await tab.goto(`${URL_}/shows/${sqlOne(`SELECT slug FROM shows WHERE id = ${show}`)}`);
	assert.ok(await tab.$eval('.show-poster img', (i) => i.complete && i.naturalWidth > 0), 'the poster is shown');
	await whole(tab, 'the show');
	assert.deepEqual(faults, []);
});
