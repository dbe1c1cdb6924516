import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { EQUIVALENT } from './equivalent.js';
import { mutantsOf, mutatedFors } from './mutants.js';
import { parseDuration, PROMETHEUS_DIR, ruleFiles } from './rules.js';
import { runTool } from './tool.js';

/**
 * `npm run alerts:mutate`: changes one number, window, `for`, comparison, join, matcher or clamp of the rules
 * at a time, and expects some unit test to fail. What survives is not tested.
 */
type MutatedRule = { record?: string; alert?: string; expr: string } & { [K in Pause]?: string };
type Pause = (typeof PAUSES)[number];
const PAUSES = ['for', 'keep_firing_for'] as const;

interface RuleFile {
  groups: {
    name: string;
    interval: string;
    rules: MutatedRule[];
  }[];
}

const {
  only,
  file: onlyFile,
  change: onlyChange,
  tests: onlyTests,
} = new Command('alerts:mutate')
  .description('Changes the rules one number at a time, and expects a unit test to notice.')
  .option('--only <name>', 'only the rules whose name contains this')
  .option('--file <name>', 'only the rule files whose name contains this')
  .option('--change <text>', 'only the changes whose wording contains this')
  .option('--tests <name>', 'only the unit tests whose file name matches this pattern')
  .parse()
  .opts<{ only?: string; file?: string; change?: string; tests?: string }>();

const directory = mkdtempSync(join(tmpdir(), 'pglatency-mutate-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
cpSync(PROMETHEUS_DIR, directory, { recursive: true });

const survivors: string[] = [];
let tried = 0;
// The constants of expected-regions.yml are the user's.
const files = ruleFiles().filter(
  (name) => name !== 'expected-regions.yml' && name.includes(onlyFile ?? ''),
);
const allTests = await quickestFirst(
  splitTests().filter(
    ({ path, ruleFiles: loaded }) =>
      new RegExp(onlyTests ?? '').test(path) &&
      files.some((file) => loaded.includes(`../rules/${file}`)),
  ),
);
for (const file of files) {
  const tests = allTests.filter(({ ruleFiles: loaded }) => loaded.includes(`../rules/${file}`));
  for (const { name, change, text } of mutantsOfFile(file)) {
    if (only && !name.includes(only)) continue;
    if (onlyChange && !change.includes(onlyChange)) continue;
    const same = EQUIVALENT.find((one) => one.rule === name && change.includes(one.change));
    if (same) {
      process.stderr.write(`      the same  ${name}: ${change} (${same.because})\n`);
      continue;
    }
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

interface UnitTest {
  readonly path: string;
  readonly ruleFiles: readonly string[];
}

/** Every unit test in a file of its own, so that a change is noticed by the first that fails. */
function splitTests(): UnitTest[] {
  const folder = join(directory, 'tests');
  return readdirSync(folder).flatMap((name) => {
    const { tests, ...rest } = parse(readFileSync(join(folder, name), 'utf8')) as {
      rule_files: string[];
      tests: unknown[];
    };
    return tests.map((test, index) => {
      const path = join(folder, `${index}-${name}`);
      writeFileSync(path, stringify({ ...rest, tests: [test] }));
      return { path, ruleFiles: rest.rule_files };
    });
  });
}

function* mutantsOfFile(file: string): Generator<{ name: string; change: string; text: string }> {
  const original = readFileSync(join(PROMETHEUS_DIR, 'rules', file), 'utf8');
  const read = () => parse(original) as RuleFile;
  for (const [g, group] of read().groups.entries()) {
    for (const [r, rule] of group.rules.entries()) {
      const name = rule.alert ?? rule.record ?? '';
      const changes = [
        ...mutantsOf(rule.expr).map(({ change, text }) => ({ change, to: { expr: text } })),
        ...PAUSES.flatMap((pause) => {
          const now = rule[pause];
          if (now === undefined) return [];
          return mutatedFors(parseDuration(now), parseDuration(group.interval)).map((text) => ({
            change: `${pause}: ${now} → ${text}`,
            to: { [pause]: text },
          }));
        }),
      ];
      for (const { change, to } of changes) {
        const mutated = read();
        Object.assign(mutated.groups[g]?.rules[r] ?? {}, to);
        yield { name, change, text: stringify(mutated) };
      }
    }
  }
}

/** @throws when a test fails with the rules as they are */
async function quickestFirst(tests: readonly UnitTest[]): Promise<UnitTest[]> {
  const timed: { test: UnitTest; tookMs: number }[] = [];
  for (const test of tests) {
    const started = performance.now();
    const { ok, output } = await runTool('promtool', ['test', 'rules', test.path]);
    if (!ok) throw new Error(`${test.path} fails without a change:\n${output}`);
    timed.push({ test, tookMs: performance.now() - started });
  }
  return timed.sort((a, b) => a.tookMs - b.tookMs).map(({ test }) => test);
}

/**
 * An expression that does not parse, or that is refused, is noticed as well. The test that noticed is
 * moved to the front: it is likely to notice the next change of the same rule.
 */
async function isNoticed(tests: UnitTest[]): Promise<boolean> {
  for (const [index, { path }] of tests.entries()) {
    const { ok } = await runTool('promtool', ['test', 'rules', path]);
    if (ok) continue;
    tests.unshift(...tests.splice(index, 1));
    return true;
  }
  return false;
}
