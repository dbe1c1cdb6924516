import { z } from 'zod';
import { FAILURE_REASONS, RUN_OUTCOMES, TRIGGERS } from '../probe/results/result.js';
import { BUILT_IN_OPERATIONS, TARGET_MODES } from '../config/target.js';
import {
  connectionFields,
  failureCount,
  measured,
  milliseconds,
  operationSummary,
  timestamp,
} from './answer-parts.js';

/**
 * The shapes of the API's parameters and answers. The OpenAPI document is generated from them, the
 * handlers are typed by them, the tests hold live answers against them, and other backends' answers
 * are read through them.
 *
 * What was not measured is null, never 0. Milliseconds end in `_ms`.
 */

const region = z.string().meta({ description: "The Fly region's code, `hub` or `local`." });
const dbHost = z.string().meta({ description: 'DB_HOST, or `not configured`.' });

const target = z
  .string({ error: 'one target' })
  .optional()
  .meta({ description: 'The name of a target; default: the first that is read-write.' });

export const targetQuery = z.strictObject({ target });

export const latestQuery = z.strictObject({
  target: target.meta({ description: 'The name of a target; default: all.' }),
});

export const benchmarkQuery = z.strictObject({
  target,
  iterations: z
    .string({ error: 'one whole number from 1 to 100' })
    .regex(/^(?:[1-9]\d?|100)$/, 'a whole number from 1 to 100')
    .transform(Number)
    .optional()
    .meta({ description: 'Rounds of ping, select and insert; default: ITERATIONS.' }),
});

export const noQuery = z.strictObject({});

const operations = z
  .object({
    connect: operationSummary,
    ping: operationSummary,
    select: operationSummary,
    insert: operationSummary,
  })
  .meta({ description: 'One that the target does not have counts 0 samples.' });

/** A query of the user's own: `query_<name>`. */
const queryOperation = z.templateLiteral(['query_', z.string().regex(/^[a-z][a-z0-9_]{0,30}$/)]);
const operation = z.union([z.enum(BUILT_IN_OPERATIONS), queryOperation]);
const queries = z
  .record(queryOperation, operationSummary)
  .meta({ description: "The user's own queries that the run had." });

/** How far a replica is behind. */
export const replicaSummary = z.object({
  replication_lag_ms: measured.meta({ description: 'As the server states it.' }),
  visibility_delay_ms: measured.meta({
    description: "From an insert's commit on the primary to the first read that saw it.",
  }),
  visibility_failure: z.enum(FAILURE_REASONS).nullable(),
});

export const runSummary = z.object({
  target: z.string(),
  db_host: dbHost,
  trigger: z.enum(TRIGGERS),
  outcome: z.enum(RUN_OUTCOMES),
  iterations: z.int().min(1),
  timestamp: timestamp.meta({ description: 'When the run ended.' }),
  duration_ms: milliseconds,
  table_rows: z.int().min(0).nullable(),
  operations,
  queries: queries.default({}),
  replica: replicaSummary.nullable().default(null).meta({ description: 'Of a read-only target.' }),
  ...connectionFields,
});

const targetMode = z.enum(TARGET_MODES).meta({ description: 'read-only: a replica.' });

/** A scheduled run as `latest` answers it. */
export const latestRun = runSummary.extend({
  recent_read_p50_ms: z
    .array(measured)
    .max(240)
    .optional()
    .meta({ description: 'Of the latest runs, oldest first; null: no select succeeded.' }),
});

export const latestAnswer = z.object({
  region,
  city: z.string(),
  country: z.string().nullable(),
  flag: z.string(),
  schedule: z.string(),
  interval_s: z.number().min(0),
  next_run: timestamp.nullable(),
  timestamp: timestamp.meta({ description: 'When this was answered.' }),
  targets: z
    .array(z.object({ target: z.string(), mode: targetMode }))
    .optional()
    .meta({ description: 'Every configured target.' }),
  runs: z
    .array(latestRun)
    .meta({ description: 'The latest scheduled run of each target; empty before the first.' }),
});

export const infoAnswer = z.object({
  region,
  hostname: z.string().meta({ description: "First eight characters of the machine's id." }),
  version: z.string(),
  city: z.string(),
  country: z.string().nullable(),
  schedule: z.string(),
  next_run: timestamp.nullable(),
});

export const healthAnswer = z.object({
  region,
  db_host: dbHost,
  status: z.enum(['connected', 'error', 'disabled']),
  message: z.string().optional(),
  reason: z.enum(FAILURE_REASONS).optional(),
});

const latencies = z.array(milliseconds);

export const benchmarkAnswer = z.object({
  region,
  db_host: dbHost,
  iterations: z.int().min(1).max(100),
  read_avg_ms: measured,
  read_min_ms: measured,
  read_max_ms: measured,
  insert_avg_ms: measured,
  insert_min_ms: measured,
  insert_max_ms: measured,
  read_latencies: latencies.meta({ description: 'Successful selects, in order.' }),
  insert_latencies: latencies.meta({ description: 'Successful inserts, in order.' }),
  timestamp,
  target: z.string(),
  outcome: z.enum(RUN_OUTCOMES),
  duration_ms: milliseconds,
  read_p50_ms: measured,
  read_p95_ms: measured,
  read_p99_ms: measured,
  read_stddev_ms: measured,
  insert_p50_ms: measured,
  insert_p95_ms: measured,
  insert_p99_ms: measured,
  insert_stddev_ms: measured,
  ping_avg_ms: measured,
  ping_min_ms: measured,
  ping_max_ms: measured,
  ping_p50_ms: measured,
  ping_p95_ms: measured,
  ping_p99_ms: measured,
  ping_stddev_ms: measured,
  ping_latencies: latencies,
  connect_ms: measured.meta({ description: 'One new connection.' }),
  ...connectionFields,
  queries: queries.default({}),
  failures: z.array(failureCount.extend({ operation })),
});

/** A `progress` event of a streamed benchmark. */
export const progressEvent = z.object({
  operation,
  round: z.int().min(1),
  rounds: z.int().min(1),
  ok: z.boolean(),
  duration_ms: measured,
  reason: z.enum(FAILURE_REASONS).nullable(),
});

const column = z.array(measured);
const phaseColumn = column
  .default([])
  .meta({ description: 'null: no such phase. An older backend has none of these columns.' });

/** The kept scheduled runs of one target, a column a figure, oldest first. */
export const historyAnswer = z.object({
  region,
  city: z.string(),
  target: z.string().nullable().meta({ description: 'null: no database is configured.' }),
  schedule: z.string(),
  interval_s: z.number().min(0),
  next_run: timestamp.nullable(),
  timestamp: timestamp.meta({ description: 'When this was answered.' }),
  capacity: z.int().min(1).meta({ description: 'Runs that are kept at most.' }),
  ended_at_s: z.array(z.number()).meta({ description: 'Seconds since the epoch.' }),
  iterations: z.array(z.int()),
  connect_ms: column,
  connect_dns_ms: phaseColumn,
  connect_tcp_ms: phaseColumn,
  connect_tls_ms: phaseColumn,
  connect_startup_ms: phaseColumn,
  ping_p50_ms: column,
  read_min_ms: column,
  read_p50_ms: column,
  read_p95_ms: column,
  read_max_ms: column,
  insert_min_ms: column,
  insert_p50_ms: column,
  insert_p95_ms: column,
  insert_max_ms: column,
  failures: z
    .array(
      z.object({
        ended_at_s: z.number(),
        operation,
        reason: z.enum(FAILURE_REASONS),
        count: z.int().min(1),
      }),
    )
    .meta({ description: "Each kept run's, by operation and reason." }),
});

export const historyQuery = z.strictObject({
  region: z
    .string({ error: 'one region' })
    .regex(/^[\w.:[\]-]{1,80}$/, 'a region of /api/fleet')
    .meta({ description: 'A region of /api/fleet.' }),
});

/**
 * - `ok`: measured, and as fresh as the schedule lets it be;
 * - `waiting`: not measured yet;
 * - `stale`: the figures are old, or the backend does not answer any more;
 * - `failing`: the latest run measured no read, or nothing was heard for several intervals;
 * - `unreachable`: this backend never heard of it.
 */
export const FLEET_STATES = ['ok', 'waiting', 'stale', 'failing', 'unreachable'] as const;

/** One region's line in the ranked table. */
export const fleetRow = z.object({
  rank: z.int().min(1).nullable().meta({ description: 'By read p50, then insert p50.' }),
  region,
  city: z.string(),
  country: z.string().nullable(),
  flag: z.string(),
  target: z.string().nullable(),
  insert_p50_ms: measured,
  insert_p95_ms: measured,
  read_p50_ms: measured,
  read_p95_ms: measured,
  ping_p50_ms: measured,
  connect_ms: measured,
  insert_round_trips: z
    .number()
    .min(0)
    .nullable()
    .meta({ description: 'insert p50 over ping p50; null on a path below 2 ms.' }),
  ...connectionFields,
  iterations: z.int().min(1).nullable(),
  failures: z.array(failureCount.extend({ operation })),
  timestamp: timestamp.nullable(),
  age_ms: milliseconds.nullable(),
  error: z.string().nullable(),
  reason: z.enum(FAILURE_REASONS).nullable(),
  state: z.enum(FLEET_STATES),
  schedule: z.string().nullable(),
  interval_s: z.number().min(0).nullable(),
  next_run: timestamp.nullable(),
  recent_read_p50_ms: z.array(measured),
});

/** One target as a region reads it. */
export const targetRead = z.object({
  target: z.string(),
  mode: targetMode,
  state: z.enum(FLEET_STATES).meta({ description: "Only an `ok` target's reads are compared." }),
  read_p50_ms: measured,
  read_p95_ms: measured,
  ping_p50_ms: measured,
  connect_ms: measured,
  connect_failure: failureCount.nullable().meta({ description: 'Why the latest run has none.' }),
  ...connectionFields,
  replication_lag_ms: measured,
  visibility_delay_ms: measured,
  queries: z
    .array(z.object({ operation: queryOperation, p50_ms: measured, p95_ms: measured }))
    .meta({ description: "The user's own queries of the latest run." }),
  age_ms: milliseconds.nullable(),
  error: z.string().nullable(),
  reason: z.enum(FAILURE_REASONS).nullable(),
});

/** Where one region reads fastest. */
export const regionReads = z.object({
  region,
  city: z.string(),
  flag: z.string(),
  targets: z.array(targetRead),
  primary: z
    .string()
    .nullable()
    .meta({ description: 'What the gain is over: the first read-write target.' }),
  fastest: z.string().nullable().meta({ description: 'By read p50.' }),
  gain_ms: measured.meta({ description: '0 when the primary is the fastest.' }),
  gain_percent: z.number().min(0).max(100).nullable(),
});

export const fleetAnswer = z.object({
  region: region.meta({ description: 'The backend that answers.' }),
  city: z.string(),
  version: z.string(),
  timestamp,
  token_required: z.boolean().meta({ description: 'Whether a run on demand asks for a token.' }),
  peers_error: z
    .string()
    .nullable()
    .meta({ description: 'Why the list of peers could not be renewed.' }),
  rows: z.array(fleetRow).meta({ description: "A row for each region: its primary's." }),
  reads: z.array(regionReads).meta({ description: 'Where to read from, in the order of rows.' }),
});

export const healthzAnswer = z.object({ status: z.enum(['ok', 'unresponsive']) });

export const errorAnswer = z.object({
  error: z.string(),
  region,
  db_host: dbHost.optional(),
  reason: z.enum(FAILURE_REASONS).optional(),
});

export type BenchmarkAnswer = z.infer<typeof benchmarkAnswer>;
export type ErrorAnswer = z.infer<typeof errorAnswer>;
export type FleetAnswer = z.infer<typeof fleetAnswer>;
export type FleetState = (typeof FLEET_STATES)[number];
export type HealthAnswer = z.infer<typeof healthAnswer>;
export type HistoryAnswer = z.infer<typeof historyAnswer>;
export type InfoAnswer = z.infer<typeof infoAnswer>;
export type LatestAnswer = z.infer<typeof latestAnswer>;
export type OperationSummary = z.infer<typeof operationSummary>;
export type ProgressEvent = z.infer<typeof progressEvent>;
export type RegionReads = z.infer<typeof regionReads>;
export type ReplicaSummary = z.infer<typeof replicaSummary>;
export type RunSummary = z.infer<typeof runSummary>;
export type TargetReading = z.infer<typeof targetRead>;
