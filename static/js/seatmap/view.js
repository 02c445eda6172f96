// Drawing a hall on a canvas: from afar its sections, near its seats, nearer their numbers.
import { COMPANION, FREE, HELD, RESTRICTED, SOLD, WHEELCHAIR } from './hall.js';

const SEATS_FROM = 7, NUMBERS_FROM = 20; // pixels between neighbours
const MOST = 44;

export class View {
	constructor(canvas, hall, texts) {
		this.canvas = canvas;
		this.c = canvas.getContext('2d');
		this.hall = hall;
		this.texts = texts;
		this.chosen = new Set();
		this.own = new Set();
		this.focus = -1;
		this.showFocus = false;
		this.scale = 0;
		this.x = 0; // the point of the hall in the canvas' upper left corner
		this.y = 0;
		this.readColours();
	}

	readColours() {
		const style = getComputedStyle(document.documentElement);
		const of = (name) => style.getPropertyValue(`--${name}`).trim();
		this.colour = { ink: of('ink'), muted: of('muted'), line: of('line-strong'), faint: of('line'), surface: of('surface'), accent: of('accent-text'), brass: of('brass'), gradeInk: of('grade-ink') };
		this.gradeColours = [0, 1, 2, 3, 4, 5].map((i) => of(`grade-${i}`));
		this.font = getComputedStyle(document.body).fontFamily;
		this.draw();
	}

	gradeColour(section) {
		return section.grade ? this.gradeColours[Math.min(section.grade.ord, 5)] : this.colour.faint;
	}

	resize() {
		const { clientWidth: w, clientHeight: h } = this.canvas;
		const ratio = Math.min(devicePixelRatio || 1, 2.5);
		if (!w || !h) return;
		this.canvas.width = Math.round(w * ratio);
		this.canvas.height = Math.round(h * ratio);
		this.ratio = ratio;
		const cx = this.x + this.w / (2 * this.scale), cy = this.y + this.h / (2 * this.scale);
		const first = !this.scale;
		this.w = w;
		this.h = h;
		if (first) this.whole();
		else this.centre(cx, cy, this.scale);
	}

	get least() {
		const b = this.hall.bounds;
		return Math.min(this.w / (b.x1 - b.x0), this.h / (b.y1 - b.y0));
	}

	get most() {
		return Math.max(this.least, MOST / this.hall.spacing);
	}

	get near() { // whether seats are drawn one by one
		return this.hall.spacing * this.scale >= SEATS_FROM;
	}

	whole() {
		const b = this.hall.bounds;
		this.centre((b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2, this.least);
	}

	centre(x, y, scale) {
		this.scale = Math.min(this.most, Math.max(this.least, scale));
		this.x = x - this.w / (2 * this.scale);
		this.y = y - this.h / (2 * this.scale);
		this.#keepInside();
		this.draw();
	}

	// Zooms so that the point under (px, py) stays there.
	zoom(factor, px = this.w / 2, py = this.h / 2) {
		const x = this.x + px / this.scale, y = this.y + py / this.scale;
		this.scale = Math.min(this.most, Math.max(this.least, this.scale * factor));
		this.x = x - px / this.scale;
		this.y = y - py / this.scale;
		this.#keepInside();
		this.draw();
	}

	// By button: never into an empty middle, but to what is nearest there.
	step(factor) {
		this.zoom(factor);
		const cx = this.x + this.w / (2 * this.scale), cy = this.y + this.h / (2 * this.scale);
		const away = (s) => Math.hypot(Math.max(s.box.x0 - cx, 0, cx - s.box.x1), Math.max(s.box.y0 - cy, 0, cy - s.box.y1));
		const sections = this.hall.sections.filter((s) => s.grade);
		const near = sections.reduce((a, s) => (a && away(a) <= away(s) ? a : s), undefined);
		if (near && away(near) * this.scale > Math.min(this.w, this.h) / 2 - 20) this.centre((near.box.x0 + near.box.x1) / 2, (near.box.y0 + near.box.y1) / 2, this.scale);
	}

	pan(dx, dy) {
		this.x -= dx / this.scale;
		this.y -= dy / this.scale;
		this.#keepInside();
		this.draw();
	}

	#keepInside() {
		const b = this.hall.bounds, w = this.w / this.scale, h = this.h / this.scale;
		const inside = (at, size, from, to) => (size >= to - from ? (from + to - size) / 2 : Math.min(Math.max(at, from), to - size));
		this.x = inside(this.x, w, b.x0, b.x1);
		this.y = inside(this.y, h, b.y0, b.y1);
	}

	showSection(s) {
		const w = s.box.x1 - s.box.x0 + 4 * this.hall.spacing, h = s.box.y1 - s.box.y0 + 4 * this.hall.spacing;
		const fit = Math.min(this.w / w, this.h / h);
		this.centre((s.box.x0 + s.box.x1) / 2, (s.box.y0 + s.box.y1) / 2, Math.max(fit, 14 / this.hall.spacing));
	}

	showSeat(i) {
		const x = this.hall.x[i], y = this.hall.y[i];
		const scale = Math.max(this.scale, 24 / this.hall.spacing);
		const left = this.x + this.w / this.scale * 0.1, right = this.x + this.w / this.scale * 0.9;
		const top = this.y + this.h / this.scale * 0.15, bottom = this.y + this.h / this.scale * 0.85;
		if (scale !== this.scale || x < left || x > right || y < top || y > bottom) this.centre(x, y, scale);
		else this.draw();
	}

	at(px, py) { // the seat under a finger, which is never asked to be finer than 24 pixels
		return this.hall.nearest(this.x + px / this.scale, this.y + py / this.scale, Math.max(12, (this.hall.spacing * this.scale) / 2) / this.scale);
	}

	sectionUnder(px, py) {
		return this.hall.sectionAt(this.x + px / this.scale, this.y + py / this.scale);
	}

	draw() {
		if (this.waiting || !this.scale) return;
		this.waiting = true;
		requestAnimationFrame(() => {
			this.waiting = false;
			this.#paint();
		});
	}

	#paint() {
		const { c, ratio, scale } = this;
		c.setTransform(1, 0, 0, 1, 0, 0);
		c.clearRect(0, 0, this.canvas.width, this.canvas.height);
		c.setTransform(ratio, 0, 0, ratio, 0, 0);
		const x1 = this.x + this.w / scale, y1 = this.y + this.h / scale, pad = this.hall.spacing;
		const seen = (b) => b.x1 >= this.x - pad && b.x0 <= x1 + pad && b.y1 >= this.y - pad && b.y0 <= y1 + pad;
		this.#stage();
		const sections = this.hall.sections.filter((s) => seen(s.box));
		for (const s of sections) if (s.standing || !this.near) this.#section(s);
		if (this.near) this.#seats(sections.filter((s) => !s.standing), seen);
		if (this.showFocus && this.focus >= 0) this.#ring(this.focus, this.colour.accent, 3, 5);
	}

	#stage() {
		const { c, scale } = this, stage = this.hall.stage;
		if (!stage) return;
		const w = (stage.x1 - stage.x0) * scale, h = (stage.y1 - stage.y0) * scale;
		const x = (stage.x0 - this.x) * scale, y = (stage.y0 - this.y) * scale;
		c.fillStyle = this.colour.faint;
		c.beginPath();
		c.roundRect(x, y, w, h, Math.min(8, h / 3));
		c.fill();
		if (h > 9) this.#text(this.texts.stage, x + w / 2, y + h / 2, this.colour.ink, 600, Math.min(16, Math.max(10, h * 0.6)));
	}

	#text(text, x, y, colour, weight, size, most) {
		const { c } = this;
		c.font = `${weight} ${size}px ${this.font}`;
		c.textAlign = 'center';
		c.textBaseline = 'middle';
		c.fillStyle = colour;
		c.fillText(text, x, y, most);
	}

	#section(s) {
		const { c, scale } = this;
		const pad = s.standing ? 0 : this.hall.spacing * 0.8 * scale;
		c.beginPath();
		s.outline.forEach(([x, y], k) => (k ? c.lineTo((x - this.x) * scale, (y - this.y) * scale) : c.moveTo((x - this.x) * scale, (y - this.y) * scale)));
		c.closePath();
		const full = !s.grade || s.left === 0;
		c.fillStyle = c.strokeStyle = full ? this.colour.faint : this.gradeColour(s);
		c.globalAlpha = full ? 1 : 0.55 + 0.45 * Math.min(1, s.left / Math.max(1, s.cap || s.end - s.first));
		c.lineJoin = 'round';
		c.lineWidth = Math.max(1, pad);
		c.fill();
		c.stroke();
		c.globalAlpha = 1;
		const w = (s.box.x1 - s.box.x0) * scale + pad, h = (s.box.y1 - s.box.y0) * scale + pad;
		const x = ((s.box.x0 + s.box.x1) / 2 - this.x) * scale, y = ((s.box.y0 + s.box.y1) / 2 - this.y) * scale;
		const ink = full ? this.colour.ink : this.colour.gradeInk;
		const code = s.grade?.code ?? '';
		if (w < 16 || h < 10) return;
		if (h > 44 && w > 60) {
			this.#text(s.name, x, y - 14, ink, 700, Math.min(15, w / 6), w - 8);
			this.#text(code, x, y + 2, ink, 600, 12, w - 8);
			this.#text(this.texts.left.replace('{n}', s.left.toLocaleString()), x, y + 17, ink, 400, 12, w - 8);
		} else {
			this.#text(code, x, y, ink, 700, Math.min(13, h * 0.8), w - 4);
		}
	}

	#seats(sections, seen) {
		const { c, hall, scale } = this;
		const step = hall.spacing * scale, r = step * 0.4, numbers = step >= NUMBERS_FROM;
		const marked = [];
		for (const s of sections) {
			const free = new Path2D(), held = new Path2D(), sold = new Path2D();
			for (const row of s.rows) {
				if (!seen(row)) continue;
				for (let i = row.first; i < row.end; i++) {
					const x = (hall.x[i] - this.x) * scale, y = (hall.y[i] - this.y) * scale;
					if (x < -step || y < -step || x > this.w + step || y > this.h + step) continue;
					if (this.chosen.has(i) || this.own.has(i)) {
						marked.push(i);
						continue;
					}
					const path = hall.state[i] === FREE ? free : hall.state[i] === HELD ? held : hall.state[i] === SOLD ? sold : undefined;
					if (!path) continue;
					if (r < 4) path.rect(x - r, y - r, 2 * r, 2 * r);
					else {
						path.moveTo(x + r, y);
						path.arc(x, y, path === sold ? r * 0.7 : r, 0, 7);
					}
				}
			}
			c.fillStyle = this.gradeColour(s);
			c.fill(free);
			c.fillStyle = this.colour.faint;
			c.fill(sold);
			c.strokeStyle = this.colour.line;
			c.lineWidth = Math.max(1, r / 4);
			c.stroke(held);
			if (numbers) this.#numbers(s, seen, r);
		}
		for (const i of marked) this.#marked(i, r);
		if (!numbers) this.#names(sections);
	}

	#numbers(s, seen, r) {
		const { c, hall, scale } = this;
		c.font = `600 ${Math.round(r)}px ${this.font}`;
		c.textAlign = 'center';
		c.textBaseline = 'middle';
		for (const row of s.rows) {
			if (!seen(row)) continue;
			c.fillStyle = this.colour.gradeInk;
			for (let i = row.first; i < row.end; i++) {
				const x = (hall.x[i] - this.x) * scale, y = (hall.y[i] - this.y) * scale;
				if (hall.state[i] !== FREE || this.chosen.has(i) || this.own.has(i) || x < -r || x > this.w + r) continue;
				const f = hall.flags[i];
				c.fillText(f & WHEELCHAIR ? '♿' : f & COMPANION ? '+' : f & RESTRICTED ? '!' : hall.labels[i], x, y, 1.7 * r);
			}
			const x = (hall.x[row.first] - this.x) * scale - 3 * r, y = (hall.y[row.first] - this.y) * scale;
			c.fillStyle = this.colour.muted;
			c.fillText(hall.rowLabels[row.first], x, y);
		}
	}

	// In between, where seats are too small for numbers, a section tells its name and the letters of its grade.
	#names(sections) {
		for (const s of sections) {
			if (!s.grade) continue;
			const x = ((s.box.x0 + s.box.x1) / 2 - this.x) * this.scale, y = (s.box.y0 - 0.4 * this.hall.spacing - this.y) * this.scale - 10;
			this.#text(`${s.name} · ${s.grade.code}`, x, y, this.colour.ink, 600, 12);
		}
	}

	#ring(i, colour, width, more) {
		const { c, hall, scale } = this;
		c.strokeStyle = colour;
		c.lineWidth = width;
		c.beginPath();
		c.arc((hall.x[i] - this.x) * scale, (hall.y[i] - this.y) * scale, Math.max(4, hall.spacing * scale * 0.4) + more, 0, 7);
		c.stroke();
	}

	#marked(i, r) {
		const { c, hall, scale } = this;
		const x = (hall.x[i] - this.x) * scale, y = (hall.y[i] - this.y) * scale, size = Math.max(r, 5);
		const mine = this.own.has(i);
		c.fillStyle = mine ? this.colour.brass : this.colour.ink;
		c.beginPath();
		c.arc(x, y, size * 1.15, 0, 7);
		c.fill();
		c.strokeStyle = this.colour.surface;
		c.lineWidth = Math.max(1.5, size / 4);
		c.beginPath();
		c.moveTo(x - size * 0.5, y);
		c.lineTo(x - size * 0.1, y + size * 0.4);
		c.lineTo(x + size * 0.5, y - size * 0.4);
		c.stroke();
	}
}

