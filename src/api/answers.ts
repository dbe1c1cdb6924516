import { z } from 'zod';
import { FAILURE_REASONS, RUN_OUTCOMES, TRIGGERS } from '../probe/results/result.js';
import {
  connectionFields,
  failureCount,
  fleet,
  follows,
  instance,
  latitude,
  longitude,
  machine,
  measured,
  milliseconds,
  operation,
  operationSummary,
  queryOperation,
  region,
  targetMode,
  timestamp,
  version,
} from './answer-parts.js';
import { incident, targetNormal } from './normal-answer.js';

/**
 * The shapes of the API's parameters and answers. The OpenAPI document is generated from them, the
 * handlers are typed by them, the tests hold live answers against them, and other backends' answers
 * are read through them.
 *
 * What was not measured is null, never 0. Milliseconds end in `_ms`.
 */

const dbHost = z.string().meta({ description: 'DB_HOST, or `not configured`.' });

const operations = z
  .object({
    connect: operationSummary,
    ping: operationSummary,
    select: operationSummary,
    insert: operationSummary,
  })
  .meta({ description: 'An operation that the target does not have has 0 samples.' });

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

/** A scheduled run as `latest` answers it. */
export const latestRun = runSummary.extend({
  recent_read_p50_ms: z
    .array(measured)
    .max(240)
    .optional()
    .meta({ description: 'Of the latest runs, oldest first; null: no select succeeded.' }),
  normal: targetNormal
    .optional()
    .meta({ description: 'What is normal for this backend and target.' }),
  kept_from: timestamp.optional().meta({ description: 'When the first kept run ended.' }),
  incidents: z
    .array(incident)
    .optional()
    .meta({ description: 'The latest incidents of the kept history, oldest first.' }),
});

export const latestAnswer = z.object({
  fleet: fleet.optional(),
  region,
  machine: machine.optional(),
  instance: instance.optional(),
  city: z.string(),
  country: z.string().nullable(),
  flag: z.string(),
  latitude: latitude.optional(),
  longitude: longitude.optional(),
  schedule: z.string(),
  interval_s: z.number().min(0),
  next_run: timestamp.nullable(),
  planned_runs: z.array(timestamp).max(16).optional().meta({
    description: 'The latest planned starts, oldest first, also those that were missed.',
  }),
  timestamp: timestamp.meta({ description: 'When this was answered.' }),
  version: version.optional(),
  targets: z
    .array(
      z.object({
        target: z.string(),
        mode: targetMode,
        follows: follows.optional(),
      }),
    )
    .optional()
    .meta({ description: 'Every configured target.' }),
  runs: z
    .array(latestRun)
    .meta({ description: 'The latest scheduled run of each target; empty before the first.' }),
});

export const infoAnswer = z.object({
  fleet,
  region,
  hostname: machine,
  instance,
  version,
  city: z.string(),
  country: z.string().nullable(),
  schedule: z.string(),
  next_run: timestamp.nullable(),
});

export const healthAnswer = z.object({
  fleet,
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

/** The kept scheduled runs of one target, oldest first: an array for each figure. */
export const historyAnswer = z.object({
  fleet: fleet.optional(),
  region,
  city: z.string(),
  target: z.string().nullable().meta({ description: 'null: no database is configured.' }),
  schedule: z.string(),
  interval_s: z.number().min(0),
  next_run: timestamp.nullable(),
  timestamp: timestamp.meta({ description: 'When this was answered.' }),
  capacity: z.int().min(1).meta({ description: 'The most runs that are kept.' }),
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
  normal: targetNormal.nullable().default(null).meta({ description: 'As in `latest`.' }),
  incidents: z.array(incident).default([]).meta({ description: 'Oldest first.' }),
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
export type HealthAnswer = z.infer<typeof healthAnswer>;
export type HistoryAnswer = z.infer<typeof historyAnswer>;
export type InfoAnswer = z.infer<typeof infoAnswer>;
export type LatestAnswer = z.infer<typeof latestAnswer>;
export type OperationSummary = z.infer<typeof operationSummary>;
export type ProgressEvent = z.infer<typeof progressEvent>;
export type ReplicaSummary = z.infer<typeof replicaSummary>;
export type RunSummary = z.infer<typeof runSummary>;
