import { ConfigError, type Problem } from '../base/errors.js';
import type { FleetFile } from '../config/fleet-file-schema.js';
import { createNextRun } from '../schedule/next-run.js';
import { EXAMPLE_LINKS, type ExpectedRegion, type RulesFleet } from './fleet.js';

const DEFAULT_SCHEDULE = '* * * * *';
const DEFAULT_ITERATIONS = 10;

/** The normal of a day is a median: of fewer runs it is none. */
const SLOWEST_RUN_SECONDS = 7_200;
/** Prometheus forgets a sample after five minutes: one that is missed must not make a region silent. */
const SLOWEST_SCRAPE_SECONDS = 120;

/**
 * What the rules of the fleet in pglatency.yaml depend on.
 *
 * @throws ConfigError where no rules can work
 */
export function rulesFleetOf(file: FleetFile, fleet: string): RulesFleet {
  const schedule = file.schedule ?? DEFAULT_SCHEDULE;
  const runSeconds = middleGapSeconds(schedule);
  const scrapeSeconds = secondsOf(file.scrapeInterval);
  const problems = [
    ...tooRare(
      'schedule',
      schedule,
      runSeconds > SLOWEST_RUN_SECONDS,
      'at least a run every 2 hours: what is normal is learned from the runs of a day',
    ),
    ...tooRare(
      'scrape_interval',
      file.scrapeInterval,
      scrapeSeconds > SLOWEST_SCRAPE_SECONDS,
      'at most 2m: Prometheus forgets a sample after 5 minutes, and one missed scrape would make a region silent',
    ),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const { grafana, runbook } = file.links;
  return {
    fleet,
    runSeconds,
    iterations: file.iterations ?? DEFAULT_ITERATIONS,
    scrapeSeconds,
    evaluationSeconds: file.evaluationInterval === null ? null : secondsOf(file.evaluationInterval),
    regions: file.regions.map((region) => expectedOf(region, file.targets)),
    targets: file.targets.map(({ name, mode, follows }) => ({
      name,
      mode,
      follows: follows ?? null,
    })),
    links: {
      grafana: withoutSlash(grafana ?? EXAMPLE_LINKS.grafana),
      runbook: withoutSlash(runbook ?? EXAMPLE_LINKS.runbook),
    },
  };
}

function tooRare(field: string, value: string, is: boolean, expected: string): Problem[] {
  return is ? [{ field, value, expected }] : [];
}

function expectedOf(
  { code, expect }: FleetFile['regions'][number],
  targets: FleetFile['targets'],
): ExpectedRegion {
  const ofRegion = seconds(expect?.select_ms);
  return {
    region: code,
    selectSeconds: ofRegion,
    // Without an own value only the first target, the primary, has the region's.
    targets: Object.fromEntries(
      targets.map(({ name }, index) => [
        name,
        seconds(expect?.[name]?.select_ms) ?? (index === 0 ? ofRegion : null),
      ]),
    ),
  };
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Number((ms / 1_000).toPrecision(6));
}

function secondsOf(interval: string): number {
  return Number.parseInt(interval, 10) * (interval.endsWith('m') ? 60 : 1);
}

const withoutSlash = (link: string) => link.replace(/\/+$/, '');

const LOOKED_AT = 1_000;
/** A Monday. */
const START_MS = Date.UTC(2024, 0, 1);

/** Seconds between two runs: of an uneven schedule the middle one of many gaps. */
export function middleGapSeconds(cron: string): number {
  const next = createNextRun(cron);
  const times = [next(START_MS)];
  while (times.length <= LOOKED_AT) times.push(next(times.at(-1) ?? START_MS));
  const gaps = times.slice(1).map((time, index) => (time - (times[index] ?? time)) / 1_000);
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
}
