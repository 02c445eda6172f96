// The report of a rush: node report.mjs DIR reads what people_load, the watcher and the script left in DIR and writes
// report.html, one self-contained page, and series.tsv, all curves as one table.  Prints the headline; exit 1 when a killed
// part came back too late.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';

const dir = process.argv[2];
const RECOVERY_S = 10;
const read = (name) => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : '');
const lines = (name) => read(name).split('\n').filter(Boolean).map((l) => l.split('\t'));

// ---- the material ---------------------------------------------------------------------------------------------------------
const result = JSON.parse(read('result.json'));
const count = Object.fromEntries(result.counts.map((c) => [c.name, c.n]));
const step = Object.fromEntries(result.steps.map((s) => [s.name, s]));
const truth = result.truth;
const won = result.cheats.reduce((n, c) => n + c.won, 0);
const opened = Math.round(result.opens_at / 1000);

function table(name) {
	const [head = [], ...rows] = lines(name);
	return new Map(rows.map((r) => [Number(r[0]), Object.fromEntries(head.slice(1).map((h, i) => [h, Number(r[i + 1])]))]));
}
const people = table('people.tsv'), house = table('house.tsv');
// A row counts what came since the one before: sometimes more than a second, when the machine was too busy.
let previous;
for (const [s, r] of [...people].sort(([a], [b]) => a - b)) {
	r.dt = previous === undefined ? 1 : s - previous;
	previous = s;
}
// What the watcher could not ask is no 0.
for (const r of house.values()) if (r.questions === 0) for (const c of ['issued', 'head', 'admitted', 'skipped', 'active', 'seats_held', 'seats_sold']) delete r[c];
const seconds = [...new Set([...people.keys(), ...house.keys()])].sort((a, b) => a - b);
const series = seconds.map((s) => ({ t: s - opened, ...people.get(s), ...house.get(s) }));
const events = lines('events.tsv').map(([ms, kind]) => ({ t: (Number(ms) - result.opens_at) / 1000, kind }));
const PARTS = { redis: 'Redis', replica: 'the replica', clock: 'the clock' };
const marks = lines('marks.tsv').map(([ms, what, when]) => ({ t: (Number(ms) - result.opens_at) / 1000, what: PARTS[what] ?? what, when }));
const [checkCode = '1', ...checkText] = read('check.txt').split('\n');

const columns = Object.keys(series.reduce((all, row) => Object.assign(all, row), {}));
writeFileSync(join(dir, 'series.tsv'), [columns, ...series.map((r) => columns.map((c) => r[c] ?? ''))].map((r) => r.join('\t')).join('\n') + '\n');

// ---- recovery after a kill ------------------------------------------------------------------------------------------------------
// From the moment a part is there again to the next admission and to the next ticket, while there was something to sell.
const lastPaid = Math.max(0, ...events.filter((e) => e.kind === 'paid').map((e) => e.t));
const lastEnter = Math.max(0, ...events.filter((e) => e.kind === 'enter').map((e) => e.t));
const recoveries = marks.filter((m) => m.when === 'back').map((m) => {
	const next = (kind, last) => {
		const found = events.filter((e) => e.kind === kind && e.t > m.t).map((e) => e.t - m.t);
		return found.length ? Math.min(...found) : last < m.t ? null : Infinity;
	};
	return { ...m, killed: marks.findLast((k) => k.what === m.what && k.when === 'killed' && k.t <= m.t)?.t ?? m.t, enter: next('enter', lastEnter), paid: next('paid', lastPaid) };
});
const tooLate = recoveries.filter((r) => (r.enter ?? 0) > RECOVERY_S || (r.paid ?? 0) > RECOVERY_S);

// ---- words and numbers ---------------------------------------------------------------------------------------------------------------
const esc = (s) => String(s).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const num = (n) => Math.round(n).toLocaleString('en-US');
const ms = (n) => (n >= 1000 ? `${(n / 1000).toFixed(n >= 10000 ? 0 : 1)} s` : n >= 10 ? `${n.toFixed(0)} ms` : `${n.toFixed(1)} ms`);
const max = (name) => Math.max(0, ...series.map((r) => r[name] ?? 0));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const duration = (s) => (s < 90 ? `${Math.round(s)} seconds` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`);
const plural = (n, one, many = `${one}s`) => `${num(n)} ${n === 1 ? one : many}`;

const soldOut = series.find((r) => r.seats_sold >= result.seats)?.t ?? null;
const before = series.filter((r) => r.t <= 0).reduce((n, r) => n + (r.arrived ?? 0), 0);
const atOpening = series.find((r) => r.t >= 0 && r.waiting !== undefined)?.waiting ?? 0;
const busiest = Math.max(0, ...series.map((r) => (r.paid ?? 0) / (r.dt ?? 1)));
const clean = checkCode === '0';
const fine = clean && won === 0 && count.errors === 0 && truth.sold === result.seats && truth.promises_lost === 0 && tooLate.length === 0 &&
	truth.over_limit + truth.without_pass + truth.before_turn + truth.twice_inside + truth.unclear_payments === 0;
const refusals = result.counts.filter((c) => c.planned && c.n > 0);
const tries = result.cheats.reduce((n, c) => n + c.tries, 0);
const load = series.filter((r) => r.t >= 0 && r.t <= (soldOut ?? Infinity));
const CPU = [['nginx', 'nginx'], ['serve', 'pages (foyer serve)'], ['primary', 'MariaDB primary'], ['replica', 'MariaDB replica'], ['redis', 'Redis'], ['work', 'outbox'], ['live', 'live streams'], ['clock', 'clock'], ['generator', 'the people themselves']];

// ---- the story -----------------------------------------------------------------------------------------------------------------------
const story = [];
story.push(`${plural(result.people, 'person', 'people')} came for ${plural(result.seats, 'seat')} of one evening: ${num(before)} before the doors opened, the rest in the minutes after. They were members, guests and visitors who sign in only at the end; ${num(result.cheats.reduce((n, c) => n + c.people, 0))} of them came to cheat.`);
story.push(`When the sale opened, ${num(atOpening)} were waiting. Their numbers were shuffled in a draw that anyone can recheck; whoever came later stood behind in order of arrival. The room let in ${plural(count.entered, 'person', 'people')}, never more than ${num(result.target)} at a time${truth.skipped ? `, and passed over ${num(truth.skipped)} who were not there when their turn came` : ''}.`);
story.push(`Inside, everybody wanted the middle of the front rows. ${num(count.held)} times somebody got the seats; ${num(count.taken)} times somebody else had been quicker, which the page said in ${ms(step.hold.p50)} (median). ${plural(count.card_refused, 'card was', 'cards were')} refused, ${plural(count.dropped, 'buyer')} dropped out on the way, ${plural(count.double_clicks, 'hold button was', 'hold buttons were')} pressed twice, ${plural(count.hold_over, 'hold')} ran out and went to others.`);
story.push(soldOut === null ? `Not every seat was sold: ${num(truth.sold)} of ${num(result.seats)}.`
	: `Every seat was sold ${duration(soldOut)} after the opening, in ${plural(truth.paid_orders, 'order')}; in the best second ${plural(busiest, 'order was', 'orders were')} paid. ${count.errors === 0 ? `Nobody met an error${refusals.length ? ', only refusals that belong to the plan' : ''}` : `${plural(count.errors, 'error')} happened`}.`);
story.push(`The cheaters tried ${plural(tries, 'time')}: ${won === 0 ? 'none bought before the turn, none bought more than the limit' : `${plural(won, 'time')} with success`}.`);
if (recoveries.length)
	story.push(`Meanwhile parts of the house were killed with kill -9 and started again a second later: ${recoveries.map((r) => esc(r.what)).join(', ')}. ${count.places_lost === 0 ? 'Nobody lost a place in the line' : `${num(count.places_lost)} places were lost`}, and of ${plural(truth.promised, 'promised order')} ${truth.promises_lost === 0 ? 'every one stood' : `${num(truth.promises_lost)} were lost`}.`);

// ---- curves ----------------------------------------------------------------------------------------------------------------------------
const W = 440, H = 220, L = 52, R = 10, T = 12, B = 26;
const t0 = series[0]?.t ?? 0, t1 = series.at(-1)?.t ?? 1;
const X = (t) => L + ((t - t0) / (t1 - t0 || 1)) * (W - L - R);
const f1 = (n) => n.toFixed(1);

function niceTop(v) {
	if (v <= 0) return 1;
	const p = 10 ** Math.floor(Math.log10(v));
	return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 4.8, 6, 8, 10].map((k) => k * p).find((k) => k >= v);
}
const short = (n) => (n >= 1e6 ? `${n / 1e6}M` : n >= 10000 ? `${n / 1000}k` : String(+n.toFixed(n < 1 ? 2 : 1)));

function axes(Y, ticks, label) {
	const every = [10, 20, 30, 60, 120, 300].find((s) => (t1 - t0) / s <= 7) ?? 600;
	const xs = [];
	for (let t = Math.ceil(t0 / every) * every; t <= t1; t += every) xs.push(t);
	return ticks.map((v) => `<line class="grid" x1="${L}" x2="${W - R}" y1="${f1(Y(v))}" y2="${f1(Y(v))}"/><text class="y" x="${L - 6}" y="${f1(Y(v) + 4)}">${label(v)}</text>`).join('') +
		xs.map((t) => `<text class="x" x="${f1(X(t))}" y="${H - 8}">${t} s</text>`).join('') +
		(t0 < 0 ? `<line class="doors" x1="${f1(X(0))}" x2="${f1(X(0))}" y1="${T}" y2="${H - B}"/>` : '') +
		marks.filter((m) => m.when === 'killed').map((m) => `<line class="kill" x1="${f1(X(m.t))}" x2="${f1(X(m.t))}" y1="${T}" y2="${H - B}"><title>${esc(m.what)} killed</title></line>`).join('');
}
// A curve pauses where there was nothing to measure.
const path = (points, Y, gap = Infinity) => points.map(([t, v], i) => `${i && t - points[i - 1][0] <= gap ? 'L' : 'M'}${f1(X(t))} ${f1(Y(v))}`).join('');

// what: [[column or function, label, class, 'area'?]…]
function chart(title, says, what, { top, log = false, label = log ? (v) => (v >= 1000 ? `${v / 1000} s` : `${v} ms`) : short, stack = false, level } = {}) {
	const value = (r, c) => (typeof c === 'function' ? c(r) : r[c]) / (typeof c === 'function' || c in count ? r.dt : 1);
	const curves = what.map(([c, label, klass, kind]) => ({ label, klass, kind, points: series.map((r) => [r.t, value(r, c)]).filter(([, v]) => (log ? v > 0 : v >= 0)) }));
	let highest = Math.max((level?.[0] ?? 0) * 1.08, ...curves.flatMap((c) => c.points.map(([, v]) => v)));
	const whole = stack ? series.filter((r) => what.every(([c]) => r[c] !== undefined)) : [];
	if (stack) highest = Math.max((level?.[0] ?? 0) * 1.08, ...whole.map((r) => what.reduce((n, [c]) => n + r[c], 0)));
	const ceiling = top ?? niceTop(highest);
	const low = log === 'ms' ? 0.1 : 1, high = Math.max(low * 100, 10 ** Math.ceil(Math.log10(highest || 1)));
	const Y = log ? (v) => H - B - (Math.log10(Math.max(v, low) / low) / Math.log10(high / low)) * (H - T - B) : (v) => H - B - (Math.min(v, ceiling) / ceiling) * (H - T - B);
	const ticks = log ? Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, i) => +(low * 10 ** i).toPrecision(1)) : [0, ceiling / 4, ceiling / 2, (3 * ceiling) / 4, ceiling];
	let drawn;
	if (stack) {
		const base = whole.map(() => 0);
		drawn = what.map(([c, , klass]) => {
			const lower = [...base];
			whole.forEach((r, i) => { base[i] += r[c]; });
			const up = whole.map((r, i) => [r.t, base[i]]), down = whole.map((r, i) => [r.t, lower[i]]).reverse();
			return `<path class="fill ${klass}" d="${path(up, Y)}${path(down, Y).replace('M', 'L')}Z"/>`;
		}).join('');
	} else {
		drawn = curves.filter((c) => c.points.length).map((c) => (c.kind === 'area'
			? `<path class="fill soft ${c.klass}" d="${path(c.points, Y)}L${f1(X(c.points.at(-1)[0]))} ${H - B}L${f1(X(c.points[0][0]))} ${H - B}Z"/>` : '') + `<path class="line ${c.klass}" d="${path(c.points, Y, log ? 5 : Infinity)}"/>`).join('');
	}
	if (level) drawn += `<line class="level" x1="${L}" x2="${W - R}" y1="${f1(Y(level[0]))}" y2="${f1(Y(level[0]))}"/><text class="note" x="${W - R}" y="${f1(Y(level[0]) - 5)}">${esc(level[1])}</text>`;
	return `<figure><figcaption><h3>${esc(title)}</h3><p>${says}</p></figcaption>
<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${esc(title)}">${axes(Y, ticks, label)}${drawn}</svg>
<ul class="key">${what.map(([, label, klass]) => `<li><i class="${klass}"></i>${esc(label)}</li>`).join('')}</ul></figure>`;
}

const charts = [
	chart('Arrivals', 'People who open the show’s page, per second. They come when they come, however slowly the house answers.', [['arrived', 'arrivals each second', 'c0', 'area']]),
	chart('In line', 'Who has a number and waits, as the people themselves see it.', [['waiting', 'waiting', 'c3', 'area']]),
	chart('The room keeps its target', 'Buyers with a living pass; admission follows as they finish.', [['active', 'passes', 'c0', 'area']], { level: [result.target, `target ${num(result.target)}`] }),
	chart('Numbers and the head', 'The last number given out, and the last place admitted.', [['issued', 'numbers given out', 'c5'], ['head', 'head of the line', 'c2', 'area']]),
	chart('Seats', 'Held and sold, of all that there are.', [['seats_sold', 'sold', 'c2'], ['seats_held', 'held', 'c1']], { stack: true, level: [result.seats, `${num(result.seats)} seats`] }),
	chart('Holds and orders', 'Per second: seats that somebody got, and orders that were paid.', [['held', 'holds', 'c1'], ['paid', 'orders paid', 'c0']]),
	chart('How long: waiting room', 'Milliseconds, logarithmic; half were quicker than p50, 99 of 100 than p99.', [['head_p50', 'look at the head, p50', 'c2'], ['head_p99', 'p99', 'c2 thin'], ['queue_p50', 'waiting page, p50', 'c3'], ['queue_p99', 'p99', 'c3 thin']], { log: 'ms' }),
	chart('How long: seat map and hold', 'The page of the map, and the answer to “hold these seats”.', [['seats_p50', 'seat map, p50', 'c4'], ['seats_p99', 'p99', 'c4 thin'], ['hold_p50', 'hold, p50', 'c0'], ['hold_p99', 'p99', 'c0 thin']], { log: 'ms' }),
	chart('How long: paying', 'From the provider’s window back to a confirmed order, and the ticket’s page.', [['back_p50', 'confirmation, p50', 'c1'], ['back_p99', 'p99', 'c1 thin'], ['ticket_p50', 'ticket, p50', 'c2'], ['ticket_p99', 'p99', 'c2 thin']], { log: 'ms' }),
	chart('Refusals and errors', 'Per second. A refusal says what happened and what to do; an error would be a red line.', [[(r) => refusals.reduce((n, c) => n + (r[c.name] ?? 0), 0), 'planned refusals', 'c5', 'area'], ['taken', 'of them: seat just taken', 'c1'], ...(count.errors ? [['errors', 'errors', 'bad']] : [])]),
	chart('CPU', `Percent of one core, of ${plural(os.cpus().length, 'core')}; the people run on the same machine.`, CPU.map(([p, label], i) => [`cpu_${p}`, label, `s${i}`]), { stack: true, label: (v) => `${short(v)} %` }),
	chart('Database and Redis', 'Commits of the primary, commands of Redis, waits for a row’s lock, per second; logarithmic.', [['redis', 'Redis commands', 'c3'], ['commits', 'commits', 'c0'], ['lock_waits', 'lock waits', 'c1']], { log: true, label: short }),
];

// ---- tables ------------------------------------------------------------------------------------------------------------------------------
const row = (...cells) => `<tr>${cells.map((c, i) => (i === 0 ? `<th scope="row">${c}</th>` : `<td>${c}</td>`)).join('')}</tr>`;
const head = (...cells) => `<thead><tr>${cells.map((c) => `<th scope="col">${c}</th>`).join('')}</tr></thead>`;
const scroll = (t) => `<div class="scroll"><table>${t}</table></div>`;

const steps = scroll(head('Step', 'times', 'p50', 'p90', 'p99', 'longest') + `<tbody>${result.steps.filter((s) => s.n).map((s) => row(esc(s.text), num(s.n), ms(s.p50), ms(s.p90), ms(s.p99), ms(s.max))).join('')}</tbody>`);
const refused = scroll(head('What people were told', 'times') + `<tbody>${refusals.map((c) => row(esc(c.text), num(c.n))).join('') || row('nothing was refused', '0')}</tbody>`);
const errors = result.errors.length ? scroll(head('Error', 'times') + `<tbody>${result.errors.map((e) => row(esc(e.text), num(e.n))).join('')}</tbody>`) : '<p class="good">No errors. Whatever is not a planned refusal would stand here.</p>';
const cheats = scroll(head('Cheater', 'what they did', 'people', 'tries', 'refused', 'success') + `<tbody>${result.cheats.map((c) => row(esc(c.title), `<span class="what">${esc(c.what)}</span>`, num(c.people), num(c.tries), num(c.refused), c.won ? `<b class="bad">${num(c.won)}</b>` : '0')).join('')}</tbody>`);
const said = (v, good) => `<b class="${good ? 'good' : 'bad'}">${v}</b>`;
const invariants = scroll(`<tbody>${[
	['Seats sold, of all', said(`${num(truth.sold)} of ${num(result.seats)}`, truth.sold === result.seats)],
	['Orders promised as paid that the database does not have', said(num(truth.promises_lost), truth.promises_lost === 0)],
	['People with more tickets than the limit', said(num(truth.over_limit), truth.over_limit === 0)],
	['Orders of people without a pass', said(num(truth.without_pass), truth.without_pass === 0)],
	['Passes before the turn', said(num(truth.before_turn), truth.before_turn === 0)],
	['Holders with two passes at once', said(num(truth.twice_inside), truth.twice_inside === 0)],
	['Places that changed while waiting', said(num(count.places_lost), count.places_lost === 0)],
	['Payments that are still unclear', said(num(truth.unclear_payments), truth.unclear_payments === 0)],
	['foyer check: seats, stock, ledger, tickets, outbox', said(clean ? 'clean' : 'breach', clean)],
].map((r) => row(...r)).join('')}</tbody>`) + (clean ? '' : `<pre>${esc(checkText.join('\n'))}</pre>`);
const after = (v) => (v === null ? 'nothing left to do' : v === Infinity ? said('never', false) : said(`${v.toFixed(1)} s`, v <= RECOVERY_S));
const kills = recoveries.length ? `<section><h2>Killed</h2>${scroll(head('Killed with kill -9', 'at', 'away', 'next one let in', 'next ticket') + `<tbody>${recoveries.map((r) => row(esc(r.what), `${r.killed.toFixed(0)} s`, `${(r.t - r.killed).toFixed(1)} s`, after(r.enter), after(r.paid))).join('')}</tbody>`)}
<p class="muted">Counted from the moment the part was there again; at most ${RECOVERY_S} s are allowed.</p></section>` : '';

function version(command, args, pattern) {
	try {
		return pattern.exec(execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }))?.[0] ?? command;
	} catch { return command; }
}
const machine = [
	['Machine', `${os.cpus().length} cores${os.cpus()[0]?.model ? ` (${os.cpus()[0].model.trim()})` : ''}, ${num(os.totalmem() / 2 ** 30)} GiB; house, database pair, Redis and all people on it`],
	['Versions', [version('mariadbd', ['--version'], /[\d.]+-MariaDB/), version('redis-server', ['--version'], /v=[\d.]+/).replace('v=', 'Redis '), `nginx ${version('sh', ['-c', 'nginx -v 2>&1'], /[\d.]+/)}`, `Linux ${os.release()}`, version('git', ['log', '-1', '--format=Foyer %h'], /.+/)].map(esc).join(' · ')],
	['Time', `people think ${result.speed} times as fast as in life, with a wide spread; chosen seats are held ${result.hold_seconds} s instead of 8 min, so that dropped-out buyers’ seats come back within the rush`],
	['Generator', `one process, events, open loop; its own delay is part of every time: ${ms(median(series.map((r) => r.lag ?? 0)))} in the middle second, ${ms(max('lag'))} in the worst`],
	['Room', `target ${num(result.target)}, at most ${num(result.rate)} a minute; at most ${result.limit} tickets a person`],
	['Ended', new Date((opened + t1) * 1000).toISOString().replace('T', ' ').slice(0, 16) + ' UTC'],
];

// ---- the page ------------------------------------------------------------------------------------------------------------------------------
const figures = [
	[num(result.people), 'people'], [num(truth.sold), `of ${num(result.seats)} seats sold`], [soldOut === null ? '–' : duration(soldOut), 'from the opening to the last ticket'],
	[num(count.errors), 'errors', count.errors === 0], [`${num(won)} of ${num(tries)}`, 'cheating tries that worked', won === 0], [clean ? 'clean' : 'breach', 'invariants', clean],
];
const css = `:root{color-scheme:light dark;--paper:#fbf8f3;--surface:#fff;--line:#e6decf;--ink:#211c1f;--muted:#595b66;--accent:#8e1b3a;--good:#2a6148;--bad:#b3261e;--c0:#8e1b3a;--c1:#b08a2e;--c2:#2f6b4f;--c3:#285680;--c4:#6b4391;--c5:#8b8078}
@media (prefers-color-scheme:dark){:root{--paper:#171416;--surface:#211d1f;--line:#3a3336;--ink:#f4ede7;--muted:#b0acb6;--accent:#f293ab;--good:#86cfab;--bad:#ff9d93;--c0:#f293ab;--c1:#e2be6c;--c2:#86cfab;--c3:#96c3ec;--c4:#c8a8ec;--c5:#8f8288}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.6 Pretendard,"Apple SD Gothic Neo","Noto Sans KR",system-ui,sans-serif}
main{max-width:72rem;margin:auto;padding:2.5rem 1.25rem 4rem}h1{font-size:clamp(1.75rem,1.3rem + 2vw,2.6rem);line-height:1.2;letter-spacing:-.02em;margin:0 0 .5rem;text-wrap:balance}h2{font-size:1.375rem;margin:3rem 0 1rem}h3{font-size:1.0625rem;margin:0}
.eyebrow{color:var(--accent);font-weight:700;margin:0 0 .25rem}.lead{font-size:1.125rem;color:var(--muted);max-width:46rem;margin:0}.muted{color:var(--muted);font-size:.9375rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1px;margin:2rem 0 0;padding:0;list-style:none;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.figures li{background:var(--surface);padding:1.125rem 1.25rem}.figures b{display:block;font-size:1.5rem;line-height:1.25;letter-spacing:-.02em;font-variant-numeric:tabular-nums}.figures span{color:var(--muted);font-size:.9375rem}
.story{max-width:46rem}.story p{margin:0 0 .875rem}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1.25rem}
figure{margin:0;padding:1.125rem 1.125rem .875rem;background:var(--surface);border:1px solid var(--line);border-radius:12px;break-inside:avoid;display:flex;flex-direction:column}figcaption p{margin:.125rem 0 .75rem;color:var(--muted);font-size:.9375rem;line-height:1.45}
svg{display:block;width:100%;height:auto;margin-top:auto}svg text{font-size:11.5px;fill:var(--muted);font-variant-numeric:tabular-nums}.y,.note{text-anchor:end}.x{text-anchor:middle}
.grid{stroke:var(--line)}.doors{stroke:var(--ink);stroke-dasharray:2 3}.kill{stroke:var(--bad);stroke-dasharray:4 2}.level{stroke:var(--muted);stroke-dasharray:5 4}.line{fill:none;stroke:var(--c);stroke-width:1.75;stroke-linejoin:round}.thin{stroke-width:1;opacity:.65}.fill{fill:var(--c);stroke:none}.soft{opacity:.18}
${[0, 1, 2, 3, 4, 5].map((i) => `.c${i}{--c:var(--c${i})}`).join('')}.bad{--c:var(--bad)}.s0{--c:var(--c3)}.s1{--c:var(--c0)}.s2{--c:var(--c1)}.s3{--c:color-mix(in srgb,var(--c1) 50%,var(--surface))}.s4{--c:var(--c4)}.s5{--c:var(--c2)}.s6{--c:color-mix(in srgb,var(--c2) 50%,var(--surface))}.s7{--c:var(--ink)}.s8{--c:var(--line)}
.key{display:flex;flex-wrap:wrap;gap:.125rem 1rem;margin:.5rem 0 0;padding:0;list-style:none;font-size:.875rem;color:var(--muted)}.key i{display:inline-block;width:.75rem;height:.75rem;border-radius:3px;background:var(--c);margin-right:.375rem;vertical-align:-.06em}.key i.thin{height:.1875rem;vertical-align:.25em}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:0 2rem}.scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;font-size:.9375rem}th,td{padding:.4375rem .75rem .4375rem 0;border-bottom:1px solid var(--line);text-align:right;font-variant-numeric:tabular-nums;vertical-align:top;white-space:nowrap}
th:first-child{text-align:left;font-weight:500;white-space:normal;min-width:9rem}thead th,thead th:first-child{font-weight:600;color:var(--muted);font-size:.875rem}td .what{display:block;text-align:left;white-space:normal;min-width:14rem;color:var(--muted)}b.good,p.good{color:var(--good)}b.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.375rem 1.25rem;font-size:.9375rem;margin:0}dt{color:var(--muted)}dd{margin:0}pre{overflow-x:auto;font-size:.875rem}
@media (max-width:36rem){svg text{font-size:14px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}.figures{grid-template-columns:1fr 1fr}}
@media print{:root{color-scheme:light}body{background:#fff;font-size:10pt}main{max-width:none;padding:0}.charts{grid-template-columns:1fr 1fr}h2{break-after:avoid}}`;
const title = soldOut === null ? `${num(result.people)} people, ${num(result.seats)} seats` : `${num(result.people)} people, ${num(result.seats)} seats, ${duration(soldOut)}`;
const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title} – Foyer</title><style>${css}</style></head><body><main>
<header><p class="eyebrow">Foyer · a rush, measured</p><h1>${title}</h1><p class="lead">A whole on-sale on ${os.cpus().length === 1 ? 'one core' : `${os.cpus().length} cores`}: the waiting room, the draw, the seat map, the payment, the ticket${recoveries.length ? ' – while parts of the house were being killed' : ''}. ${fine ? 'Nothing was sold twice, nothing promised was lost.' : 'Not everything went as it should; the tables below say what.'}</p></header>
<ul class="figures">${figures.map(([v, l, good]) => `<li><b${good === undefined ? '' : ` class="${good ? 'good' : 'bad'}"`}>${v}</b><span>${l}</span></li>`).join('')}</ul>
<section class="story"><h2>What happened</h2>${story.map((p) => `<p>${p}</p>`).join('')}</section>
<section><h2>Second by second</h2><p class="muted">Seconds from the opening, which is the dotted line${marks.length ? '; a red line is a kill -9' : ''}.</p><div class="charts">${charts.join('\n')}</div></section>
${kills}
<section><h2>Every step</h2><p class="muted">From the moment somebody wanted it to the last byte of the answer.</p>${steps}</section>
<div class="two"><section><h2>Refusals</h2>${refused}</section><section><h2>Errors</h2>${errors}</section></div>
<section><h2>Cheaters</h2>${cheats}</section>
<section><h2>What must hold</h2>${invariants}</section>
<section><h2>How it was measured</h2><dl>${machine.map(([k, v]) => `<dt>${k}</dt><dd>${v}</dd>`).join('')}</dl></section>
</main></body></html>
`;
writeFileSync(join(dir, 'report.html'), page);

// ---- the headline ----------------------------------------------------------------------------------------------------------------------------
const cpu = CPU.map(([p]) => [p, load.reduce((n, r) => n + (r[`cpu_${p}`] ?? 0), 0) / (load.length || 1)]).sort((a, b) => b[1] - a[1]);
console.log(`${num(truth.sold)} of ${num(result.seats)} seats sold to ${num(result.people)} people${soldOut === null ? '' : ` in ${soldOut} s`}; ${num(truth.paid_orders)} orders, ${num(count.errors)} errors, ${num(won)} of ${num(tries)} cheating tries worked`);
console.log(`let in ${num(count.entered)}, skipped ${num(truth.skipped)}, places lost ${num(count.places_lost)}, promises lost ${num(truth.promises_lost)}, over the limit ${truth.over_limit}, without pass ${truth.without_pass}, before the turn ${truth.before_turn}`);
console.log(`refusals: ${refusals.map((c) => `${c.text} ${num(c.n)}`).join(', ') || 'none'}`);
console.log(`CPU from the opening to the last seat (% of a core): ${cpu.map(([p, v]) => `${p} ${v.toFixed(0)}`).join(', ')}`);
for (const s of result.steps.filter((x) => x.n)) console.log(`  ${s.text.padEnd(28)} ${num(s.n).padStart(9)}   p50 ${ms(s.p50).padStart(8)}   p99 ${ms(s.p99).padStart(8)}   longest ${ms(s.max).padStart(8)}`);
for (const r of recoveries) console.log(`  ${r.what} killed at ${r.killed.toFixed(0)} s, away ${(r.t - r.killed).toFixed(1)} s; then let in after ${r.enter?.toFixed(1) ?? '–'} s, ticket after ${r.paid?.toFixed(1) ?? '–'} s`);
console.log(`the generator's own delay: ${ms(median(series.map((r) => r.lag ?? 0)))} in the middle second, ${ms(max('lag'))} in the worst`);
console.log(`report: ${join(dir, 'report.html')}`);
process.exit(tooLate.length ? 1 : 0);
