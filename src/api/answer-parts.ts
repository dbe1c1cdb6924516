import { z } from 'zod';
import { BUILT_IN_OPERATIONS, TARGET_MODES } from '../config/target.js';
import { FAILURE_REASONS } from '../probe/results/result.js';

/** Shapes that several answers share. */

export const milliseconds = z.number().min(0);
export const measured = milliseconds.nullable();
export const timestamp = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });

export const region = z.string().meta({ description: "The region's name, such as `eu-west-1`." });
export const machine = z
  .string()
  .meta({ description: "The machine's name: its platform's id, or its host's name." });
export const latitude = z
  .number()
  .min(-90)
  .max(90)
  .nullable()
  .meta({ description: 'Of the region; null: not known.' });
export const longitude = z.number().min(-180).max(180).nullable();
export const instance = z
  .string()
  .max(64)
  .meta({ description: "The backend's process, new at each start." });
export const version = z.string().meta({ description: "pglatency's." });
/** Of a backend; one that is older than fleets says none. */
export const fleet = z.string().meta({ description: "The fleet's name: `FLEET`." });
export const targetMode = z.enum(TARGET_MODES).meta({ description: 'read-only: a replica.' });

export const follows = z
  .string()
  .nullable()
  .meta({ description: 'Of a read-only target: the read-write one that it follows.' });

/** A query of the user's own: `query_<name>`. */
export const queryOperation = z.templateLiteral([
  'query_',
  z.string().regex(/^[a-z][a-z0-9_]{0,30}$/),
]);
export const operation = z.union([z.enum(BUILT_IN_OPERATIONS), queryOperation]);

/** Failures that share a reason; `message` is the latest one's. */
export const failureCount = z.object({
  reason: z.enum(FAILURE_REASONS),
  count: z.int().min(1),
  message: z.string(),
});

/** Statistics of one operation's successful samples, and its failures beside them. */
export const operationSummary = z.object({
  count: z.int().min(0).meta({ description: 'Successful samples; only these are in the figures.' }),
  min_ms: measured,
  avg_ms: measured,
  max_ms: measured,
  p50_ms: measured,
  p95_ms: measured,
  p99_ms: measured,
  stddev_ms: measured,
  failures: z.array(failureCount),
});

/** What is known of one measured connection: tcp + tls + startup is the time of `connect`. */
export const connectionFacts = z.object({
  dns_ms: measured.meta({
    description: 'The look-up of the name, which is not part of connect; null: an address.',
  }),
  tcp_ms: milliseconds.meta({ description: 'Of the address that answered.' }),
  tls_ms: measured.meta({ description: 'null: no TLS is asked for.' }),
  startup_ms: milliseconds.meta({
    description: 'From the startup packet to ReadyForQuery, with authentication.',
  }),
  address: z
    .string()
    .nullable()
    .meta({ description: 'The one that answered; null: a socket of this machine.' }),
  tls_version: z.string().nullable().meta({ description: '`TLSv1.3`; null: no TLS.' }),
  certificate_not_after: timestamp
    .nullable()
    .meta({ description: "When the server's certificate ends; null: no TLS." }),
});

/** Of a run's connection. An answer of an older backend has none of these fields. */
export const connectionFields = {
  connection: connectionFacts
    .nullable()
    .default(null)
    .meta({ description: 'Of the measured connection; null: it failed, or was not measured.' }),
  pooler: z
    .boolean()
    .default(false)
    .meta({ description: 'A pooler answers: configured, or noticed.' }),
  failed_attempts: z
    .array(failureCount)
    .default([])
    .meta({ description: 'Addresses and hosts that failed before another one answered.' }),
} as const;

export type ConnectionFactsAnswer = z.infer<typeof connectionFacts>;
export type FailureCountAnswer = z.infer<typeof failureCount>;
/** What an answer says of a run's connection. */
export interface ConnectionReport {
  readonly connection: ConnectionFactsAnswer | null;
  readonly pooler: boolean;
  readonly failed_attempts: FailureCountAnswer[];
}
