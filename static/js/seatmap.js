// The seat map: draws the hall, lets people choose by finger, mouse and keyboard, and follows what others take.
import { COMPANION, FREE, HELD, Hall, RESTRICTED, SOLD, WHEELCHAIR } from './seatmap/hall.js';
import { Tray } from './seatmap/tray.js';
import { View } from './seatmap/view.js';
import { deadline } from './lib/deadline.js';
import { live } from './lib/live.js';

const box = document.getElementById('seatmap');
const lang = document.documentElement.lang || 'ko';

function text(name, values = {}) {
	return (box.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`] ?? '').replace(/\{(\w+)\}/g, (all, k) => values[k] ?? all);
}
function element(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
	e.append(...children);
	return e;
}
const numbers = (s) => (s ? s.split(',').map(Number) : []);

function readGrades() {
	return [...document.querySelectorAll('#legend li')].map((li) => ({
		id: Number(li.dataset.grade), ord: Number(li.dataset.ord), code: li.dataset.code, price: Number(li.dataset.price), sections: numbers(li.dataset.sections), li,
	}));
}

async function start() {
	const get = async (url) => {
		const answer = await fetch(url);
		if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
		return answer;
	};
	const grades = readGrades();
	const [geo, state] = await Promise.all([get(box.dataset.geo).then((a) => a.json()), get(box.dataset.state).then((a) => a.arrayBuffer())]);
	const hall = new Hall(geo, grades);
	hall.readState(state);

	const canvas = element('canvas', { tabindex: '0', role: 'application', 'aria-label': text('keys') });
	const say = element('p', { class: 'seatmap-say', 'aria-live': 'polite' });
	const button = (label, sign, act) => {
		const b = element('button', { type: 'button', 'aria-label': label, title: label }, sign);
		b.addEventListener('click', act);
		return b;
	};
	const tools = element('div', { class: 'seatmap-tools' }, button(text('in'), '+', () => view.step(1.6)), button(text('out'), '−', () => view.step(1 / 1.6)), button(text('all'), '⤢', () => view.whole()));
	box.replaceChildren(canvas, say, tools);
	const view = new View(canvas, hall, { stage: text('stage'), left: text('left') });
	view.own = new Set(numbers(box.dataset.own));

	const name = (i) => text('seat', { section: hall.section(i).name, row: hall.rowLabels[i], seat: hall.labels[i] });
	const tell = (words) => { say.textContent = words; };
	const tray = new Tray(document.getElementById('tray'), { lang, name, grade: (i) => hall.section(i).grade, dropLabel: (seat) => text('drop', { seat }), onDrop: (i) => toggle(i) });
	for (const i of tray.seats()) if (i < hall.n) view.chosen.add(i);

	function describe(i) {
		const grade = hall.section(i).grade;
		const flags = [[WHEELCHAIR, 'wheelchair'], [COMPANION, 'companion'], [RESTRICTED, 'restricted']].filter(([f]) => hall.flags[i] & f).map(([, t]) => text(t));
		const state = view.chosen.has(i) ? 'chosen' : view.own.has(i) ? 'own' : hall.state[i] === FREE ? 'free' : hall.state[i] === HELD ? 'held' : hall.state[i] === SOLD ? 'sold' : 'off';
		return [name(i), grade ? `${grade.code} ${tray.money(grade.price)}` : '', ...flags, text(state)].filter(Boolean).join(' · ');
	}
	function toggle(i) {
		if (view.chosen.has(i)) {
			view.chosen.delete(i);
			tray.remove(i);
		} else if (hall.state[i] === FREE && !view.own.has(i)) {
			if (view.chosen.size >= Number(box.dataset.most)) {
				tell(text('limit'));
				return;
			}
			view.chosen.add(i);
			tray.add(i);
		}
		tell(describe(i));
		view.draw();
	}
	// What changed under somebody's hands.
	function lose(changed) {
		const lost = changed.filter((i) => view.chosen.has(i) && hall.state[i] !== FREE);
		for (const i of lost) {
			view.chosen.delete(i);
			tray.remove(i);
		}
		if (lost.length) tell(lost.map((i) => text('lost', { seat: name(i) })).join(' '));
		for (const s of hall.sections) {
			const left = s.standing && document.querySelector(`[data-standing="${s.at}"]`);
			if (left) left.textContent = text('left', { n: s.left.toLocaleString(lang) });
		}
		for (const g of grades) {
			const out = g.li.querySelector('[data-left]');
			out.textContent = text('left', { n: hall.sections.filter((s) => s.grade === g).reduce((n, s) => n + s.left, 0).toLocaleString(lang) });
		}
		view.draw();
	}
	lose([...view.chosen]);
	steer(canvas, view, { toggle, tell, describe });
	follow(hall, lose, get);
	new ResizeObserver(() => view.resize()).observe(canvas);
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view.readColours());
	new MutationObserver(() => view.readColours()).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
	if (view.chosen.size) {
		const [first] = view.chosen;
		requestAnimationFrame(() => requestAnimationFrame(() => view.showSeat(first)));
	}
	box.dataset.ready = '1';
	box.seatAt = (i) => [(hall.x[i] - view.x) * view.scale, (hall.y[i] - view.y) * view.scale]; // for tests: where a seat is
}

// The stream continues behind the snapshot; where something is missing, the snapshot is fetched anew.
function follow(hall, lose, get) {
	// A state of its own for each position: the one everybody gets may be from before.
	const anew = async (_, position) => lose(hall.readState(await get(box.dataset.state + (position ? `?at=${position}` : '')).then((a) => a.arrayBuffer())));
	const stream = live(box.dataset.channel, {
		after: hall.seq,
		onSnapshot: anew,
		onMessage: (data) => {
			const messages = [data].flat();
			const changed = messages.flatMap((m) => hall.apply(m));
			if (changed.length) lose(changed);
			if (messages.some((m) => m.g) && hall.sections.some((s) => s.standing)) stream.renew(box.dataset.channel);
		},
	});
	addEventListener('pageshow', (e) => {
		if (e.persisted) location.reload(); // back from the checkout: what was chosen is held now
	});
}

// ---- hands --------------------------------------------------------------------------------------------------------------
const TAP = 8; // pixels a finger may tremble
function steer(canvas, view, { toggle, tell, describe }) {
	const down = new Map();
	let moved = false, pinch = 0;
	const spread = () => {
		const [a, b] = [...down.values()];
		return { d: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
	};
	canvas.addEventListener('pointerdown', (e) => {
		canvas.setPointerCapture(e.pointerId);
		if (!down.size) moved = false;
		down.set(e.pointerId, { x: e.offsetX, y: e.offsetY, x0: e.offsetX, y0: e.offsetY });
		if (down.size === 2) pinch = spread().d;
	});
	canvas.addEventListener('pointermove', (e) => {
		const p = down.get(e.pointerId);
		if (!p) return;
		const dx = e.offsetX - p.x, dy = e.offsetY - p.y;
		if (!moved && Math.hypot(e.offsetX - p.x0, e.offsetY - p.y0) < TAP) return;
		moved = true;
		p.x = e.offsetX;
		p.y = e.offsetY;
		if (down.size === 1) view.pan(dx, dy);
		else if (down.size === 2) {
			const s = spread();
			view.pan(dx / 2, dy / 2);
			if (pinch > 0) view.zoom(s.d / pinch, s.x, s.y);
			pinch = s.d;
		}
	});
	const up = (e) => {
		const p = down.get(e.pointerId);
		down.delete(e.pointerId);
		if (!p || moved || e.type === 'pointercancel') return;
		view.showFocus = false;
		if (!view.near) {
			const s = view.sectionUnder(p.x, p.y);
			if (s?.standing) document.getElementById(`standing-${s.id}`)?.focus();
			else if (s) view.showSection(s);
			else view.zoom(2, p.x, p.y);
			return;
		}
		const i = view.at(p.x, p.y);
		if (i < 0) return;
		view.focus = i;
		toggle(i);
	};
	canvas.addEventListener('pointerup', up);
	canvas.addEventListener('pointercancel', up);
	canvas.addEventListener('wheel', (e) => {
		e.preventDefault();
		view.zoom(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.002)), e.offsetX, e.offsetY);
	}, { passive: false });

	const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
	canvas.addEventListener('keydown', (e) => {
		if (e.ctrlKey || e.metaKey || e.altKey) return;
		if (e.key in ways) {
			view.focus = view.focus < 0 ? view.hall.begin() : view.hall.neighbour(view.focus, ...ways[e.key]);
			view.showFocus = true;
			if (view.focus >= 0) {
				view.showSeat(view.focus);
				tell(describe(view.focus));
			}
		} else if ((e.key === 'Enter' || e.key === ' ') && view.focus >= 0) toggle(view.focus);
		else if (e.key === '+' || e.key === '=') view.step(1.4);
		else if (e.key === '-') view.step(1 / 1.4);
		else if (e.key === '0' || e.key === 'Home') view.whole();
		else return;
		e.preventDefault();
	});
	canvas.addEventListener('blur', () => {
		view.showFocus = false;
		view.draw();
	});
}

if (document.getElementById('pass')) deadline(document.getElementById('pass'));
if (box) {
	start().catch((e) => {
		console.error(e);
		const note = box.querySelector('.seatmap-note span');
		if (note) note.textContent = text('failed');
	});
}
