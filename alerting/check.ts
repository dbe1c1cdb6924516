import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readExported } from './exported.js';
import { lintRules } from './lint.js';
import { loadRules, PROMETHEUS_DIR, ruleFiles, RULES_DIR } from './rules.js';
import { runTool } from './tool.js';

/** `npm run alerts:check`: syntax, names against the backend's registry, the rules' unit tests. */
const at = (...parts: string[]) => join(PROMETHEUS_DIR, ...parts);
const tests = readdirSync(at('tests')).filter((name) => name.endsWith('.yml'));

const commands: [string, ...string[]][] = [
  ['promtool', 'check', 'rules', ...ruleFiles().map((name) => join(RULES_DIR, name))],
  ['promtool', 'check', 'config', at('prometheus.yml')],
  ['amtool', 'check-config', at('alertmanager.yml')],
  ...tests.map((name): [string, ...string[]] => ['promtool', 'test', 'rules', at('tests', name)]),
];

let failed = false;
for (const [command, ...args] of commands) {
  const { ok, output } = await runTool(command, args);
  const line = [command, ...args].join(' ').replaceAll(PROMETHEUS_DIR, '');
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${line}`);
  if (!ok) {
    console.error(output);
    failed = true;
  }
}

const runbook = readFileSync(join(PROMETHEUS_DIR, '../docs/runbook.md'), 'utf8');
const problems = lintRules(loadRules(), await readExported(), runbook);
for (const problem of problems) console.error(`FAILED ${problem}`);
if (problems.length === 0)
  console.log('ok     every name and label is exported, every alert is in the runbook');
process.exitCode = failed || problems.length > 0 ? 1 : 0;
