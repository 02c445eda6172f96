// A stage of one's own for tests of the purchase: an organizer, a hall, a show, a performance on sale; buyers with a
// session.  Everything has a random name, so that tests don't meet.
//
//   const { performance, seats } = stage({ rows: 4, perRow: 10 });
//   const v = buyer({ member: true });
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { VAR, Visitor, insert, replicated, sql } from './house.mjs';

const random = () => randomBytes(5).toString('hex');

export function person({ member = true, name = 'Kim Buyer' } = {}) {
	const email = `b${random()}@example.com`;
	const id = insert(`INSERT INTO person (email, email_verified_at, password_hash, name, lang, created_at) VALUES ('${email}', UTC_TIMESTAMP(6), ${member ? "'!'" : 'NULL'}, '${name}', 'en', UTC_TIMESTAMP(6))`);
	return { id, email, name, member };
}

// A session as src/web/session.c keeps it, without the way through the sign-in page.  who: { id, member, factor } of a
// person, or { staff, organizer } of a staff code.
export function signIn(visitor, who) {
	const token = randomBytes(32).toString('base64url');
	const key = createHash('sha256').update(token).digest('hex');
	const fields = ['1', who.id ?? 0, who.staff ?? 0, who.organizer ?? 0, who.member ? 1 : 0, who.factor ? 1 : 0, Date.now() * 1000, '127.0.0.1', 'test'].join('\x1f');
	redis('SET', `session:${key}`, fields, 'EX', '3600');
	visitor.cookies?.set('foyer', token);
	return token;
}
export function redis(...args) {
	return execFileSync('redis-cli', ['-s', join(VAR, 'run/redis.sock'), ...args], { encoding: 'utf8' }).trim();
}

export function buyer(options = {}) {
	const v = new Visitor(options);
	v.person = person(options);
	signIn(v, v.person);
	return v;
}

// The organizer of a stage, signed in.
export function ownerOf(s) {
	const v = new Visitor();
	signIn(v, { ...s.owner, member: true });
	return v;
}

// grades: one section of `rows` rows each; standing: capacity of a standing section behind them.
export function stage({ rows = 4, perRow = 10, grades = [['VIP', 150000], ['R', 110000]], standing = 0, limit = 4, fee = 0, startsInHours = 240, opensInHours = -24 } = {}) {
	const owner = person({ name: 'Organizer' });
	const organizer = insert(`INSERT INTO organizer (person_id, name, about, state, applied_at) VALUES (${owner.id}, 'House ${random()}', '', 'approved', UTC_TIMESTAMP(6))`);
	const venue = insert(`INSERT INTO venue (organizer_id, name, name_en, region, created_at) VALUES (${organizer}, '시험 극장', 'Test Theatre', 'seoul', UTC_TIMESTAMP(6))`);
	const count = grades.length * rows * perRow;
	const hall = insert(`INSERT INTO hall (venue_id, name, name_en, seats, standing, width, height, version, created_at) VALUES (${venue}, '대극장', 'Main hall', ${count}, ${standing}, ${perRow * 20 + 40}, ${grades.length * (rows + 1) * 20 + 200}, 2, UTC_TIMESTAMP(6))`);
	const show = insert(`INSERT INTO shows (organizer_id, slug, title, title_en, genre, synopsis, synopsis_en, notice, notice_en, ticket_limit, fee_per_ticket, view_open_at, booking_open_at, state, created_at, search_text) VALUES (${organizer}, 'test-${random()}', '시험 공연', 'Test show', 'concert', '', '', '', '', ${limit}, ${fee}, UTC_TIMESTAMP(6) - INTERVAL 30 DAY, UTC_TIMESTAMP(6) + INTERVAL ${opensInHours} HOUR, 'published', UTC_TIMESTAMP(6), 'test')`);
	const performance = insert(`INSERT INTO performance (show_id, hall_id, starts_at, booking_closes_at, state, created_at) VALUES (${show}, ${hall}, UTC_TIMESTAMP(6) + INTERVAL ${startsInHours} HOUR, UTC_TIMESTAMP(6) + INTERVAL ${startsInHours - 1} HOUR, 'on_sale', UTC_TIMESTAMP(6))`);
	const seats = [], sections = [];
	grades.forEach(([code, price], ord) => {
		const grade = insert(`INSERT INTO price_grade (show_id, ord, code, price) VALUES (${show}, ${ord}, '${code}', ${price})`);
		const y = 60 + ord * (rows + 1) * 20;
		const section = insert(`INSERT INTO section (hall_id, ord, name, kind, capacity, x, y, w, h) VALUES (${hall}, ${ord}, '${'ABCDEF'[ord]} block', 'seated', ${rows * perRow}, 10, ${y - 10}, ${perRow * 20 + 20}, ${rows * 20})`);
		const values = [];
		for (let row = 0; row < rows; row++) {
			for (let n = 0; n < perRow; n++) {
				const idx = ord * rows * perRow + row * perRow + n;
				values.push(`(${hall}, ${idx}, ${section}, '${row + 1}', '${n + 1}', ${30 + n * 20}, ${y + row * 20}, 0)`);
				seats.push({ idx, section, row: row + 1, seat: n + 1, label: `${'ABCDEF'[ord]} block, row ${row + 1}, seat ${n + 1}`, price });
			}
		}
		sql(`INSERT INTO seat (hall_id, idx, section_id, row_label, label, x, y, flags) VALUES ${values.join(',')}`);
		sql(`INSERT INTO section_grade (show_id, section_id, grade_id) VALUES (${show}, ${section}, ${grade}); INSERT INTO performance_grade (performance_id, grade_id, capacity) VALUES (${performance}, ${grade}, ${rows * perRow})`);
		sections.push({ id: section, grade, code, price });
	});
	if (standing) {
		const ord = grades.length;
		const grade = insert(`INSERT INTO price_grade (show_id, ord, code, price) VALUES (${show}, ${ord}, 'ST', 77000)`);
		const section = insert(`INSERT INTO section (hall_id, ord, name, kind, capacity, x, y, w, h) VALUES (${hall}, ${ord}, 'Floor', 'standing', ${standing}, 10, ${70 + ord * (rows + 1) * 20}, ${perRow * 20 + 20}, 80)`);
		sql(`INSERT INTO section_grade (show_id, section_id, grade_id) VALUES (${show}, ${section}, ${grade}); INSERT INTO performance_grade (performance_id, grade_id, capacity) VALUES (${performance}, ${grade}, ${standing})`);
		const stripes = Array.from({ length: 16 }, (_, i) => `(${performance}, ${section}, ${i}, ${Math.floor(standing / 16) + (i < standing % 16 ? 1 : 0)})`);
		sql(`INSERT INTO stock_stripe (performance_id, section_id, stripe, capacity) VALUES ${stripes.join(',')}`);
		sections.push({ id: section, grade, code: 'ST', price: 77000, standing });
	}
	replicated();
	return { organizer, owner, venue, hall, show, performance, seats, sections };
}
