import { z } from 'zod';

/** The query parameters of each path. */

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

/** Of the path. */
export const badgeParameters = z.strictObject({
  region: z
    .string()
    .regex(/^[\w.:[\]-]{1,80}$/, 'fleet, or a region of /api/fleet')
    .meta({ description: '`fleet`, or a region of /api/fleet.' }),
});

export const noQuery = z.strictObject({});

export const historyQuery = z.strictObject({
  region: z
    .string({ error: 'one region' })
    .regex(/^[\w.:[\]-]{1,80}$/, 'a region of /api/fleet')
    .meta({ description: 'A region of /api/fleet.' }),
  instance: z
    .string({ error: 'one instance' })
    .regex(/^[\w-]{1,64}$/, 'an instance of /api/fleet')
    .optional()
    .meta({ description: "Which of the region's backends; default: the first." }),
});
