import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readExported } from './exported.js';
import { lintRules } from './lint.js';
import { loadRules, PROMETHEUS_DIR, ruleFiles, RULES_DIR } from './rules.js';
import { runTool } from './tool.js';

/**
 * `npm run alerts:check`: syntax, names against the backend's registry, the rules' unit tests. The tests run on the
 * promtool of the PATH, and most of them on the one that PROMETHEUS3 names: ranges are left-open there.
 */
type Command = [string, ...string[]];

const at = (...parts: string[]) => join(PROMETHEUS_DIR, ...parts);
const rules = ruleFiles().map((name) => join(RULES_DIR, name));
const tests = readdirSync(at('tests')).filter((name) => name.endsWith('.yml'));
const third = process.env['PROMETHEUS3'];

/** These pin the first minute of a window, which Prometheus 3 leaves out: what they expect is of Prometheus 2. */
const FIRST_MINUTES = [
  'baseline-edges.test.yml',
  'certificate-memory.test.yml',
  'failures-edges.test.yml',
  'fleet-edges.test.yml',
  'latency-edges.test.yml',
  'tail-connect-write.test.yml',
];

const onEach = (promtool: string, names: readonly string[]): Command[] => [
  [promtool, 'check', 'rules', ...rules],
  ...names.map((name): Command => [promtool, 'test', 'rules', at('tests', name)]),
];

const commands: Command[] = [
  ['promtool', 'check', 'config', at('prometheus.yml')],
  ['amtool', 'check-config', at('alertmanager.yml')],
  ...onEach('promtool', tests),
  ...(third === undefined
    ? []
    : onEach(
        third,
        tests.filter((name) => !FIRST_MINUTES.includes(name)),
      )),
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
