import type { Environment } from '../base/cli-deps.js';
import { isRegionCode } from '../regions/regions.js';
import { platformRegion } from './region-variables.js';

/** What a platform's metadata service said. */
export interface ToldRegion {
  /** null: nothing that names a region. */
  readonly code: string | null;
  /** The service, and why it named none. */
  readonly source: string;
}

/** Asks one path; resolves to the body of a 200. */
type Get = (
  path: string,
  options?: { readonly method?: 'PUT'; readonly headers?: Readonly<Record<string, string>> },
) => Promise<string>;

interface Service {
  /** For people. */
  readonly name: string;
  readonly ask: (get: Get) => Promise<string>;
}

/**
 * What a process may ask about the machine that it runs on, and how. Sources:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html,
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html,
 * https://cloud.google.com/run/docs/container-contract, https://cloud.google.com/compute/docs/metadata/overview,
 * https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service,
 * https://docs.digitalocean.com/reference/api/metadata/,
 * https://docs.hetzner.cloud/reference/cloud#server-metadata,
 * https://techdocs.akamai.com/cloud-computing/docs/metadata-service-api
 */
const SERVICES = {
  ec2: { name: "EC2's metadata service", ask: askEc2 },
  ecs: { name: "ECS's metadata service", ask: askEcs },
  gce: { name: "Google Cloud's metadata service", ask: askGoogle },
  azure: { name: "Azure's metadata service", ask: askAzure },
  digitalocean: {
    name: "DigitalOcean's metadata service",
    ask: (get) => get('/metadata/v1/region'),
  },
  hetzner: { name: "Hetzner's metadata service", ask: askHetzner },
  linode: { name: "Linode's metadata service", ask: askLinode },
} satisfies Readonly<Record<string, Service>>;

type ServiceName = keyof typeof SERVICES;

/** What REGION_FROM may be. */
export const METADATA_SERVICES = Object.keys(SERVICES) as readonly ServiceName[];

/** Six clouds share it. By the address and not by a name, so that no name server is waited for. */
const LINK_LOCAL = 'http://169.254.169.254';
/** Of all questions together: a start must not wait for what hangs. */
const DEADLINE_MS = 800;
const MAX_BYTES = 64 * 1_024;

/**
 * What the platform's metadata service says of the region. It is asked only where the platform is known: by
 * REGION_FROM, or by a variable that the platform sets; and not where REGION or a platform's variable has the region.
 * Never rejects, and answers within a second.
 *
 * @param address in the place of the services' own, without a slash at its end
 * @returns null: none was asked
 */
export async function askForRegion(env: Environment, address?: string): Promise<ToldRegion | null> {
  if ((env.REGION ?? '') !== '' || platformRegion(env) !== null) return null;
  const service = serviceOf(env);
  if (service === null) return null;
  const { name, ask }: Service = SERVICES[service];
  const uri = env.ECS_CONTAINER_METADATA_URI_V4 ?? '';
  const base = address ?? (service === 'ecs' && uri !== '' ? uri : LINK_LOCAL);
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    const code = (await ask(getFrom(base, deadline))).trim().toLowerCase();
    if (isRegionCode(code)) return { code, source: name };
    return silence(name, 'its answer is not a region');
  } catch (error) {
    const late = `no answer within ${DEADLINE_MS / 1_000} s`;
    return silence(name, deadline.aborted ? late : whyOf(error));
  }
}

function silence(name: string, why: string): ToldRegion {
  return { code: null, source: `${name} did not name the region (${why}): set REGION` };
}

/** The service of REGION_FROM, or of the platform that a variable gives away. */
function serviceOf(env: Environment): ServiceName | null {
  const isSet = (name: string) => (env[name] ?? '') !== '';
  if (isSet('REGION_FROM')) {
    return METADATA_SERVICES.find((name) => name === env.REGION_FROM) ?? null;
  }
  if (isSet('ECS_CONTAINER_METADATA_URI_V4')) return 'ecs';
  return isSet('K_SERVICE') || isSet('CLOUD_RUN_JOB') ? 'gce' : null;
}

/** The service answers, but not as it should. */
class AnswerError extends Error {}

function getFrom(base: string, deadline: AbortSignal): Get {
  return async (path, { method = 'GET', headers = {} } = {}) => {
    const answer = await fetch(base + path, {
      ...{ method, headers, signal: deadline, redirect: 'manual' },
    });
    const text = await bodyOf(answer);
    if (answer.status !== 200) throw new AnswerError(`it answers with status ${answer.status}`);
    return text;
  };
}

async function bodyOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > MAX_BYTES) throw new AnswerError('its answer is too large');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function whyOf(error: unknown): string {
  if (error instanceof AnswerError) return error.message;
  if (error instanceof SyntaxError) return 'its answer is not valid JSON';
  return 'it cannot be reached';
}

async function askEc2(get: Get): Promise<string> {
  const token = await get('/latest/api/token', {
    method: 'PUT',
    headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' },
  });
  return get('/latest/meta-data/placement/region', {
    headers: { 'X-aws-ec2-metadata-token': token.trim() },
  });
}

/** `arn:aws:ecs:eu-west-1:1234:task/…` */
async function askEcs(get: Get): Promise<string> {
  const { TaskARN: arn } = fieldsOf(await get('/task'));
  return textOf(arn).split(':')[3] ?? '';
}

/** Cloud Run has a region, `projects/1234/regions/europe-west1`; a machine has a zone, `…/zones/europe-west1-b`. */
async function askGoogle(get: Get): Promise<string> {
  const headers = { 'Metadata-Flavor': 'Google' };
  const [region, zone] = await Promise.allSettled([
    get('/computeMetadata/v1/instance/region', { headers }),
    get('/computeMetadata/v1/instance/zone', { headers }),
  ]);
  const last = (path: string) => path.trim().split('/').at(-1) ?? '';
  if (region.status === 'fulfilled') return last(region.value);
  if (zone.status === 'fulfilled') return last(zone.value).replace(/-[a-z0-9]$/, '');
  throw zone.reason;
}

async function askAzure(get: Get): Promise<string> {
  const path = '/metadata/instance/compute?api-version=2021-02-01';
  return textOf(fieldsOf(await get(path, { headers: { Metadata: 'true' } })).location);
}

/** `hel1-dc2`: its region would be a network zone, such as `eu-central`. */
async function askHetzner(get: Get): Promise<string> {
  return (await get('/hetzner/v1/metadata/availability-zone')).trim().replace(/-dc\d+$/, '');
}

async function askLinode(get: Get): Promise<string> {
  const token = await get('/v1/token', {
    method: 'PUT',
    headers: { 'Metadata-Token-Expiry-Seconds': '60' },
  });
  const headers = { 'Metadata-Token': token.trim(), Accept: 'application/json' };
  return textOf(fieldsOf(await get('/v1/instance', { headers })).region);
}

function fieldsOf(text: string): Record<string, unknown> {
  return (JSON.parse(text) ?? {}) as Record<string, unknown>;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
