// The gate with script: answers without a new page, sound and vibration, the camera, live counts.
import { live } from './lib/live.js';

const gate = document.getElementById('gate');
const panel = document.getElementById('gate-panel');
const form = document.getElementById('gate-scan');
const input = form.elements.text;
const undo = document.getElementById('gate-undo');
const video = document.getElementById('gate-camera');
const button = document.getElementById('gate-camera-button');
const number = new Intl.NumberFormat(document.documentElement.lang);
const words = gate.dataset;

/* ---- the answer: colour, words, sound, vibration ---- */
let audio;
function beep(tones) {
	try {
		audio ??= new AudioContext();
		audio.resume();
		let at = audio.currentTime;
		for (const [hertz, seconds, shape] of tones) {
			const tone = audio.createOscillator();
			const volume = audio.createGain();
			tone.type = shape ?? 'sine';
			tone.frequency.value = hertz;
			volume.gain.setValueAtTime(0.35, at);
			volume.gain.exponentialRampToValueAtTime(0.001, at + seconds);
			tone.connect(volume).connect(audio.destination);
			tone.start(at);
			tone.stop(at + seconds);
			at += seconds * 0.8;
		}
	} catch {
		// the picture says it too
	}
}
const GOOD = [[880, 0.12], [1320, 0.2]];
const BAD = [[220, 0.25, 'square'], [160, 0.4, 'square']];

let undoTimer;
function show({ ok = false, refused = false, head, why = '', holder = '', seat = '', grade = '', scan = 0, undo_s = 0 }) {
	panel.classList.toggle('gate-ok', ok);
	panel.classList.toggle('gate-refused', refused);
	panel.querySelector('h2').textContent = head;
	panel.querySelector('.gate-holder').textContent = holder;
	panel.querySelector('.gate-seat').textContent = `${grade} ${seat}`.trim();
	panel.querySelector('.gate-why').textContent = why;
	undo.elements.scan.value = scan;
	undo.hidden = !undo_s;
	clearTimeout(undoTimer);
	if (undo_s) undoTimer = setTimeout(() => { undo.hidden = true; }, undo_s * 1000);
	if (ok || refused) {
		beep(ok ? GOOD : BAD);
		navigator.vibrate?.(ok ? 80 : [200, 100, 200]);
	}
}

async function ask(url, fields) {
	let answer;
	try {
		answer = await fetch(url, { method: 'POST', body: fields, headers: { accept: 'application/json' }, signal: AbortSignal.timeout(8000) });
	} catch {
		return { refused: true, head: words.noAnswer, why: words.try };
	}
	const said = await answer.json().catch(() => undefined);
	if (answer.ok && said?.head) return said;
	return { refused: true, head: words.failed, why: [said?.error?.message, said?.error?.advice].filter(Boolean).join(' ') || `${answer.status}` };
}

// One after the other, in the order of the scans.
let line = Promise.resolve();
function check(url, fields) {
	line = line.then(async () => {
		panel.setAttribute('aria-busy', 'true');
		show(await ask(url, fields));
		panel.removeAttribute('aria-busy');
	});
	return line;
}
function checkText(text) {
	const fields = new URLSearchParams(new FormData(form));
	fields.set('text', text);
	return check(form.action, fields);
}

/* ---- typed, or by a scanner that types ---- */
// With a Korean input method switched on the letters arrive as Hangul: the keys themselves tell what was meant.
let keys = '';
const HANGUL = /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]/;
input.addEventListener('keydown', (e) => {
	const letter = /^Key([A-Z])$/.exec(e.code)?.[1];
	if (letter) keys += e.shiftKey !== e.getModifierState('CapsLock') ? letter : letter.toLowerCase();
	else if (/^Digit\d$/.test(e.code)) keys += e.code[5];
	else if (e.code === 'Period') keys += '.';
	else if (e.code === 'Minus') keys += e.shiftKey ? '_' : '-';
	else if (e.code === 'Backspace') keys = keys.slice(0, -1);
});
form.addEventListener('submit', (e) => {
	e.preventDefault();
	const text = (HANGUL.test(input.value) && keys ? keys : input.value).trim();
	input.value = '';
	keys = '';
	if (text) checkText(text);
});
// Keys pressed outside of any field are a scanner's.
document.addEventListener('keydown', (e) => {
	if (e.key.length === 1 && e.key !== ' ' && !e.ctrlKey && !e.metaKey && !e.altKey && !e.target.closest('input, textarea, select')) input.focus();
});
if (matchMedia('(pointer: fine)').matches && !location.hash) input.focus();

undo.addEventListener('submit', (e) => {
	e.preventDefault();
	last.text = undefined;
	check(undo.action, new URLSearchParams(new FormData(undo)));
});
for (const f of document.querySelectorAll('form.gate-check-in')) {
	f.addEventListener('submit', async (e) => {
		e.preventDefault();
		f.querySelector('button').disabled = true;
		await check(f.action, new URLSearchParams(new FormData(f)));
		panel.scrollIntoView({ block: 'center' });
	});
}

/* ---- camera ---- */
const AGAIN_MS = 3000; // the same code stays in sight: it is one scan until it was away for so long
const last = { text: undefined, at: 0 };
let stream, awake, timer;

async function decoder() {
	if ('BarcodeDetector' in window && (await BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
		const detector = new BarcodeDetector({ formats: ['qr_code'] });
		return async () => (await detector.detect(video))[0]?.rawValue;
	}
	const { read } = await import(words.decoder);
	const canvas = document.createElement('canvas');
	const context = canvas.getContext('2d', { willReadFrequently: true });
	return async () => {
		const scale = Math.min(1, 640 / Math.max(video.videoWidth, video.videoHeight));
		canvas.width = video.videoWidth * scale;
		canvas.height = video.videoHeight * scale;
		if (!canvas.width) return undefined;
		context.drawImage(video, 0, 0, canvas.width, canvas.height);
		return read(context.getImageData(0, 0, canvas.width, canvas.height));
	};
}

function seen(text) {
	const now = Date.now();
	const same = text === last.text && now - last.at < AGAIN_MS;
	last.text = text;
	last.at = now;
	if (!same) checkText(text);
}

async function start() {
	stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } });
	video.srcObject = stream;
	video.hidden = false;
	await video.play();
	awake = await navigator.wakeLock?.request('screen').catch(() => undefined);
	const look = await decoder();
	const round = async () => {
		const text = await look().catch(() => undefined);
		if (text) seen(text);
		if (stream) timer = setTimeout(round, 120);
	};
	round();
}
function stop() {
	clearTimeout(timer);
	for (const t of stream?.getTracks() ?? []) t.stop();
	stream = undefined;
	video.srcObject = null;
	video.hidden = true;
	awake?.release();
	awake = undefined;
}
function label() {
	button.setAttribute('aria-pressed', String(Boolean(stream)));
	button.textContent = stream ? button.dataset.stop : button.dataset.start;
	button.classList.toggle('button-quiet', Boolean(stream));
}
button.hidden = !navigator.mediaDevices?.getUserMedia;
button.addEventListener('click', async () => {
	button.disabled = true;
	try {
		if (stream) stop();
		else await start();
	} catch {
		stop();
		show({ head: words.ready, why: words.noCamera });
	}
	button.disabled = false;
	label();
});
addEventListener('pagehide', () => { stop(); label(); });

/* ---- counts: anew when somebody entered at any gate of this performance, at most every two seconds ---- */
const PAUSE_MS = 2000;
let counting, countAgain = false;
async function count() {
	if (counting) {
		countAgain = true;
		return;
	}
	counting = setTimeout(() => {
		counting = undefined;
		if (countAgain) count();
	}, PAUSE_MS);
	countAgain = false;
	const answer = await fetch(words.counts, { headers: { accept: 'application/json' } });
	if (!answer.ok) throw new Error(`counts: ${answer.status}`);
	const { entered, sold } = await answer.json();
	document.getElementById('gate-entered').textContent = number.format(entered);
	document.getElementById('gate-sold').textContent = number.format(sold);
	document.getElementById('gate-outside').textContent = number.format(sold - entered);
}
live(`gate:${words.performance}`, { onMessage: () => count().catch(() => undefined), onSnapshot: count });
