import { isIP } from 'node:net';
import { z } from 'zod';
import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { hostName, integer, oneOf } from './fields.js';
import type { PeerSource } from './peers.js';
import { isToken, TOKEN_FORM } from './token.js';

export interface HttpSettings {
  /** The address to listen on; null: all of them, IPv6 and IPv4. */
  readonly host: string | null;
  /** 0: any free port. */
  readonly port: number;
  /** A second port for /metrics and /healthz alone; null: they share `port`. */
  readonly metricsPort: number | null;
  readonly apiToken: string | null;
  /** Names, beside addresses and private ones, under which this backend is asked. */
  readonly allowedHosts: readonly string[];
  /** As Express takes it: whose X-Forwarded-* are believed. */
  readonly trustProxy: boolean | number | readonly string[];
  /** Where a proxy has it, `/pglatency`; empty: at the root. */
  readonly basePath: string;
}

const MAX_HOSTS = 64;
const MAX_HOPS = 10;
const PROXY_NAMES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];
const TRUST_FORM =
  'true, false, a number of proxies, or addresses and networks such as loopback,10.0.0.0/8';

const list = (text: string) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** Of the environment. */
export const HTTP_VARIABLES = {
  LISTEN_HOST: hostName.optional(),
  PORT: integer(0, 65_535).default(8080),
  METRICS_PORT: integer(0, 65_535).optional(),
  API_TOKEN: z.string().refine(isToken, TOKEN_FORM).optional(),
  API_TOKEN_FILE: z.string().optional(),
  REQUIRE_TOKEN: oneOf(['true', 'false'])
    .transform((text) => text === 'true')
    .default(false),
  ALLOWED_HOSTS: z
    .string()
    .transform(list)
    .refine(
      (hosts) =>
        hosts.length <= MAX_HOSTS &&
        hosts.every((host) => /^(?:\*|(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)$/.test(host)),
      `at most ${MAX_HOSTS} names, without scheme and port, such as pglatency.example.com,*.example.org`,
    )
    .default([]),
  TRUST_PROXY: z
    .string()
    .transform(toTrust)
    .refine((trust) => trust !== null, TRUST_FORM)
    .optional(),
  BASE_PATH: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9._~-]+)+$/, 'a path such as /pglatency, without a slash at its end')
    .optional(),
} as const;

type HttpVariables = z.infer<z.ZodObject<typeof HTTP_VARIABLES>>;

export function toHttpSettings(
  vars: HttpVariables,
  { env, peers }: { env: Environment; peers: PeerSource },
): HttpSettings {
  return {
    host: vars.LISTEN_HOST ?? null,
    port: vars.PORT,
    metricsPort:
      vars.METRICS_PORT === undefined || (vars.METRICS_PORT === vars.PORT && vars.PORT !== 0)
        ? null
        : vars.METRICS_PORT,
    apiToken: vars.API_TOKEN ?? null,
    allowedHosts: [...vars.ALLOWED_HOSTS, ...namesOfFleet(vars, env, peers)],
    trustProxy: vars.TRUST_PROXY ?? false,
    basePath: vars.BASE_PATH ?? '',
  };
}

/** What is wrong with them together. */
export function checkHttpSettings(vars: HttpVariables, problems: Problem[]): void {
  // What is wrong with the file has been reported already.
  const isNamed = vars.API_TOKEN !== undefined || vars.API_TOKEN_FILE !== undefined;
  if (vars.REQUIRE_TOKEN && !isNamed) {
    const expected =
      'a token, because REQUIRE_TOKEN=true; without one anybody who reaches it can start runs';
    problems.push({ field: 'API_TOKEN', value: null, expected });
  }
}

/** Names that need not be configured: the one that it listens on, those of the peers, and Fly.io's own. */
function namesOfFleet(vars: HttpVariables, env: Environment, peers: PeerSource): string[] {
  const { FLY_APP_NAME: app } = env;
  return [
    ...(vars.LISTEN_HOST === undefined ? [] : [vars.LISTEN_HOST]),
    ...(app === undefined ? [] : [`${app}.fly.dev`]),
    ...(peers.kind === 'list' ? peers.peers.map(({ origin }) => new URL(origin).hostname) : []),
  ];
}

function toTrust(text: string): boolean | number | string[] | null {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^\d{1,2}$/.test(text)) return Number(text) <= MAX_HOPS ? Number(text) : null;
  const entries = list(text);
  return entries.length > 0 && entries.every(isNetwork) ? entries : null;
}

function isNetwork(entry: string): boolean {
  if (PROXY_NAMES.includes(entry)) return true;
  const [address = '', bits, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}
