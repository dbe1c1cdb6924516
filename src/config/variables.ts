import cron from 'node-cron';
import { z } from 'zod';
import type { Environment } from '../base/cli-deps.js';
import { messageOf, type Problem } from '../base/errors.js';
import { LOG_LEVELS } from '../base/log.js';
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
import { HTTP_VARIABLES } from './http-settings.js';
import { LIBPQ_SETTINGS, LIBPQ_VARIABLES } from './libpq-parameters.js';
import { OWN_REGION_VARIABLES } from './own-region.js';
import { parsePeerSource, type PeerSource } from './peers.js';
import { SSL_MODES, SSL_NEGOTIATIONS } from './target.js';

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

export type Variables = z.infer<typeof environmentSchema>;

/** Variables whose value is never shown; an address in PEERS may hold a password by mistake. */
const SECRETS: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'DB_PASSWORD',
  'DB_PASSWORD_FILE',
  'DB_PASSWORD_COMMAND',
  'API_TOKEN',
  'API_TOKEN_FILE',
  'PEERS',
]);

/**
 * The values of the variables in `env`. Each bad one becomes a problem, and counts as not set, so that the
 * problems of the others are found too.
 */
export function readVariables(env: Environment, problems: Problem[]): Variables {
  const parsed = environmentSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  problems.push(...parsed.error.issues.map((issue) => toProblem(issue, env)));
  return usableVariables(env, problems);
}

function usableVariables(env: Environment, problems: readonly Problem[]): Variables {
  const bad = new Set(problems.map(({ field }) => field));
  const usable = Object.fromEntries(Object.entries(env).filter(([name]) => !bad.has(name)));
  // A bad DB_HOST still means that there is a primary.
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
