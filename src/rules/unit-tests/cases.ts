import type { RulesFleet } from '../fleet.js';
import { countedRunSeconds } from '../plan.js';
import {
  backendSeries,
  evaluationSecondsOf,
  sampleSeconds,
  targetsOf,
  usualSeconds,
  type InputSeries,
  type Story,
} from './backend-series.js';
import { faultsOf, type Fault } from './faults.js';

/** One unit test of a fleet's rules. */
export interface Case {
  readonly name: string;
  /** Whether the rules learn what is normal. Otherwise it is given, or not known. */
  readonly learns: boolean;
  /** Between two evaluations. */
  readonly evaluationSeconds: number;
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

/** A healthy fleet, and each fault with the time in which it is found. */
export function casesOf(fleet: RulesFleet): Case[] {
  const usual = (region: string) => usualSeconds(fleet, region, targetsOf(fleet)[0]?.name ?? '');
  // The farthest first: what makes a near region slow is less than the rules look at.
  const regions = fleet.regions
    .map(({ region }) => region)
    .filter((region) => region !== 'hub')
    .sort((a, b) => usual(b) - usual(a));
  const measured = regions.slice(0, MEASURED_REGIONS).map(usual);
  return [
    healthy(fleet, regions),
    ...faultsOf(fleet, measured).map((fault) => faultCase(fleet, regions, fault)),
  ];
}

const HOUR = 3_600;

function healthy(fleet: RulesFleet, regions: readonly string[]): Case {
  const seconds = Math.max(2 * HOUR, 12 * fleet.runSeconds);
  const deploy = Math.round(seconds / 2);
  const story = { restartsAt: deploy, lastTargetEndsAt: Math.round(0.75 * seconds) };
  return {
    learns: true,
    evaluationSeconds: evaluationSecondsOf(fleet),
    name: 'a healthy fleet, from its first scrape on, through a deploy and the end of a target, alerts nobody',
    series: series(fleet, regions, seconds, () => story),
    checks: [
      { atSeconds: seconds, firing: [], among: 'alertname!="PglatencyWatchdog"', ever: true },
    ],
  };
}

/** Before a fault, so that windows of some runs are full. */
const RUNS_BEFORE = 6;

function faultCase(fleet: RulesFleet, regions: readonly string[], fault: Fault): Case {
  const evaluationSeconds = evaluationSecondsOf(fleet, fault.learned);
  const atEvaluation = (seconds: number, round: (of: number) => number) =>
    round(seconds / evaluationSeconds) * evaluationSeconds;
  // Off the scrapes, so that none is at the very moment.
  const begins =
    Math.ceil((RUNS_BEFORE * countedRunSeconds(fleet)) / fleet.runSeconds) * fleet.runSeconds + 0.5;
  const found = atEvaluation(begins + fault.foundInSeconds, Math.ceil);
  const { among } = fault;
  const check = (atSeconds: number, firing: readonly string[]): Check =>
    among === undefined ? { atSeconds, firing } : { atSeconds, firing, among };
  return {
    learns: false,
    evaluationSeconds,
    name:
      fault.alerts.length === 0
        ? `${fault.name}: nobody is called`
        : `${fault.name}: found within ${Math.ceil(fault.foundInSeconds / 60)} minutes`,
    series: [
      ...series(fleet, regions, found, (index) =>
        fault.everywhere === true || index === 0 ? fault.story(begins) : {},
      ),
      ...(fault.learned === true ? learned(fleet, regions, found) : []),
      ...(fault.beside === undefined ? [] : beside(fleet, regions, found, fault.beside(begins))),
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

/** What another fleet exports, of the same regions, that the same Prometheus scrapes. */
const beside = (fleet: RulesFleet, regions: readonly string[], seconds: number, story: Story) =>
  regions
    .slice(0, MEASURED_REGIONS)
    .flatMap((region) => backendSeries({ ...fleet, fleet: 'beside-it' }, region, seconds, story));

/** What baseline.yml has learned in some days. */
function learned(fleet: RulesFleet, regions: readonly string[], seconds: number): InputSeries[] {
  const scrapes = Math.floor(seconds / sampleSeconds(fleet));
  return regions.slice(0, MEASURED_REGIONS).flatMap((region) =>
    targetsOf(fleet).flatMap(({ name }) =>
      ['ping', 'select'].flatMap((operation) => {
        const labels = `{fleet="${fleet.fleet ?? 'pglatency'}", target="${name}", region="${region}", operation="${operation}"}`;
        return [
          {
            series: `region_operation:pglatency_operation_seconds:learned_baseline${labels}`,
            values: `${usualSeconds(fleet, region, name)}x${scrapes}`,
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
