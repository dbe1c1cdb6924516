import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_RULES_FLEET } from './default-fleet.js';
import { ruleFilesOf } from './files.js';

/**
 * `npm run rules` writes prometheus/rules/ for the default fleet. With --check nothing is written, and the
 * exit code is 1 when a file differs from what would be.
 */
const FOLDER = fileURLToPath(new URL('../../prometheus/rules/', import.meta.url));

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];
for (const [file, text] of ruleFilesOf(DEFAULT_RULES_FLEET)) {
  const current = await readFile(FOLDER + file, 'utf8').catch(() => null);
  if (current === text) continue;
  if (values.check) stale.push(file);
  else await writeFile(FOLDER + file, text);
  process.stderr.write(
    `prometheus/rules/${file} ${values.check ? 'is not what the code makes' : 'written'}\n`,
  );
}
if (stale.length > 0) {
  process.stderr.write('run `npm run rules`, and commit what it writes\n');
  process.exitCode = 1;
}
