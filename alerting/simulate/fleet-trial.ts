import type { Firing } from '../../src/replay/firing.js';
import { rulesOf } from '../../src/replay/replay.js';
import type { RulesFleet } from '../../src/rules/fleet.js';
import { countedRunSeconds } from '../../src/rules/plan.js';
import { targetsOf, usualSeconds, type Story } from '../../src/rules/unit-tests/backend-series.js';
import { faultsOf, type Fault as Told } from '../../src/rules/unit-tests/faults.js';
import type { Effect, Fault } from './faults.js';
import { runTrace } from './trace.js';
import type { RegionModel } from './traffic.js';

export interface TriedFleet {
  readonly name: string;
  readonly fleet: RulesFleet;
  /** A second fleet of the same regions is in the same Prometheus. */
  readonly beside?: true;
}

/** What became of one fault. */
export interface Found {
  readonly fault: string;
  readonly withinSeconds: number;
  /** Until the first of its alerts fired; null: none did. Absent: nobody is to be called. */
  readonly afterSeconds?: number | null;
  /** Pages that it does not explain, or that did not come. */
  readonly wrong: readonly string[];
}

export interface FleetResult {
  readonly name: string;
  readonly healthyHours: number;
  /** In the healthy time. */
  readonly falseAlarms: readonly string[];
  readonly found: readonly Found[];
}

const HOUR = 3_600;
/** A day, in which the rules learn what is normal, and some hours to use it. */
const HEALTHY_HOURS = 26;
const DEPLOY_AT = 12 * HOUR;
/** A fault begins at this share of the time between two runs, so that it is no run's own moment. */
const BEGINS = 0.3;
/** After a fault, until what counted its runs has forgotten them. */
const FORGOTTEN = { runs: 10, leastSeconds: 45 * 60 };

/** A fleet's own rules over its own schedule: a healthy day with a deploy, and then each fault once. */
export async function tryFleet(
  { name, fleet, beside }: TriedFleet,
  progress: (message: string) => void,
): Promise<FleetResult> {
  const fleets = beside === true ? [fleet, { ...fleet, fleet: 'beside-it' }] : [fleet];
  const { steps, seconds } = stepsOf(fleet, fleets.length > 1);
  const fired = await runTrace({
    seed: name,
    days: Math.ceil(seconds / HOUR) / 24,
    fleet: fleets.flatMap(modelsOf),
    faults: steps.flatMap(({ faults }) => faults),
    burstsPerDay: 1,
    times: fleet,
    deploys: [DEPLOY_AT],
    rules: fleets.flatMap(rulesOf),
    progress,
  });
  return {
    name,
    healthyHours: HEALTHY_HOURS,
    falseAlarms: fired.filter(({ from }) => from < HEALTHY_HOURS * HOUR).map(described),
    found: steps.map((step, index) =>
      judge(step, steps[index + 1]?.from ?? Infinity, fired, fleet),
    ),
  };
}

/** Of the region hub, which is beside the database. */
const HUB_ROUND_TRIP_MS = 0.5;

function modelsOf(fleet: RulesFleet): RegionModel[] {
  return fleet.regions.map(({ region }) => {
    const roundTripMs = (target: string) =>
      region === 'hub' ? HUB_ROUND_TRIP_MS : 1_000 * usualSeconds(fleet, region, target);
    return {
      ...(fleet.fleet !== null && { fleet: fleet.fleet }),
      region,
      roundTripMs: roundTripMs(''),
      targets: targetsOf(fleet).map(({ name, mode }) => ({
        name,
        mode,
        roundTripMs: roundTripMs(name),
      })),
    };
  });
}

/** A fault at its time. */
interface Step {
  readonly told: Told;
  readonly from: number;
  readonly region: string;
  readonly faults: readonly Fault[];
}

function stepsOf(fleet: RulesFleet, hasOther: boolean): { steps: Step[]; seconds: number } {
  const { runSeconds } = fleet;
  const first = targetsOf(fleet)[0]?.name ?? '';
  // The farthest first, as in the unit tests.
  const regions = fleet.regions
    .filter(({ region }) => region !== 'hub')
    .map(({ region }) => ({ region, usual: usualSeconds(fleet, region, first) }))
    .sort((a, b) => b.usual - a.usual);
  // Pages: a ticket for a shift needs three days before it.
  const told = faultsOf(
    fleet,
    regions.map(({ usual }) => usual),
  ).filter(({ among, alerts }) => among === undefined && (alerts.length > 0 || hasOther));
  const steps: Step[] = [];
  let seconds = HEALTHY_HOURS * HOUR;
  for (const one of told) {
    const from = (Math.ceil(seconds / runSeconds) + BEGINS) * runSeconds;
    const to = from + one.foundInSeconds + 2 * countedRunSeconds(fleet);
    const region = one.everywhere === true ? 'all' : (regions[0]?.region ?? '');
    const own = effectsOf(one.story(from)).map((effect) => ({
      ...(fleet.fleet !== null && { fleet: fleet.fleet }),
      region,
      // Of several targets, one fails.
      ...(effect.kind.includes('errors') && { target: first }),
      effect,
    }));
    const others = alertsNobody(one)
      ? effectsOf(one.beside?.(from) ?? {}).map((effect) => ({
          fleet: 'beside-it',
          region: 'all',
          effect,
        }))
      : [];
    steps.push({
      told: one,
      from,
      region,
      faults: [...own, ...others].map((fault) => ({ ...fault, name: one.name, from, to })),
    });
    seconds = to + Math.max(FORGOTTEN.leastSeconds, FORGOTTEN.runs * countedRunSeconds(fleet));
  }
  return { steps, seconds };
}

const alertsNobody = ({ alerts }: Told) => alerts.length === 0;

function effectsOf(story: Story): Effect[] {
  return [
    ...(story.failsAt === undefined
      ? []
      : [{ kind: 'errors', share: 1 } as const, { kind: 'connect-errors' } as const]),
    ...(story.endsAt === undefined ? [] : [{ kind: 'silent' } as const]),
    ...(story.hangsAt === undefined ? [] : [{ kind: 'hang' } as const]),
    ...(story.slow === undefined ? [] : [{ kind: 'ratio', factor: story.slow.factor } as const]),
    ...(story.behindAt === undefined ? [] : [{ kind: 'behind', seconds: 900 } as const]),
  ];
}

function judge(step: Step, until: number, fired: readonly Firing[], fleet: RulesFleet): Found {
  const { told, from, region } = step;
  const pages = fired.filter(
    (one) => one.severity === 'page' && one.from >= from && one.from < until,
  );
  const isExplained = ({ alert, labels }: Firing) =>
    labels['fleet'] === fleet.fleet
      ? told.alerts.includes(alert) && (region === 'all' || (labels['region'] ?? region) === region)
      : alertsNobody(told);
  const after = (alert: string) =>
    Math.min(...pages.filter((one) => one.alert === alert).map((one) => one.from - from));
  const late = told.alerts.filter((alert) => after(alert) > told.foundInSeconds);
  const otherIsSilent =
    alertsNobody(told) && !pages.some(({ labels }) => labels['fleet'] !== fleet.fleet);
  const soonest = Math.min(...told.alerts.map(after));
  return {
    fault: told.name,
    withinSeconds: told.foundInSeconds,
    ...(!alertsNobody(told) && { afterSeconds: Number.isFinite(soonest) ? soonest : null }),
    wrong: [
      ...late.map((alert) => `${alert} did not come in time`),
      ...(otherIsSilent ? ['nobody was called for the other fleet'] : []),
      ...pages.filter((one) => !isExplained(one)).map((one) => `besides: ${described(one)}`),
    ],
  };
}

function described({ alert, labels, from, to }: Firing): string {
  const where = ['fleet', 'target', 'region'].flatMap((label) => labels[label] ?? []);
  return `${alert} of ${where.join(', ')}, hour ${(from / HOUR).toFixed(2)} to ${(to / HOUR).toFixed(2)}`;
}
