// Builds `dist/` where something that it is made of has changed since this script last built it: `npm run lab` and
// `npm start` do not wait for what is there already, nor for the types to be checked, as `npm run build` does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = join(ROOT, 'dist/.built-from');
const INPUTS = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
/** Without them nothing runs, whatever the stamp says. */
const OUTPUTS = ['dist/cli.js', 'dist/page/client/main.js', 'dist/page/static/index.html'];

/** Every file's name, size and time of change. */
function describe(path) {
  const stat = statSync(join(ROOT, path));
  if (!stat.isDirectory()) return [`${path} ${stat.size} ${stat.mtimeMs}`];
  return readdirSync(join(ROOT, path))
    .sort()
    .flatMap((name) => describe(`${path}/${name}`));
}

function present() {
  const hash = createHash('sha256').update(INPUTS.flatMap(describe).join('\n'));
  return hash.update(process.version).digest('hex');
}

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const STEPS = [
  [process.execPath, TSC, '-p', 'tsconfig.build.json', '--noCheck'],
  [process.execPath, TSC, '-p', 'src/page/client/tsconfig.build.json', '--noCheck'],
  ['npm', 'run', '--silent', 'build:page'],
];

/** All steps at once; they write different files, or the same ones alike. */
async function build() {
  const ends = STEPS.map(([command, ...args]) =>
    once(spawn(command, args, { cwd: ROOT, stdio: 'inherit' }), 'exit'),
  );
  return (await Promise.all(ends)).every(([code]) => code === 0);
}

function built() {
  try {
    for (const path of OUTPUTS) statSync(join(ROOT, path));
    return readFileSync(STAMP, 'utf8');
  } catch {
    return null;
  }
}

const wanted = present();
if (built() !== wanted) {
  process.stderr.write('building …\n');
  rmSync(STAMP, { force: true });
  if (!(await build())) process.exit(1);
  writeFileSync(STAMP, wanted);
}
