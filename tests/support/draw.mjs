// The waiting room's draw as its page describes it, written from those words alone: seed in hexadecimal, n that took part →
// a function from number to place.
import { createHash } from 'node:crypto';

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();

export function draw(seed, n) {
	const key = sha256(`foyer-draw:${seed}:${n}`);
	let bits = 1;
	while (4 ** bits < n) bits++;
	const half = 2 ** bits;
	const f = (round, x) => {
		const word = Buffer.alloc(4);
		word.writeUInt32BE(x);
		return sha256(key, [round], word).readUInt32BE(0) % half;
	};
	const shuffle = (value) => {
		let left = Math.floor(value / half), right = value % half;
		for (let round = 0; round < 12; round++)
			[left, right] = [right, left ^ f(round, right)];
		return left * half + right;
	};
	return (number) => {
		let value = number - 1;
		do value = shuffle(value);
		while (value >= n);
		return value + 1;
	};
}

export const seedHash = (seed) => sha256(Buffer.from(seed, 'hex')).toString('hex');
