// The worker of the waiting room: solves the puzzle at the door, and works out a place of the draw by itself.
//   [challenge] → the nonce;   [seed, n, number] → the place.   Both as src/queue/puzzle.h and draw.h tell them.
const bytes = (text) => new TextEncoder().encode(text);
const sha = async (data) => new DataView(await crypto.subtle.digest('SHA-256', data));

async function solve(challenge) {
	const shift = 32 - parseInt(challenge, 10);
	for (let nonce = 0; ; nonce += 64) {
		const tried = await Promise.all(Array.from({ length: 64 }, (_, i) => sha(bytes(`${challenge}:${nonce + i}`))));
		const found = tried.findIndex((h) => h.getUint32(0) >>> shift === 0);
		if (found >= 0) return nonce + found;
	}
}

// Twelve Feistel rounds over two halves of b bits, repeated until the value is one of the n.
async function place(seed, n, number) {
	const key = await sha(bytes(`foyer-draw:${seed}:${n}`));
	const data = new Uint8Array(37), view = new DataView(data.buffer);
	data.set(new Uint8Array(key.buffer));
	let b = 1;
	while (4 ** b < n) b++;
	const half = 2 ** b;
	let v = number - 1;
	do {
		let left = Math.floor(v / half), right = v % half;
		for (let i = 0; i < 12; i++) {
			data[32] = i;
			view.setUint32(33, right);
			const f = (await sha(data)).getUint32(0) % half;
			[left, right] = [right, (left ^ f) >>> 0];
		}
		v = left * half + right;
	} while (v >= n);
	return v + 1;
}

addEventListener('message', async ({ data }) => postMessage(await (data.length > 1 ? place(...data) : solve(...data))));
