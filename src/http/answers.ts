import { z } from 'zod';
import { FAILURE_REASONS, OPERATIONS, RUN_OUTCOMES, TRIGGERS } from '../probe/result.js';

/**
 * The shapes of the API's parameters and answers. The OpenAPI document is generated from them, the
 * handlers are typed by them, the tests hold live answers against them, and other backends' answers
 * are read through them.
 *
 * What was not measured is null, never 0. Milliseconds end in `_ms`.
 */

const milliseconds = z.number().min(0);
const measured = milliseconds.nullable();
const region = z.string().meta({ description: "The Fly region's code, `hub` or `local`." });
const timestamp = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });
const dbHost = z.string().meta({ description: 'DB_HOST, or `not configured`.' });

export const benchmarkQuery = z.strictObject({
  iterations: z
    .string({ error: 'one whole number from 1 to 100' })
    .regex(/^(?:[1-9]\d?|100)$/, 'a whole number from 1 to 100')
    .transform(Number)
    .optional()
    .meta({ description: 'Rounds of ping, select and insert; default: ITERATIONS.' }),
});

export const noQuery = z.strictObject({});

/** Failures of one operation that share a reason; `message` is the latest one's. */
export const failureCount = z.object({
  reason: z.enum(FAILURE_REASONS),
  count: z.int().min(1),
  message: z.string(),
});

/** Statistics of one operation's successful samples, and its failures beside them. */
export const operationSummary = z.object({
  count: z.int().min(0).meta({ description: 'Successful samples; the figures are of these.' }),
  min_ms: measured,
  avg_ms: measured,
  max_ms: measured,
  p50_ms: measured,
  p95_ms: measured,
  p99_ms: measured,
  stddev_ms: measured,
  failures: z.array(failureCount),
});

const operations = z.object(
  Object.fromEntries(OPERATIONS.map((name) => [name, operationSummary])) as Record<
    (typeof OPERATIONS)[number],
    typeof operationSummary
  >,
);

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
  runs: z
    .array(runSummary)
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
  failures: z.array(failureCount.extend({ operation: z.enum(OPERATIONS) })),
});

/** A `progress` event of a streamed benchmark. */
export const progressEvent = z.object({
  operation: z.enum(OPERATIONS),
  round: z.int().min(1),
  rounds: z.int().min(1),
  ok: z.boolean(),
  duration_ms: measured,
  reason: z.enum(FAILURE_REASONS).nullable(),
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
export type InfoAnswer = z.infer<typeof infoAnswer>;
export type LatestAnswer = z.infer<typeof latestAnswer>;
export type OperationSummary = z.infer<typeof operationSummary>;
export type ProgressEvent = z.infer<typeof progressEvent>;
export type RunSummary = z.infer<typeof runSummary>;
