import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PLATFORM_VARIABLES } from '../../src/config/region-variables.js';
import { startTestBackend } from '../helpers/backend.js';
import { runCli, spawnCli } from '../helpers/cli.js';
import { parseExposition } from '../helpers/exposition.js';
import { startMetadataServer } from '../helpers/metadata-server.js';
import { until } from '../helpers/until.js';

let service: Awaited<ReturnType<typeof startMetadataServer>>;
beforeAll(async () => {
  service = await startMetadataServer();
});
afterAll(() => service.close());
beforeEach(() => {
  service.asked.length = 0;
});

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const BY_VARIABLE: Readonly<Record<string, [value: string, region: string]>> = {
  FLY_REGION: ['ams', 'ams'],
  RAILWAY_REPLICA_REGION: ['us-west2', 'us-west2'],
  KOYEB_REGION: ['fra', 'fra'],
  VERCEL_REGION: ['iad1', 'iad1'],
  REGION_NAME: ['West Europe', 'westeurope'],
  CONTAINER_APP_ENV_DNS_SUFFIX: ['happy-1a2b.uksouth.azurecontainerapps.io', 'uksouth'],
  CLOUDFLARE_REGION: ['WEUR', 'weur'],
  DENO_REGION: ['us-east4', 'us-east4'],
  NOMAD_REGION: ['europe', 'europe'],
  NOMAD_DC: ['dc1', 'dc1'],
  AWS_REGION: ['eu-west-1', 'eu-west-1'],
  AWS_DEFAULT_REGION: ['us-west-1', 'us-west-1'],
};

const BY_SERVICE: readonly (readonly [Record<string, string>, region: string])[] = [
  [{ REGION_FROM: 'ec2' }, 'eu-west-1'],
  [{ REGION_FROM: 'ecs' }, 'us-west-1'],
  [{ ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:9/v4/0123' }, 'us-west-1'],
  [{ K_SERVICE: 'pglatency' }, 'europe-west1'],
  [{ CLOUD_RUN_JOB: 'pglatency' }, 'europe-west1'],
  [{ REGION_FROM: 'gce' }, 'europe-west1'],
  [{ REGION_FROM: 'azure' }, 'westeurope'],
  [{ REGION_FROM: 'digitalocean' }, 'fra1'],
  [{ REGION_FROM: 'hetzner' }, 'hel1'],
  [{ REGION_FROM: 'linode' }, 'eu-central'],
];

test('every variable of a platform is in this table', () => {
  expect(Object.keys(BY_VARIABLE)).toEqual(PLATFORM_VARIABLES.map(({ name }) => name));
});

test.each<[Record<string, string>, string]>([
  [{}, 'local'],
  [{ REGION: 'rack-7' }, 'rack-7'],
  ...Object.entries(BY_VARIABLE).map(
    ([name, [value, region]]) => [{ [name]: value }, region] as [Record<string, string>, string],
  ),
])('a backend with %j has the region %s, and asks no service', async (env, region) => {
  await expectRegion(env, region);
  expect(service.asked).toEqual([]);
});

test.each(BY_SERVICE)('a backend with %j asks its service, and has the region %s', expectRegion);

/** In its answers, their header, and its metrics. */
async function expectRegion(env: Record<string, string>, region: string): Promise<void> {
  const backend = await startTestBackend(env, { metadataAddress: service.address });
  closing.push(() => backend.close());
  const { headers, body } = await backend.get('/api/info');
  expect(body).toMatchObject({ region });
  expect(headers.get('x-region')).toBe(region);
  const series = parseExposition(await (await fetch(`${backend.url}/metrics`)).text());
  expect(new Set(series.map(({ labels }) => labels.region))).toEqual(new Set([region]));
}

test('config says which service named the region, and which did not', async () => {
  const env = { PGLATENCY_FILE: 'none', ECS_CONTAINER_METADATA_URI_V4: service.address };
  const told = await runCli(['config'], env);
  expect(JSON.parse(told.stdout)).toMatchObject({
    region: 'us-west-1',
    region_source: "ECS's metadata service",
  });
  const missing = { ...env, ECS_CONTAINER_METADATA_URI_V4: `${service.address}/nowhere` };
  const silent = await runCli(['config'], missing);
  const why =
    "ECS's metadata service did not name the region (it answers with status 404): set REGION";
  expect(silent.code).toBe(0);
  expect(JSON.parse(silent.stdout)).toMatchObject({ region: 'local', region_source: why });
  expect(silent.stderr).toContain(`the region is not known: ${why}`);
});

test('serve asks at its start, and a reload changes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-region-'));
  closing.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'pglatency.yaml');
  writeFileSync(file, 'fleet: staging\n');
  const cli = spawnCli(['serve'], {
    PGLATENCY_FILE: file,
    PORT: '0',
    LISTEN_HOST: '127.0.0.1',
    ECS_CONTAINER_METADATA_URI_V4: service.address,
  });
  closing.push(async () => {
    cli.kill();
    await cli.ended;
  });
  const url = await cli.listening();
  const regionOf = async () =>
    ((await (await fetch(`${url}/api/info`)).json()) as { region: string }).region;
  expect(await regionOf()).toBe('us-west-1');
  expect(service.asked).toEqual(['GET /task']);
  cli.kill('SIGHUP');
  await until(() => cli.logs().some(({ msg }) => String(msg).startsWith('the configuration ')));
  expect(await regionOf()).toBe('us-west-1');
  expect(service.asked).toEqual(['GET /task']);
  expect(cli.logs().some(({ msg }) => String(msg).includes('next start'))).toBe(false);
});

test('serve goes on as local where the service does not answer, and warns', async () => {
  const cli = spawnCli(['serve'], {
    PGLATENCY_FILE: 'none',
    PORT: '0',
    LISTEN_HOST: '127.0.0.1',
    ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:9',
  });
  closing.push(async () => {
    cli.kill();
    await cli.ended;
  });
  await cli.listening();
  const [warning] = cli.logs().filter(({ msg }) => String(msg).startsWith('the region is not'));
  expect(warning).toMatchObject({
    region: 'local',
    msg: "the region is not known: ECS's metadata service did not name the region (it cannot be reached): set REGION",
  });
});
