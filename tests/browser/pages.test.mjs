// Every page that a link leads to, for whoever may see it, in Korean with the demo's data: it answers, it is whole() on a
// phone in the light and has no axe violation on a desktop in the dark.  A new page that something links to is looked at
// from its first day.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESKTOP, PHONE, close, launch, open, sideways, violations, whole } from '../support/browser.mjs';
import { URL_, sql } from '../support/house.mjs';
import { signIn } from '../support/stage.mjs';

before(launch);
after(close);

const FILES = /\.(pdf|ics|svg|png|csv|json|bin|webmanifest)$/;
const AWAY = /^\/(en|sandbox|static|blob|live|lang)(\/|$)/;
// What a page is, whichever show or order it shows.
const kind = (path) => path.split('/').map((part, i, all) => (/\d/.test(part) || /^(shows|performers|venues)$/.test(all[i - 1]) ? '*' : part)).join('/');

async function linksOf(tab) {
	const all = await tab.$$eval('a[href]', (found) => found.map((a) => a.href));
	return all.filter((u) => u.startsWith(`${URL_}/`)).map((u) => new URL(u)).filter((u) => !FILES.test(u.pathname) && !AWAY.test(u.pathname)).map((u) => u.pathname + u.search);
}
const demoPerson = (email) => sql(`SELECT p.id, o.id AS organizer FROM person p LEFT JOIN organizer o ON o.person_id = p.id WHERE p.email = '${email}'`)[0];

const PEOPLE = {
	'a visitor': { begin: ['/', '/sign-in', '/sign-up/sent', '/nothing-here'], within: /^\// },
	'a fan': { email: 'fan@foyer.example', begin: ['/me', '/me/orders'], within: /^\/(me|orders|tickets|organizer)/ },
	'an organizer': { email: 'organizer@foyer.example', begin: ['/desk', '/gate'], within: /^\/(desk|gate)/ },
	'the platform': { email: 'admin@foyer.example', begin: ['/admin'], within: /^\/admin/ },
};
for (const [who, { email, begin, within }] of Object.entries(PEOPLE)) {
	test(`all pages of ${who}`, async (t) => {
		const person = email && demoPerson(email);
		const session = person && signIn({}, { id: person.id, organizer: person.organizer ?? 0, member: true, factor: who === 'the platform' });
		const { tab, faults } = await open(t, begin[0], { lang: 'ko', session });
		const queue = [...begin], seen = new Map(), wrong = [];
		for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
			const name = kind(new URL(path, URL_).pathname);
			if (seen.has(name)) continue;
			seen.set(name, path);
			await tab.setViewportSize(PHONE.viewport);
			await tab.emulateMedia({ colorScheme: 'light' });
			const answer = await tab.goto(URL_ + path);
			if (answer.status() !== 200 && path !== '/nothing-here') wrong.push(`${path}: ${answer.status()}`);
			queue.push(...(await linksOf(tab)).filter((p) => within.test(p) && !seen.has(kind(new URL(p, URL_).pathname))));
			await t.test(path, async () => {
				await whole(tab, `${path} on a phone`, { js: 30 * 1024 });
				await tab.setViewportSize(DESKTOP.viewport);
				await tab.emulateMedia({ colorScheme: 'dark' });
				assert.deepEqual(await violations(tab), [], `${path} on a desktop, dark`);
				assert.equal(await sideways(tab), 0, `${path} on a desktop scrolls sideways`);
			});
		}
		assert.deepEqual(wrong, []);
		assert.deepEqual(faults.filter((f) => !/nothing-here/.test(f)), []);
		t.diagnostic(`${seen.size} pages`);
	});
}
