import type { Log } from '../base/log.js';
import type { Target } from './target.js';

/** A service that sleeps, or bills by use, and what pglatency means for it. */
export interface SleepingService {
  readonly name: string;
  /** One sentence for people: what regular runs do. */
  readonly effect: string;
  /** The shortest time without traffic after which it may be asleep; null: unknown, or it never sleeps. */
  readonly sleepsAfterMs: number | null;
}

interface Recognised extends SleepingService {
  readonly host: RegExp;
}

const MINUTE_MS = 60_000;

/**
 * Known by the ends of their hosts. Where a host does not tell the kind of database, the effect says `may`.
 * From the services' own documents: Neon's scale-to-zero, Aurora's auto-pause, Xata's changelog,
 * Prisma Postgres' prices, CockroachDB's Basic plan, Fly's legacy Postgres, Railway's app sleeping.
 */
const SERVICES: readonly Recognised[] = [
  {
    name: 'Neon',
    host: /\.neon\.tech$/,
    effect:
      'it sleeps after 5 minutes without traffic, unless that is switched off; one run a minute never lets it sleep, which costs compute time around the clock',
    sleepsAfterMs: 5 * MINUTE_MS,
  },
  {
    name: 'Aurora',
    host: /\.cluster-(ro-|custom-)?[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com$/,
    effect:
      'it may be Serverless v2 with a minimum of 0, which pauses after 5 minutes or more without a connection; one run a minute never lets it pause, which costs capacity around the clock',
    sleepsAfterMs: 5 * MINUTE_MS,
  },
  {
    name: 'Xata',
    // The older service's hosts, REGION.sql.xata.sh, are not known to sleep.
    host: /^(?!.*\.sql\.xata\.sh$).*\.xata\.sh$/,
    effect: 'it sleeps without traffic; one run a minute never lets it sleep',
    sleepsAfterMs: null,
  },
  {
    name: 'Prisma Postgres',
    host: /(^|\.)db\.prisma\.io$/,
    effect:
      'each statement is billed; one run a minute of ten rounds with three statements is 1.3 million a month in each region',
    sleepsAfterMs: null,
  },
  {
    name: 'CockroachDB Cloud',
    host: /\.cockroachlabs\.cloud$/,
    effect:
      'it may use the Basic plan, which bills request units; with one run a minute they never fall to zero',
    sleepsAfterMs: null,
  },
  {
    name: 'Fly Postgres',
    host: /\.flycast$/,
    effect:
      'it may be a single-node development database, which stops after 1 hour without a connection; one run a minute never lets it stop',
    sleepsAfterMs: 60 * MINUTE_MS,
  },
  {
    name: 'Railway',
    host: /\.(railway\.internal|proxy\.rlwy\.net)$/,
    effect:
      'it may have app sleeping switched on, after 10 minutes without outbound packets; one run a minute never lets it sleep',
    sleepsAfterMs: 10 * MINUTE_MS,
  },
];

/** The service that a host belongs to, if it is one of these; an address or a name of one's own says nothing. */
export function sleepingServiceOf(host: string): SleepingService | null {
  const name = host.toLowerCase().replace(/\.$/, '');
  return SERVICES.find((service) => service.host.test(name)) ?? null;
}

/**
 * How long after the last contact a database may be asleep, in milliseconds: a first connection after that
 * may measure its waking. Null: it is not known to sleep.
 */
export function sleepsAfterMs(host: string): number | null {
  return sleepingServiceOf(host)?.sleepsAfterMs ?? null;
}

/** Says once what the runs cost at such a service, a line a target. */
export function logSleepingServices(
  targets: readonly Pick<Target, 'name' | 'host'>[],
  log: Pick<Log, 'warn'>,
): void {
  for (const { name, host } of targets) {
    const service = sleepingServiceOf(host);
    if (service !== null) log.warn({ target: name }, `${service.name}: ${service.effect}`);
  }
}
