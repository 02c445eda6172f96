// The sales page follows the sale: whatever happens on a channel of its performances, its figures are fetched anew, at
// most every two seconds, and now and then in any case: more often when there are more performances than one stream takes.
import { live } from './lib/live.js';

const box = document.querySelector('#sales');
const note = document.querySelector('#sales-note');
const PAUSE_MS = 2000;
const REST_MS = Number(box?.dataset.rest) * 1000;
let timer, due = false, fetching = false, again = false; // due: the timer runs for a message

function place(html) {
	const links = [...box.querySelectorAll('a, [tabindex]')];
	const at = links.indexOf(document.activeElement);
	box.innerHTML = html;
	if (at >= 0) box.querySelectorAll('a, [tabindex]')[at]?.focus({ preventScroll: true });
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
	const channels = box.dataset.channels.split(',').filter(Boolean);
	if (channels.length) live(channels, { onMessage: soon, onSnapshot: async () => soon() });
	timer = setTimeout(renew, REST_MS);
}
