// The hall editor: a section is seen while it is being described, and can be pushed to its place; whole rows are chosen at
// once.  Without this script the server draws the section that is tried.
const number = (form, name) => {
	const v = Number(form.elements[name].value);
	return Number.isFinite(v) ? Math.trunc(v) : 0;
};

// The seats of the generator (src/venue/plan.c): curved, then turned around the block's middle.
export function seatsOf(b) {
	const seats = [], turn = (b.rotate * Math.PI) / 180, halfW = ((b.seats - 1) * b.seatGap) / 2, halfH = ((b.rows - 1) * b.rowGap) / 2;
	for (let r = 0; r < b.rows; r++) {
		for (let c = 0; c < b.seats; c++) {
			const dx = c * b.seatGap - halfW;
			const dy = r * b.rowGap - halfH - (halfW > 0 ? (b.curve / 1000) * halfW * (dx / halfW) ** 2 : 0);
			seats.push([
				Math.round(b.x + halfW + dx * Math.cos(turn) - dy * Math.sin(turn)),
				Math.round(b.y + halfH + dx * Math.sin(turn) + dy * Math.cos(turn)),
			]);
		}
	}
	return seats;
}

function blockOf(form) {
	return {
		kind: form.elements.kind.value, x: number(form, 'x'), y: number(form, 'y'), rows: number(form, 'rows'), seats: number(form, 'seats'),
		seatGap: number(form, 'seat_gap'), rowGap: number(form, 'row_gap'), curve: number(form, 'curve'), rotate: number(form, 'rotate'),
		capacity: number(form, 'capacity'), w: number(form, 'w'), h: number(form, 'h'),
	};
}

function editor(form, plan) {
	const draft = plan.querySelector('[data-draft]'), count = form.querySelector('[data-count]');
	const home = plan.viewBox.baseVal, seen = { x0: home.x, y0: home.y, x1: home.x + home.width, y1: home.y + home.height };

	// The drawing shows the hall and what is added to it.
	const show = (points) => {
		const x0 = Math.min(seen.x0, ...points.map((p) => p[0] - 30)), y0 = Math.min(seen.y0, ...points.map((p) => p[1] - 30));
		const x1 = Math.max(seen.x1, ...points.map((p) => p[0] + 30)), y1 = Math.max(seen.y1, ...points.map((p) => p[1] + 30));
		plan.setAttribute('viewBox', `${x0} ${y0} ${x1 - x0} ${y1 - y0}`);
	};
	const draw = (fit = true) => {
		const b = blockOf(form);
		form.dataset.chosen = b.kind;
		let path = '', places = 0, corners = [];
		if (b.kind === 'standing') {
			places = b.capacity;
			path = `M${b.x} ${b.y}h${b.w}v${b.h}h${-b.w}z`;
			corners = [[b.x, b.y], [b.x + b.w, b.y + b.h]];
		} else if (b.rows > 0 && b.seats > 0) {
			places = b.rows * b.seats;
			const seats = places <= 20000 ? seatsOf(b) : [];
			path = seats.map(([x, y]) => `M${x} ${y}h0`).join('');
			const xs = seats.map((s) => s[0]), ys = seats.map((s) => s[1]);
			const least = (v) => v.reduce((m, n) => Math.min(m, n), Infinity), most = (v) => v.reduce((m, n) => Math.max(m, n), -Infinity);
			if (seats.length) corners = [[least(xs), least(ys)], [most(xs), most(ys)]];
		}
		draft.setAttribute('d', path);
		count.textContent = count.dataset.count.replace('%s', places.toLocaleString(document.documentElement.lang));
		if (fit) show(corners);
	};

	const place = (e) => new DOMPoint(e.clientX, e.clientY).matrixTransform(plan.getScreenCTM().inverse());
	let from;
	draft.addEventListener('pointerdown', (e) => {
		const p = place(e);
		from = { x: p.x - number(form, 'x'), y: p.y - number(form, 'y') };
		draft.setPointerCapture(e.pointerId);
		e.preventDefault();
	});
	draft.addEventListener('pointermove', (e) => {
		if (!from) return;
		const p = place(e), snap = (v) => Math.max(0, Math.round(v / 5) * 5);
		form.elements.x.value = snap(p.x - from.x);
		form.elements.y.value = snap(p.y - from.y);
		draw(false);
	});
	for (const end of ['pointerup', 'pointercancel']) {
		draft.addEventListener(end, () => {
			from = undefined;
			draw();
		});
	}
	form.addEventListener('input', () => draw());
	draw();
}

// A box beside each row that chooses all of it.
function marks(form) {
	for (const row of form.querySelectorAll('[data-row]')) {
		const boxes = [...row.querySelectorAll('input[name=seat]')], button = document.createElement('button');
		button.type = 'button';
		button.className = 'button-quiet button-small';
		button.textContent = form.dataset.marks;
		button.setAttribute('aria-label', `${row.querySelector('legend').textContent}: ${form.dataset.marks}`);
		button.addEventListener('click', () => {
			const on = !boxes.every((b) => b.checked);
			for (const b of boxes) b.checked = on;
		});
		row.append(button);
	}
}

const block = document.querySelector('[data-block]'), plan = document.getElementById('plan'), choosing = document.querySelector('[data-marks]');
if (block && plan) editor(block, plan);
if (choosing) marks(choosing);
