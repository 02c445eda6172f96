// The show page: tells the house that somebody looked (the page itself may come from a cache), and is fetched anew when
// booking opens, within three seconds, so that not everybody asks at once.  A cache may answer with the page of before:
// then it is asked again, a few times.
const seen = document.querySelector('[data-seen]')?.dataset.seen;
if (seen) fetch(seen, { credentials: 'same-origin', keepalive: true }).catch(() => {});

const TRIES = 5;
const key = `opened:${location.pathname}`;
const box = document.querySelector('[data-opens]');
function again() {
	const tries = Number(sessionStorage.getItem(key));
	if (tries >= TRIES) return;
	sessionStorage.setItem(key, String(tries + 1));
	setTimeout(() => location.reload(), 1000 + Math.random() * 2000);
}
try {
	if (!box) sessionStorage.removeItem(key);
	else if (box.querySelector('time.over')) again();
	else box.addEventListener('countdown:over', again, { once: true });
} catch {
	// without storage the person reloads
}
