import { z } from 'zod';
import { FAILURE_REASONS } from '../probe/results/result.js';
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
  queryOperation,
  region,
  targetMode,
  timestamp,
  version,
} from './answer-parts.js';
import { incident, targetNormal } from './normal-answer.js';

/**
 * - `ok`: measured, and as fresh as the schedule lets it be;
 * - `waiting`: not measured yet;
 * - `no_database`: it answers, and has no database to measure;
 * - `stale`: the figures are old, or the backend does not answer any more;
 * - `failing`: the latest run measured no read, or nothing was heard for several intervals;
 * - `unreachable`: this backend never got an answer from it.
 */
export const FLEET_STATES = [
  'ok',
  'waiting',
  'no_database',
  'stale',
  'failing',
  'unreachable',
] as const;

const machineShort = z.string().nullable().meta({
  description:
    'What distinguishes it from the other backends of its region; null: it is the only one.',
});

const colour = z
  .object({
    hue: z.number().min(0).max(360).meta({ description: 'Degrees.' }),
    shade: z.int().min(0).max(1).meta({ description: '1: farther from the ground.' }),
  })
  .nullable()
  .meta({ description: "The region's, different from those of the others; null: grey." });

const normal = targetNormal.nullable().meta({
  description: 'What is normal here; null: nothing was measured, it is too old, or the backend is.',
});

/** One backend's line in the ranked table. */
export const fleetRow = z.object({
  rank: z.int().min(1).nullable().meta({ description: 'By read p50, then insert p50.' }),
  fleet: fleet.nullable().meta({ description: 'null: the backend did not say.' }),
  region,
  machine: machine.nullable().meta({ description: 'null: the backend did not say.' }),
  machine_short: machineShort,
  instance: instance.nullable().meta({ description: 'null: the backend did not say.' }),
  city: z.string(),
  country: z.string().nullable(),
  flag: z.string(),
  latitude,
  longitude,
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
  next_run_in_ms: z.number().nullable().meta({
    description: "From now, by the clock of the region's own backend; below 0: it is due.",
  }),
  recent_read_p50_ms: z.array(measured),
  normal,
  kept_from: timestamp.nullable().meta({
    description: 'When the first kept run ended; null: nothing is kept, or an older backend.',
  }),
  incidents: z
    .array(incident)
    .meta({ description: 'The latest incidents of the kept history, oldest first.' }),
  version: version.nullable().meta({ description: 'null: an older backend.' }),
  colour,
});

/** One target as a region reads it. */
export const targetRead = z.object({
  target: z.string(),
  mode: targetMode,
  follows,
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
  normal,
  age_ms: milliseconds.nullable(),
  error: z.string().nullable(),
  reason: z.enum(FAILURE_REASONS).nullable(),
});

/** A read-write target beside those that follow it. */
const comparison = z.object({
  primary: z
    .string()
    .nullable()
    .meta({ description: 'What the gain is over: the first read-write target.' }),
  fastest: z
    .string()
    .nullable()
    .meta({ description: 'By read p50, of the primary and those that follow it.' }),
  gain_ms: measured.meta({ description: '0 when the primary is the fastest.' }),
  gain_percent: z.number().min(0).max(100).nullable(),
});

/** Where one backend reads fastest. */
export const regionReads = z.object({
  region,
  machine_short: machineShort,
  colour,
  city: z.string(),
  flag: z.string(),
  targets: z.array(targetRead),
  ...comparison.shape,
  others: z
    .array(comparison)
    .meta({ description: 'The same of every other read-write target that another follows.' }),
});

export const fleetAnswer = z.object({
  fleet,
  region: region.meta({ description: 'The backend that answers.' }),
  instance: instance.meta({ description: 'The same: its row is the one of this instance.' }),
  city: z.string(),
  version,
  timestamp,
  token_required: z.boolean().meta({ description: 'Whether a run on demand asks for a token.' }),
  peers_error: z
    .string()
    .nullable()
    .meta({ description: 'Why the list of peers could not be read again.' }),
  rows: z.array(fleetRow).meta({ description: "A row for each backend: its primary's." }),
  reads: z.array(regionReads).meta({ description: 'Where to read from, in the order of rows.' }),
});

export type FleetAnswer = z.infer<typeof fleetAnswer>;
export type FleetState = (typeof FLEET_STATES)[number];
export type RegionReads = z.infer<typeof regionReads>;
export type TargetReading = z.infer<typeof targetRead>;
