import type { Environment } from '../base/cli-deps.js';

/** A variable by which a platform names the region of what runs on it. */
export interface RegionVariable {
  readonly name: string;
  /** The region's code in it, as it stands there; null: it says nothing. */
  readonly read: (value: string) => string | null;
}

const asIs = (value: string) => value;
const lowerCase = (value: string) => value.toLowerCase();
/** Azure's display name, `West Europe`, is its programmatic name, `westeurope`, with spaces and capitals. */
const withoutSpaces = (value: string) => value.toLowerCase().replaceAll(' ', '');

/**
 * In the order in which they are believed. What only one platform sets comes first: AWS_REGION is also set
 * on laptops, in CI, and wherever something talks to S3. Sources:
 * https://fly.io/docs/machines/runtime-environment/, https://docs.railway.com/reference/variables,
 * https://vercel.com/docs/environment-variables/system-environment-variables,
 * https://developers.cloudflare.com/containers/, https://docs.deno.com/deploy/classic/,
 * https://learn.microsoft.com/azure/container-apps/environment-variables,
 * https://developer.hashicorp.com/nomad/docs/runtime/environment,
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. KOYEB_REGION and Azure's
 * REGION_NAME are from public code.
 */
export const PLATFORM_VARIABLES: readonly RegionVariable[] = [
  { name: 'FLY_REGION', read: asIs },
  { name: 'RAILWAY_REPLICA_REGION', read: asIs },
  { name: 'KOYEB_REGION', read: asIs },
  // `dev1` is a laptop.
  { name: 'VERCEL_REGION', read: (value) => (value === 'dev1' ? null : value) },
  { name: 'REGION_NAME', read: withoutSpaces },
  { name: 'CONTAINER_APP_ENV_DNS_SUFFIX', read: containerAppsRegion },
  { name: 'CLOUDFLARE_REGION', read: lowerCase },
  { name: 'DENO_REGION', read: asIs },
  // Nomad's default region says nothing.
  { name: 'NOMAD_REGION', read: (value) => (value === 'global' ? null : value) },
  { name: 'NOMAD_DC', read: asIs },
  { name: 'AWS_REGION', read: asIs },
  { name: 'AWS_DEFAULT_REGION', read: asIs },
];

/** `happy-1a2b.westeurope.azurecontainerapps.io` → `westeurope`. */
function containerAppsRegion(suffix: string): string | null {
  return /(?:^|\.)([^.]+)\.azurecontainerapps\.io$/.exec(suffix)?.[1] ?? null;
}

/** On other platforms these variables name an account, not a place. */
const AWS_VARIABLES: readonly string[] = ['AWS_REGION', 'AWS_DEFAULT_REGION'];
/** Variables that their platform sets everywhere, although it names no region in one. */
const ELSEWHERE: readonly string[] = [
  'K_SERVICE',
  'CLOUD_RUN_JOB',
  'RENDER',
  'WEBSITE_SITE_NAME',
  'CONTAINER_APP_NAME',
];

/** The region that the platform's variables name, and which of them; null: none does. */
export function platformRegion(env: Environment): { code: string; source: string } | null {
  const isElsewhere = ELSEWHERE.some((name) => (env[name] ?? '') !== '');
  for (const { name, read } of PLATFORM_VARIABLES) {
    if (isElsewhere && AWS_VARIABLES.includes(name)) continue;
    const value = env[name] ?? '';
    const code = value === '' ? null : read(value);
    if (code !== null) return { code, source: name };
  }
  return null;
}
