// A hall in numbers: where each seat is, what state it has.  No page in here, so that it can be tested by itself.
export const FREE = 0, HELD = 1, SOLD = 2, OFF = 3;
export const WHEELCHAIR = 1, COMPANION = 2, RESTRICTED = 4;

export class Hall {
	// geo: the file of /geo/…; grades: [{ ord, code, price, sections: [section ids] }…] as the legend tells them.
	constructor(geo, grades) {
		const n = geo.sections.reduce((sum, s) => Math.max(sum, s.standing ? 0 : s.first + s.rows.reduce((k, r) => k + r.seats.length, 0)), 0);
		this.width = geo.w;
		this.height = geo.h;
		this.n = n;
		this.x = new Float32Array(n);
		this.y = new Float32Array(n);
		this.flags = new Uint8Array(n);
		this.state = new Uint8Array(n).fill(OFF);
		this.sectionOf = new Uint16Array(n);
		this.labels = new Array(n);
		this.rowLabels = new Array(n);
		this.seq = 0;
		this.sections = geo.sections.map((s, at) => this.#section(s, at, grades.find((g) => g.sections.includes(s.id))));
		this.spacing = this.#spacing();
		this.bounds = this.#bounds();
	}

	#section(s, at, grade) {
		const [x, y, w, h] = s.box;
		const section = { at, id: s.id, name: s.name, standing: Boolean(s.standing), cap: s.cap, grade, left: 0, rows: [], first: s.first, end: s.first };
		section.outline = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
		section.box = { x0: x, y0: y, x1: x + w, y1: y + h };
		if (section.standing) return section;
		let i = s.first;
		for (const row of s.rows) {
			const box = { first: i, end: i + row.seats.length, x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
			for (const [label, sx, sy, flags] of row.seats) {
				this.x[i] = sx;
				this.y[i] = sy;
				this.flags[i] = flags;
				this.labels[i] = label;
				this.rowLabels[i] = row.label;
				this.sectionOf[i] = at;
				box.x0 = Math.min(box.x0, sx);
				box.y0 = Math.min(box.y0, sy);
				box.x1 = Math.max(box.x1, sx);
				box.y1 = Math.max(box.y1, sy);
				i += 1;
			}
			section.rows.push(box);
		}
		section.end = i;
		if (i === s.first) return section;
		// A turned block is drawn by its corners: the ends of its first and last row.
		const head = section.rows[0], tail = section.rows.at(-1);
		section.outline = [head.first, head.end - 1, tail.end - 1, tail.first].map((k) => [this.x[k], this.y[k]]);
		section.box = section.rows.reduce((b, r) => ({ x0: Math.min(b.x0, r.x0), y0: Math.min(b.y0, r.y0), x1: Math.max(b.x1, r.x1), y1: Math.max(b.y1, r.y1) }));
		return section;
	}

	// The usual distance between neighbours.
	#spacing() {
		const found = [];
		for (const s of this.sections) {
			for (const r of s.rows.slice(0, 3)) {
				if (r.end - r.first > 1) found.push(Math.hypot(this.x[r.first + 1] - this.x[r.first], this.y[r.first + 1] - this.y[r.first]));
			}
		}
		found.sort((a, b) => a - b);
		return found[found.length >> 1] || 20;
	}

	#bounds() {
		const pad = this.spacing * 2;
		const b = this.sections.reduce((m, s) => ({ x0: Math.min(m.x0, s.box.x0), y0: Math.min(m.y0, s.box.y0), x1: Math.max(m.x1, s.box.x1), y1: Math.max(m.y1, s.box.y1) }), { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity });
		if (b.x0 > b.x1) return { x0: 0, y0: 0, x1: this.width, y1: this.height };
		this.stage = this.#stage(b);
		return { x0: b.x0 - pad, y0: Math.min(b.y0, this.stage?.y0 ?? b.y0) - 1.5 * pad, x1: b.x1 + pad, y1: b.y1 + pad };
	}

	// Where the stage is drawn: in the largest gap of the middle line within the front half (a bowl has it in its middle).
	#stage(b) {
		const cx = (b.x0 + b.x1) / 2, w = (b.x1 - b.x0) * 0.15;
		const inWay = this.sections.map((s) => s.box).filter((s) => s.x0 < cx + w && s.x1 > cx - w).sort((s, t) => s.y0 - t.y0);
		let at = 0, best;
		for (const s of inWay) {
			const inFront = (at + s.y0) / 2 < b.y0 + (b.y1 - b.y0) * 0.55;
			if (inFront && s.y0 - at > (best ? best.to - best.from : this.spacing * 2)) best = { from: at, to: s.y0 };
			at = Math.max(at, s.y1);
		}
		if (!best) return undefined;
		const gap = best.to - best.from, h = Math.min(gap * 0.4, (b.y1 - b.y0) * 0.08);
		const y0 = best.from ? best.from + (gap - h) * 0.35 : best.to - h * 2; // the name of the section behind it has room
		return { x0: cx - w, x1: cx + w, y0, y1: y0 + h };
	}

	// Takes over the snapshot of /seats.bin; returns the seats whose state is another than before.
	readState(buffer) {
		const v = new DataView(buffer);
		if (v.byteLength < 16 || v.getUint32(0, false) !== 0x46535431) throw new Error('not a seat state');
		const n = Math.min(v.getUint32(4, true), this.n);
		this.seq = Number(v.getBigInt64(8, true));
		const bytes = Math.ceil(v.getUint32(4, true) / 4);
		const changed = [];
		for (let i = 0; i < n; i++) {
			const state = (v.getUint8(16 + (i >> 2)) >> ((i & 3) * 2)) & 3;
			if (state !== this.state[i]) {
				this.state[i] = state;
				changed.push(i);
			}
		}
		for (let at = 16 + bytes + 4, k = v.getUint32(16 + bytes, true); k > 0; k--, at += 8) {
			const section = this.sections[v.getUint32(at, true)];
			if (section) section.left = v.getUint32(at + 4, true);
		}
		this.count();
		return changed;
	}

	// One message of the live stream, {"s": state, "i": [idx…]}; returns the seats that changed.
	apply(message) {
		const changed = [];
		for (const i of message.i ?? []) {
			if (i >= this.n || this.state[i] === OFF || this.state[i] === message.s) continue;
			this.state[i] = message.s;
			changed.push(i);
		}
		if (changed.length) this.count();
		return changed;
	}

	count() {
		for (const s of this.sections) {
			if (s.standing) continue;
			s.left = 0;
			for (let i = s.first; i < s.end; i++) s.left += this.state[i] === FREE ? 1 : 0;
		}
	}

	section(i) {
		return this.sections[this.sectionOf[i]];
	}

	// The seat nearest to a point, within reach; -1: none.
	nearest(x, y, reach) {
		let best = -1, least = reach * reach;
		for (const s of this.sections) {
			if (s.standing || x < s.box.x0 - reach || x > s.box.x1 + reach || y < s.box.y0 - reach || y > s.box.y1 + reach) continue;
			for (const r of s.rows) {
				if (x < r.x0 - reach || x > r.x1 + reach || y < r.y0 - reach || y > r.y1 + reach) continue;
				for (let i = r.first; i < r.end; i++) {
					const d = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
					if (d < least && this.state[i] !== OFF) {
						least = d;
						best = i;
					}
				}
			}
		}
		return best;
	}

	sectionAt(x, y) {
		return this.sections.find((s) => {
			let inside = false;
			const o = s.outline, pad = this.spacing / 2;
			if (x < s.box.x0 - pad || x > s.box.x1 + pad || y < s.box.y0 - pad || y > s.box.y1 + pad) return false;
			for (let i = 0, j = o.length - 1; i < o.length; j = i++) {
				if (o[i][1] > y !== o[j][1] > y && x < ((o[j][0] - o[i][0]) * (y - o[i][1])) / (o[j][1] - o[i][1]) + o[i][0]) inside = !inside;
			}
			return inside || s.rows.length === 1;
		});
	}

	// The next offered seat in a direction (dx, dy of length 1): far along counts once, far aside three times.
	neighbour(from, dx, dy) {
		let best = from, least = Infinity;
		for (let i = 0; i < this.n; i++) {
			if (i === from || this.state[i] === OFF) continue;
			const x = this.x[i] - this.x[from], y = this.y[i] - this.y[from];
			const along = x * dx + y * dy;
			if (along < this.spacing * 0.3) continue;
			const cost = along + 3 * Math.abs(x * dy - y * dx);
			if (cost < least) {
				least = cost;
				best = i;
			}
		}
		return best;
	}

	// Where the keyboard begins: the free seat nearest to the middle of the front.
	begin() {
		let best = -1, least = Infinity;
		const cx = (this.bounds.x0 + this.bounds.x1) / 2;
		for (let i = 0; i < this.n; i++) {
			if (this.state[i] !== FREE) continue;
			const d = Math.hypot(this.x[i] - cx, this.y[i] - this.bounds.y0);
			if (d < least) {
				least = d;
				best = i;
			}
		}
		return best;
	}
}
