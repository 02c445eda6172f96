// Checkout with script: more time without leaving the form, a word before the end, and the page anew when it is over.
import { deadline } from './lib/deadline.js';

const timer = document.getElementById('timer');
const time = timer?.querySelector('time[data-countdown]');
const say = document.getElementById('timer-say');
const extend = document.getElementById('extend');

extend?.addEventListener('submit', async (e) => {
	e.preventDefault();
	try {
		const answer = await fetch(extend.action, { method: 'POST', body: new URLSearchParams(new FormData(extend)) });
		const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
		const until = page.querySelector('#timer time[data-countdown]');
		if (!until) throw new Error('the hold is over');
		time.dateTime = until.dateTime;
		const words = page.getElementById('timer-until').textContent;
		document.getElementById('timer-until').textContent = words;
		say.textContent = words;
		const bar = timer.querySelector('progress');
		if (bar) bar.max = Math.max(bar.max, (Date.parse(until.dateTime) - Date.now()) / 1000);
		timer.classList.remove('soon');
		extend.remove();
	} catch {
		location.reload();
	}
});

if (time) {
	deadline(timer);
	// Looking again at the first deadline would be too early after an extension.
	document.querySelector('meta[name="again"]')?.remove();
}
