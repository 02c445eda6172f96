// The platform's desk: who gets in, deciding about organizers, refund rules, searching, and that deeds are written down.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Visitor, forms, linkIn, mailTo, replicated, sql, sqlOne, sqlQuote, textOf, totp } from '../support/house.mjs';
import { signIn, stage } from '../support/stage.mjs';

const run = `${Date.now().toString(36)}${process.pid}`;
const PASSWORD = 'tangerine-ferry-42';
const PAGES = ['/admin', '/admin/organizers', '/admin/orders', '/admin/orders.csv', '/admin/payments', '/admin/mail', '/admin/jobs', '/admin/audit', '/admin/members', '/admin/refund-grids', '/admin/refund-grids/new', '/admin/settings', '/admin/ledger'];

async function member(name) {
	const v = new Visitor();
	const email = `${name.toLowerCase().replaceAll(' ', '-')}.${run}@example.kr`;
	await v.submit(await v.get('/sign-up'), '/sign-up', { name, email, password: PASSWORD, terms: '1', privacy: '1' });
	await v.submit(await v.get(linkIn(await mailTo(email, /confirm/i), /confirm/)), '/sign-up/confirm');
	replicated(); // the desk's lists are read there
	return { v, email };
}

async function admin(name) {
	const { v, email } = await member(name);
	sql(`UPDATE person SET admin = 1 WHERE email = ${sqlQuote(email)}`);
	return { v, email, async factor() {
		const page = await v.get('/me/second-factor');
		const done = await v.submit(page, '/me/second-factor', { code: totp(/class="code">([A-Z2-7 ]+)</.exec(page.text)[1]) });
		assert.equal(done.status, 303, textOf(done.text));
	} };
}
const boss = await admin('Boss');
const lastAudit = (action, object) => sql(`SELECT * FROM audit_log WHERE action = ${sqlQuote(action)} AND object = ${sqlQuote(object)} ORDER BY id DESC LIMIT 1`)[0];

test('nobody gets in but an admin whose second factor was checked', async () => {
	const visitor = new Visitor();
	const { v: fan } = await member('Fan');
	for (const path of PAGES) {
		assert.match((await visitor.get(path)).location, /\/sign-in/, path);
		assert.equal((await fan.get(path)).status, 403, path);
		assert.match((await boss.v.get(path)).location, /second-factor/, `${path} without the second factor`);
	}
	await boss.factor();
	for (const path of PAGES) assert.equal((await boss.v.get(path)).status, 200, path);
	for (const path of ['/admin/orders/NOSUCHCODE', '/admin/members/999999999', '/admin/refund-grids/999999999']) assert.equal((await boss.v.get(path)).status, 404, path);
});

async function applicant(name) {
	const { v, email } = await member(name);
	await v.submit(await v.get('/organizer/apply'), '/organizer/apply', { name: `${name} ${run}`, registration_no: '123-45-67890', phone: '02-123-4567', about: 'Concerts <b>in</b> old houses.' });
	const id = sqlOne(`SELECT o.id FROM organizer o JOIN person p ON p.id = o.person_id WHERE p.email = ${sqlQuote(email)}`);
	assert.ok(id, 'the application is stored');
	replicated();
	return { v, email, id };
}

test('an application is approved once, the applicant hears of it, the deed is in the log', async () => {
	const { v, email, id } = await applicant('Hanok Stage');
	assert.match(textOf((await boss.v.get('/admin')).text), /wait(s)? for a decision/);
	const page = await boss.v.get('/admin/organizers?state=pending_approval');
	assert.match(page.text, /Concerts &lt;b&gt;in&lt;\/b&gt; old houses/, 'what people typed is text');
	const done = await boss.v.submitAndFollow(page, `/admin/organizers/${id}/approve`);
	assert.match(textOf(done.text), /Approved/);
	assert.equal(sqlOne(`SELECT state FROM organizer WHERE id = ${id}`), 'approved');
	const deed = lastAudit('organizer.approve', `organizer:${id}`);
	assert.match(deed.actor, /^admin Boss/);
	await mailTo(email, /approved|accepted|welcome/i);
	replicated();
	assert.equal((await v.get('/desk')).status, 200, 'the desk is open to the new organizer');
	const again = await boss.v.submitAndFollow(page, `/admin/organizers/${id}/approve`);
	assert.match(textOf(again.text), /decided this application already/);
	assert.match(textOf((await boss.v.get(`/admin/audit?q=organizer:${id}`)).text), /organizer\.approve/);
});

test('a refusal needs a reason, which the applicant is told', async () => {
	const { email, id } = await applicant('Loud Events');
	const page = await boss.v.get('/admin/organizers?state=pending_approval');
	assert.match(textOf((await boss.v.submitAndFollow(page, `/admin/organizers/${id}/reject`, { reason: ' ' })).text), /Say why/);
	assert.equal(sqlOne(`SELECT state FROM organizer WHERE id = ${id}`), 'pending_approval');
	await boss.v.submitAndFollow(page, `/admin/organizers/${id}/reject`, { reason: 'The registration number does not exist.' });
	assert.equal(sqlOne(`SELECT state FROM organizer WHERE id = ${id}`), 'rejected');
	assert.ok(lastAudit('organizer.reject', `organizer:${id}`));
	assert.match((await mailTo(email, /registration number does not exist/)).text, /does not exist/);
});

test('refund rules: checked, saved, made the default, written down', async () => {
	const v = boss.v;
	const name = `Gentle ${run}`;
	const page = await v.get('/admin/refund-grids/new');
	const wrong = await v.submit(page, '/admin/refund-grids/new', { name, days5: '', fee5: '' });
	assert.equal(wrong.status, 422);
	assert.match(textOf(wrong.text), /0 days/);
	assert.match(wrong.text, new RegExp(name), 'what was typed is kept');
	const done = await v.submitAndFollow(page, '/admin/refund-grids/new', { name, free_hours: 48 });
	assert.match(textOf(done.text), new RegExp(name));
	const id = sqlOne(`SELECT id FROM refund_grid WHERE name = ${sqlQuote(name)}`);
	assert.deepEqual(sql(`SELECT min_days AS d, fee_permille AS f FROM refund_rule WHERE grid_id = ${id} ORDER BY min_days DESC`).map((r) => [r.d, r.f]), [['10', '0'], ['7', '100'], ['3', '200'], ['1', '300'], ['0', '900']]);
	const before = sqlOne('SELECT id FROM refund_grid WHERE is_default = 1');
	await v.submitAndFollow(done, `/admin/refund-grids/${id}/default`);
	assert.equal(sqlOne('SELECT GROUP_CONCAT(id) FROM refund_grid WHERE is_default = 1'), id);
	await v.submitAndFollow(await v.get('/admin/refund-grids'), `/admin/refund-grids/${before}/default`);
	assert.equal(sqlOne('SELECT GROUP_CONCAT(id) FROM refund_grid WHERE is_default = 1'), before);
	const edit = await v.get(`/admin/refund-grids/${id}`);
	await v.submit(edit, `/admin/refund-grids/${id}`, { fee5: 100 });
	const next = sqlOne(`SELECT replaced_by FROM refund_grid WHERE id = ${id}`); // what was sold under the old one keeps it
	assert.deepEqual(sql(`SELECT grid_id AS g, fee_permille AS f FROM refund_rule WHERE grid_id IN (${id}, ${next}) AND min_days = 0 ORDER BY 1`), [{ g: id, f: '900' }, { g: next, f: '1000' }]);
	for (const action of ['refund_grid.add', 'refund_grid.default', 'refund_grid.change']) assert.ok(lastAudit(action, `refund_grid:${id}`), action);
});

test('a member is found by part of a name, and signed out everywhere', async () => {
	const { v, email } = await member(`Zephyr${run}`);
	assert.equal((await v.get('/me')).status, 200);
	const found = await boss.v.get(`/admin/members?q=zephyr${run}`);
	const id = sqlOne(`SELECT id FROM person WHERE email = ${sqlQuote(email)}`);
	assert.ok(found.text.includes(`/admin/members/${id}"`));
	assert.match(textOf((await boss.v.get('/admin/members?q=%25')).text), /Nobody/, 'a percent sign is a percent sign');
	const done = await boss.v.submitAndFollow(await boss.v.get(`/admin/members/${id}`), `/admin/members/${id}/sessions`);
	assert.match(textOf(done.text), /ended/);
	assert.equal((await v.get('/me')).status, 303);
	assert.ok(lastAudit('member.sessions_end', `person:${id}`));
});

test('a failed mail is listed and sent again', async () => {
	sql(`INSERT INTO outbox (topic, about, payload, state, tries, due_at, created_at, last_error) VALUES ('mail', 'T${run}',
		'{"kind":"no_such_mail","to":"x.${run}@example.kr","lang":"en","args":{}}', 'failed', 10, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 'mailbox unavailable')`);
	const id = sqlOne(`SELECT id FROM outbox WHERE about = 'T${run}'`);
	const page = await boss.v.get('/admin/mail');
	assert.match(textOf(page.text), /mailbox unavailable/);
	await boss.v.submitAndFollow(page, `/admin/mail/${id}/resend`);
	assert.notEqual(sqlOne(`SELECT CONCAT(state, tries) FROM outbox WHERE id = ${id}`), 'failed10');
	assert.ok(lastAudit('mail.resend', `outbox:${id}`));
	sql(`DELETE FROM outbox WHERE id = ${id}`);
});

test('forms of the desk need their token', async () => {
	const { id } = await applicant('Third House');
	assert.equal((await boss.v.post(`/admin/organizers/${id}/approve`)).status, 403);
	assert.equal(sqlOne(`SELECT state FROM organizer WHERE id = ${id}`), 'pending_approval');
});

test('settings: fees and commission are checked, saved, written down, and count for new shows and at publishing', async () => {
	const v = boss.v, form = (f) => f.action.endsWith('/admin/settings');
	sql('DELETE FROM setting');
	const page = await v.get('/admin/settings');
	for (const wrong of [{ commission: '5.55' }, { commission: '51' }, { commission: 'x' }, { booking_fee: 20000 }, { booking_fee_most: -1 }, { booking_fee: '' }]) {
		const answer = await v.submit(page, form, wrong);
		assert.equal(answer.status, 422, JSON.stringify(wrong));
	}
	assert.equal(sqlOne('SELECT COUNT(*) FROM setting'), '0');
	const done = await v.submitAndFollow(page, form, { booking_fee: 1500, booking_fee_most: 3000, commission: '7.5' });
	assert.match(textOf(done.text), /saved and count from now on/);
	assert.deepEqual(forms(done.text).find(form).fields.filter(([k]) => k !== 'csrf' && k !== 'idem').map(([, x]) => x), ['1500', '3000', '7.5']);
	assert.equal(lastAudit('setting.change', 'setting:commission').detail, '{"from":50,"to":75}');
	assert.ok(lastAudit('setting.change', 'setting:booking_fee') && lastAudit('setting.change', 'setting:booking_fee_most'));
	assert.match(textOf((await v.submitAndFollow(done, form)).text), /Nothing was changed/);

	const s = stage({ opensInHours: -24 }), owner = new Visitor();
	sql(`UPDATE shows SET state = 'draft', fee_per_ticket = 5000, booking_open_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY WHERE id = ${s.show}`);
	signIn(owner, s.owner);
	replicated();
	const fresh = await owner.get('/desk/shows/new');
	assert.equal(new Map(forms(fresh.text).find((f) => f.action.endsWith('/desk/shows/new')).fields).get('fee_per_ticket'), '1500');
	const edit = await owner.get(`/desk/shows/${s.show}/edit`), editing = (f) => f.action.endsWith('/edit');
	const dear = await owner.submit(edit, editing, { fee_per_ticket: 3001 });
	assert.equal(dear.status, 422);
	assert.match(textOf(dear.text), /may be ₩3,000 per ticket at most/);
	assert.equal((await owner.submit(edit, editing)).status, 303, 'what was allowed before may stay');

	const publishing = (f) => f.action.endsWith('/publish');
	const read = await owner.get(`/desk/shows/${s.show}`);
	assert.match(textOf(read.text), /commission of 7\.5% of this show/);
	await v.submit(await v.get('/admin/settings'), form, { commission: '8' });
	assert.match(textOf((await owner.submitAndFollow(read, publishing)).text), /commission has changed meanwhile/);
	assert.equal(sqlOne(`SELECT state FROM shows WHERE id = ${s.show}`), 'draft');
	const published = await owner.submitAndFollow(await owner.get(`/desk/shows/${s.show}`), publishing);
	assert.match(textOf(published.text), /Published.*Commission, of the sales 8%/);
	await v.submit(await v.get('/admin/settings'), form, { booking_fee: 0, booking_fee_most: 10000, commission: '5' });
	assert.equal(sqlOne(`SELECT commission_permille FROM shows WHERE id = ${s.show}`), '80', 'frozen');
});

test('jobs tell in the reader\'s language what they do', async () => {
	const v = boss.v;
	assert.match(textOf((await v.get('/en/admin/jobs')).text), /Asks the payment provider about every unfinished payment\./);
	v.cookies.set('lang', 'ko');
	const page = textOf((await v.get('/admin/jobs')).text);
	v.cookies.set('lang', 'en');
	assert.match(page, /끝나지 않은 결제를 결제 대행사에 모두 확인합니다\./);
});
