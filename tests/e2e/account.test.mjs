// People: sign-up, sign-in, second factor, guests, leaving.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Visitor, forms, foyer, linkIn, links, mails, mailTo, replicated, service, sleep, sql, sqlOne, sqlQuote, textOf, totp, until } from '../support/house.mjs';

const run = `${Date.now().toString(36)}${process.pid}`;
let people = 0;
const address = (name = 'p') => `${name}${++people}.${run}@example.kr`;
const PASSWORD = 'tangerine-ferry-42';

async function signUp(v, email, { name = 'Mina', password = PASSWORD, next = '' } = {}) {
	const page = await v.get(`/sign-up${next && `?next=${encodeURIComponent(next)}`}`);
	return v.submit(page, '/sign-up', { name, email, password, terms: '1', privacy: '1' });
}
async function member(name) {
	const v = new Visitor();
	const email = address(name);
	await signUp(v, email);
	const link = linkIn(await mailTo(email, /confirm/i), /confirm/);
	const done = await v.submit(await v.get(link), '/sign-up/confirm');
	assert.equal(done.status, 303, textOf(done.text));
	return { v, email, link };
}
const signIn = async (v, email, password = PASSWORD, next = '') =>
	v.submit(await v.get(`/sign-in${next && `?next=${encodeURIComponent(next)}`}`), '/sign-in', { email, password });

test('sign-up: nobody is a member before the mailed link, which is good once', async () => {
	const v = new Visitor();
	const email = address();
	const sent = await signUp(v, email, { next: '/shows' });
	assert.equal(sent.location, '/sign-up/sent');
	assert.match(textOf((await v.follow(sent)).text), new RegExp(email.replace('.', '\\.')));
	assert.equal(sqlOne(`SELECT COUNT(*) FROM person WHERE email = ${sqlQuote(email)}`), '0');
	assert.match(textOf((await signIn(v, email)).text), /password is not right/);

	const link = linkIn(await mailTo(email, /confirm/i), /confirm/);
	await v.get(link); // looking does not use it up
	const done = await v.submit(await v.get(link), '/sign-up/confirm');
	assert.equal(done.location, '/en/shows'); // the mail's link is in the language of the sign-up
	assert.match(textOf((await v.get('/me')).text), /My account/);
	const kinds = sql(`SELECT kind, version, granted FROM consent c JOIN person p ON p.id = c.person_id WHERE p.email = ${sqlQuote(email)} ORDER BY kind`);
	assert.deepEqual(kinds.map((k) => [k.kind, k.granted]), [['terms', '1'], ['privacy', '1'], ['marketing', '0']]);

	const again = await new Visitor().get(link);
	assert.equal(again.status, 410);
	assert.match(textOf(again.text), /no longer good/);
	// nothing in the database can be used in place of the link or the password
	assert.equal(sqlOne(`SELECT COUNT(*) FROM outbox WHERE payload LIKE '%${new URL(link, 'http://x').searchParams.get('token')}%'`), '0');
});

test('an account that somebody else prepared for my address does not get their password by my button', async () => {
	const thief = new Visitor(), owner = new Visitor(), phone = new Visitor();
	const email = address();
	await signUp(thief, email);
	const link = linkIn(await mailTo(email, /confirm/i), /confirm/);
	assert.equal((await owner.submit(await owner.get(link), '/sign-up/confirm', { password: 'another password of mine' })).status, 422);
	assert.equal((await owner.submit(await owner.get(link), '/sign-up/confirm', { password: null })).status, 422);
	// not even while I am signing up myself
	await signUp(owner, email);
	assert.equal((await owner.submit(await owner.get(link), '/sign-up/confirm')).status, 422);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM person WHERE email = ${sqlQuote(email)}`), '0');
	// who signed up on the desktop and reads mail on the phone knows it
	assert.equal((await phone.submit(await phone.get(link), '/sign-up/confirm', { password: PASSWORD })).status, 303);
});

test('sign-up answers the same for a known address, and mails its owner', async () => {
	const { email } = await member();
	const known = await signUp(new Visitor(), email);
	const unknown = await signUp(new Visitor(), address());
	assert.deepEqual([known.status, known.location], [unknown.status, unknown.location]);
	await mailTo(email, /already have an account/i);
	assert.equal((await mails(email)).filter((m) => /confirm/i.test(m.subject)).length, 1);
});

test('sign-up refuses what is missing, and passwords that others try first', async () => {
	const v = new Visitor();
	const page = await v.get('/sign-up');
	for (const [fields, what] of [
		[{ password: 'short' }, /at least 10/i], [{ password: 'password2026!' }, /among the first/], [{ password: '1234567890' }, /among the first/],
		[{ terms: null }, /tick this/i], [{ email: 'nobody' }, /e-mail address/]]) {
		const a = await v.submit(page, '/sign-up', { name: 'Mina', email: address(), password: PASSWORD, terms: '1', privacy: '1', ...fields });
		assert.equal(a.status, 422, JSON.stringify(fields));
		assert.match(textOf(a.text), what);
		assert.equal(a.text.includes(fields.password ?? PASSWORD), false, 'a password is not shown again');
	}
});

test('signing in gives a new session; out ends it; next stays in the house', async () => {
	const { v, email } = await member();
	const out = await v.submit(await v.get('/me'), '/sign-out');
	assert.equal(out.status, 303);
	assert.equal((await v.get('/me')).status, 303);

	v.cookies.set('foyer', 'B'.repeat(43)); // planted
	const page = await v.get('/sign-in');
	const done = await v.submit(page, '/sign-in', { email: email.toUpperCase(), password: PASSWORD });
	assert.equal(done.location, '/me');
	const session = v.cookies.get('foyer');
	assert.notEqual(session, 'B'.repeat(43));
	await signIn(v, email).catch(() => {});
	const other = new Visitor();
	assert.equal((await signIn(other, email, PASSWORD, '/me/sessions')).location, '/me/sessions');
	for (const evil of ['//evil.example', 'https://evil.example/', '/\\evil.example']) assert.equal((await signIn(new Visitor(), email, PASSWORD, evil)).location, '/me', evil);
	// the old token of a signed-out browser opens nothing
	await v.submit(await v.get('/me'), '/sign-out');
	v.cookies.set('foyer', session);
	assert.equal((await v.get('/me')).status, 303);
});

test('wrong passwords are throttled per account and address; a right one does not count; an operator unlocks', async () => {
	const { email } = await member();
	const v = new Visitor(), elsewhere = new Visitor();
	const here = () => new Visitor({ ip: v.ip });
	for (let i = 0; i < 12; i++) assert.equal((await signIn(here(), email)).status, 303);
	for (let i = 0; i < 10; i++) assert.equal((await signIn(here(), email, 'wrong-guess-77')).status, 422);
	const shut = await signIn(here(), email);
	assert.equal(shut.status, 429);
	assert.match(textOf(shut.text), /too many wrong passwords/);
	assert.equal((await signIn(elsewhere, email)).status, 303, 'who guesses there keeps nobody out here');
	assert.equal((await foyer('user', 'unlock', '--email', email)).code, 0);
	assert.equal((await signIn(here(), email)).status, 303);
});

test('wrong passwords from everywhere shut an account to strangers only: known browsers and the mailbox stay a way in', async () => {
	const { v, email } = await member();
	await v.submit(await v.get('/me'), '/sign-out');
	for (let i = 0; i < 10; i++) {
		const thief = new Visitor();
		for (let j = 0; j < 10; j++) assert.equal((await signIn(thief, email, 'wrong-guess-77')).status, 422);
		assert.equal((await signIn(thief, email, 'wrong-guess-77')).status, 429);
	}
	const stranger = new Visitor();
	assert.equal((await signIn(stranger, email)).status, 429);
	assert.equal((await signIn(v, email)).status, 303, 'this browser has been in the account');
	assert.equal((await v.submit(await v.get('/me/password'), '/me/password', { current: 'not-the-present-1', password: 'maple-window-91x' })).status, 422);

	await stranger.submit(await stranger.get('/forgot-password'), '/forgot-password', { email });
	const link = linkIn(await mailTo(email, /new password/i), /reset-password/);
	assert.equal((await stranger.submit(await stranger.get(link), '/reset-password', { password: 'maple-window-91x' })).status, 303);
	assert.equal((await signIn(stranger, email, 'maple-window-91x')).status, 303);

	// a known browser may not guess without end, and its cookie opens no other account
	for (let i = 0; i < 10; i++) assert.equal((await signIn(v, email, 'wrong-guess-77')).status, 422);
	assert.equal((await signIn(v, email, 'maple-window-91x')).status, 429);
	const { email: other } = await member();
	for (let i = 0; i < 10; i++) assert.equal((await signIn(v, other, 'wrong-guess-77')).status, 422);
	assert.equal((await signIn(v, other)).status, 429);
});

test('one address may not try many accounts', async () => {
	const { email } = await member();
	const v = new Visitor();
	for (let i = 0; i < 50; i++) assert.equal((await signIn(v, address('nobody'), 'wrong-guess-77')).status, 422);
	assert.equal((await signIn(v, email)).status, 429);
	assert.equal((await signIn(new Visitor(), email)).status, 303);
});

test('a forgotten password: a link, once, and every session ends', async () => {
	const { v, email } = await member();
	const lost = new Visitor();
	const a = await lost.submit(await lost.get('/forgot-password'), '/forgot-password', { email });
	const b = await lost.submit(await lost.get('/forgot-password'), '/forgot-password', { email: address('nobody') });
	assert.deepEqual([a.status, a.location], [b.status, b.location]);
	const link = linkIn(await mailTo(email, /new password/i), /reset-password/);
	const page = await lost.get(link);
	assert.equal((await lost.submit(page, '/reset-password', { password: 'password1234' })).status, 422);
	assert.equal((await lost.submit(await lost.get(link), '/reset-password', { password: 'maple-window-91x' })).location, '/en/sign-in');
	assert.equal((await lost.get(link)).status, 410);
	assert.equal((await lost.submit(page, '/reset-password', { password: 'another-good-one-5' })).status, 410);
	assert.equal((await v.get('/me')).status, 303, 'the session of before is over');
	assert.equal((await signIn(v, email)).status, 422);
	assert.equal((await signIn(v, email, 'maple-window-91x')).status, 303);
	await mailTo(email, /password was changed/i);
});

test('a password is changed with the present one; other devices are signed out', async () => {
	const { v, email } = await member();
	const other = new Visitor();
	await signIn(other, email);
	assert.match(textOf((await v.get('/me/sessions')).text), /This device/);
	const wrong = await v.submit(await v.get('/me/password'), '/me/password', { current: 'not-the-present-1', password: 'maple-window-91x' });
	assert.equal(wrong.status, 422);
	const done = await v.submit(await v.get('/me/password'), '/me/password', { current: PASSWORD, password: 'maple-window-91x' });
	assert.equal(done.location, '/me');
	assert.equal((await v.get('/me')).status, 200);
	assert.equal((await other.get('/me')).status, 303);
});

test('sessions are listed and ended one by one', async () => {
	const { v, email } = await member();
	const other = new Visitor({ headers: { 'user-agent': 'Mozilla/5.0 (iPhone) Safari/604' } });
	await signIn(other, email);
	const page = await v.get('/me/sessions');
	assert.match(textOf(page.text), /Safari, iPhone/);
	await v.submit(page, '/me/sessions/end');
	assert.equal((await other.get('/me')).status, 303);
	assert.equal((await v.get('/me')).status, 200);
	// a stranger's handle ends nothing
	const stranger = await member();
	const id = forms((await (async () => { await signIn(other, email); return v.get('/me/sessions'); })()).text).find((f) => f.action === '/en/me/sessions/end' || f.action === '/me/sessions/end').fields.find(([k]) => k === 'id')[1];
	await signIn(new Visitor(), stranger.email);
	await stranger.v.submit(await stranger.v.get('/me/sessions'), '/me/sessions/end', { id });
	assert.equal((await other.get('/me')).status, 200);
});

test('an e-mail address is changed by a link to the new one, and the old one is told', async () => {
	const { v, email } = await member();
	const fresh = address('fresh');
	assert.equal((await v.submit(await v.get('/me/email'), '/me/email', { email: fresh, password: PASSWORD })).location, '/me');
	assert.match(textOf((await v.get('/me')).text), new RegExp(email));
	const link = linkIn(await mailTo(fresh, /new e-mail/i), /confirm/);
	const elsewhere = new Visitor();
	assert.equal((await signIn(elsewhere, email)).status, 303);
	assert.equal((await v.submit(await v.get(link), '/me/email/confirm')).location, '/en/me');
	assert.equal((await v.get('/me')).status, 200, 'here the session goes on');
	assert.equal((await elsewhere.get('/me')).status, 303, 'elsewhere it is over');
	assert.equal((await v.get(link)).status, 410);
	await mailTo(email, /address was changed/i);
	assert.equal((await signIn(new Visitor(), fresh)).status, 303);
	assert.equal((await signIn(new Visitor(), email)).status, 422);
});

test('a new password ends what was begun with the old one: links to another address, links to a new password', async () => {
	const { v, email } = await member();
	const theirs = address('theirs');
	await v.submit(await v.get('/me/email'), '/me/email', { email: theirs, password: PASSWORD });
	const change = linkIn(await mailTo(theirs, /new e-mail/i), /confirm/);
	const button = await new Visitor().get(change);
	assert.equal(button.status, 200);
	const lost = new Visitor();
	await lost.submit(await lost.get('/forgot-password'), '/forgot-password', { email });
	const reset = linkIn(await mailTo(email, /new password/i), /reset-password/);
	assert.equal((await lost.get(reset)).status, 200);
	await v.submit(await v.get('/me/password'), '/me/password', { current: PASSWORD, password: 'maple-window-91x' });
	const thief = new Visitor();
	assert.equal((await thief.get(change)).status, 410);
	const sent = await thief.get('/sign-in');
	const csrf = new Map(forms(sent.text).find((f) => f.action.endsWith('/sign-in')).fields).get('csrf');
	assert.equal((await thief.post('/me/email/confirm', { token: new URL(change, 'http://x').searchParams.get('token'), csrf })).status, 410);
	assert.equal((await lost.get(reset)).status, 410);
	assert.equal((await signIn(new Visitor(), email, 'maple-window-91x')).status, 303);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM person WHERE email = ${sqlQuote(theirs)}`), '0');
});

test('the second factor: set up, asked for, each code good once', async () => {
	const { v, email } = await member();
	if (Date.now() % 30000 > 24000) await sleep(6500); // within one time step
	const page = await v.get('/me/second-factor');
	assert.match(page.text, /<svg[^>]*>/);
	const key = /class="code">([A-Z2-7 ]+)</.exec(page.text)[1];
	assert.equal((await v.submit(page, '/me/second-factor', { code: '000000' })).status, 422);
	const step = Math.floor(Date.now() / 30000);
	const on = await v.submit(page, '/me/second-factor', { code: totp(key, step - 1) });
	assert.equal(on.status, 303, textOf(on.text));
	assert.equal(on.location, '/me/second-factor/codes');
	assert.match(textOf((await v.get('/me/second-factor')).text), /It is on.* 8 recovery codes are left/);

	const w = new Visitor();
	const first = await signIn(w, email, PASSWORD, '/me/sessions');
	assert.equal(first.location, '/sign-in/second-factor?next=%2Fme%2Fsessions');
	assert.equal((await w.get('/me')).status, 303, 'the password alone opens nothing');
	const form = await w.follow(first);
	assert.equal((await w.submit(form, '/sign-in/second-factor', { code: totp(key, step - 1) })).status, 422, 'used to set it up');
	assert.equal((await w.submit(form, '/sign-in/second-factor', { code: totp(key, step - 5) })).status, 422, 'too old');
	const code = totp(key, step);
	assert.equal((await w.submit(form, '/sign-in/second-factor', { code })).location, '/me/sessions');
	const thief = new Visitor();
	const second = await thief.follow(await signIn(thief, email));
	assert.equal((await thief.submit(second, '/sign-in/second-factor', { code })).status, 422, 'replayed');
	assert.match((await new Visitor().get('/sign-in/second-factor')).location, /^\/sign-in/);

	// a guest's mail does not open an account with a second factor
	const guest = new Visitor();
	const before = (await mails(email)).length;
	await guest.submit(await guest.get('/guest'), '/guest', { email });
	const mail = await mailTo(email, /already have an account/i);
	assert.ok((await mails(email)).length > before && !/code/i.test(mail.subject));
});

test('a guest gets in by the mailed code; five wrong tries spoil it; signing up keeps the person', async () => {
	const v = new Visitor();
	const email = address('guest');
	const asked = await v.submit(await v.get('/guest?next=%2Fshows'), '/guest', { email });
	assert.equal(asked.location, '/guest/code?next=%2Fshows');
	const mail = await mailTo(email, /code/i);
	const code = /^\s+([0-9A-Z]{6})$/m.exec(mail.text)[1];
	const page = await v.follow(asked);
	assert.equal((await new Visitor().post('/guest/code', { code })).status, 403);
	for (let i = 0; i < 4; i++) assert.equal((await v.submit(page, '/guest/code', { code: '000000' })).status, 422);
	assert.match((await v.submit(page, '/guest/code', { code: '000000' })).location, /^\/guest/);
	assert.match((await v.submit(page, '/guest/code', { code })).location, /^\/guest/, 'spoilt');

	const again = await v.submit(await v.get('/guest?next=%2Fshows'), '/guest', { email });
	const second = /^\s+([0-9A-Z]{6})$/m.exec((await mailTo(email, /code/i, { after: mail.id })).text)[1];
	const done = await v.submit(await v.follow(again), '/guest/code', { code: second.toLowerCase() });
	assert.equal(done.location, '/shows', textOf(done.text));
	const person = sqlOne(`SELECT id FROM person WHERE email = ${sqlQuote(email)} AND password_hash IS NULL`);
	assert.equal((await v.get('/me')).status, 403, 'a guest is no member');
	assert.equal(JSON.parse((await v.get('/me/strip')).text).member, false);

	await signUp(v, email);
	await v.submit(await v.get(linkIn(await mailTo(email, /confirm/i), /confirm/)), '/sign-up/confirm');
	assert.equal(sqlOne(`SELECT id FROM person WHERE email = ${sqlQuote(email)} AND password_hash IS NOT NULL`), person);
	assert.equal((await v.get('/me')).status, 200);
});

test('codes that somebody else asks for, and spoils, keep no guest out', async () => {
	const guest = new Visitor(), other = new Visitor();
	const email = address('guest');
	const asked = await guest.submit(await guest.get('/guest'), '/guest', { email });
	const first = await mailTo(email, /code/i);
	const form = await other.follow(await other.submit(await other.get('/guest'), '/guest', { email }));
	const second = await mailTo(email, /code/i, { after: first.id });
	for (let i = 0; i < 4; i++) assert.equal((await other.submit(form, '/guest/code', { code: '000000' })).status, 422);
	assert.match((await other.submit(form, '/guest/code', { code: '000000' })).location, /^\/guest/);
	const codeOf = (mail) => /^\s+([0-9A-Z]{6})$/m.exec(mail.text)[1];
	assert.match((await other.submit(form, '/guest/code', { code: codeOf(first) })).location, /^\/guest/, 'its tries are used up');
	const page = await guest.follow(asked);
	assert.equal((await guest.submit(page, '/guest/code', { code: '000000' })).status, 422);
	assert.equal((await guest.submit(page, '/guest/code', { code: codeOf(second) })).location, '/me/orders', 'the newest mail');
	assert.equal((await new Visitor().submit(form, '/guest/code', { code: codeOf(first) })).status, 403);

	// others may cause so many mails to an address that no more are sent; who has been in still gets one
	for (let i = 0; i < 4; i++) {
		const pest = new Visitor();
		for (let j = 0; j < 5; j++) await pest.submit(await pest.get('/guest'), '/guest', { email });
	}
	assert.equal((await other.submit(await other.get('/guest'), '/guest', { email })).status, 429);
	assert.equal((await guest.submit(await guest.get('/guest'), '/guest', { email })).status, 303);
});

test('while nobody can be signed in, no code and no link is spent', async () => {
	const guest = new Visitor(), fan = new Visitor();
	const email = address('guest'), hers = address();
	const form = await guest.follow(await guest.submit(await guest.get('/guest'), '/guest', { email }));
	const code = /^\s+([0-9A-Z]{6})$/m.exec((await mailTo(email, /code/i)).text)[1];
	await signUp(fan, hers);
	const button = await fan.get(linkIn(await mailTo(hers, /confirm/i), /confirm/));
	const { email: known } = await member(), lost = new Visitor(), fresh = { password: 'maple-window-91x' };
	await lost.submit(await lost.get('/forgot-password'), '/forgot-password', { email: known });
	const choice = await lost.get(linkIn(await mailTo(known, /new password/i), /reset-password/));
	await service('stop', 'redis');
	try {
		assert.equal((await guest.submit(form, '/guest/code', { code })).status, 503);
		assert.equal((await fan.submit(button, '/sign-up/confirm')).status, 503);
		assert.equal((await lost.submit(choice, '/reset-password', fresh)).status, 503, 'who is signed in could not be signed out');
		assert.equal((await signIn(new Visitor(), hers)).status, 503);
	} finally {
		await service('start', 'redis');
		await sleep(1500); // a worker that met no Redis asks again after a second
	}
	const enters = (act) => until(async () => (await act()).status === 303, { what: 'Redis is back for every worker' });
	await enters(() => guest.submit(form, '/guest/code', { code }));
	await enters(() => fan.submit(button, '/sign-up/confirm'));
	await enters(() => lost.submit(choice, '/reset-password', fresh));
});

test('deleting an account takes the name away, not the row', async () => {
	const { v, email } = await member();
	const id = sqlOne(`SELECT id FROM person WHERE email = ${sqlQuote(email)}`);
	const page = await v.get('/me/delete');
	assert.equal((await v.submit(page, '/me/delete', { password: 'not-the-present-1', sure: '1' })).status, 422);
	assert.equal((await v.submit(page, '/me/delete', { password: PASSWORD })).status, 422);
	assert.equal((await v.submit(page, '/me/delete', { password: PASSWORD, sure: '1' })).location, '/');
	assert.deepEqual(sql(`SELECT email, name, password_hash, deleted_at IS NULL AS there FROM person WHERE id = ${id}`), [{ email: null, name: '', password_hash: null, there: '0' }]);
	assert.deepEqual(sql(`SELECT actor, action FROM audit_log WHERE person_id = ${id}`), [{ actor: 'member', action: 'account.delete' }]);
	assert.equal((await v.get('/me')).status, 303);
	assert.equal((await signIn(v, email)).status, 422);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM email_token WHERE email = ${sqlQuote(email)}`), '0');
});

test('an organizer applies, is looked at, and may apply again after a refusal', async () => {
	const { v, email } = await member('organizer');
	assert.match(textOf((await new Visitor().get('/organizer')).text), /Sign up and apply/);
	const fields = { name: 'Hanok Stage', registration_no: '123-45-67890', phone: '02-123-4567', about: 'Small concerts in old houses.' };
	const page = await v.get('/organizer/apply');
	assert.equal((await v.submit(page, '/organizer/apply', { ...fields, phone: 'call me' })).status, 422);
	assert.equal((await v.submit(page, '/organizer/apply', fields)).location, '/organizer');
	assert.equal((await v.submit(page, '/organizer/apply', fields)).location, '/organizer', 'sent twice');
	assert.match(textOf((await v.get('/organizer')).text), /being looked at/);
	const mine = `person_id = (SELECT id FROM person WHERE email = ${sqlQuote(email)})`;
	assert.equal(sqlOne(`SELECT COUNT(*) FROM organizer WHERE ${mine} AND state = 'pending_approval'`), '1');
	assert.equal((await v.get('/desk/staff')).status, 403, 'not before it is approved');
	sql(`UPDATE organizer SET state = 'rejected', reason = 'Too vague.' WHERE ${mine}`);
	assert.match(textOf((await v.get('/organizer')).text), /not accepted.*Too vague/);
	assert.equal((await v.submit(await v.get('/organizer/apply'), '/organizer/apply', fields)).location, '/organizer');
	assert.equal(sqlOne(`SELECT state FROM organizer WHERE ${mine}`), 'pending_approval');
});

test('a staff code opens what is ticked, is shown once, and ends when it is taken back', async () => {
	const email = address('house');
	const made = await foyer('user', 'add', '--email', email, '--name', 'Hanok', '--organizer', `Hanok ${run}`);
	assert.equal(made.code, 0, made.stderr);
	const v = new Visitor();
	await signIn(v, email, /password: (\S+)/.exec(made.stdout)[1]);
	const page = await v.get('/desk/staff');
	assert.match(textOf(page.text), /No codes yet/);
	assert.equal((await v.submit(page, '/desk/staff', { label: 'West gate', gate: null })).status, 422);
	assert.equal((await v.submit(page, '/desk/staff', { label: 'West gate', show: '999999999' })).status, 404, 'a show of others');
	const issued = await v.follow(await v.submit(page, '/desk/staff', { label: 'West gate' }));
	const code = /([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})/.exec(textOf(issued.text))[1];
	assert.equal((await v.get('/desk/staff')).text.includes(code), false, 'shown once');

	const gate = new Visitor();
	assert.equal((await gate.submit(await gate.get('/staff'), '/staff', { code: 'AAAA-BBBB-CCCC' })).status, 422);
	assert.equal((await gate.submit(await gate.get('/staff'), '/staff', { code: code.toLowerCase().replaceAll('-', ' ') })).location, '/gate');
	assert.equal((await gate.get('/desk/staff')).status, 403, 'only the organizer issues codes');
	assert.notEqual((await gate.get('/me')).status, 200);

	const other = await foyer('user', 'add', '--email', address('rival'), '--name', 'Rival', '--organizer', `Rival ${run}`);
	const rival = new Visitor();
	await signIn(rival, /(\S+) is an organizer/.exec(other.stdout)[1], /password: (\S+)/.exec(other.stdout)[1]);
	const id = sqlOne(`SELECT c.id FROM staff_code c JOIN organizer o ON o.id = c.organizer_id WHERE o.name = 'Hanok ${run}'`);
	const csrf = forms((await rival.get('/desk/staff')).text).find((f) => f.method === 'POST').fields.find(([k]) => k === 'csrf')[1];
	await rival.post('/desk/staff/revoke', { csrf, id });
	assert.equal(sqlOne(`SELECT revoked_at IS NULL FROM staff_code WHERE id = ${id}`), '1', 'another organizer\'s code');
	await v.submit(await v.get('/desk/staff'), '/desk/staff/revoke');
	replicated();
	assert.equal((await gate.get('/desk/staff')).status, 303, 'signed out');
	assert.equal((await gate.submit(await gate.get('/staff'), '/staff', { code })).status, 422);
});

const codesOn = (page) => [...page.text.matchAll(/<li class="code">([0-9A-Z]{5}-[0-9A-Z]{5})</g)].map((m) => m[1]);
test('recovery codes: shown once, each good once in place of the app, replaced as a set, gone with the second factor', async () => {
	const { v, email } = await member();
	if (Date.now() % 30000 > 24000) await sleep(6500);
	const page = await v.get('/me/second-factor?next=/me/sessions');
	const key = /class="code">([A-Z2-7 ]+)</.exec(page.text)[1];
	const shown = await v.follow(await v.submit(page, '/me/second-factor', { code: totp(key) }));
	const codes = codesOn(shown);
	assert.equal(new Set(codes).size, 8, textOf(shown.text));
	assert.ok(links(shown.text).includes('/me/sessions'), 'on to where the person was going');
	assert.equal(codesOn(await v.get('/me/second-factor/codes')).length, 0, 'shown once');
	assert.equal(sqlOne(`SELECT COUNT(*) FROM recovery_code r JOIN person p ON p.id = r.person_id WHERE p.email = '${email}' AND r.used_at IS NULL`), '8');

	// into the account without the app
	const inBy = async (code) => {
		const w = new Visitor();
		const step = await w.follow(await signIn(w, email, PASSWORD, '/me/sessions'));
		const form = await w.get(links(step.text).find((l) => l.includes('/sign-in/recovery-code')));
		return { w, done: await w.submit(form, '/sign-in/recovery-code', { code }) };
	};
	const { w, done } = await inBy(codes[0].toLowerCase().replace('-', ' '));
	assert.equal(done.location, '/me/sessions');
	assert.match(textOf((await w.follow(done)).text), /used up; 7 are left/);
	await mailTo(email, /recovery codes was used/i);
	assert.equal((await inBy(codes[0])).done.status, 422, 'a second time');
	assert.equal((await inBy('AAAAA-AAAAA')).done.status, 422);
	const { v: other, email: hers } = await member();
	assert.match((await other.get('/me/second-factor/codes')).location, /second-factor$/, 'nothing to recover');
	assert.equal((await other.get('/sign-in/recovery-code')).status, 303);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM recovery_code r JOIN person p ON p.id = r.person_id WHERE p.email = '${hers}'`), '0');

	// a new set
	const form = await w.get('/me/second-factor/codes');
	assert.equal((await w.submit(form, '/me/second-factor/codes', { code: '000000' })).status, 422);
	const fresh = codesOn(await w.follow(await w.submit(form, '/me/second-factor/codes', { code: codes[1] })));
	assert.equal(fresh.length, 8);
	assert.equal((await inBy(codes[2])).done.status, 422, 'of the old set');
	assert.equal((await inBy(fresh[7])).done.status, 303);

	// another phone: off with a code, and none is left behind
	assert.equal((await w.submit(await w.get('/me/second-factor'), '/me/second-factor/off', { code: fresh[1] })).status, 303);
	assert.equal(sqlOne(`SELECT COUNT(*) FROM recovery_code r JOIN person p ON p.id = r.person_id WHERE p.email = '${email}'`), '0');
	assert.equal((await signIn(new Visitor(), email)).location, '/me');
});

test('an administrator is led to the second factor before the administration', async () => {
	const email = address('admin');
	const made = await foyer('user', 'add', '--email', email, '--name', 'Root', '--admin');
	const v = new Visitor();
	await signIn(v, email, /password: (\S+)/.exec(made.stdout)[1]);
	assert.match((await v.get('/admin')).location ?? '', /^\/me\/second-factor\?next=%2Fadmin/);
	const page = await v.follow(await v.get('/admin'));
	if (Date.now() % 30000 > 27000) await sleep(3500);
	const done = await v.submit(page, '/me/second-factor', { code: totp(/class="code">([A-Z2-7 ]+)</.exec(page.text)[1]) });
	assert.equal(done.location, '/me/second-factor/codes?next=%2Fadmin');
	const codes = await v.follow(done);
	assert.ok(codesOn(codes).length === 8 && links(codes.text).includes('/admin'));
	assert.match((await foyer('user', 'list', '--admins')).stdout, new RegExp(`${email}.*admin.*2nd factor`));
	assert.match((await foyer('user', 'factor-off', '--email', email)).stdout, /no second factor any more/);
	assert.match((await foyer('user', 'password', '--email', email)).stdout, /password: /);
	assert.equal((await v.get('/me')).status, 303, 'signed out everywhere');
	assert.notEqual((await foyer('user', 'add', '--email', email, '--name', 'Root')).code, 0);
});
