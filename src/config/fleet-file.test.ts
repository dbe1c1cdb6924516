import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../base/errors.js';
import { loadConfig } from './config.js';

const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-'));
const FILE = join(folder, 'pglatency.yaml');
const EXAMPLE = readFileSync(new URL('../../docs/pglatency.example.yaml', import.meta.url), 'utf8');
afterAll(() => rmSync(folder, { recursive: true }));

function load(content: string | Buffer, env: Record<string, string> = {}) {
  writeFileSync(FILE, content);
  return loadConfig({ PGLATENCY_FILE: FILE, ...env });
}

/** Each problem, without the file's name. */
function problemsOf(content: string | Buffer, env: Record<string, string> = {}): string[] {
  try {
    load(content, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain('hunter2');
    const lines = error.message.split('\n').slice(1);
    for (const line of lines) expect(line).toContain(FILE);
    return lines.map((line) => line.trim().replace(FILE, '').trim());
  }
  return [];
}

describe('the example', () => {
  it('describes a fleet, and what a backend of it measures', () => {
    const config = load(EXAMPLE, { SHOP_PASSWORD: 'secret' });
    expect(config).toMatchObject({
      fleet: 'production',
      iterations: 10,
      schedule: { cron: '* * * * *' },
      targets: [
        { name: 'primary', host: 'db.example.com', replicaOf: null, queries: [] },
        { name: 'reports', mode: 'read-only', replicaOf: 'primary', database: 'shop' },
      ],
      fleetFileRemarks: [expect.stringContaining("this backend's region local is not one of")],
    });
    expect(config.targets[1]?.queries).toMatchObject([{ operation: 'query_open_orders' }]);
    expect(config.peers).toEqual({
      kind: 'list',
      peers: [
        { region: 'eu-west-1', origin: 'http://10.0.0.11:8080' },
        { region: 'us-east-1', origin: 'http://10.0.1.11:8080' },
        { region: 'ap-southeast-2', origin: 'http://10.0.2.11:8080' },
      ],
    });
  });

  it('says where its own region is', () => {
    const content = 'regions: { lhr: { city: Docklands, country: FR, latitude: 1, longitude: 2 } }';
    expect(load(content, { FLY_REGION: 'lhr' })).toMatchObject({
      region: { code: 'lhr', city: 'Docklands', country: 'FR', flag: '🇫🇷', latitude: 1 },
      fleetFileRemarks: [],
    });
  });

  it('gives way to the environment', () => {
    const env = { FLEET: 'staging', SCHEDULE: '*/2 * * * *', ITERATIONS: '3', DB_HOST: 'other' };
    const peers = { PEERS: 'lhr=http://127.0.0.1:1', SHOP_PASSWORD: 'secret' };
    const config = load(EXAMPLE, { ...env, ...peers });
    expect(config).toMatchObject({
      ...{ fleet: 'staging', iterations: 3, schedule: { cron: '*/2 * * * *' } },
      targets: [{ name: 'primary', host: 'other' }, { name: 'reports' }],
      peers: { peers: [{ region: 'lhr' }] },
    });
    expect(config.fleetFileRemarks.join()).toContain('targets.primary is not used');
    const targets = join(folder, 'targets.yaml');
    writeFileSync(targets, 'targets: [{ name: own, host: own.example }]');
    expect(load(EXAMPLE, { TARGETS_FILE: targets }).targets).toMatchObject([{ name: 'own' }]);
  });

  it('is not needed', () => {
    expect(loadConfig({})).toMatchObject({ fleet: 'pglatency', fleetFile: null });
    expect(loadConfig({ PGLATENCY_FILE: 'none' })).toMatchObject({ fleetFile: null });
    expect(() => loadConfig({ PGLATENCY_FILE: '/nowhere' })).toThrow(
      '/nowhere: expected a readable',
    );
  });
});

describe('what is wrong with a file is said at once, with its line', () => {
  it.each([
    ['', [': expected a map with fleet, regions, targets and so on; the file is empty']],
    [
      'fleet: Prod',
      [
        'line 1: fleet: "Prod" is not allowed; expected a name of a-z, 0-9 and -, from a letter or a digit, at most 31 long',
      ],
    ],
    [
      'fleet: a\nregoins: {}',
      [
        'line 2: regoins: expected one of fleet, schedule, iterations, scrape_interval, evaluation_interval, regions, targets, queries, links; did you mean regions?',
      ],
    ],
    [
      'regions:\n  a: { url: "http://10.0.0.1:80" }\n  b: { url: "http://10.0.0.1" }',
      [
        'line 3: regions.b.url: "http://10.0.0.1" is not allowed; expected an address of its own: a has this one',
      ],
    ],
    [
      'regions:\n  a: { wireguard_address: 10.50.1.1 }\n  b:\n    wireguard_address: 10.50.1.1',
      [
        'line 4: regions.b.wireguard_address: "10.50.1.1" is not allowed; expected an address of its own: a has this one',
      ],
    ],
    [
      'regions: { all: {} }',
      ['line 1: regions: "all" is not allowed; expected another name: all means every region'],
    ],
    ...['..', 'EU', 'a'.repeat(200)].map((name): [string, string[]] => [
      `regions: { "${name}": {} }`,
      [
        `line 1: regions: "${name}" is not allowed; expected a name of a-z, 0-9 and -, from a letter or a digit, at most 31 long`,
      ],
    ]),
    [
      'targets: [{ name: primary }]',
      ['line 1: targets: expected a map with a name as each key, such as "name: { … }"'],
    ],
    [
      'schedule: 5\nscrape_interval: 15\nevaluation_interval: 5s',
      [
        'line 1: schedule: "5" is not allowed; expected a cron expression such as "* * * * *", five fields or six',
        'line 2: scrape_interval: "15" is not allowed; expected a duration from 1s to 5m, such as 15s',
        'line 3: evaluation_interval: "5s" is not allowed; expected a duration from 15s to 1m, such as 15s',
      ],
    ],
    [
      'regions: { a: { latitude: 91, longitude: 0 } }',
      [
        'line 1: regions.a.latitude: "91" is not allowed; expected a number from -90 to 90, degrees',
      ],
    ],
    [
      'regions: { a: { latitude: 9 } }',
      ['line 1: regions.a.latitude: expected longitude beside latitude'],
    ],
    [
      'regions: { a: { country: de } }',
      [
        'line 1: regions.a.country: "de" is not allowed; expected two capital letters (ISO 3166-1), such as DE',
      ],
    ],
    [
      'regions: { a: { url: "http://a/b" } }',
      [
        'line 1: regions.a.url: expected http:// or https://, a host and a port, such as http://10.0.0.11:8080',
      ],
    ],
    [
      'regions: { a: { expect: { selct_ms: { select_ms: 1 } } } }',
      [
        'line 1: regions.a.expect.selct_ms: expected one of connect_ms, ping_ms, select_ms, insert_ms, or a target: none is listed; did you mean select_ms?',
      ],
    ],
    [
      'targets:\n  a: { host: a }\n  b: { host: b, mode: read-only,\n    follows: b }',
      [
        'line 4: targets.b.follows: "b" is not allowed; expected a read-write target: a; it cannot follow itself',
      ],
    ],
    [
      'targets: { a: { host: a }, b: { host: b, mode: read-only, follows: c } }',
      ['line 1: targets.b.follows: "c" is not allowed; expected a read-write target: a'],
    ],
    [
      'targets: { a: { host: a }, b: { host: b, mode: read-only }, c: { host: c, mode: read-only, follows: b } }',
      ['line 1: targets.c.follows: "b" is not allowed; expected a read-write target: a'],
    ],
    [
      'targets: { a: { host: a, password: hunter2 } }',
      [
        'line 1: targets.a.password: expected no password in clear: use password_env or password_file',
      ],
    ],
    ['fleet: a\nfleet: b', ['line 2: expected a key used once in its map']],
    [
      'fleet: &a x\nlinks: { grafana: *a }',
      ['line 2: expected no alias; write the value out (a text that begins with * needs quotes)'],
    ],
    ['fleet: [', ['line 1: expected YAML (bad indent)']],
  ])('%s', (content, expected) => {
    expect(problemsOf(content)).toEqual(expected);
  });

  it('all of them, beside those of the environment', () => {
    const content =
      'fleet: A\nregions: { a: { country: de, latitude: 99 } }\nlinks: { grafana: x }';
    expect(problemsOf(content)).toHaveLength(4);
    expect(() => load(content, { PORT: 'http' })).toThrow(/PORT[^]*fleet[^]*country[^]*grafana/);
  });
});

describe('a file that is too much is answered within a second of processor time', () => {
  const keys = Array.from({ length: 300_000 }, (_, i) => `k${i.toString(36)}: 1`);
  const flow = `{${Array.from({ length: 100_000 }, (_, i) => `k${i.toString(36)}: 1`).join(',')}}`;
  it.each([
    [
      'of 10 MB',
      `fleet: ${'a'.repeat(10_000_000)}`,
      ': expected a readable file (it holds more than 1048576 bytes)',
    ],
    [
      'with 300,000 keys',
      keys.join('\n'),
      ': expected a readable file (it holds more than 1048576 bytes)',
    ],
    ['with 100,000 keys', keys.slice(0, 100_000).join('\n'), ': expected at most 4000 keys'],
    ['with 100,000 keys in a line', flow, ': expected at most 4000 keys'],
    ['with 3,900 unknown keys', keys.slice(0, 3_900).join('\n'), null],
    ['that is deep', '['.repeat(500_000), ': expected at most 100000 words and signs'],
    ['that is less deep', '- '.repeat(20_000), null],
    [
      'full of aliases',
      `fleet: &a x\nlinks: [${'*a,'.repeat(100_000)}]`,
      'line 2: expected no alias; write the value out (a text that begins with * needs quotes)',
    ],
    [
      'in UTF-16',
      Buffer.from('\uFEFFfleet: a', 'utf16le'),
      ': expected a readable file (it is UTF-16; save it as UTF-8)',
    ],
    [
      'in Latin-1',
      Buffer.from('regions: { a: { city: Malmö } }', 'latin1'),
      ': expected text in UTF-8 (it holds other bytes)',
    ],
  ])('%s', (_what, content, expected) => {
    problemsOf('fleet: a');
    const before = process.cpuUsage();
    const problems = problemsOf(content);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
    if (expected === null) expect(problems.at(-1)).toMatch(/expected /);
    else expect(problems).toEqual([expected]);
  });
});
