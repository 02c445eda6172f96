// Builds the static files: node static/build.mjs OUTDIR
// writes OUTDIR/static/{css,js,img}/name-HASH.ext (immutable), .br and .gz beside what compresses, and
// OUTDIR/static/manifest.json: {"css/foyer.css": "css/foyer-3f9a01bc.css", …}.
// Entries: static/css/*.{css,scss} and static/js/*.js (but those whose name begins with _), every file of static/img.
// favicon.ico keeps its name.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
const TARGET = ['chrome109', 'firefox115', 'safari16.4'];

let esbuild, sass;
try {
	esbuild = await import('esbuild');
	sass = await import('sass');
} catch {
	console.error('static: the build tools are missing; run `npm ci` in the source directory first');
	process.exit(1);
}
if (process.argv.length !== 3) {
	console.error('usage: node static/build.mjs OUTDIR');
	process.exit(2);
}
const out = join(process.argv[2], 'static');

function hashed(name, bytes) {
	const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 10);
	const ext = extname(name);
	return `${name.slice(0, -ext.length)}-${hash}${ext}`;
}

async function entries(dir, ...extensions) {
	const names = await readdir(join(SOURCE, dir)).catch(() => []);
	return names.filter((n) => !n.startsWith('_') && !n.startsWith('.') && (!extensions.length || extensions.includes(extname(n)))).sort();
}

async function style(name) {
	const path = join(SOURCE, 'css', name);
	const loadPaths = [join(SOURCE, '../node_modules/@picocss/pico/scss')];
	const text = extname(name) === '.scss'
		? sass.compile(path, { loadPaths, quietDeps: true, logger: sass.Logger.silent }).css
		: await readFile(path, 'utf8');
	const r = await esbuild.transform(text, { loader: 'css', minify: true, target: TARGET, sourcefile: path, legalComments: 'none' });
	return [`css/${basename(name, extname(name))}.css`, Buffer.from(r.code)];
}

async function script(name) {
	const r = await esbuild.build({
		entryPoints: [join(SOURCE, 'js', name)], bundle: true, minify: true, format: 'esm', target: TARGET, write: false,
		charset: 'utf8', legalComments: 'none',
	});
	return [`js/${name}`, Buffer.from(r.outputFiles[0].contents)];
}

async function image(name) {
	const bytes = await readFile(join(SOURCE, 'img', name));
	if (extname(name) !== '.webmanifest') return [`img/${name}`, bytes];
	// It names its icons; the names of files hold their hash.
	const logo = await readFile(join(SOURCE, 'img/logo.svg'));
	return [`img/${name}`, Buffer.from(bytes.toString().replace('logo.svg', basename(hashed('img/logo.svg', logo))))];
}

const files = await Promise.all([
	...(await entries('css', '.css', '.scss')).map(style),
	...(await entries('js', '.js')).map(script),
	...(await entries('img')).map(image),
]);

const manifest = {};
for (const [name, bytes] of files) manifest[name] = hashed(name, bytes);
await Promise.all(['css', 'js', 'img'].map((dir) => mkdir(join(out, dir), { recursive: true })));
await copyFile(join(SOURCE, 'favicon.ico'), join(out, 'favicon.ico'));
await Promise.all(files.map(async ([name, bytes]) => {
	const path = join(out, manifest[name]);
	await writeFile(path, bytes);
	if (!['.css', '.js', '.svg', '.webmanifest'].includes(extname(name))) return;
	const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
	await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, best));
	await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}));

// The manifest changes in one step; files of earlier builds stay a day, for pages and workers that still name them.
const sorted = Object.fromEntries(Object.entries(manifest).sort());
await writeFile(join(out, 'manifest.json.new'), JSON.stringify(sorted, null, '\t') + '\n');
await rename(join(out, 'manifest.json.new'), join(out, 'manifest.json'));
const kept = new Set(Object.values(manifest).flatMap((n) => [n, `${n}.br`, `${n}.gz`]));
const DAY = 86_400_000;
for (const dir of ['css', 'js', 'img']) {
	for (const name of await readdir(join(out, dir))) {
		const path = `${dir}/${name}`;
		if (!kept.has(path) && Date.now() - (await stat(join(out, path))).mtimeMs > DAY) await rm(join(out, path));
	}
}
