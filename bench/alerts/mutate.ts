import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { mutantsOf, mutatedDurations } from './mutants.js';
import { parseDuration, PROMETHEUS_DIR, ruleFiles } from './rules.js';
import { runTool } from './tool.js';

/**
 * `npm run alerts:mutate`: changes one number, window, `for`, comparison or join of the rules at a
 * time, and expects some unit test to fail. What survives is not tested.
 */
interface RuleFile {
  groups: {
    name: string;
    rules: { record?: string; alert?: string; expr: string; for?: string }[];
  }[];
}

const { only } = new Command('alerts:mutate')
  .description('Changes the rules one number at a time, and expects a unit test to notice.')
  .option('--only <name>', 'only the rules whose name contains this')
  .parse()
  .opts<{ only?: string }>();

const directory = mkdtempSync(join(tmpdir(), 'pglatency-mutate-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
cpSync(PROMETHEUS_DIR, directory, { recursive: true });

const survivors: string[] = [];
let tried = 0;
// The constants of expected-regions.yml are the user's.
for (const file of ruleFiles().filter((name) => name !== 'expected-regions.yml')) {
  const tests = testsOf(file);
  for (const { name, change, text } of mutantsOfFile(file)) {
    if (only && !name.includes(only)) continue;
    writeFileSync(join(directory, 'rules', file), text);
    tried++;
    const noticed = await isNoticed(tests);
    if (!noticed) survivors.push(`${file}, ${name}: ${change}`);
    process.stderr.write(
      `${String(tried).padStart(4)}  ${noticed ? 'noticed ' : 'SURVIVED'}  ${name}: ${change}\n`,
    );
  }
  cpSync(join(PROMETHEUS_DIR, 'rules', file), join(directory, 'rules', file));
}
for (const survivor of survivors) console.log(`SURVIVED ${survivor}`);
console.log(`${tried - survivors.length} of ${tried} changes noticed`);
if (tried === 0)
  console.error(`no rule's name contains "${only ?? ''}", or it holds nothing to change`);
process.exitCode = survivors.length > 0 || tried === 0 ? 1 : 0;

/** The unit tests that load a rule file. */
function testsOf(file: string): string[] {
  return readdirSync(join(directory, 'tests'))
    .map((name) => join(directory, 'tests', name))
    .filter((path) => readFileSync(path, 'utf8').includes(`../rules/${file}`));
}

function* mutantsOfFile(file: string): Generator<{ name: string; change: string; text: string }> {
  const original = readFileSync(join(PROMETHEUS_DIR, 'rules', file), 'utf8');
  const read = () => parse(original) as RuleFile;
  for (const [g, group] of read().groups.entries()) {
    for (const [r, rule] of group.rules.entries()) {
      const name = rule.alert ?? rule.record ?? '';
      const changes = [
        ...mutantsOf(rule.expr).map(({ change, text }) => ({ change, to: { expr: text } })),
        ...(rule.for ? mutatedDurations(parseDuration(rule.for)) : []).map((text) => ({
          change: `for: ${rule.for ?? ''} → ${text}`,
          to: { for: text },
        })),
      ];
      for (const { change, to } of changes) {
        const mutated = read();
        Object.assign(mutated.groups[g]?.rules[r] ?? {}, to);
        yield { name, change, text: stringify(mutated) };
      }
    }
  }
}

/** An expression that does not parse, or that is refused, is noticed as well. */
async function isNoticed(tests: readonly string[]): Promise<boolean> {
  for (const path of tests) {
    const { ok } = await runTool('promtool', ['test', 'rules', path]);
    if (!ok) return true;
  }
  return false;
}
