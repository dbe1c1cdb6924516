import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadRules, type Rule } from './rules.js';
import { defaultFleet } from './simulate/fleet.js';
import { missedGoals } from './simulate/goals.js';
import { readMedians } from './simulate/medians.js';
import { longPlans, shortPlans, type Plan } from './simulate/plans.js';
import { alarmLines, judgeTrace, render, type Judged } from './simulate/report.js';
import { runTrace } from './simulate/trace.js';

/** `npm run alerts:simulate`: how soon the alerts fire, and how often for nothing. */
interface Options {
  readonly short: boolean;
  readonly seeds: string;
  readonly only?: string;
  readonly roundTrips?: string;
  readonly medians?: string;
  readonly json?: string;
  readonly report?: readonly string[];
}

// 'exit' handlers end the server and remove the traces.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const { short, seeds, only, roundTrips, medians, json, report } = new Command('alerts:simulate')
  .description('Simulates a fleet, and evaluates the alert rules over it in a real Prometheus.')
  .option('--short', 'five days, one seed: for continuous integration', false)
  .option('--seeds <names>', 'separated by commas; the long form takes three', 'lima,turin,kyoto')
  .option('--only <name>', 'only the traces whose name contains this')
  .option('--round-trips <list>', 'milliseconds, separated by commas, for the regions in turn')
  .option(
    '--medians <file>',
    'a CSV of your own runs (region,minute,median_ms) in place of the model: lists what would have fired',
  )
  .option('--json <file>', 'write every trial and every false alarm')
  .option('--report <files...>', 'simulate nothing: one table of what --json wrote in several runs')
  .parse()
  .opts<Options>();

const measured = medians ? readMedians(medians) : null;
const fleet = measured?.fleet ?? defaultFleet(roundTrips?.split(',').map(Number));
const regions = fleet.map(({ region }) => region);
// Who lists other regions than the file has would hear of their silence.
const rules = loadRules()
  .filter(
    ({ file, labels }) =>
      file !== 'expected-regions.yml' || regions.includes(labels['region'] ?? ''),
  )
  .map(expectingRoundTrips);
const started = Date.now();
const judged: Judged[] = (report ?? []).flatMap(
  (path) => JSON.parse(readFileSync(path, 'utf8')) as Judged[],
);

for (const seed of seedsToSimulate()) {
  for (const plan of plansOf(seed).filter(({ name }) => !only || name.includes(only))) {
    const fired = await runTrace({
      seed: `${seed}/${plan.name}`,
      days: plan.days,
      fleet,
      faults: plan.trials.map(({ fault }) => fault),
      burstsPerDay: plan.burstsPerDay,
      rules,
      progress: (message) => progress(`${seed}, ${plan.name}: ${message}`),
    });
    judged.push(judgeTrace(seed, plan, regions, fired));
    if (json) writeFileSync(json, JSON.stringify(judged, null, 1));
  }
}

if (measured) {
  const alarms = judged.flatMap(({ falseAlarms }) => falseAlarms);
  for (const line of alarmLines(alarms, measured.firstMinute)) console.log(line);
  console.log(`${alarms.length} alerts in ${(measured.minutes / 1_440).toFixed(1)} days`);
} else {
  console.log(render(judged));
  const missed = missedGoals(judged);
  for (const sentence of missed) console.error(`MISSED ${sentence}`);
  if (missed.length === 0) console.error('every goal is met');
  process.exitCode = missed.length === 0 ? 0 : 1;
}

/** With --round-trips a region expects what it is given, and not what the file says of it. */
function expectingRoundTrips(rule: Rule): Rule {
  const own = fleet.find(({ region }) => region === rule.labels['region']);
  if (!roundTrips || rule.file !== 'expected-regions.yml' || !own) return rule;
  return { ...rule, expr: `vector(${own.roundTripMs / 1_000})` };
}

function seedsToSimulate(): string[] {
  if (report) return [];
  if (measured) return ['measured'];
  return short ? ['short'] : seeds.split(',');
}

function plansOf(seed: string): Plan[] {
  if (measured) {
    return [{ name: 'clean', days: measured.minutes / 1_440, burstsPerDay: 0, trials: [] }];
  }
  return short ? shortPlans(seed, regions) : longPlans(seed, regions);
}

function progress(message: string): void {
  process.stderr.write(
    `${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${message}\n`,
  );
}
