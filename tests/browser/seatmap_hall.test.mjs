// The seat map's model by itself: reading the snapshot, following deltas, finding seats.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FREE, HELD, Hall, OFF, SOLD } from '../../static/js/seatmap/hall.js';

// Two blocks of 3 × 4 seats, a standing floor, and a block nobody sells.
function hall() {
	const block = (id, name, first, x, y) => ({ id, name, standing: 0, cap: 12, box: [x, y, 60, 40], first,
		rows: [0, 1, 2].map((r) => ({ label: String(r + 1), seats: [0, 1, 2, 3].map((n) => [String(n + 1), x + n * 20, y + r * 20, 0]) })) });
	return new Hall({ w: 300, h: 400, sections: [block(1, 'A', 0, 50, 120), block(2, 'B', 12, 150, 120),
		{ id: 3, name: 'Floor', standing: 1, cap: 90, box: [50, 220, 160, 60], first: 24, rows: [] }, block(4, 'C', 24, 50, 320)] },
	[{ ord: 0, code: 'VIP', price: 100, sections: [1] }, { ord: 1, code: 'R', price: 50, sections: [2, 3] }]);
}
function snapshot(states, seq, standing = []) {
	const bytes = Math.ceil(states.length / 4);
	const v = new DataView(new ArrayBuffer(16 + bytes + 4 + standing.length * 8));
	v.setUint32(0, 0x46535431, false);
	v.setUint32(4, states.length, true);
	v.setBigInt64(8, BigInt(seq), true);
	states.forEach((s, i) => v.setUint8(16 + (i >> 2), v.getUint8(16 + (i >> 2)) | (s << ((i & 3) * 2))));
	v.setUint32(16 + bytes, standing.length, true);
	standing.forEach(([ord, left], k) => {
		v.setUint32(20 + bytes + k * 8, ord, true);
		v.setUint32(24 + bytes + k * 8, left, true);
	});
	return v.buffer;
}
const STATES = [...new Array(24).fill(FREE), ...new Array(12).fill(OFF)];

test('a snapshot fills states, counts and the stream\'s number', () => {
	const h = hall();
	const states = STATES.slice();
	states[1] = HELD;
	states[13] = SOLD;
	h.readState(snapshot(states, 1795166819591, [[2, 77]]));
	assert.deepEqual([...h.state], states);
	assert.equal(h.seq, 1795166819591);
	assert.deepEqual(h.sections.map((s) => s.left), [11, 11, 77, 0]);
	assert.deepEqual(h.readState(snapshot(STATES, 5)), [1, 13]);
	assert.throws(() => h.readState(new ArrayBuffer(4)));
	assert.throws(() => h.readState(snapshot(STATES, 5).slice(4)));
});

test('deltas change what they name, once, and never what is not offered', () => {
	const h = hall();
	h.readState(snapshot(STATES, 1));
	assert.deepEqual(h.apply({ s: HELD, i: [3, 4, 30, 99] }), [3, 4]);
	assert.deepEqual(h.apply({ s: HELD, i: [3] }), []);
	assert.deepEqual(h.apply({ g: [[1, 5]] }), []);
	assert.equal(h.sections[0].left, 10);
});

test('seats and sections are found where they are', () => {
	const h = hall();
	h.readState(snapshot(STATES, 1));
	assert.equal(h.nearest(91, 141, 10), 6);
	assert.equal(h.nearest(91, 400, 10), -1);
	assert.equal(h.nearest(50, 320, 10), -1); // not offered
	assert.equal(h.sectionAt(80, 140).name, 'A');
	assert.equal(h.sectionAt(100, 250).name, 'Floor');
	assert.equal(h.sectionAt(290, 10), undefined);
});

test('arrows go to the next seat, also from block to block, and stay where nothing follows', () => {
	const h = hall();
	h.readState(snapshot(STATES, 1));
	assert.equal(h.neighbour(0, 1, 0), 1);
	assert.equal(h.neighbour(3, 1, 0), 12);
	assert.equal(h.neighbour(5, 0, 1), 9);
	assert.equal(h.neighbour(5, 0, -1), 1);
	assert.equal(h.neighbour(0, -1, 0), 0);
	assert.ok([3, 12].includes(h.begin()));
});

test('the stage stands in front of the seats', () => {
	const h = hall();
	assert.ok(h.stage.y1 < 120 && h.stage.y0 > 0);
	assert.ok(h.bounds.y0 < h.stage.y0);
});
