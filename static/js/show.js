// The show page: tells the house that somebody looked (the page itself may come from a cache), and is fetched anew when
// booking opens, within two seconds, so that not everybody asks at once.
const seen = document.querySelector('[data-seen]')?.dataset.seen;
if (seen) fetch(seen, { credentials: 'same-origin', keepalive: true }).catch(() => {});

document.querySelector('[data-opens]')?.addEventListener('countdown:over', () => {
	setTimeout(() => location.reload(), 1000 + Math.random() * 2000);
}, { once: true });
