// The proof of a draw: the place is computed once more, by the reader's own browser.
const check = document.getElementById('check');
const own = document.getElementById('own');
if (own && globalThis.crypto?.subtle) {
	const worker = new Worker(check.dataset.worker);
	worker.onmessage = ({ data: place }) => {
		own.textContent = place === Number(own.dataset.place) ? check.dataset.same : check.dataset.other.replace('%s', place);
	};
	worker.postMessage([check.dataset.seed, Number(check.dataset.n), Number(own.dataset.number)]);
}
