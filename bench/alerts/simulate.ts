import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadRules } from './rules.js';
import { defaultFleet } from './simulate/fleet.js';
import { missedGoals } from './simulate/goals.js';
import { readMedians } from './simulate/medians.js';
import { longPlans, shortPlans, type Plan } from './simulate/plans.js';
import { judgeTrace, render, type Judged } from './simulate/report.js';
import { runTrace } from './simulate/trace.js';

/** `npm run alerts:simulate`: how soon the alerts fire, and how often for nothing. */
interface Options {
  readonly short: boolean;
  readonly seeds: string;
  readonly only?: string;
  readonly medians?: string;
  readonly json?: string;
}

// 'exit' handlers end the server and remove the traces.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const { short, seeds, only, medians, json } = new Command('alerts:simulate')
  .description('Simulates a fleet, and evaluates the alert rules over it in a real Prometheus.')
  .option('--short', 'five days, one seed: for continuous integration', false)
  .option('--seeds <names>', 'separated by commas; the long form takes three', 'madrid,oslo,quito')
  .option('--only <name>', 'only the traces whose name contains this')
  .option(
    '--medians <file>',
    'a CSV of your own runs (region,minute,median_ms) in place of the model; clean traffic only',
  )
  .option('--json <file>', 'write every trial and every false alarm')
  .parse()
  .opts<Options>();

const fleet = medians ? readMedians(medians) : defaultFleet();
const regions = fleet.map(({ region }) => region);
const started = Date.now();
const judged: Judged[] = [];

for (const seed of short ? ['short'] : seeds.split(',')) {
  for (const plan of plansOf(seed).filter(({ name }) => !only || name.includes(only))) {
    const fired = await runTrace({
      seed: `${seed}/${plan.name}`,
      days: plan.days,
      fleet,
      faults: plan.trials.map(({ fault }) => fault),
      burstsPerDay: plan.burstsPerDay,
      rules: loadRules(),
      progress: (message) => progress(`${seed}, ${plan.name}: ${message}`),
    });
    judged.push(judgeTrace(seed, plan, regions, fired));
    if (json) writeFileSync(json, JSON.stringify(judged, null, 1));
  }
}

console.log(render(judged));
const missed = missedGoals(judged);
for (const sentence of missed) console.error(`MISSED ${sentence}`);
if (missed.length === 0) console.error('every goal is met');
process.exitCode = missed.length === 0 ? 0 : 1;

function plansOf(seed: string): Plan[] {
  if (medians) {
    const minutes = Math.min(...fleet.map((model) => model.medians?.length ?? 0));
    return [{ name: 'clean', days: minutes / 1_440, burstsPerDay: 0, trials: [] }];
  }
  return short ? shortPlans(seed, regions) : longPlans(seed, regions);
}

function progress(message: string): void {
  process.stderr.write(
    `${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${message}\n`,
  );
}
