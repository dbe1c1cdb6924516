import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Rule } from './rules.js';
import { chosenRules } from './simulate/chosen-rules.js';
import { defaultFleet } from './simulate/fleet.js';
import { missedInFleets, renderFleets } from './simulate/fleet-report.js';
import { tryFleet, type FleetResult, type TriedFleet } from './simulate/fleet-trial.js';
import { fleetOf, FLEETS, readFleet } from './simulate/fleets.js';
import { missedGoals } from './simulate/goals.js';
import { readMedians } from './simulate/medians.js';
import { longPlans, shiftPlans, shortPlans, type Plan } from './simulate/plans.js';
import { alarmLines, judgeTrace, render, type Judged } from './simulate/report.js';
import { IMPROVEMENT, type Scenario } from './simulate/scenarios.js';
import { runTrace } from './simulate/trace.js';
import { SIMULATED_OPERATIONS, type SimulatedOperation } from './simulate/traffic.js';

/** `npm run alerts:simulate`: how soon the alerts fire, and how often for nothing. */
interface Options {
  readonly short: boolean;
  readonly shifts: boolean;
  readonly fleets: boolean;
  readonly fleet?: string;
  readonly seeds: string;
  readonly only?: string;
  readonly rules?: string;
  readonly alerts?: readonly string[];
  readonly operations?: readonly SimulatedOperation[];
  readonly roundTrips?: string;
  readonly medians?: string;
  readonly json?: string;
  readonly report?: readonly string[];
}

// 'exit' handlers end the server and remove the traces.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const list = (text: string) => text.split(',');
const program = new Command('alerts:simulate')
  .description('Simulates a fleet, and evaluates the alert rules over it in a real Prometheus.')
  .option('--short', 'five days, one seed: for continuous integration', false)
  .option('--shifts', 'the traces that judge the limits of a lasting shift', false)
  .option(
    '--fleets',
    'fleets of many kinds, each with its own rules: a healthy day, then each fault',
    false,
  )
  .option('--fleet <file>', 'the same for the fleet of this pglatency.yaml')
  .option('--seeds <names>', 'separated by commas; the long form takes three', 'lima,turin,kyoto')
  .option('--only <name>', 'only the traces, or fleets, whose name contains this')
  .option('--rules <folder>', 'the rule files of this folder in place of prometheus/rules')
  .option('--alerts <names>', 'only these alerts, separated by commas, and what they read', list)
  .addOption(
    new Option(
      '--operations <names>',
      'store only these operations: quicker, where the alerts read no other',
    ).argParser(operationsOf),
  )
  .option('--round-trips <list>', 'milliseconds, separated by commas, for the regions in turn')
  .option(
    '--medians <file>',
    'a CSV of your own runs (region,minute,median_ms) in place of the model: lists what would have fired',
  )
  .option('--json <file>', 'write every trial and every false alarm')
  .option('--report <files...>', 'simulate nothing: one table of what --json wrote in several runs')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const options = program.opts<Options>();
const { short, seeds, only, alerts, operations, roundTrips, medians, json, report } = options;

const measured = medians ? readMedians(medians) : null;
const fleet = measured?.fleet ?? defaultFleet(roundTrips?.split(',').map(Number));
const regions = fleet.map(({ region }) => region);
const rules = rulesToEvaluate();
const started = Date.now();
const judged: Judged[] = (report ?? []).flatMap(
  (path) => JSON.parse(readFileSync(path, 'utf8')) as Judged[],
);

if (options.fleets || options.fleet !== undefined) await simulateFleets();

for (const seed of seedsToSimulate()) {
  for (const plan of plansOf(seed).filter(({ name }) => !only || name.includes(only))) {
    const fired = await runTrace({
      seed: `${seed}/${plan.name}`,
      days: plan.days,
      fleet,
      faults: plan.trials.map(({ fault }) => fault),
      burstsPerDay: plan.burstsPerDay,
      rules,
      ...(operations && { operations }),
      progress: (message) => progress(`${seed}, ${plan.name}: ${message}`),
    });
    const all = judgeTrace(seed, plan, regions, fired);
    judged.push({ ...all, outcomes: all.outcomes.filter(({ trial }) => examined(trial.scenario)) });
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

/** Ends the process. */
async function simulateFleets(): Promise<never> {
  const results: FleetResult[] = [];
  for (const tried of fleetsToTry()) {
    results.push(await tryFleet(tried, (message) => progress(`${tried.name}: ${message}`)));
    if (json) writeFileSync(json, JSON.stringify(results, null, 1));
  }
  console.log(renderFleets(results));
  const missed = missedInFleets(results);
  for (const sentence of missed) console.error(`MISSED ${sentence}`);
  if (missed.length === 0)
    console.error('no alert while healthy, and each fault was one page in time');
  return process.exit(missed.length === 0 ? 0 : 1);
}

function fleetsToTry(): TriedFleet[] {
  if (options.fleet === undefined) {
    return FLEETS.filter(({ name }) => !only || name.includes(only)).map(({ file, ...named }) => ({
      ...named,
      fleet: fleetOf(file),
    }));
  }
  try {
    return [{ name: options.fleet, fleet: readFleet(options.fleet) }];
  } catch (cause) {
    return program.error(`error: ${(cause as Error).message}`, { exitCode: 2 });
  }
}

function rulesToEvaluate(): Rule[] {
  const expectOwn = roundTrips !== undefined;
  try {
    return chosenRules({ folder: options.rules, alerts, fleet, expectOwn });
  } catch (cause) {
    return program.error(`error: ${(cause as Error).message}`, { exitCode: 2 });
  }
}

function operationsOf(text: string): SimulatedOperation[] {
  return list(text).map((name) => {
    const found = SIMULATED_OPERATIONS.find((operation) => operation === name);
    if (!found) {
      throw new InvalidArgumentError(`"${name}" is none of ${SIMULATED_OPERATIONS.join(', ')}.`);
    }
    return found;
  });
}

/** Whether one of the chosen alerts could find it. */
function examined({ finds }: Scenario): boolean {
  return finds === IMPROVEMENT.finds || !alerts || alerts.some((name) => finds.test(name));
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
  if (options.shifts) return shiftPlans(seed, regions);
  return short ? shortPlans(seed, regions) : longPlans(seed, regions);
}

function progress(message: string): void {
  process.stderr.write(
    `${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${message}\n`,
  );
}
