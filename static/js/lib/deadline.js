// A word before a deadline's end (class "soon" of frame.js), another one at it; then the page is asked anew.
export function deadline(box) {
	const say = box.querySelector('[aria-live]');
	let said = false;
	const look = () => {
		if (said || !box.classList.contains('soon')) return;
		said = true;
		say.textContent = box.dataset.textSoon;
	};
	look();
	new MutationObserver(look).observe(box, { attributes: true, attributeFilter: ['class'] });
	box.addEventListener('countdown:over', () => {
		say.textContent = box.dataset.textOver;
		setTimeout(() => location.reload(), 1500);
	});
}
