import type { RulesFleet } from '../fleet.js';
import { createPlan } from '../plan.js';
import {
  backendSeries,
  NORMAL_SECONDS,
  targetsOf,
  type InputSeries,
  type Story,
} from './backend-series.js';

/** One unit test of a fleet's rules. */
export interface Case {
  readonly name: string;
  readonly series: readonly InputSeries[];
  readonly checks: readonly Check[];
}

interface Check {
  readonly atSeconds: number;
  /** The names of alerts. */
  readonly firing: readonly string[];
  /** Of these alone; default: of all that page. */
  readonly among?: string;
  /** Since the beginning, and not only now. */
  readonly ever?: true;
}

/** So many regions have operations here: more say nothing new, and cost time. The others are there. */
const MEASURED_REGIONS = 3;
const FLEET_REGIONS = 3;

/** A healthy fleet, and each fault with the time in which it is found. */
export function casesOf(fleet: RulesFleet): Case[] {
  const regions = fleet.regions.map(({ region }) => region).filter((region) => region !== 'hub');
  return [
    healthy(fleet, regions),
    ...faults(fleet, regions).map((fault) => faultCase(fleet, regions, fault)),
  ];
}

const HOUR = 3_600;

function healthy(fleet: RulesFleet, regions: readonly string[]): Case {
  const seconds = Math.max(2 * HOUR, 12 * fleet.runSeconds);
  const deploy = Math.round(seconds / 2);
  const story = { restartsAt: deploy, lastTargetEndsAt: Math.round(0.75 * seconds) };
  return {
    name: 'a healthy fleet, from its first scrape on, through a deploy and the end of a target, alerts nobody',
    series: series(fleet, regions, seconds, () => story),
    checks: [
      { atSeconds: seconds, firing: [], among: 'alertname!="PglatencyWatchdog"', ever: true },
    ],
  };
}

interface Fault {
  readonly name: string;
  readonly story: (at: number) => Story;
  /** In every region, and not in the first alone. */
  readonly everywhere?: true;
  /** What fires; the first speaks for the others, which Alertmanager holds back. */
  readonly alerts: readonly [string, ...string[]];
  /** Others that may fire beside them at that moment, held back too. */
  readonly among?: string;
  readonly foundInSeconds: number;
  /** What is normal is known. */
  readonly learned?: true;
}

function faults(fleet: RulesFleet, regions: readonly string[]): Fault[] {
  const { runSeconds, scrapeSeconds } = fleet;
  const unit = Math.max(runSeconds, 60);
  const heard = Math.max(3 * scrapeSeconds, 90) + Math.max(2 * scrapeSeconds, 60) + 2 * 60;
  const isFleet = regions.length >= FLEET_REGIONS;
  const readOnly = targetsOf(fleet).some(({ mode }) => mode === 'read-only');
  const runs = (count: number, more: number) => count * unit + more;
  return [
    {
      name: 'every operation fails in one region',
      story: (failsAt) => ({ failsAt }),
      alerts: ['PglatencyRegionFailing'],
      foundInSeconds: runs(3, 4 * 60),
    },
    {
      name: 'a region ends',
      story: (endsAt) => ({ endsAt }),
      alerts: ['PglatencyRegionSilent'],
      foundInSeconds: heard,
    },
    {
      name: 'the runs of a region hang',
      story: (hangsAt) => ({ hangsAt }),
      alerts: ['PglatencyScheduleStale'],
      foundInSeconds: runs(1, Math.max(4 * scrapeSeconds, 180) + 3 * 60),
    },
    {
      name: 'a region takes 2.5 times as long',
      story: (at) => ({ slow: { at, factor: 2.5 } }),
      alerts: ['PglatencyRegionSurged', 'PglatencyRegionSlow'],
      foundInSeconds: runs(7, 2 * 60),
      learned: true,
    },
    {
      name: 'a region takes 20 % longer, for good',
      story: (at) => ({ slow: { at, factor: 1.2 } }),
      alerts: ['PglatencyRegionShifted'],
      among: 'alertname=~"PglatencyRegion.*|PglatencyAll.*"',
      foundInSeconds: runs(20, 2 * 60),
      learned: true,
    },
    ...(isFleet
      ? [
          {
            name: 'every operation fails in all regions',
            story: (failsAt: number) => ({ failsAt }),
            everywhere: true,
            alerts: ['PglatencyAllRegionsFailing'],
            foundInSeconds: runs(3, 4 * 60),
          } as const,
          {
            name: 'all regions take 2.5 times as long',
            story: (at: number) => ({ slow: { at, factor: 2.5 } }),
            everywhere: true,
            alerts: ['PglatencyAllRegionsSlow'],
            foundInSeconds: runs(4, 2 * 60),
            learned: true,
          } as const,
          {
            name: 'all regions end',
            story: (endsAt: number) => ({ endsAt }),
            everywhere: true,
            alerts: ['PglatencyAllRegionsSilent', 'PglatencyRegionSilent'],
            foundInSeconds: heard,
          } as const,
        ]
      : []),
    ...(readOnly
      ? [
          {
            name: 'a replica is a quarter of an hour behind',
            story: (behindAt: number) => ({ behindAt }),
            everywhere: true,
            alerts: ['PglatencyReplicaBehind'],
            foundInSeconds: runs(3, 4 * 60),
          } as const,
        ]
      : []),
  ];
}

/** Before a fault, so that windows of some runs are full. */
const RUNS_BEFORE = 6;

function faultCase(fleet: RulesFleet, regions: readonly string[], fault: Fault): Case {
  const { evaluationSeconds } = createPlan(fleet);
  const atEvaluation = (seconds: number, round: (of: number) => number) =>
    round(seconds / evaluationSeconds) * evaluationSeconds;
  // Off the scrapes, so that none is at the very moment.
  const begins =
    Math.ceil((RUNS_BEFORE * Math.max(fleet.runSeconds, 60)) / fleet.runSeconds) *
      fleet.runSeconds +
    0.5;
  const found = atEvaluation(begins + fault.foundInSeconds, Math.ceil);
  const { among } = fault;
  const check = (atSeconds: number, firing: readonly string[]): Check =>
    among === undefined ? { atSeconds, firing } : { atSeconds, firing, among };
  return {
    name: `${fault.name}: found within ${Math.ceil(fault.foundInSeconds / 60)} minutes`,
    series: [
      ...series(fleet, regions, found, (index) =>
        fault.everywhere === true || index === 0 ? fault.story(begins) : {},
      ),
      ...(fault.learned === true ? learned(fleet, regions, found) : []),
    ],
    checks: [check(atEvaluation(begins, Math.floor), []), check(found, fault.alerts)],
  };
}

function series(
  fleet: RulesFleet,
  regions: readonly string[],
  seconds: number,
  storyOf: (index: number) => Story,
): InputSeries[] {
  return fleet.regions.flatMap(({ region }) => {
    const index = regions.indexOf(region);
    return backendSeries(
      fleet,
      region,
      seconds,
      storyOf(index),
      index >= 0 && index < MEASURED_REGIONS,
    );
  });
}

/** What baseline.yml has learned in some days. */
function learned(fleet: RulesFleet, regions: readonly string[], seconds: number): InputSeries[] {
  const scrapes = Math.floor(seconds / fleet.scrapeSeconds);
  return regions.slice(0, MEASURED_REGIONS).flatMap((region) =>
    targetsOf(fleet).flatMap(({ name }) =>
      ['ping', 'select'].flatMap((operation) => {
        const labels = `{fleet="${fleet.fleet ?? 'pglatency'}", target="${name}", region="${region}", operation="${operation}"}`;
        return [
          {
            series: `region_operation:pglatency_operation_seconds:learned_baseline${labels}`,
            values: `${NORMAL_SECONDS}x${scrapes}`,
          },
          {
            series: `region_operation:pglatency_operation_seconds:season${labels}`,
            values: `1x${scrapes}`,
          },
        ];
      }),
    ),
  );
}
