// The waiting room's page: what everybody may know comes from one small public answer; the rest it works out itself.
const main = document.querySelector('main');
const d = main.dataset, lang = document.documentElement.lang;
const $ = (id) => document.getElementById(id);
const show = (id, on) => { if ($(id)) $(id).hidden = !on; };
const home = location.pathname.replace(/\/(join|enter|leave)$/, '');
const at = (path) => `${home}/${path}`;
const soon = (ms) => ms * (0.5 + Math.random());
const get = async (path) => {
	const answer = await fetch(at(path));
	if (!answer.ok) throw answer;
	return answer.json();
};
const work = (...data) => new Promise((done, failed) => {
	if (!globalThis.crypto?.subtle) failed();
	const worker = new Worker(d.worker);
	worker.onmessage = (e) => done(e.data);
	worker.onerror = failed;
	worker.postMessage(data);
});

const joined = Number(d.number), head = { state: d.state, head: Number(d.head), per_minute: Number(d.rate), at: Number(d.now) };
let place = Number(d.place), skew = d.now - Date.now(), said = 0, words = '', turn = false, old = 0, stream, sound, drawing, first;

// ---- the door -----------------------------------------------------------------------------------------------------------
const join = $('join');
async function knock() {
	$('work').textContent = $('work').dataset.busy;
	join.querySelector('button').disabled = true;
	try {
		join.nonce.value = await work(join.challenge.value);
	} catch {
		await new Promise((done) => setTimeout(done, 5000)); // the way without script
	}
	join.submit();
}
if (join) {
	join.addEventListener('submit', (e) => {
		e.preventDefault();
		knock();
	});
	if (join.dataset.ask === undefined) knock();
}

// ---- telling ------------------------------------------------------------------------------------------------------------
const write = (id, text) => { if ($(id).textContent !== text) $(id).textContent = text; };
function tell(text, now) {
	if (text === words || (!now && Date.now() - said < 45000)) return;
	said = Date.now();
	write('say', words = text);
}
const fill = (text, ...values) => text.replace(/%s/g, () => values.shift().toLocaleString(lang));
// The range of src/queue/queue_web.c, made wider where the line moves differently than the house says.
function wait(ahead) {
	const seen = first && (head.head - first.head) / (head.at - first.at) * 60000;
	const rates = [head.per_minute, head.at - first?.at > 60000 ? seen : 0].filter((r) => r > 0);
	if (!rates.length || head.state === 'paused') return [d.unknown, ahead];
	const most = ahead / Math.min(...rates), least = ahead / Math.max(...rates);
	if (most < 0.8) return [d.soon, most * 60];
	const hours = most > 90, unit = hours ? 60 : 1;
	const from = Math.max(1, Math.floor(least * 0.8 / unit));
	return [fill(hours ? d.hours : d.minutes, from, Math.max(from + 1, Math.ceil(most * 1.3 / unit))), least * 60];
}

let estimate = 300;
function draw() {
	if (/none|ended/.test(head.state)) setTimeout(() => location.assign(d.go), soon(2000));
	else if (d.state === 'planned' && head.state !== 'planned') setTimeout(() => location.assign(home), soon(10000));
	show('paused', head.state === 'paused');
	show('sold', head.sold_out);
	show('held', head.left === 0 && !head.sold_out && head.state !== 'gathering');
	if (head.message) {
		write('message', head.message[lang] || head.message.ko || head.message.en);
		show('message', $('message').textContent);
	}
	if (!joined) return;
	if (!place && head.issued <= 2000) listen();
	if (!place && head.seed) look();
	if (!place || turn) return;
	const ahead = place - head.head;
	if (ahead <= 0) {
		ring();
		return;
	}
	const [time, s] = wait(ahead);
	const n = ahead.toLocaleString(lang);
	if (s < 300 && estimate >= 300) beat();
	estimate = s;
	show('draw', false);
	show('line', true);
	write('ahead', n);
	write('time', time);
	Object.assign($('bar'), { max: place, value: head.head });
	tell(`${$('label').textContent}: ${n}. ${time}`);
	document.title = `${n} · ${d.title}`;
	if (ahead <= 2000) listen();
}
// Which place the number drew: the browser works it out; one that cannot asks, but not all at once.
async function look() {
	if (drawing) return;
	drawing = true;
	try {
		place = joined > head.drawn ? joined : await work(head.seed, head.drawn, joined);
		words = '';
	} catch {
		await new Promise((done) => setTimeout(done, Math.random() * head.issued));
		place = (await get('here').catch(() => ({}))).place;
	}
	drawing = false;
	if (place) draw();
}

// ---- the turn -----------------------------------------------------------------------------------------------------------
function ring() {
	turn = true;
	show('wait', false);
	show('turn', true);
	const text = $('turn').querySelector('h1').textContent;
	document.title = `★ ${text} · ${d.title}`;
	tell(text, true);
	beep(3);
	beat();
	// Who looks at the page goes on at once, who doesn't has half a minute to come back to it.
	const enter = () => {
		document.removeEventListener('visibilitychange', enter);
		clearTimeout(late);
		go();
	};
	const late = setTimeout(enter, document.hidden ? 30000 : 1500);
	document.addEventListener('visibilitychange', enter);
}
async function go() {
	const form = $('enter');
	try {
		const answer = await fetch(form.action, { method: 'POST', headers: { accept: 'application/json' }, body: new URLSearchParams(new FormData(form)) });
		if (answer.redirected || answer.status === 410 || answer.status === 403) {
			location.assign(home);
			return;
		}
		if (answer.ok) {
			location.assign((await answer.json()).go);
			return;
		}
	} catch {
		// the network is away: again
	}
	setTimeout(go, soon(4000));
}
function beep(n) {
	for (let i = 0; sound && i < n; i++) {
		const tone = sound.createOscillator(), volume = sound.createGain(), from = sound.currentTime + i * 0.4;
		volume.gain.value = 0.2;
		tone.frequency.value = 660 + i * 110;
		tone.connect(volume).connect(sound.destination);
		tone.start(from);
		tone.stop(from + 0.25);
	}
}
show('sound', globalThis.AudioContext);
$('sound')?.addEventListener('click', (e) => {
	sound = sound ? null : new AudioContext();
	e.target.setAttribute('aria-pressed', Boolean(sound));
	beep(1);
});

// ---- listening ----------------------------------------------------------------------------------------------------------
// A cache may answer with what was true before: that is not heard, and asked again, less and less often while the house stands still.
function hear(news) {
	skew = Math.max(skew, news.at - Date.now());
	if (news.at < head.at) return false;
	Object.assign(head, news);
	if (!first && head.drawn) first = { head: head.head, at: head.at };
	draw();
	return Date.now() + skew - news.at < 2500;
}
// More often towards the draw or the turn; a very large crowd takes its time.
function pause() {
	const left = place ? estimate : (d[d.state === 'planned' ? 'gathers' : 'opens'] - Date.now() - skew) / 1000;
	return Math.max(place && stream?.readyState === 1 ? 10 : 2, Math.min(30, left / 10), head.issued / 50000 || 0);
}
async function poll() {
	let next;
	try {
		old = hear(await get('head')) ? 0 : old + 1;
		show('off', false);
		next = old ? Math.max(Math.min(pause(), 2 ** old / 2), head.issued / 50000 || 0) : pause();
	} catch {
		show('off', true);
		next = Math.max(4, head.issued / 50000 || 0);
	}
	clearTimeout(poll.timer);
	if (!turn) poll.timer = setTimeout(poll, soon(next * 1000));
}
function listen() {
	if (stream && stream.readyState < 2) return;
	const channel = `queue:${d.queue}`;
	stream = new EventSource(`/live/${channel}`);
	for (const what of ['hello', 'snapshot']) {
		stream.addEventListener(what, () => {
			head.at = Date.now() + skew; // only what is newer can be whole
			poll();
		});
	}
	stream.addEventListener(channel, (e) => {
		for (const news of [].concat(JSON.parse(e.data))) hear({ at: Date.now() + skew, ...news });
		if (!place && head.drawn && !head.seed) setTimeout(poll, soon(1000)); // the seed stands in the public answer alone
	});
}
// "I am there": it is asked for near the turn alone, so the longer the wait the less often it is said.
async function beat() {
	clearTimeout(beat.timer);
	beat.timer = setTimeout(beat, soon(estimate < 300 ? 20000 : Math.max(120000, estimate * 250)));
	if (place) await get('here').catch(() => {});
}
function countDown() {
	const s = Math.max(0, Math.ceil((d.opens - Date.now() - skew) / 1000));
	if (place || s > 3600) return;
	write('left', `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`);
}
if (joined && !place) setInterval(countDown, 1000);
if (place && place <= head.head) ring();
if (location.search) history.replaceState(null, '', home);
for (const what of ['online', 'visibilitychange']) addEventListener(what, () => document.hidden || turn || poll());
addEventListener('pageshow', (e) => e.persisted && (turn ? location.reload() : poll()));
poll();
beat();
