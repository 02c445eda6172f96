// What the end-to-end and browser tests share: a visitor with cookies and forms, the mails, the database, the processes
// of the house that ./dev test (or ./dev up) has started.
//
//   const v = new Visitor({ lang: 'en' });
//   const page = await v.get('/sign-in');
//   const done = await v.submit(page, '/sign-in', { email, password });   // the form's hidden fields go with it
//   assert.equal(done.status, 303);
//   const mail = await mailTo(email, /confirm/i);
//   const [order] = sql("SELECT state FROM orders WHERE code = 'K7…'");

import http from 'node:http';
import { execFile, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export { sleep };
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const port = Number(process.env.FOYER_PORT ?? 8080);
export const URL_ = process.env.FOYER_URL ?? `http://127.0.0.1:${port}`;
export const VAR = process.env.FOYER_VAR ?? join(ROOT, 'var');
export const BIN = process.env.FOYER_BIN ?? join(VAR, 'bin/foyer');
export const CONF = process.env.FOYER_CONF ?? join(VAR, 'foyer.conf');
export const MAIL_URL = process.env.MAIL_URL ?? `http://127.0.0.1:${port + 2}`;

// ---- HTML, as far as tests need it ----------------------------------------------------------------------------------

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };
export function decode(text) {
	return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, dec, name) =>
		hex ? String.fromCodePoint(parseInt(hex, 16)) : dec ? String.fromCodePoint(Number(dec)) : ENTITIES[name] ?? all);
}

function attributes(tag) {
	const found = {};
	for (const m of tag.matchAll(/\s([a-z][\w:-]*)(?:="([^"]*)")?/gi)) found[m[1].toLowerCase()] = decode(m[2] ?? '');
	return found;
}

// The text a person reads, without tags, scripts and runs of space.
export function textOf(html) {
	return decode(html.replace(/<(script|style|template)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
}

// The forms of a page: { action, method, fields: [[name, value]…], buttons: [[name, value]…], files: [name…], html }.
// fields are what a browser would send if the person pressed the button at once.
export function forms(html) {
	return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, inner]) => {
		const a = attributes(head);
		const form = { action: a.action ?? '', method: (a.method ?? 'get').toUpperCase(), enctype: a.enctype, id: a.id, fields: [], buttons: [], files: [], html: inner };
		for (const m of inner.matchAll(/<(input|button)\b([^>]*)>|<textarea\b([^>]*)>([\s\S]*?)<\/textarea>|<select\b([^>]*)>([\s\S]*?)<\/select>/gi)) {
			const f = attributes(m[2] ?? m[3] ?? m[5]);
			if (!f.name || 'disabled' in f) continue;
			const type = m[1]?.toLowerCase() === 'button' ? f.type || 'submit' : f.type ?? 'text';
			if (m[3] !== undefined) form.fields.push([f.name, decode(m[4]).replace(/^\n/, '')]);
			else if (m[5] !== undefined) {
				const options = [...m[6].matchAll(/<option\b([^>]*)>([^<]*)/gi)].map((o) => ({ ...attributes(o[1]), text: decode(o[2]).trim() }));
				const chosen = options.find((o) => 'selected' in o) ?? options[0];
				if (chosen) form.fields.push([f.name, chosen.value ?? chosen.text]);
			} else if (type === 'submit' || type === 'image') form.buttons.push([f.name, f.value ?? '']);
			else if (type === 'file') form.files.push(f.name);
			else if ((type !== 'checkbox' && type !== 'radio') || 'checked' in f) form.fields.push([f.name, f.value ?? (type === 'checkbox' ? 'on' : '')]);
		}
		return form;
	});
}

export const links = (html) => [...html.matchAll(/<a\b([^>]*)>/gi)].map((m) => attributes(m[1]).href).filter(Boolean);

// ---- a visitor --------------------------------------------------------------------------------------------------------

// Addresses in 127/8 tell visitors apart, so that one's rate limits are not another's: nor those of another test file.
let visitors = 0;
function address(n) {
	const at = (process.pid * 601 + n) % (254 * 256 * 254);
	return `127.${1 + (at % 254)}.${Math.floor(at / 254) % 256}.${1 + Math.floor(at / (254 * 256))}`;
}
export class Visitor {
	constructor({ lang = 'en', ip, agent = new http.Agent({ keepAlive: true }), headers = {} } = {}) {
		visitors += 1;
		this.ip = ip ?? address(visitors);
		this.agent = agent;
		this.cookies = new Map([['lang', lang]]);
		this.headers = headers;
	}

	// { status, headers, text, body, location, url }: redirects are not followed, see follow().
	request(method, path, { body, headers = {}, timeout = 30000 } = {}) {
		const url = new URL(path, URL_);
		const all = { ...this.headers, ...headers };
		if (this.cookies.size) all.cookie = [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
		if (body !== undefined) all['content-length'] = Buffer.byteLength(body);
		return new Promise((resolve, reject) => {
			const q = http.request({ host: url.hostname, port: url.port, path: url.pathname + url.search, method, headers: { host: url.host, ...all }, agent: this.agent, localAddress: this.ip, timeout }, (a) => {
				const parts = [];
				a.on('data', (d) => parts.push(d));
				a.on('error', reject);
				a.on('end', () => {
					for (const line of a.headers['set-cookie'] ?? []) this.#cookie(line);
					const bytes = Buffer.concat(parts);
					resolve({ status: a.statusCode, headers: a.headers, body: bytes, text: bytes.toString('utf8'), location: a.headers.location, url: url.pathname + url.search });
				});
			});
			q.on('timeout', () => q.destroy(new Error(`no answer in ${timeout} ms: ${method} ${path}`)));
			q.on('error', reject);
			q.end(body);
		});
	}

	#cookie(line) {
		const [pair, ...rest] = line.split(';');
		const at = pair.indexOf('=');
		const gone = rest.some((r) => /^\s*max-age=(0|-\d+)\s*$/i.test(r));
		if (gone) this.cookies.delete(pair.slice(0, at));
		else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
	}

	get(path, options) {
		return this.request('GET', path, options);
	}

	// fields: an object or pairs, sent as application/x-www-form-urlencoded exactly as given.
	post(path, fields = {}, { headers, ...options } = {}) {
		const body = new URLSearchParams(fields instanceof Array ? fields : Object.entries(fields)).toString();
		return this.request('POST', path, { body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, ...options });
	}

	// Files are { name, type, data }.
	postMultipart(path, pairs, files = {}) {
		const edge = `----foyer${Date.now()}${visitors}`;
		const parts = pairs.map(([k, v]) => Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="${k}"\r\n\r\n${v}\r\n`));
		for (const [field, f] of Object.entries(files)) {
			parts.push(Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="${field}"; filename="${f.name}"\r\nContent-Type: ${f.type}\r\n\r\n`), Buffer.from(f.data), Buffer.from('\r\n'));
		}
		parts.push(Buffer.from(`--${edge}--\r\n`));
		return this.request('POST', path, { body: Buffer.concat(parts), headers: { 'content-type': `multipart/form-data; boundary=${edge}` } });
	}

	// Fills in a form of the page and sends it as a browser would: hidden fields (csrf, idempotency key) and defaults as
	// they stand, values replaced or added by `fields` (an array value is sent several times, null leaves a field out).
	// which: the action's beginning, or a function of the form; `press` is the name or value of the button.
	submit(page, which, fields = {}, { press, files, ...options } = {}) {
		const all = forms(page.text);
		const match = typeof which === 'function' ? which : (f) => f.action === which || f.action.replace(/^\/(en|ko)\//, '/').startsWith(which);
		const form = all.find((f) => typeof which === 'string' && f.action === which) ?? all.find(match);
		if (!form) throw new Error(`no form ${which} on ${page.url} (${page.status}); there are: ${all.map((f) => f.action).join(' ') || 'none'}`);
		const pairs = form.fields.filter(([k]) => !(k in fields));
		const button = press === undefined ? form.buttons[0] : form.buttons.find(([k, v]) => k === press || v === press);
		if (button && !(button[0] in fields)) pairs.push(button);
		for (const [k, v] of Object.entries(fields)) if (v !== null) for (const one of [v].flat()) pairs.push([k, String(one)]);
		const path = form.action || page.url;
		if (files || form.enctype === 'multipart/form-data') return this.postMultipart(path, pairs, files);
		if (form.method === 'GET') return this.get(`${path.split('?')[0]}?${new URLSearchParams(pairs)}`);
		return this.post(path, pairs, options);
	}

	// Goes where an answer points, at most ten times.
	async follow(answer) {
		for (let i = 0; i < 10 && answer.status >= 300 && answer.status < 400 && answer.location; i++) {
			answer = await this.get(new URL(answer.location, new URL(answer.url, URL_)).href.replace(/^https?:\/\/[^/]+/, ''));
		}
		return answer;
	}

	async submitAndFollow(page, which, fields, options) {
		return this.follow(await this.submit(page, which, fields, options));
	}

	// An event stream: { next(predicate, ms), close() }; messages are { id, event, data }.
	stream(path, { lastEventId } = {}) {
		const url = new URL(path, URL_);
		const seen = [];
		const waiting = new Set();
		const state = { status: undefined, closed: false };
		const headers = { host: url.host, accept: 'text/event-stream', cookie: [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ') };
		if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
		const q = http.get({ host: url.hostname, port: url.port, path: url.pathname + url.search, headers, agent: false, localAddress: this.ip }, (a) => {
			state.status = a.statusCode;
			let text = '';
			a.setEncoding('utf8');
			a.on('data', (d) => {
				text += d;
				for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2)) {
					const m = { event: 'message', data: [] };
					for (const line of text.slice(0, at).split('\n')) {
						const [, k, v] = /^(\w+): ?(.*)$/.exec(line) ?? [];
						if (k === 'data') m.data.push(v);
						else if (k) m[k] = v;
					}
					m.data = m.data.join('\n');
					seen.push(m);
					for (const w of waiting) w();
				}
			});
			a.on('close', () => { state.closed = true; for (const w of waiting) w(); });
			for (const w of waiting) w();
		});
		q.on('error', () => { state.closed = true; for (const w of waiting) w(); });
		const until = (test, ms, what) => new Promise((resolve, reject) => {
			const timer = setTimeout(() => { waiting.delete(look); reject(new Error(`stream ${path}: no ${what} in ${ms} ms; seen: ${JSON.stringify(seen.slice(-5))}`)); }, ms);
			const look = () => { const found = test(); if (found === undefined) return; clearTimeout(timer); waiting.delete(look); resolve(found); };
			waiting.add(look);
			look();
		});
		let at = 0;
		return {
			seen, state,
			open: (ms = 30000) => until(() => state.status, ms, 'answer'),
			next: (test = () => true, ms = 30000) => until(() => { while (at < seen.length) { const m = seen[at++]; if (test(m)) return m; } return undefined; }, ms, 'such message'),
			close: () => q.destroy(),
		};
	}
}

// ---- mails --------------------------------------------------------------------------------------------------------------

// All mails kept so far to one address (or all), oldest first: { id, at, to, subject, text, html, message_id, parts }.
export async function mails(to) {
	return (await fetch(`${MAIL_URL}/api/mails${to ? `?to=${encodeURIComponent(to)}` : ''}`)).json();
}
// The newest mail to an address whose subject or text matches; waits for it.  after: ids up to this one don't count.
export async function mailTo(to, pattern = /./, { ms = 30000, after = '' } = {}) {
	return until(async () => (await mails(to)).reverse().find((m) => m.id > after && (pattern.test(m.subject) || pattern.test(m.text ?? ''))), { ms, what: `mail to ${to} like ${pattern}` });
}
// The path of the first link of a mail that matches.
export function linkIn(mail, pattern = /./) {
	const found = [...(mail.text ?? '').matchAll(/https?:\/\/\S+/g)].map((m) => m[0]).find((l) => pattern.test(l));
	if (!found) throw new Error(`no link like ${pattern} in: ${mail.text}`);
	const url = new URL(found);
	return url.pathname + url.search;
}
export async function mailPart(mail, n) {
	return Buffer.from(await (await fetch(`${MAIL_URL}/m/${mail.id}/part/${n}`)).arrayBuffer());
}

// ---- the database -----------------------------------------------------------------------------------------------------

// Rows as objects of strings (NULL: null).  on: 'primary' or 'replica'.
export function sql(text, { on = 'primary' } = {}) {
	const out = execFileSync('mariadb', ['--no-defaults', '-S', join(VAR, 'run', `${on}.sock`), '-u', 'root', '-B', 'foyer', '-e', text], { encoding: 'utf8', maxBuffer: 1 << 28 });
	const [head, ...lines] = out.split('\n').slice(0, -1).map((l) => l.split('\t'));
	const plain = (v) => (v === 'NULL' ? null : v.replace(/\\([nt0\\])/g, (_, c) => ({ n: '\n', t: '\t', 0: '\0', '\\': '\\' })[c]));
	return lines.map((l) => Object.fromEntries(head.map((name, i) => [name, plain(l[i])])));
}
export const sqlOne = (text, options) => { const [row] = sql(text, options); return row === undefined ? undefined : Object.values(row)[0]; };
// The id of the row that an INSERT makes.
export const insert = (text) => Number(sqlOne(`${text}; SELECT LAST_INSERT_ID() AS id`));
// Until the replica, which answers visitors, has what was written by SQL.
export const replicated = () => sql(`SELECT MASTER_GTID_WAIT('${sqlOne('SELECT @@gtid_binlog_pos')}', 10)`, { on: 'replica' });
export const sqlQuote = (s) => `'${String(s).replace(/[\\']/g, '\\$&')}'`;

// ---- processes ----------------------------------------------------------------------------------------------------------

// A foyer subcommand: { code, stdout, stderr }.
export async function foyer(...args) {
	try {
		return { code: 0, ...(await promisify(execFile)(BIN, args, { env: { ...process.env, FOYER_CONF: CONF }, maxBuffer: 1 << 26 })) };
	} catch (e) {
		return { code: e.code, stdout: e.stdout, stderr: e.stderr };
	}
}
export const pidOf = (name) => Number(readFileSync(join(VAR, 'run', `${name}.pid`), 'utf8').trim());
export const alive = (pid) => { try { process.kill(pid, 0); return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return false; } };
export const childrenOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
// Sends a signal to a service by its pid file; for KILL waits until it is gone.
export async function kill(name, signal = 'SIGKILL') {
	const pid = pidOf(name);
	process.kill(pid, signal);
	if (signal === 'SIGKILL') await until(() => !alive(pid), { what: `end of ${name}` });
	return pid;
}
// ./dev start|stop NAME…, for this house.
export async function service(what, ...names) {
	return promisify(execFile)(join(ROOT, 'dev'), [what, ...names], { env: { ...process.env, FOYER_PORT: String(new URL(URL_).port), FOYER_VAR: VAR }, cwd: ROOT });
}
// Waits until test() gives something true; so long that only a house that never gets there fails, also a slow one's.
export async function until(test, { ms = 30000, every = 50, what = String(test) } = {}) {
	for (const end = Date.now() + ms; ;) {
		const found = await test();
		if (found) return found;
		if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
		await sleep(every);
	}
}

// ---- what people type -----------------------------------------------------------------------------------------------------

// An instant as a datetime-local field of the venue's zone has it.
export const local = (ms) => new Date(ms + 9 * 3600e3).toISOString().slice(0, 16);
// Who asks for figures "of today" does so within one day: waits while midnight in Seoul is near.
export async function withinDay(ms = 30000) {
	const left = 86400e3 - (Date.now() + 9 * 3600e3) % 86400e3;
	if (left < ms) await sleep(left + 100);
}
// The one-time code that an authenticator shows for a key.
export function totp(base32, step = Math.floor(Date.now() / 30000)) {
	let bits = '';
	for (const c of base32.replace(/\s/g, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(step));
	const mac = createHmac('sha1', key).update(counter).digest();
	return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}
