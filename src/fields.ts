import { z } from 'zod';

/** Fields that the environment and the targets file share. */

export function oneOf<const T extends string>(values: readonly T[]) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

export const hostName = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'a host name or an IP address, without scheme, port or path');

/** A user's or a database's name: PostgreSQL keeps 63 bytes of it. */
export const identifier = z.string().max(63, 'at most 63 characters');

export const OPERATION_TIMEOUT_MS = { min: 100, max: 60_000 } as const;
