import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allDashboards, toJson } from './dashboards.js';

/**
 * `npm run dashboards` writes dashboards/*.json. With --check nothing is written, and the exit code is
 * 1 when a file differs from what would be.
 */
const FOLDER = fileURLToPath(new URL('../../dashboards/', import.meta.url));

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];
for (const [file, dashboard] of allDashboards()) {
  const text = toJson(dashboard);
  const current = await readFile(FOLDER + file, 'utf8').catch(() => null);
  if (current === text) continue;
  if (values.check) stale.push(file);
  else await writeFile(FOLDER + file, text);
  process.stderr.write(
    `dashboards/${file} ${values.check ? 'is not what the code makes' : 'written'}\n`,
  );
}
if (stale.length > 0) {
  process.stderr.write('run `npm run dashboards`, and commit what it writes\n');
  process.exitCode = 1;
}
