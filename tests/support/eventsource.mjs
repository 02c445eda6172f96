// EventSource and as much of a page as static/js/lib/live.js needs, so that a test can look at the house as a browser does.
import http from 'node:http';
import { URL_ } from './house.mjs';

const RETRY_MS = 1000;

export class EventSource extends EventTarget {
	static CONNECTING = 0;
	static OPEN = 1;
	static CLOSED = 2;
	#request;
	#timer;
	#lastId = '';
	readyState = EventSource.CONNECTING;

	constructor(path) {
		super();
		this.url = new URL(path, URL_);
		this.#connect();
	}

	#connect() {
		const headers = { host: this.url.host, accept: 'text/event-stream', ...(this.#lastId && { 'last-event-id': this.#lastId }) };
		let text = '';
		this.#request = http.get(this.url, { headers, agent: false }, (a) => {
			if (a.statusCode !== 200 || !/^text\/event-stream/.test(a.headers['content-type'])) {
				a.destroy();
				this.close();
				this.dispatchEvent(new Event('error'));
				return;
			}
			this.readyState = EventSource.OPEN;
			this.dispatchEvent(new Event('open'));
			a.setEncoding('utf8').on('data', (d) => {
				text += d;
				for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2)) this.#event(text.slice(0, at));
			});
			a.on('close', () => this.#lost());
			a.on('error', () => {});
		});
		this.#request.on('error', () => this.#lost());
	}

	#event(text) {
		let type = 'message';
		const data = [];
		for (const line of text.split('\n')) {
			const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
			if (name === 'event') type = value;
			else if (name === 'data') data.push(value);
			else if (name === 'id') this.#lastId = value;
		}
		if (data.length) this.dispatchEvent(Object.assign(new Event(type), { data: data.join('\n'), lastEventId: this.#lastId }));
	}

	#lost() {
		if (this.readyState === EventSource.CLOSED || this.#timer) return;
		this.readyState = EventSource.CONNECTING;
		this.#timer = setTimeout(() => { this.#timer = undefined; this.#connect(); }, RETRY_MS);
		this.dispatchEvent(new Event('error'));
	}

	close() {
		this.readyState = EventSource.CLOSED;
		clearTimeout(this.#timer);
		this.#request.destroy();
	}
}

// Puts it where scripts of a page look for it.
export function browserGlobals() {
	globalThis.EventSource = EventSource;
	globalThis.document = Object.assign(new EventTarget(), { hidden: false });
	for (const name of ['addEventListener', 'removeEventListener']) globalThis[name] ??= () => {};
}
