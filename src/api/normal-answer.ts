import { z } from 'zod';
import { FAILURE_REASONS } from '../probe/results/result.js';
import { measured, milliseconds, operation, timestamp } from './answer-parts.js';

/** What is normal for one backend and target, and what was not. */

export const LEVELS = ['normal', 'slow', 'fast'] as const;
export const CAUSES = ['path', 'database', 'both'] as const;
export const INCIDENT_KINDS = ['slow', 'failures'] as const;

const cause = z.enum(CAUSES).nullable().meta({
  description:
    'Where the added time is, by the share that a ping has of it: `path` from 70 %, `database` up to 30 %.',
});

const operationNormal = z
  .object({
    normal_ms: milliseconds,
    low_ms: milliseconds.meta({ description: 'Where the band begins.' }),
    high_ms: milliseconds.meta({ description: 'Where it ends.' }),
    ratio: z.number().min(0).nullable().meta({
      description: 'The latest run divided by the normal; null: the run did not measure it.',
    }),
    level: z.enum(LEVELS).nullable().meta({
      description: 'Where the median of the latest three runs lies: in the band, above or below.',
    }),
  })
  .meta({ description: 'Of the medians of the runs.' });

export const targetNormal = z.object({
  runs: z.int().min(0).meta({ description: 'Kept runs with a read, from which it is derived.' }),
  needed_runs: z.int().min(1).meta({ description: 'The runs that a normal needs.' }),
  expected_at: timestamp.nullable().meta({
    description: 'When there will be a normal; null: there is one, or it is not known when.',
  }),
  read: operationNormal.nullable().meta({ description: 'null: too few runs.' }),
  insert: operationNormal.nullable(),
  ping: operationNormal.nullable(),
  cause,
});

export const incident = z.object({
  kind: z.enum(INCIDENT_KINDS).meta({
    description: '`slow`: above the band in two of three runs; `failures`: operations failed.',
  }),
  from: timestamp.meta({ description: 'The end of its first run.' }),
  to: timestamp.nullable().meta({ description: 'The end of its last run; null: it goes on.' }),
  runs: z.int().min(1).meta({ description: 'Runs that were slow, or had failures.' }),
  operations: z.array(operation).meta({ description: '`select` and `insert`, or what failed.' }),
  normal_ms: measured.meta({ description: 'For the first operation, at that time.' }),
  typical_ms: measured.meta({ description: "The median of the incident's runs." }),
  ratio: z.number().min(0).nullable().meta({ description: 'typical_ms over normal_ms.' }),
  cause,
  failures: z.array(
    z.object({ operation, reason: z.enum(FAILURE_REASONS), count: z.int().min(1) }),
  ),
});

export type Cause = (typeof CAUSES)[number];
export type Incident = z.infer<typeof incident>;
export type Level = (typeof LEVELS)[number];
export type OperationNormal = z.infer<typeof operationNormal>;
export type TargetNormal = z.infer<typeof targetNormal>;
