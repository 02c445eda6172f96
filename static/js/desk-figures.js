// Figures that follow a sale or a waiting room: whatever happens on their channels, they are fetched anew, at most every two
// seconds, and now and then in any case (data-rest).  When data-state within them changes, so do the forms around them: the
// page is loaded anew, unless somebody has begun to type.
import { live } from './lib/live.js';

const box = document.querySelector('#figures');
const note = document.querySelector('#figures-note');
const PAUSE_MS = 2000;
const REST_MS = Number(box?.dataset.rest) * 1000;
let timer, due = false, fetching = false, again = false; // due: the timer runs for a message

let typed = false;
addEventListener('input', () => { typed = true; });
const state = () => box.querySelector('[data-state]')?.dataset.state;

function place(html) {
	const before = state();
	const links = [...box.querySelectorAll('a, [tabindex]')];
	const at = links.indexOf(document.activeElement);
	const from = [...box.querySelectorAll('figure')].map((f) => f.scrollLeft);
	box.innerHTML = html;
	box.querySelectorAll('figure').forEach((f, i) => { f.scrollLeft = from[i] ?? f.scrollWidth; });
	if (at >= 0) box.querySelectorAll('a, [tabindex]')[at]?.focus({ preventScroll: true });
	if (state() !== before && !typed) location.reload();
}
async function renew() {
	if (fetching) {
		again = true;
		return;
	}
	fetching = true;
	due = false;
	clearTimeout(timer);
	try {
		const answer = await fetch(box.dataset.src, { headers: { accept: 'text/html' }, redirect: 'error' });
		if (!answer.ok) throw new Error(String(answer.status));
		place(await answer.text());
		note.textContent = note.dataset.live;
	} catch {
		note.textContent = note.dataset.away;
	}
	fetching = false;
	due = again;
	timer = setTimeout(renew, again ? PAUSE_MS : REST_MS);
	again = false;
}
function soon() {
	if (fetching) {
		again = true;
	} else if (!due) {
		due = true;
		clearTimeout(timer);
		timer = setTimeout(renew, PAUSE_MS);
	}
}
if (box) {
	// A chart wider than a phone begins with its end: now.
	for (const f of box.querySelectorAll('figure')) f.scrollLeft = f.scrollWidth;
	const channels = box.dataset.channels.split(',').filter(Boolean);
	if (channels.length) live(channels, { onMessage: soon, onSnapshot: async () => soon() });
	timer = setTimeout(renew, REST_MS);
}
