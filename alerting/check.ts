import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readExported } from './exported.js';
import { lintRules } from './lint.js';
import { loadRules, PROMETHEUS_DIR, ruleFiles, RULES_DIR } from './rules.js';
import { runTool } from './tool.js';

/**
 * `npm run alerts:check`: syntax, names against the backend's registry, the rules' unit tests. The tests run on the
 * promtool of the PATH and on the one that PROMETHEUS3 names. Ranges are left-open there: so no test may expect
 * anything of a sample that lies on the edge of a window.
 */
type Command = [string, ...string[]];

const at = (...parts: string[]) => join(PROMETHEUS_DIR, ...parts);
const rules = ruleFiles().map((name) => join(RULES_DIR, name));
const tests = readdirSync(at('tests')).filter((name) => name.endsWith('.yml'));
const third = process.env['PROMETHEUS3'];

const onEach = (promtool: string): Command[] => [
  [promtool, 'check', 'rules', ...rules],
  ...tests.map((name): Command => [promtool, 'test', 'rules', at('tests', name)]),
];

const commands: Command[] = [
  ['promtool', 'check', 'config', at('prometheus.yml')],
  ['amtool', 'check-config', at('alertmanager.yml')],
  ...onEach('promtool'),
  ...(third === undefined ? [] : onEach(third)),
];

let failed = false;
if (third === undefined) {
  console.error('SKIPPED: nothing ran on Prometheus 3; PROMETHEUS3 names its promtool');
  failed = process.env['CI'] === 'true';
}

async function runAll(waiting: Command[]): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [command, ...args] = next;
    const { ok, output } = await runTool(command, args);
    const line = next.join(' ').replaceAll(PROMETHEUS_DIR, '');
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${line}`);
    if (ok) continue;
    console.error(output);
    failed = true;
  }
}

const waiting = [...commands];
await Promise.all(Array.from({ length: availableParallelism() }, () => runAll(waiting)));

const runbook = readFileSync(join(PROMETHEUS_DIR, '../docs/runbook.md'), 'utf8');
const problems = lintRules(loadRules(), await readExported(), runbook);
for (const problem of problems) console.error(`FAILED ${problem}`);
if (problems.length === 0)
  console.log('ok     every name and label is exported, every alert is in the runbook');
process.exitCode = failed || problems.length > 0 ? 1 : 0;
