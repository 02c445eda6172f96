// Markup in every text column of the world's rows (world.mjs): what pages must not let through.
import assert from 'node:assert/strict';
import { sql, sqlOne, sqlQuote as q } from './house.mjs';
import { rowsOf } from './world.mjs';

// Closes an attribute of either kind, opens a tag, and begins like a formula.  Short enough for a seat's label.
export const SHORT = `="'><xz>`;
export const LONG = `${SHORT}<img src=x onerror=window.xss=1>`;
export const THROUGH = /<xz|<img src=x|"'(?:>|&gt;)/;
export const KEPT = '&lt;xz&gt;';

// Columns that hold words of the house, each written by the house alone.
const CODES = new Set(`person.lang orders.lang orders.currency pay_attempt.currency ledger_entry.currency shows.slug venue.region pay_attempt.provider
	pay_webhook.provider pay_webhook.body sandbox_payment.status sandbox_payment.scenario sandbox_payment.method outbox.topic outbox.payload
	sandbox_idempotency.body setting.name leader.name ledger_tx.kind
	queue_pass.holder queue_pass.living waiting_room.live_sale waiting_room.sale_kind suspicion.sale_kind suspicion.who`.split(/\s+/));
// Tables of which the world has no row of its own: a row just for this, with what it needs.
const extra = (w) => ({
	gate_scan: `(performance_id, at, by_whom, result) VALUES (${w.performance}, UTC_TIMESTAMP(6), 'x', 'unknown')`,
	consent: `(person_id, kind, version, granted, at) VALUES (${w.member.person.id}, 'marketing', '1', 0, UTC_TIMESTAMP(6))`,
	email_token: `(kind, email, person_id, token_hash, created_at, expires_at) VALUES ('change', 'x', ${w.member.person.id}, UNHEX(SHA2(UUID(), 256)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 HOUR)`,
	job_run: `(job, host, fence, started_at, finished_at, ok, note) VALUES ('sweep', 'x', 0, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 0, 'x')`,
	leader: `(name, fence, host, since) VALUES ('sweep', 0, 'x', UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE host = 'x'`,
	setting: `(name, value, changed_at) VALUES ('sweep', 'x', UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE value = 'x'`,
	waiting_room: `(sale_kind, sale_id, live_sale, state, gathers_at, opens_at, target, rate, seed, created_at) VALUES ('p', ${w.performance}, 'p${w.performance}', 'planned',
		UTC_TIMESTAMP(6) + INTERVAL 5 DAY, UTC_TIMESTAMP(6) + INTERVAL 6 DAY, 5, 5, REPEAT('s', 32), UTC_TIMESTAMP(6))`,
	suspicion: `(sale_kind, sale_id, who, person_id, reason, detail, first_at, last_at) VALUES ('p', ${w.performance}, 'm${w.member.person.id}', ${w.member.person.id}, 'many tries', 'x', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE detail = 'x'`,
	outbox: `(topic, about, payload, state, due_at, created_at) VALUES ('sweep', ${q(w.paid)}, '{}', 'failed', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`,
});
const where = (w) => ({
	...rowsOf(w), waiting_room: `sale_kind = 'p' AND sale_id IN (${w.queued}, ${w.performance})`, suspicion: `sale_kind = 'p' AND sale_id = ${w.performance}`,
	job_run: "job = 'sweep'", leader: "name = 'sweep'", setting: "name = 'sweep'", outbox: "topic = 'sweep'",
	seat: `hall_id = ${w.hall} AND idx IN (1, 21)`, // labels are unique within a row
});
const UNIQUE = { 'person.email': 'id', 'price_grade.code': 'ord' };

function columns() {
	return sql(`SELECT table_name AS t, column_name AS c, character_maximum_length AS n FROM information_schema.columns
		WHERE table_schema = 'foyer' AND data_type IN ('char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext') AND character_set_name <> 'ascii'
		AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_schema = 'foyer' AND table_type = 'BASE TABLE')
		ORDER BY 1, ordinal_position`).filter((c) => !CODES.has(`${c.t}.${c.c}`) && c.t !== 'schema_version');
}
// Puts the extra rows in; then mark(only) marks the columns "table.column" that only() wants, and checks that each is marked.
export function marking(w) {
	for (const [table, rest] of Object.entries(extra(w))) sql(`INSERT INTO ${table} ${rest}`);
	return (only) => mark(where(w), only);
}
function mark(rows, only) {
	const tables = new Map();
	for (const c of columns()) if (only(`${c.t}.${c.c}`)) tables.set(c.t, [...(tables.get(c.t) ?? []), c]);
	for (const [table, list] of tables) {
		assert.ok(rows[table], `tests/support/world.mjs does not know which rows of ${table} are the world's`);
		const values = list.map((c) => {
			const text = q(Number(c.n) >= LONG.length + 8 ? LONG : SHORT);
			const unique = UNIQUE[`${table}.${c.c}`];
			assert.ok(Number(c.n) >= SHORT.length, `${table}.${c.c} is too short for the marker: a code?`);
			return `${c.c} = ${unique ? `CONCAT(${text}, ${unique})` : text}`;
		});
		sql(`UPDATE ${table} SET ${values.join(', ')} WHERE ${rows[table]}`);
		assert.ok(Number(sqlOne(`SELECT COUNT(*) FROM ${table} WHERE ${list[0].c} LIKE '%xz%'`)) > 0, `no row of ${table} carries the marker`);
	}
}
// The show is seen no more, and what only the sweep knew is gone.
export const unmark = (w) => sql(`UPDATE shows SET state = 'withdrawn' WHERE organizer_id = ${w.organizer};
	DELETE FROM waiting_room WHERE sale_id = ${w.performance};
	DELETE FROM suspicion WHERE sale_id = ${w.performance}; DELETE FROM leader WHERE name = 'sweep'; DELETE FROM setting WHERE name = 'sweep'; DELETE FROM outbox WHERE topic = 'sweep'; DELETE FROM job_run WHERE job = 'sweep'`);
