import type { RulesFleet } from '../fleet.js';
import { countedRunSeconds } from '../plan.js';
import { targetsOf, type Story } from './backend-series.js';

export interface Fault {
  readonly name: string;
  readonly story: (at: number) => Story;
  /** In every region, and not in the first alone. */
  readonly everywhere?: true;
  /** What happens to another fleet that the same Prometheus scrapes; default: there is none. */
  readonly beside?: (at: number) => Story;
  /** What fires; the first speaks for the others, which Alertmanager holds back. */
  readonly alerts: readonly string[];
  /** Of which alerts this is all that fires; default: of those that page. */
  readonly among?: string;
  readonly foundInSeconds: number;
  /** What is normal is known. */
  readonly learned?: true;
}

const FLEET_REGIONS = 3;
/** Below it 20 % of a select is less than the rules look at. */
const FAR_SECONDS = 0.02;

/**
 * What may happen to a fleet, and how soon it is found.
 *
 * @param usual what a select takes in the regions that are measured, the farthest first
 */
export function faultsOf(fleet: RulesFleet, usual: readonly number[]): Fault[] {
  const limits = limitsOf(fleet);
  const isFar = (seconds: number | undefined) => (seconds ?? 0) >= FAR_SECONDS;
  const ofFleet = usual.length >= FLEET_REGIONS ? ofAllRegions(limits) : [];
  return [
    ...ofOneRegion(limits).filter(({ learned }) => learned !== true || isFar(usual[0])),
    ...ofFleet.filter(({ learned }) => learned !== true || isFar(usual.at(-1))),
    ...(targetsOf(fleet).some(({ mode }) => mode === 'read-only') ? ofReplica(limits) : []),
  ];
}

interface Limits {
  /** So many runs, and so many seconds more. */
  runs(count: number, moreSeconds: number): number;
  readonly heardSeconds: number;
  readonly scrapeSeconds: number;
}

function limitsOf(fleet: RulesFleet): Limits {
  const { scrapeSeconds } = fleet;
  const unit = countedRunSeconds(fleet);
  return {
    runs: (count, moreSeconds) => count * unit + moreSeconds,
    heardSeconds: Math.max(3 * scrapeSeconds, 90) + Math.max(2 * scrapeSeconds, 60) + 2 * 60,
    scrapeSeconds,
  };
}

const ofOneRegion = ({ runs, heardSeconds, scrapeSeconds }: Limits): Fault[] => [
  {
    name: 'every operation fails in one region',
    story: (failsAt) => ({ failsAt }),
    beside: () => ({}),
    alerts: ['PglatencyRegionFailing'],
    foundInSeconds: runs(3, 4 * 60),
  },
  {
    name: 'a region ends',
    story: (endsAt) => ({ endsAt }),
    beside: () => ({}),
    alerts: ['PglatencyRegionSilent'],
    foundInSeconds: heardSeconds,
  },
  {
    name: 'another fleet fails in the same Prometheus',
    story: () => ({}),
    beside: (failsAt) => ({ failsAt }),
    alerts: [],
    foundInSeconds: runs(3, 4 * 60),
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
    foundInSeconds: runs(11, 2 * 60),
    learned: true,
  },
];

const ofAllRegions = ({ runs, heardSeconds }: Limits): Fault[] => [
  {
    name: 'every operation fails in all regions',
    story: (failsAt) => ({ failsAt }),
    everywhere: true,
    alerts: ['PglatencyAllRegionsFailing'],
    foundInSeconds: runs(3, 4 * 60),
  },
  {
    name: 'all regions take 2.5 times as long',
    story: (at) => ({ slow: { at, factor: 2.5 } }),
    everywhere: true,
    alerts: ['PglatencyAllRegionsSlow'],
    foundInSeconds: runs(4, 2 * 60),
    learned: true,
  },
  {
    name: 'all regions end',
    story: (endsAt) => ({ endsAt }),
    everywhere: true,
    alerts: ['PglatencyAllRegionsSilent', 'PglatencyRegionSilent'],
    foundInSeconds: heardSeconds,
  },
];

const ofReplica = ({ runs }: Limits): Fault[] => [
  {
    name: 'a replica is a quarter of an hour behind',
    story: (behindAt) => ({ behindAt }),
    everywhere: true,
    alerts: ['PglatencyReplicaBehind'],
    foundInSeconds: runs(3, 4 * 60),
  },
];
