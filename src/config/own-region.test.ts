import { describe, expect, it, test } from 'vitest';
import { ConfigError } from '../base/errors.js';
import { loadConfig } from './config.js';
import { describeConfig } from './describe-config.js';

const namesOf = (env: Record<string, string>) => {
  const { region, regionSource } = loadConfig(env);
  return [region.code, regionSource, region.city];
};

/** The message without its first line, or `none`. */
function problemsOf(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1).join('\n').trim();
    throw error;
  }
  return 'none';
}

test.each([
  ['Fly.io', { FLY_REGION: 'ams' }, ['ams', 'FLY_REGION', 'Amsterdam']],
  ['AWS Lambda', { AWS_REGION: 'eu-west-1' }, ['eu-west-1', 'AWS_REGION', 'Ireland']],
  [
    'ECS',
    { AWS_DEFAULT_REGION: 'us-west-1' },
    ['us-west-1', 'AWS_DEFAULT_REGION', 'N. California'],
  ],
  [
    'Railway',
    { RAILWAY_REPLICA_REGION: 'europe-west4-drams3a' },
    ['europe-west4-drams3a', 'RAILWAY_REPLICA_REGION', 'Amsterdam'],
  ],
  ['Koyeb', { KOYEB_REGION: 'was' }, ['was', 'KOYEB_REGION', 'Washington']],
  ['Vercel', { VERCEL_REGION: 'cle1' }, ['cle1', 'VERCEL_REGION', 'Cleveland']],
  ['App Service', { REGION_NAME: 'West Europe' }, ['westeurope', 'REGION_NAME', 'Amsterdam']],
  [
    'Container Apps',
    { CONTAINER_APP_ENV_DNS_SUFFIX: 'happy-1a2b.uksouth.azurecontainerapps.io' },
    ['uksouth', 'CONTAINER_APP_ENV_DNS_SUFFIX', 'London'],
  ],
  ['Cloudflare', { CLOUDFLARE_REGION: 'WEUR' }, ['weur', 'CLOUDFLARE_REGION', 'weur']],
  ['Deno', { DENO_REGION: 'gcp-us-east4' }, ['gcp-us-east4', 'DENO_REGION', 'gcp-us-east4']],
  ['Nomad', { NOMAD_REGION: 'global', NOMAD_DC: 'dc1' }, ['dc1', 'NOMAD_DC', 'dc1']],
  ['Nomad', { NOMAD_REGION: 'europe', NOMAD_DC: 'dc1' }, ['europe', 'NOMAD_REGION', 'europe']],
])('%s names the region in its own variable: %j', (_, env, expected) => {
  expect(namesOf(env)).toEqual(expected);
});

describe('where the region is named twice', () => {
  it('REGION wins over every platform', () => {
    expect(namesOf({ REGION: 'rack-7', FLY_REGION: 'ams', AWS_REGION: 'eu-west-1' })).toEqual([
      'rack-7',
      'REGION',
      'rack-7',
    ]);
  });

  it('a platform wins over the AWS account that it talks to', () => {
    expect(namesOf({ AWS_REGION: 'us-east-1', KOYEB_REGION: 'fra' })[1]).toBe('KOYEB_REGION');
    // Vercel's functions run on Lambda.
    expect(namesOf({ AWS_REGION: 'us-east-1', VERCEL_REGION: 'iad1' })[1]).toBe('VERCEL_REGION');
    for (const where of ['K_SERVICE', 'CLOUD_RUN_JOB', 'RENDER']) {
      expect(namesOf({ [where]: 'x', AWS_REGION: 'us-east-1' })[0], where).toBe('local');
    }
  });

  it('a variable wins over a metadata service, which wins over nothing', () => {
    const told = { code: 'eu-west-3', source: "EC2's metadata service" };
    const region = (env: Record<string, string>) => loadConfig(env, told).region.code;
    expect([region({}), region({ AWS_REGION: 'eu-west-1' })]).toEqual(['eu-west-3', 'eu-west-1']);
  });
});

test('without a name it is local, and `config` says so; a laptop at Vercel is local', () => {
  expect(namesOf({})).toEqual(['local', 'nothing names it: set REGION', 'Local']);
  expect(namesOf({ VERCEL_REGION: 'dev1', REGION: '' })[0]).toBe('local');
  expect(describeConfig(loadConfig({ REGION: 'eu-west-1' }))).toMatchObject({
    ...{ region: 'eu-west-1', region_source: 'REGION', city: 'Ireland', country: 'IE' },
    ...{ latitude: 53.35, longitude: -6.26 },
  });
});

describe('the place', () => {
  it('is given for a region that nobody knows', () => {
    const env = { REGION: 'rack-7', REGION_CITY: 'Graz', REGION_COUNTRY: 'at' };
    const coordinates = { REGION_LATITUDE: '47.07', REGION_LONGITUDE: '15.44' };
    expect(loadConfig({ ...env, ...coordinates }).region).toEqual({
      ...{ code: 'rack-7', city: 'Graz', country: 'AT', flag: '🇦🇹' },
      ...{ latitude: 47.07, longitude: 15.44 },
    });
  });

  it('wins over the catalogue, piece by piece', () => {
    expect(loadConfig({ REGION: 'eu-west-1', REGION_CITY: 'Dublin' }).region).toMatchObject({
      ...{ code: 'eu-west-1', city: 'Dublin', country: 'IE', latitude: 53.35 },
    });
  });
});

const FORM = /expected a region: 1 to 31 lower-case letters, digits and -/;
const DEGREES = 'expected degrees from -';

test.each<[Record<string, string>, RegExp | string]>([
  [{ REGION: 'all' }, /^REGION: "all" is not allowed; expected a region: .* not "all"$/],
  [{ REGION: '..' }, FORM],
  [{ REGION: 'EU-WEST-1' }, FORM],
  [{ REGION: 'x'.repeat(200) }, `REGION: "${'x'.repeat(80)}…" is not allowed`],
  [{ REGION: '-a' }, FORM],
  [{ REGION: 'lhr\n' }, FORM],
  [{ AWS_REGION: 'Ireland' }, 'AWS_REGION: "Ireland" is not allowed'],
  [{ REGION_LATITUDE: '91', REGION_LONGITUDE: '0' }, `"91" is not allowed; ${DEGREES}90 to 90`],
  [{ REGION_LATITUDE: '0', REGION_LONGITUDE: '-180.5' }, `${DEGREES}180 to 180`],
  [{ REGION_LATITUDE: '1e1', REGION_LONGITUDE: 'NaN' }, /LATITUDE: "1e1"[^]*LONGITUDE: "NaN"/],
  [{ REGION_LATITUDE: '53.3' }, 'REGION_LONGITUDE: "" is not allowed; expected a value'],
  [{ REGION_COUNTRY: 'Ireland' }, 'expected the two letters of a country'],
  [{ REGION_COUNTRY: 'ZZ' }, 'REGION_COUNTRY: "ZZ"'],
  [{ REGION_CITY: 'Du\u0007blin' }, 'without control characters'],
  [{ REGION_CITY: 'D'.repeat(61) }, 'at most 60 characters'],
])('%j is refused', (env, message) => {
  expect(problemsOf(env)).toMatch(message);
});
