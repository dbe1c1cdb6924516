import { DEFAULT_FLEET_CODES } from '../../../../src/regions/default-fleet.js';
import { AWS } from '../../../../src/regions/aws.js';
import { FLY } from '../../../../src/regions/fly.js';
import type { StateName } from '../../../../src/rules/states.js';

/** A region as it is prepared: normal until `minutes` ago, and in this state since. */
export interface PreparedRegion {
  readonly code: string;
  readonly state?: StateName;
  readonly minutes?: number;
  /** Of normal, of what is slow. */
  readonly times?: number;
  /** How much of the extra time a ping takes as well. */
  readonly onPath?: number;
  /** Why its operations fail. */
  readonly reason?: string;
  /** It never reported: it is only expected. */
  readonly never?: boolean;
}

export interface PreparedTarget {
  readonly name: string;
  readonly follows?: string;
  readonly regions: readonly PreparedRegion[];
}

export interface Prepared {
  /** The name of the state, of its fleet, and of its file of expectations. */
  readonly name: string;
  readonly what: string;
  readonly targets: readonly PreparedTarget[];
  /** What is chosen in the dashboards; the first target where it is not said. */
  readonly target?: string;
  /** The region whose dashboard is looked at. */
  readonly region: string;
  readonly alerts: readonly PreparedAlert[];
  /** Minutes since the first measurement, where that is not long ago. */
  readonly age?: number;
}

export interface PreparedAlert {
  readonly alert: string;
  readonly severity: 'page' | 'ticket';
  readonly minutes: number;
  readonly labels: Readonly<Record<string, string>>;
}

const alert = (
  name: string,
  severity: 'page' | 'ticket',
  minutes: number,
  labels: Readonly<Record<string, string>>,
): PreparedAlert => ({ alert: `Pglatency${name}`, severity, minutes, labels });

/** Ten regions, some of them in another state. */
function ten(...special: readonly PreparedRegion[]): PreparedRegion[] {
  return fleetOf(DEFAULT_FLEET_CODES, special);
}

function fleetOf(codes: readonly string[], special: readonly PreparedRegion[]): PreparedRegion[] {
  const named = new Map(special.map((region) => [region.code, region]));
  const all = codes.map((code) => named.get(code) ?? { code });
  return [...all, ...special.filter(({ code }) => !codes.includes(code))];
}

const primary = (regions: readonly PreparedRegion[]): PreparedTarget[] => [
  { name: 'primary', regions },
];

const some = (count: number) => [...AWS, ...FLY].slice(0, count).map(({ code }) => code);

const SLOW = { code: 'nrt', state: 'slow', minutes: 30, times: 1.4, onPath: 0.95 } as const;
const ABOVE_NORMAL: PreparedRegion = {
  code: 'sin',
  state: 'above normal',
  minutes: 50,
  times: 1.2,
  onPath: 0.1,
};
const FAILING = { code: 'lhr', state: 'failing', minutes: 26, reason: 'timeout' } as const;

export const STATES: readonly Prepared[] = [
  {
    name: 'healthy',
    what: 'Ten regions, all normal.',
    targets: primary(ten()),
    region: 'lhr',
    alerts: [],
  },
  {
    name: 'slow',
    what: 'nrt is 40 % slow on its path since 30 minutes, sin 20 % in the database since 50.',
    targets: primary(ten(SLOW, ABOVE_NORMAL)),
    region: 'nrt',
    alerts: [
      alert('RegionSlow', 'page', 26, { target: 'primary', region: 'nrt', operation: 'select' }),
    ],
  },
  {
    name: 'failing',
    what: 'lhr fails since 26 minutes, fra opens no new connection since 12, cdg has some errors since 40.',
    targets: primary(
      ten(
        FAILING,
        { code: 'fra', state: 'no new connections', minutes: 12, reason: 'too_many_connections' },
        { code: 'cdg', state: 'some errors', minutes: 40, reason: 'lock_timeout' },
      ),
    ),
    region: 'lhr',
    alerts: [
      alert('RegionFailing', 'page', 24, { target: 'primary', region: 'lhr', operation: 'all' }),
      alert('ConnectFailing', 'page', 7, {
        target: 'primary',
        region: 'fra',
        operation: 'connect',
      }),
      alert('RegionErrors', 'ticket', 10, { target: 'primary', region: 'cdg', operation: 'all' }),
    ],
  },
  {
    name: 'silent',
    what: 'gru is silent since 22 minutes, jnb was never heard, the runs of syd do not end since 9.',
    targets: primary(
      ten(
        { code: 'gru', state: 'silent', minutes: 22 },
        { code: 'jnb', state: 'silent', never: true },
        { code: 'syd', state: 'stale', minutes: 9 },
      ),
    ),
    region: 'gru',
    alerts: [
      alert('RegionSilent', 'page', 20, { region: 'gru' }),
      alert('RegionSilent', 'page', 60, { region: 'jnb' }),
      alert('ScheduleStale', 'page', 3, { target: 'primary', region: 'syd' }),
    ],
  },
  {
    name: 'four-troubles',
    what: 'nrt is 40 % slow on its path since 30 minutes and sin 20 % since 50, lhr fails since 26, gru is silent since 22.',
    targets: primary(
      ten(SLOW, ABOVE_NORMAL, FAILING, { code: 'gru', state: 'silent', minutes: 22 }),
    ),
    region: 'lhr',
    alerts: [
      alert('RegionSlow', 'page', 26, { target: 'primary', region: 'nrt', operation: 'select' }),
      alert('RegionFailing', 'page', 24, { target: 'primary', region: 'lhr', operation: 'all' }),
      alert('RegionSilent', 'page', 20, { region: 'gru' }),
    ],
  },
  {
    name: 'first-minutes',
    what: 'Three regions that began to measure two minutes ago, and one, iad, an hour ago.',
    targets: primary([
      { code: 'lhr', state: 'waiting' },
      { code: 'fra', state: 'waiting' },
      { code: 'cdg', state: 'waiting' },
      { code: 'iad', state: 'no normal yet', minutes: 60 },
    ]),
    region: 'lhr',
    alerts: [],
    age: 2,
  },
  {
    name: 'no-data',
    what: 'Prometheus has no series of this fleet. Its rules are evaluated.',
    targets: [],
    target: 'primary',
    region: 'lhr',
    alerts: [],
  },
  {
    name: 'one-region',
    what: 'One backend that does not say where it is, all normal.',
    targets: primary([{ code: 'local' }]),
    region: 'local',
    alerts: [],
  },
  {
    name: 'two-regions',
    what: 'Two regions of AWS: us-east-1 fails since 26 minutes.',
    targets: primary([{ code: 'eu-west-1' }, { ...FAILING, code: 'us-east-1' }]),
    region: 'us-east-1',
    alerts: [
      alert('RegionFailing', 'page', 24, {
        target: 'primary',
        region: 'us-east-1',
        operation: 'all',
      }),
    ],
  },
  {
    name: 'twenty-regions',
    what: 'Twenty regions. All but two are slow since 15 minutes: the database.',
    targets: primary(
      some(20).map((code, index) =>
        index < 2
          ? { code }
          : { code, state: 'slow', minutes: 15, times: 1.5 + index / 100, onPath: 0.05 },
      ),
    ),
    region: some(20).at(-1) ?? '',
    alerts: [alert('AllRegionsSlow', 'page', 11, { target: 'primary', operation: 'select' })],
  },
  {
    name: 'forty-regions',
    what: 'Forty regions: one is slow, one fails, one is silent.',
    targets: primary(
      fleetOf(some(40), [
        { ...SLOW, code: some(40)[7] ?? '' },
        { ...FAILING, code: some(40)[21] ?? '' },
        { code: some(40)[33] ?? '', state: 'silent', minutes: 22 },
      ]),
    ),
    region: some(40)[21] ?? '',
    alerts: [
      alert('RegionSlow', 'page', 26, { target: 'primary', region: some(40)[7] ?? '' }),
      alert('RegionFailing', 'page', 24, { target: 'primary', region: some(40)[21] ?? '' }),
      alert('RegionSilent', 'page', 20, { region: some(40)[33] ?? '' }),
    ],
  },
  {
    name: 'two-targets',
    what: 'Two databases. orders fails in every region since 26 minutes; primary, which is chosen, is normal.',
    targets: [
      { name: 'primary', regions: [{ code: 'lhr' }, { code: 'iad' }] },
      { name: 'orders', regions: [FAILING, { ...FAILING, code: 'iad' }] },
    ],
    region: 'lhr',
    alerts: [alert('AllRegionsFailing', 'page', 24, { target: 'orders', operation: 'all' })],
  },
  {
    name: 'replica',
    what: 'A primary in Ireland and a replica in Virginia that follows it, both normal.',
    targets: [
      { name: 'primary', regions: [{ code: 'lhr' }, { code: 'iad' }] },
      { name: 'replica', follows: 'primary', regions: [{ code: 'lhr' }, { code: 'iad' }] },
    ],
    region: 'iad',
    alerts: [],
  },
];
