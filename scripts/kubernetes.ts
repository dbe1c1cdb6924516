/**
 * Writes what deploy/kubernetes repeats: the rules, for the fleet of its pglatency.yaml, and the dashboards.
 * With --check it writes nothing, and exits with 1 when a file is not what it would write.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError, type Problem } from '../src/base/errors.js';
import { readFleetFile } from '../src/config/fleet-file.js';
import { renderFleet } from '../src/fleet/render-fleet.js';
import { dashboardConfigMaps, prometheusRule } from '../src/fleet/render-kubernetes.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = `${ROOT}deploy/kubernetes`;

function filesOf(folder: string, ending: string): Map<string, string> {
  const names = readdirSync(`${ROOT}${folder}`).filter((name) => name.endsWith(ending));
  return new Map(names.map((name) => [name, readFileSync(`${ROOT}${folder}/${name}`, 'utf8')]));
}

function rulesOfFleet(): Map<string, string> {
  const problems: Problem[] = [];
  const fleet = readFleetFile(`${FOLDER}/pglatency.yaml`, problems);
  if (fleet === null) throw new ConfigError(problems);
  const prefix = 'prometheus/rules/';
  const rendered = [...renderFleet(fleet, { keys: null })];
  return new Map(
    rendered.flatMap(([name, text]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), text]] : [],
    ),
  );
}

const made = new Map([
  ['prometheus-rule.yaml', prometheusRule(rulesOfFleet())],
  ['dashboards.yaml', dashboardConfigMaps(filesOf('dashboards', '.json'))],
]);
const contentOf = (path: string) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};
for (const [name, text] of made) {
  const path = `${FOLDER}/${name}`;
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (contentOf(path) !== text) {
    process.stderr.write(`deploy/kubernetes/${name} is out of date: npm run kubernetes\n`);
    process.exitCode = 1;
  }
}
