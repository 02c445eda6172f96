// What every page has beyond its HTML; each part improves mark-up that works without it.
const root = document.documentElement;
const lang = root.lang || 'ko';

/* ---- a page that waits for something asks every so many seconds, and is loaded anew only when it says something else:
 * nobody who reads it is thrown back to its top for nothing ---- */
const again = () => document.querySelector('meta[name="again"]')?.content;
const said = again() && document.getElementById('main').textContent;
async function askAgain() {
	if (!again()) return;
	try {
		const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
		if (answer.status === 429 || answer.status >= 500) throw new Error(String(answer.status));
		const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
		if (answer.redirected) location.replace(answer.url);
		else if (page.getElementById('main').textContent !== said) location.reload();
	} catch {
		// the house is away for the moment: what stands here is better than its excuse
	}
	setTimeout(askAgain, again() * 1000);
}
if (said) setTimeout(askAgain, again() * 1000);

/* ---- light and dark ---- */
const dark = matchMedia('(prefers-color-scheme: dark)');
const switches = document.querySelectorAll('.theme-switch');
const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : dark.matches);
function showTheme() {
	for (const s of switches) {
		s.hidden = false;
		s.setAttribute('aria-pressed', String(isDark()));
	}
}
for (const s of switches) {
	s.addEventListener('click', () => {
		root.dataset.theme = isDark() ? 'light' : 'dark';
		try {
			localStorage.setItem('theme', root.dataset.theme);
		} catch {
			// it holds for this page
		}
		showTheme();
	});
}
dark.addEventListener('change', showTheme);
showTheme();

/* ---- menus close on Escape and on a click elsewhere ---- */
const openMenus = () => document.querySelectorAll('details.menu[open]');
document.addEventListener('click', (e) => {
	for (const m of openMenus()) if (!m.contains(e.target)) m.open = false;
});
document.addEventListener('keydown', (e) => {
	if (e.key !== 'Escape') return;
	for (const m of openMenus()) {
		if (m.contains(document.activeElement)) m.querySelector('summary').focus();
		m.open = false;
	}
});

/* ---- rows of links that scroll sideways begin where the reader is ---- */
for (const a of document.querySelectorAll('.tabs [aria-current], .chips [aria-current], .desk-nav [aria-current]')) {
	const row = a.closest('.desk-nav') ?? a.closest('ul');
	if (row.scrollWidth > row.clientWidth) row.scrollLeft += a.getBoundingClientRect().left - row.getBoundingClientRect().left - row.clientWidth / 3;
}

/* ---- countdowns and relative times ----
 * <time data-countdown datetime="…Z"> counts down.  At zero it gets the class "over" and fires "countdown:over"
 * (bubbling); in the last 60 s (or data-warn) the nearest .timer gets "soon".  <progress> in the same .timer follows; its
 * max is the seconds at the start.  The server's clock (nginx: Server-Timing: now;dur=SECONDS) corrects a wrong local
 * one, unless the page comes from the browser's memory and that word is old. */
const load = performance.getEntriesByType('navigation')[0];
const told = load?.serverTiming?.find((t) => t.name === 'now')?.duration;
const fresh = told && load.type !== 'back_forward' && load.transferSize > 0;
const skew = fresh ? told * 1000 - performance.timeOrigin - load.responseStart : 0;
const now = () => Date.now() + skew;
const two = (n) => String(n).padStart(2, '0');
const days = new Intl.NumberFormat(lang, { style: 'unit', unit: 'day', unitDisplay: 'long' });
function span(s) {
	const h = Math.floor((s % 86400) / 3600);
	const clock = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
	if (s >= 86400) return `${days.format(Math.floor(s / 86400))} ${two(h)}:${clock}`;
	return h ? `${h}:${clock}` : clock;
}
function countDown(t) {
	const left = Math.max(0, Math.ceil((Date.parse(t.dateTime) - now()) / 1000));
	const text = span(left);
	if (t.textContent !== text) t.textContent = text;
	const box = t.closest('.timer');
	if (box) {
		const bar = box.querySelector('progress');
		if (bar) bar.value = left;
		box.classList.toggle('soon', left > 0 && left <= Number(t.dataset.warn || 60));
	}
	if (left || t.classList.contains('over')) return;
	t.classList.add('over');
	box?.classList.add('over');
	t.dispatchEvent(new CustomEvent('countdown:over', { bubbles: true }));
}
const ago = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
const UNITS = [[60, 'second', 1], [3600, 'minute', 60], [86400, 'hour', 3600], [604800, 'day', 86400]];
function sayWhen(t) {
	const s = (Date.parse(t.dateTime) - now()) / 1000;
	const unit = UNITS.find(([limit]) => Math.abs(s) < limit);
	if (!unit) return;
	t.title ||= t.textContent;
	t.textContent = ago.format(Math.round(s / unit[2]), unit[1]);
}
function tick() {
	document.querySelectorAll('time[data-countdown]').forEach(countDown);
	if (Math.floor(now() / 1000) % 20 === 0) document.querySelectorAll('time[data-ago]').forEach(sayWhen);
	setTimeout(tick, 1000 - (now() % 1000));
}
document.querySelectorAll('time[data-ago]').forEach(sayWhen);
tick();

/* ---- a form is sent once; coming back to the page makes it usable again ---- */
document.addEventListener('submit', (e) => {
	const form = e.target;
	if (e.defaultPrevented || form.method !== 'post' || form.dataset.many !== undefined) return;
	if (form.dataset.sent) {
		e.preventDefault();
		return;
	}
	form.dataset.sent = '1';
	e.submitter?.setAttribute('aria-busy', 'true');
});
addEventListener('pageshow', () => {
	for (const form of document.querySelectorAll('form[data-sent]')) {
		delete form.dataset.sent;
		form.querySelector('[aria-busy]')?.removeAttribute('aria-busy');
	}
});
