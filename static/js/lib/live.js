// Listens to live channels: live('perf:12', { after, onMessage, onSnapshot, onState }).
//   after       number of the newest message the page's state already contains; without it the state is fetched once
//               the stream is open, so that nothing falls between the two
//   onMessage   (data, channel) for each message; messages of one channel come in order
//   onSnapshot  (channel, position) → Promise: fetch the state anew, something was missed.  What arrives meanwhile is
//               handed over afterwards; a state must therefore not mind hearing a message it already contains.  position:
//               number of the newest message it must contain (undefined while polling): a cached answer may be older
//   onState     ('live' | 'waiting' | 'polling'): for a small note on the page
// When the stream cannot be had, onSnapshot is called every 3 s instead, and the stream is tried now and then.  A page in
// the background keeps its stream for a minute, then lets go, and catches up when it is looked at again.
// Returns { close(), renew(channel) }: renew fetches the state anew, as onSnapshot, with all that was heard so far.
const POLL_MS = 3000;
const HIDDEN_MS = 60000;
const CONNECT_MS = 15000;
const TRIES_BEFORE_POLLING = 3;

export function live(channels, { after, onMessage, onSnapshot = async () => {}, onState = () => {} } = {}) {
	const names = [].concat(channels);
	const positions = new Map();
	let source, failures = 0, retryTimer, pollTimer, hiddenTimer, connectTimer, closed = false, state = '';

	if (after !== undefined)
		for (const name of names)
			positions.set(name, typeof after === 'object' ? after[name] ?? 0 : after);

	const tell = (next) => {
		if (next !== state)
			onState(state = next);
	};

	// ---- messages wait while a snapshot is on its way --------------------------------------------------------------
	const fetching = new Map(); // channel → messages that wait
	async function snapshot(channel, position) {
		if (fetching.has(channel)) {
			Object.assign(fetching.get(channel), { again: true, position });
			return;
		}
		const waiting = { messages: [], again: false, position };
		fetching.set(channel, waiting);
		try {
			do {
				waiting.again = false;
				await onSnapshot(channel, waiting.position);
			} while (waiting.again && !closed);
		} catch {
			if (!closed)
				setTimeout(() => !closed && snapshot(channel, waiting.position), POLL_MS * (0.5 + Math.random()));
		}
		fetching.delete(channel);
		for (const data of waiting.messages)
			if (!closed)
				onMessage(data, channel);
	}
	function message(event) {
		remember(event.lastEventId);
		const data = JSON.parse(event.data);
		const waiting = fetching.get(event.type);
		if (waiting)
			waiting.messages.push(data);
		else
			onMessage(data, event.type);
	}
	function remember(id) {
		for (const part of (id || '').split(',')) {
			const at = part.lastIndexOf('=');
			if (at > 0)
				positions.set(part.slice(0, at), Number(part.slice(at + 1)));
		}
	}
	function note(event) {
		remember(event.lastEventId);
		snapshot(event.data, positions.get(event.data));
	}

	// ---- the stream ------------------------------------------------------------------------------------------------
	function address() {
		const known = names.filter((name) => positions.has(name)).map((name) => `${name}=${positions.get(name)}`);
		return `/live/${names.join(',')}${known.length ? `?after=${encodeURIComponent(known.join(','))}` : ''}`;
	}
	function connect() {
		clearTimeout(retryTimer);
		drop();
		if (closed)
			return;
		source = new EventSource(address());
		connectTimer = setTimeout(failed, CONNECT_MS);
		source.addEventListener('open', () => {
			clearTimeout(connectTimer);
			failures = 0;
			clearInterval(pollTimer);
			pollTimer = undefined;
			tell('live');
		});
		source.addEventListener('hello', note);
		source.addEventListener('snapshot', note);
		for (const name of names)
			source.addEventListener(name, message);
		source.addEventListener('error', () => {
			if (source.readyState === EventSource.CLOSED)
				failed(); // an answer that is no stream: the browser would not try again
			else
				waiting();
		});
	}
	function drop() {
		clearTimeout(connectTimer);
		source?.close();
		source = undefined;
	}
	// The browser itself tries again; it does so for as long as we let it.
	function waiting() {
		tell(pollTimer ? 'polling' : 'waiting');
		if (++failures >= TRIES_BEFORE_POLLING)
			failed();
	}
	function failed() {
		drop();
		failures++;
		if (failures >= TRIES_BEFORE_POLLING && !pollTimer) {
			const ask = () => names.forEach((name) => snapshot(name));
			ask();
			pollTimer = setInterval(ask, POLL_MS);
		}
		tell(pollTimer ? 'polling' : 'waiting');
		clearTimeout(retryTimer);
		retryTimer = setTimeout(connect, Math.min(1000 * 2 ** Math.min(failures, 5), 30000) * (0.5 + Math.random()));
	}

	// ---- out of sight ----------------------------------------------------------------------------------------------
	function rest() {
		drop();
		clearTimeout(retryTimer);
		clearInterval(pollTimer);
		pollTimer = undefined;
	}
	function visibility() {
		clearTimeout(hiddenTimer);
		if (document.hidden) {
			hiddenTimer = setTimeout(rest, HIDDEN_MS);
		} else if (!source || source.readyState === EventSource.CLOSED) {
			failures = 0;
			connect();
		}
	}
	function close() {
		closed = true;
		clearTimeout(hiddenTimer);
		rest();
		document.removeEventListener('visibilitychange', visibility);
		removeEventListener('pagehide', rest);
		removeEventListener('pageshow', visibility);
	}
	document.addEventListener('visibilitychange', visibility);
	addEventListener('pagehide', rest);      // a page in the back/forward cache holds no connection …
	addEventListener('pageshow', visibility); // … and gets it back
	tell('waiting');
	connect();
	return { close, renew: (channel) => snapshot(channel, positions.get(channel)) };
}
