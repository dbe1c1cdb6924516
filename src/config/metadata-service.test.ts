import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { describeConfig } from './describe-config.js';
import { askForRegion } from './metadata-service.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** A real server in the place of the metadata service, and what it was asked. */
async function service(answer: Answer) {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(`${req.method ?? ''} ${req.url ?? ''}`);
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** Answers these paths, where the header is there; everything else is 404 or 401. */
function answers(
  paths: Readonly<Record<string, string>>,
  [header, value]: readonly [string, string] = ['host', ''],
): Answer {
  return (req, res) => {
    const body = paths[`${req.method ?? ''} ${req.url ?? ''}`];
    const isAllowed = req.method === 'PUT' || value === '' || req.headers[header] === value;
    res.writeHead(!isAllowed ? 401 : body === undefined ? 404 : 200).end(body);
  };
}

const PLATFORMS: [string, Record<string, string>, Answer, [string, string]][] = [
  [
    'EC2',
    { REGION_FROM: 'ec2' },
    answers(
      {
        'PUT /latest/api/token': 'a-token\n',
        'GET /latest/meta-data/placement/region': 'eu-west-1',
      },
      ['x-aws-ec2-metadata-token', 'a-token'],
    ),
    ['eu-west-1', "EC2's metadata service"],
  ],
  [
    'ECS',
    { ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:9/v4/0123' },
    answers({ 'GET /task': '{"TaskARN":"arn:aws:ecs:us-west-1:123456789012:task/a/b"}' }),
    ['us-west-1', "ECS's metadata service"],
  ],
  [
    'Cloud Run',
    { K_SERVICE: 'pglatency', AWS_REGION: 'us-east-1' },
    answers({ 'GET /computeMetadata/v1/instance/region': 'projects/123/regions/europe-west1' }, [
      'metadata-flavor',
      'Google',
    ]),
    ['europe-west1', "Google Cloud's metadata service"],
  ],
  [
    'a job of Cloud Run',
    { CLOUD_RUN_JOB: 'pglatency' },
    answers({
      'GET /computeMetadata/v1/instance/region': 'projects/123/regions/asia-south1',
      'GET /computeMetadata/v1/instance/zone': 'projects/123/zones/asia-south1-1',
    }),
    ['asia-south1', "Google Cloud's metadata service"],
  ],
  [
    'Compute Engine',
    { REGION_FROM: 'gce' },
    answers({ 'GET /computeMetadata/v1/instance/zone': 'projects/123/zones/europe-west12-b' }, [
      'metadata-flavor',
      'Google',
    ]),
    ['europe-west12', "Google Cloud's metadata service"],
  ],
  [
    'Azure',
    { REGION_FROM: 'azure' },
    answers(
      {
        'GET /metadata/instance/compute?api-version=2021-02-01':
          '{"location":"westeurope","name":"vm"}',
      },
      ['metadata', 'true'],
    ),
    ['westeurope', "Azure's metadata service"],
  ],
  [
    'DigitalOcean',
    { REGION_FROM: 'digitalocean' },
    answers({ 'GET /metadata/v1/region': 'fra1' }),
    ['fra1', "DigitalOcean's metadata service"],
  ],
  [
    'Hetzner',
    { REGION_FROM: 'hetzner' },
    answers({ 'GET /hetzner/v1/metadata/availability-zone': 'hel1-dc2\n' }),
    ['hel1', "Hetzner's metadata service"],
  ],
  [
    'Linode',
    { REGION_FROM: 'linode' },
    answers({ 'PUT /v1/token': 'a-token', 'GET /v1/instance': '{"region":"eu-central","id":1}' }, [
      'metadata-token',
      'a-token',
    ]),
    ['eu-central', "Linode's metadata service"],
  ],
];

describe('the metadata service', () => {
  it.each(PLATFORMS)('of %s names the region (%j)', async (_, env, answer, expected) => {
    const { address } = await service(answer);
    const told = await askForRegion(env, address);
    const { region, region_source: source } = describeConfig(loadConfig(env, told));
    expect([region, source]).toEqual(expected);
  });

  it('of ECS is asked where its variable says', async () => {
    const { address, asked } = await service(
      answers({ 'GET /v4/ab/task': '{"TaskARN":"a:b:c:eu-west-3"}' }),
    );
    const told = await askForRegion({ ECS_CONTAINER_METADATA_URI_V4: `${address}/v4/ab` });
    expect(told?.code).toBe('eu-west-3');
    expect(asked).toEqual(['GET /v4/ab/task']);
  });

  it.each([
    ['an unknown platform', {}],
    ['an unknown platform with an AWS account', { AWS_ACCESS_KEY_ID: 'x' }],
    ['Render, which has none', { RENDER: 'true' }],
    ['REGION', { REGION: 'rack-7', REGION_FROM: 'ec2' }],
    ["the platform's variable", { AWS_REGION: 'eu-west-1', REGION_FROM: 'ec2' }],
    [
      'the variable of ECS',
      { AWS_REGION: 'a', ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:9' },
    ],
    ['Fly.io', { FLY_REGION: 'ams', K_SERVICE: 'x' }],
    ['a service that there is not', { REGION_FROM: 'oracle' }],
    ['empty variables', { REGION_FROM: '', K_SERVICE: '' }],
  ])('is not asked with %s', async (_, env) => {
    const { address, asked } = await service((_req, res) => res.end('eu-west-1'));
    expect(await askForRegion(env, address)).toBeNull();
    expect(asked).toEqual([]);
  });

  it.each<[string, Answer, string]>([
    ['hangs', () => undefined, 'no answer within 0.8 s'],
    [
      'hangs in its answer',
      (_, res) => void res.writeHead(200).write('eu-'),
      'no answer within 0.8 s',
    ],
    ['drips', (_, res) => drip(res), 'no answer within 0.8 s'],
    [
      'answers with a page',
      (_, res) => res.end('<html>hello</html>'),
      'its answer is not a region',
    ],
    ['answers nothing', (_, res) => res.end(), 'its answer is not a region'],
    ['answers without an end', (_, res) => flood(res), 'its answer is too large'],
    ['refuses', (_, res) => res.writeHead(403).end('eu-west-1'), 'it answers with status 403'],
    [
      'sends away',
      (_, res) => res.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end(),
      'it answers with status 302',
    ],
    ['hangs up', (_, res) => res.destroy(), 'it cannot be reached'],
  ])('that %s leaves the region unknown, and says why, within a second', async (_, answer, why) => {
    const { address } = await service(answer);
    const startedAt = performance.now();
    const env = { REGION_FROM: 'digitalocean' };
    const told = await askForRegion(env, address);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    const { region, region_source: source } = describeConfig(loadConfig(env, told));
    expect(region).toBe('local');
    expect(source).toBe(
      `DigitalOcean's metadata service did not name the region (${why}): set REGION`,
    );
  });

  it.each([
    ['azure', '[]'],
    ['azure', 'null'],
    ['azure', '{"location":7}'],
    ['azure', '{'],
    ['linode', '{"region":null}'],
    ['ec2', 'all'],
    ['ec2', 'eu west 1'],
    ['hetzner', 'x'.repeat(200)],
  ])('of %s that answers %j leaves the region unknown', async (from, body) => {
    const { address } = await service((_, res) => res.end(body));
    expect(await askForRegion({ REGION_FROM: from }, address)).toMatchObject({ code: null });
  });

  it('is unreachable where nothing listens', async () => {
    const told = await askForRegion({ REGION_FROM: 'linode' }, 'http://127.0.0.1:9');
    expect(told?.source).toContain('it cannot be reached');
  });
});

it('REGION_FROM that is no service is refused', () => {
  expect(() => loadConfig({ REGION_FROM: 'oracle' })).toThrow(
    'REGION_FROM: "oracle" is not allowed; expected one of ec2, ecs, gce, azure, digitalocean, hetzner, linode',
  );
});

function drip(res: ServerResponse): void {
  res.writeHead(200);
  const timer = setInterval(() => res.write('e'), 50);
  res.once('close', () => clearInterval(timer));
}

function flood(res: ServerResponse): void {
  res.writeHead(200);
  const more = () => {
    while (res.writable && res.write('e'.repeat(65_536)));
  };
  res.on('drain', more).on('error', () => undefined);
  more();
}
