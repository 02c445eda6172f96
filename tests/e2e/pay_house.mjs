// What the payment tests stand on: a show with seats, buyers that are signed in, orders that hold seats.  Made by SQL, so
// that these tests are about payment alone.
import { randomBytes } from 'node:crypto';
import { Visitor, foyer, insert, replicated, sql, sqlQuote as q, until } from '../support/house.mjs';
import { signIn } from '../support/stage.mjs';

const time = (ms) => q(new Date(ms).toISOString().replace('T', ' ').slice(0, 23));
const tag = () => randomBytes(4).toString('hex');
const HOUR = 3600e3;
const DAY = 24 * HOUR;

// A buyer with a session.  guest: only the e-mail is known.
export async function buyer({ guest = false, lang = 'en' } = {}) {
	const email = `pay-${tag()}@example.org`;
	const id = insert(`INSERT INTO person (email, email_verified_at, password_hash, name, lang, created_at)
		VALUES (${q(email)}, ${time(Date.now())}, ${guest ? 'NULL' : q('$none$')}, 'Kim Buyer', ${q(lang)}, ${time(Date.now())})`);
	const v = new Visitor({ lang });
	signIn(v, { id, member: !guest });
	return Object.assign(v, { id, email });
}

let house;
// A performance with 200 seats at 50,000 and a booking fee of 1,000, 30 days from now, on sale.
export function performance({ startsIn = 30 * DAY, feePerTicket = 1000, price = 50000 } = {}) {
	const now = Date.now();
	if (!house) {
		const owner = insert(`INSERT INTO person (email, name, created_at) VALUES (${q(`org-${tag()}@example.org`)}, 'Org', ${time(now)})`);
		const organizer = insert(`INSERT INTO organizer (person_id, name, about, state, applied_at) VALUES (${owner}, 'Org', '', 'approved', ${time(now)})`);
		const venue = insert(`INSERT INTO venue (organizer_id, name, region, created_at) VALUES (${organizer}, 'Hall', 'seoul', ${time(now)})`);
		const hall = insert(`INSERT INTO hall (venue_id, name, seats, created_at) VALUES (${venue}, 'Main', 200, ${time(now)})`);
		const section = insert(`INSERT INTO section (hall_id, ord, name, capacity) VALUES (${hall}, 0, 'A', 200)`);
		sql(`INSERT INTO seat (hall_id, idx, section_id, row_label, label, x, y) VALUES ${Array.from({ length: 200 }, (_, i) => `(${hall}, ${i}, ${section}, 1, ${i + 1}, ${i}, 0)`).join(',')}`);
		house = { organizer, hall, section };
	}
	const show = insert(`INSERT INTO shows (organizer_id, slug, title, title_en, genre, synopsis, synopsis_en, notice, notice_en, view_open_at,
		booking_open_at, fee_per_ticket, state, first_at, last_at, created_at, search_text) VALUES (${house.organizer}, ${q(`pay-${tag()}`)}, '결제 시험 공연', 'Test concert',
		'concert', '', '', '', '', ${time(now - DAY)}, ${time(now - HOUR)}, ${feePerTicket}, 'published', ${time(now + startsIn)}, ${time(now + startsIn)}, ${time(now)}, 'x')`);
	const grade = insert(`INSERT INTO price_grade (show_id, ord, code, price) VALUES (${show}, 0, 'R', ${price})`);
	sql(`INSERT INTO section_grade VALUES (${show}, ${house.section}, ${grade})`);
	const id = insert(`INSERT INTO performance (show_id, hall_id, starts_at, booking_closes_at, state, created_at)
		VALUES (${show}, ${house.hall}, ${time(now + startsIn)}, ${time(now + startsIn - HOUR)}, 'on_sale', ${time(now)})`);
	sql(`INSERT INTO performance_grade (performance_id, grade_id, capacity) VALUES (${id}, ${grade}, 200)`);
	replicated();
	return { id, show, grade, price, feePerTicket, organizer: house.organizer, nextSeat: 0 };
}

// A hold of n seats with a contact.
export function order(person, perf, { tickets = 1, left = 8 * 60e3, seats } = {}) {
	const now = Date.now();
	const code = randomBytes(10).toString('hex').toUpperCase().replace(/[^0-9A-F]/g, '').slice(0, 10);
	const subtotal = tickets * perf.price;
	const fee = tickets * perf.feePerTicket;
	const expires = time(now + Math.max(left, 60e3)); // one that is over already is only so when it is whole: the clock expires it at once
	const id = insert(`INSERT INTO orders (code, person_id, performance_id, idem_key, expires_at, tickets, subtotal, fee, total, contact_name, contact_email, lang, created_at)
		VALUES ('${code}', ${person.id}, ${perf.id}, UUID(), ${expires}, ${tickets}, ${subtotal}, ${fee}, ${subtotal + fee}, 'Kim Buyer', ${q(person.email)}, 'en', ${time(now)})`);
	const used = sql(`SELECT slot FROM claim WHERE performance_id = ${perf.id} AND person_id = ${person.id}`).map((r) => Number(r.slot));
	const slots = [1, 2, 3, 4].filter((s) => !used.includes(s));
	const mine = seats ?? Array.from({ length: tickets }, () => perf.nextSeat++);
	mine.forEach((seat, i) => {
		sql(`INSERT INTO claim VALUES (${perf.id}, ${seat}, ${person.id}, ${slots[i]}, ${perf.grade}, ${id}, 'held', ${expires});
			INSERT INTO order_line (order_id, line, seat_idx, section_id, grade_id, label, price, fee)
			VALUES (${id}, ${i + 1}, ${seat}, ${house.section}, ${perf.grade}, 'A 1-${seat + 1}', ${perf.price}, ${perf.feePerTicket})`);
	});
	if (left < 60e3)
		sql(`UPDATE claim SET expires_at = ${time(now + left)} WHERE order_id = ${id}; UPDATE orders SET expires_at = ${time(now + left)} WHERE id = ${id}`);
	return { id, code, seats: mine, total: subtotal + fee };
}

export const stateOf = (o) => sql(`SELECT o.state, o.refunded, (SELECT COUNT(*) FROM ticket t WHERE t.order_id = o.id AND t.state = 'issued') AS tickets,
	(SELECT COUNT(*) FROM claim c WHERE c.order_id = o.id AND c.state = 'sold') AS sold FROM orders o WHERE o.id = ${o.id}`)[0];
export const attempts = (o) => sql(`SELECT * FROM pay_attempt WHERE order_id = ${o.id} ORDER BY id`);
export const refunds = (o) => sql(`SELECT * FROM pay_refund WHERE order_id = ${o.id} ORDER BY id`);
export const settled = (o, state, ms = 20000) => until(() => stateOf(o).state === state, { ms, what: `order ${o.code} to be ${state}; it is ${stateOf(o).state}` });

// To the sandbox's window, and through it.  Answers are not followed beyond the shop's return address.
export async function toWindow(v, o) {
	const page = await v.get(`/pay/${o.code}`);
	if (page.status !== 200) throw new Error(`/pay/${o.code}: ${page.status} ${page.location}`);
	return v.follow(await v.submit(page, `/pay/${o.code}/start`));
}
export async function choose(v, window, how) {
	const fields = /^\d/.test(how) ? { card: how } : {};
	return v.submit(window, '/sandbox/window', fields, { press: /^\d/.test(how) ? 'card' : how });
}
// The whole way; the last redirect is answered but not followed.
export async function pay(v, o, how = '4242 4242 4242 4242') {
	return v.get((await choose(v, await toWindow(v, o), how)).location, { timeout: 60000 });
}
export async function checkClean(assert) {
	const r = await foyer('check');
	assert.equal(r.code, 0, r.stdout + r.stderr);
}
