// Builds `dist/` where something that it is made of has changed since this script last built it: `npm run lab` and
// `npm start` do not wait for what is there already, nor for the types to be checked, as `npm run build` does.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** Neither the tests nor what only generates files of this repository. */
const isRun = (path) => path.endsWith('.ts') && !/\.test\.ts$|^src\/dashboards\//.test(path);

/** Each file by itself, as `isolatedModules` has it; `npm run build` writes modules that do the same. */
async function buildQuickly() {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: files.map((name) => `src/${name}`).filter(isRun),
    outbase: 'src',
    outdir: 'dist',
    format: 'esm',
    target: 'es2023',
    sourcemap: true,
    logLevel: 'warning',
  });
  cpSync(join(ROOT, 'src/page/static'), join(ROOT, 'dist/page/static'), { recursive: true });
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
  await buildQuickly();
  writeFileSync(STAMP, wanted);
}
