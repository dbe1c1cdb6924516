import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
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

interface Mutant {
  readonly file: string;
  readonly name: string;
  readonly change: string;
  readonly text: string;
}

interface TestFile {
  readonly rule_files: readonly string[];
  readonly tests: readonly unknown[];
}

interface RuleFile {
  groups: {
    name: string;
    interval: string;
    rules: MutatedRule[];
  }[];
}

const options = new Command('alerts:mutate')
  .description('Changes the rules one number at a time, and expects a unit test to notice.')
  .option('--only <name>', 'only the rules whose name contains this', '')
  .option('--file <name>', 'only the rule files whose name contains this', '')
  .option('--change <text>', 'only the changes whose wording contains this', '')
  .option('--tests <name>', 'only the unit tests whose file name matches this pattern', '')
  .option(
    '--jobs <count>',
    'changes that are tried at the same time',
    Number,
    availableParallelism(),
  )
  .parse()
  .opts<{ only: string; file: string; change: string; tests: string; jobs: number }>();

const scratch = mkdtempSync(join(tmpdir(), 'pglatency-mutate-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

// The constants of expected-regions.yml are the user's.
const files = ruleFiles().filter(
  (name) => name !== 'expected-regions.yml' && name.includes(options.file),
);
const copies = Array.from({ length: options.jobs }, (_, index) => copyOfTheRules(index));
const testsOf = await quickestFirst();
const mutants = files.flatMap((file) => [...mutantsOfFile(file)]).filter(isChosen);
const survivors: string[] = [];
let tried = 0;
await inEachCopy(mutants, tryMutant);

for (const survivor of survivors) console.log(`SURVIVED ${survivor}`);
console.log(`${tried - survivors.length} of ${tried} changes noticed`);
if (tried === 0)
  console.error(`no rule's name contains "${options.only}", or it holds nothing to change`);
process.exitCode = survivors.length > 0 || tried === 0 ? 1 : 0;

function isChosen({ name, change }: Mutant): boolean {
  if (!name.includes(options.only) || !change.includes(options.change)) return false;
  const same = EQUIVALENT.find((one) => one.rule === name && change.includes(one.change));
  if (same) process.stderr.write(`      the same  ${name}: ${change} (${same.because})\n`);
  return same === undefined;
}

/** Each copy takes the next item as soon as it is done with one. */
async function inEachCopy<T>(
  items: readonly T[],
  work: (copy: string, item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await Promise.all(
    copies.map(async (copy) => {
      for (const item of left) await work(copy, item);
    }),
  );
}

async function tryMutant(copy: string, { file, name, change, text }: Mutant): Promise<void> {
  const path = join(copy, 'rules', file);
  writeFileSync(path, text);
  const noticed = await isNoticed(copy, testsOf.get(file) ?? []);
  cpSync(join(PROMETHEUS_DIR, 'rules', file), path);
  tried++;
  if (!noticed) survivors.push(`${file}, ${name}: ${change}`);
  process.stderr.write(
    `${String(tried).padStart(4)}  ${noticed ? 'noticed ' : 'SURVIVED'}  ${name}: ${change}\n`,
  );
}

/** Every unit test in a file of its own, so that a change is noticed by the first that fails. */
function copyOfTheRules(index: number): string {
  const copy = join(scratch, String(index));
  cpSync(PROMETHEUS_DIR, copy, { recursive: true });
  const folder = join(copy, 'tests');
  for (const name of readdirSync(folder)) {
    const { tests, ...rest } = parse(readFileSync(join(folder, name), 'utf8')) as TestFile;
    for (const [number, test] of tests.entries()) {
      writeFileSync(join(folder, `${number}-${name}`), stringify({ ...rest, tests: [test] }));
    }
    rmSync(join(folder, name));
  }
  return copy;
}

function* mutantsOfFile(file: string): Generator<Mutant> {
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
        yield { file, name, change, text: stringify(mutated) };
      }
    }
  }
}

/**
 * The unit tests that load each of the files.
 * @throws when a test fails with the rules as they are
 */
async function quickestFirst(): Promise<Map<string, string[]>> {
  const [first] = copies;
  if (!first) throw new Error('--jobs has to be at least 1');
  const timed: { name: string; loaded: readonly string[]; tookMs: number }[] = [];
  await inEachCopy(readdirSync(join(first, 'tests')), async (copy, name) => {
    const path = join(copy, 'tests', name);
    const loaded = (parse(readFileSync(path, 'utf8')) as TestFile).rule_files;
    const isNeeded = files.some((file) => loaded.includes(`../rules/${file}`));
    if (!isNeeded || !new RegExp(options.tests).test(name)) return;
    const started = performance.now();
    const { ok, output } = await runTool('promtool', ['test', 'rules', path]);
    if (!ok) throw new Error(`${name} fails without a change:\n${output}`);
    timed.push({ name, loaded, tookMs: performance.now() - started });
  });
  timed.sort((a, b) => a.tookMs - b.tookMs);
  return new Map(
    files.map((file) => [
      file,
      timed.filter(({ loaded }) => loaded.includes(`../rules/${file}`)).map(({ name }) => name),
    ]),
  );
}

/**
 * An expression that does not parse, or that is refused, is noticed as well. The test that noticed is
 * moved to the front: it is likely to notice the next change of the same rule.
 */
async function isNoticed(copy: string, tests: string[]): Promise<boolean> {
  for (const name of [...tests]) {
    const { ok } = await runTool('promtool', ['test', 'rules', join(copy, 'tests', name)]);
    if (ok) continue;
    tests.splice(tests.indexOf(name), 1);
    tests.unshift(name);
    return true;
  }
  return false;
}
