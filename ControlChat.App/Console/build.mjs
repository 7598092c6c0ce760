// Bundles the console's scripts into wwwroot/console, which git ignores: `node build.mjs`. Console.targets calls it when a source is newer.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../wwwroot/console');
const made = join(here, 'node_modules/.installed');
const lock = join(here, 'package-lock.json');

// Each page has one script, which holds all it needs: served names carry a fingerprint, so scripts cannot import each other.
const PAGES = ['console.js', 'embed/embed.js', 'offline/kept.js', 'offline/worker.js'].filter((entry) => existsSync(join(here, entry)));

if (!existsSync(made) || !readFileSync(made).equals(readFileSync(lock))) {
  execFileSync('npm', ['ci', '--loglevel=error'], { cwd: here, stdio: 'inherit' });
  copyFileSync(lock, made);
}

const { build } = await import('esbuild');
const half = join(here, 'node_modules/.out');
rmSync(half, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: [...PAGES, '@xterm/xterm/css/xterm.css'].map((entry) => ({ in: entry, out: entry.replace(/^.*\//, '').replace(/\.\w+$/, '') })),
  outdir: half,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  legalComments: 'eof',
  logLevel: 'warning',
});
mkdirSync(out, { recursive: true });
// Whole or not at all: somebody may be reading them.
for (const name of [...PAGES.map((entry) => entry.replace(/^.*\//, '')), 'xterm.css']) renameSync(join(half, name), join(out, name));
