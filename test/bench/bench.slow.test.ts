import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../src/lab/ports.js';
import type { FleetRow } from '../../src/fleet/row.js';
import { startTestBackend } from '../helpers/backend.js';
import { runCli } from '../helpers/cli.js';
import { createDatabase } from '../helpers/database.js';
import { startStrangePeer } from '../helpers/strange-peer.js';
import { until } from '../helpers/until.js';
import { startTestLab, type TestLab } from '../helpers/test-lab.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pglatency-bench-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileWith(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('bench over a lab of ten regions', () => {
  let lab: TestLab;
  const REGIONS = ['gru', 'iad', 'ord', 'lax', 'lhr', 'fra', 'cdg', 'nrt', 'sin', 'syd'];
  beforeAll(async () => {
    lab = await startTestLab(['--schedule', '0 0 1 1 *']);
  }, 120_000);
  afterAll(() => lab.stop(), 30_000);

  /** Milliseconds of one region's run when no other measures. */
  async function aloneFor(region: string): Promise<number> {
    const startedAt = performance.now();
    await (await fetch(`${lab.url(region)}/api/rds/benchmark?iterations=5`)).text();
    return performance.now() - startedAt;
  }

  it('lasts no longer than its slowest region and a second, ranks, draws and compares', async () => {
    const peers = await fileWith(
      'peers',
      `# the lab\n${REGIONS.map((it) => `${it}=${lab.url(it)}`).join('\n')}\n`,
    );
    const args = ['bench', '--peers', peers, '--iterations', '5'];
    // The first run of a backend also makes its connection and the table.
    await runCli(args);
    const svg = join(folder, 'chart.svg');
    // On a machine that others use too, one quiet moment is enough.
    const { code, stdout, stderr } = await until(
      async () => {
        const aloneMs = Math.max(await aloneFor('syd'), await aloneFor('nrt'));
        const startedAt = performance.now();
        const result = await runCli([...args, '--format', 'json', '--svg', svg]);
        const tookMs = performance.now() - startedAt;
        console.log(`bench: ${Math.round(tookMs)} ms; alone: ${Math.round(aloneMs)} ms`);
        return tookMs < aloneMs + 1_000 && result;
      },
      { withinMs: 60_000, what: 'bench within its slowest region and a second' },
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const rows = JSON.parse(stdout) as FleetRow[];
    expect(rows.map(({ rank }) => rank)).toEqual(REGIONS.map((_, i) => i + 1));
    expect(new Set(rows.slice(-2).map(({ region }) => region))).toEqual(new Set(['nrt', 'syd']));
    expect(stderr.match(/read p50/g)).toHaveLength(10);
    expect(await readFile(svg, 'utf8')).toMatch(/^<svg[^]*Tokyo[^]*<\/svg>\n$/);

    const same = await fileWith('same.json', stdout);
    const alike = await runCli([...args, '--compare', same, '--threshold', '900%']);
    expect(alike.code).toBe(0);
    expect(alike.stdout).toContain(' lhr ');
    const faster = rows.map((row) => ({ ...row, read_p50_ms: (row.read_p50_ms ?? 0) / 3 }));
    const baseline = await fileWith('faster.json', JSON.stringify(faster));
    const worse = await runCli([...args, '--compare', baseline, '--format', 'markdown']);
    expect(worse.code).toBe(2);
    expect(worse.stdout).toMatch(/^\| 🇬🇧 \| lhr \| London \| \d/m);
    expect(worse.stderr).toMatch(/^lhr +read .* worse$/m);
  }, 150_000);
});

describe('bench over regions that misbehave', () => {
  it('lists them last with the reason, and exits 1', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const token = 'a-token-of-the-fleet';
    const good = await startTestBackend({ ...database.env, FLY_REGION: 'lhr', API_TOKEN: token });
    closing.push(() => good.close());
    const redirected = await startStrangePeer((res) => res.end());
    const strange = {
      nrt: await startStrangePeer((res) =>
        res.writeHead(302, { Location: redirected.origin }).end(),
      ),
      gru: await startStrangePeer((res) => res.setHeader('Content-Type', 'text/html').end('<p>')),
      iad: await startStrangePeer(() => undefined),
      fra: await startStrangePeer((res) =>
        res.setHeader('Content-Type', 'text/event-stream').end('event: result\ndata: {}\n\n'),
      ),
      cdg: await startStrangePeer((res) =>
        res.setHeader('Content-Type', 'text/event-stream').end('event: progress\ndata: x\n\n'),
      ),
      sin: await startStrangePeer((res) => {
        res.setHeader('Content-Type', 'text/event-stream');
        const flood = () => {
          while (res.writable && res.write(`data: ${'x'.repeat(65_536)}\n`));
        };
        res.on('drain', flood).on('error', () => undefined);
        flood();
      }),
      ord: await startStrangePeer((res) =>
        res.setHeader('Content-Type', 'application/json').end('{"region":"ord","read_min_ms":1}'),
      ),
    };
    closing.push(redirected.close, ...Object.values(strange).map(({ close }) => close));
    const urls = Object.entries(strange).map(([region, { origin }]) => `${region}=${origin}`);
    const { code, stdout } = await runCli([
      'bench',
      ...[...urls, `lhr=${good.url}`, `syd=http://127.0.0.1:${await findFreePort()}`].flatMap(
        (url) => ['--url', url],
      ),
      ...['--format', 'json', '--iterations', '2', '--timeout', '3s'],
      ...['--token-file', await fileWith('token', `${token}\n`)],
    ]);
    expect(code).toBe(1);
    const rows = JSON.parse(stdout) as FleetRow[];
    expect(rows[0]).toMatchObject({ region: 'lhr', rank: 1, error: null });
    const errors = Object.fromEntries(rows.slice(1).map(({ region, error }) => [region, error]));
    expect(errors).toEqual({
      nrt: 'it redirects (status 302), and redirects are not followed',
      gru: 'it answers with text/html (status 200) instead of a run',
      iad: 'no result within 3 s',
      fra: 'its result has another shape (another version?)',
      cdg: 'its answer is not valid JSON',
      sin: 'its answer is larger than 1024 KiB',
      ord: 'it does not stream its run: another program, or an old version',
      syd: 'connection refused',
    });
    expect(redirected.requests).toEqual([]);
    for (const row of rows.slice(1)) expect(row).toMatchObject({ rank: null, read_p50_ms: null });

    const unauthorised = await runCli(['bench', '--url', `lhr=${good.url}`]);
    expect(unauthorised.code).toBe(1);
    expect(unauthorised.stdout).toContain('a bearer token is required');
    // eslint-disable-next-line no-control-regex
    expect(unauthorised.stdout + unauthorised.stderr).not.toMatch(/\u001b/);
    const liar = await runCli([
      ...['bench', '--url', `syd=${good.url}`, '--iterations', '1'],
      ...['--token-file', join(folder, 'token')],
    ]);
    expect(liar.stdout).toContain('it says that it is "lhr"');
  }, 60_000);

  it.each([
    [['--url', 'nonsense'], '--url: "nonsense" is not a URL'],
    [['--url', 'lhr=http://u:sesame@a'], 'carries a user or a password'],
    [['--url', 'lhr=http://a', '--app', 'x'], 'cannot be used with'],
    [['--peers', '/nowhere/peers'], '--peers /nowhere/peers: cannot be read'],
    [['--app', 'Not An App'], 'expected dns:<application>'],
    [['--app', 'x', '--dns-server', '127.0.0.1:0'], 'an IP address such as fdaa::3'],
    [['--app', 'x', '--dns-server', 'ns.example'], 'an IP address such as fdaa::3'],
    [['--dns-server', '127.0.0.1'], '--dns-server needs --app'],
    [['--iterations', '0'], 'a whole number from 1 to 100'],
    [['--timeout', 'soon'], 'a duration from 100ms to 60m'],
    [['--threshold', 'much'], 'a percentage such as 20%'],
    [['--sort', 'luck'], 'Allowed choices are rank, read, insert, connect, region'],
    [['--format', 'xml'], 'Allowed choices are table, markdown, json, csv'],
    [['--token-file', '/nowhere/token'], '--token-file /nowhere/token: cannot be read'],
    [['--compare', '/nowhere/before'], '--compare /nowhere/before: cannot be read'],
  ])('bench %j is wrong usage', async (args, why) => {
    const { code, stdout, stderr } = await runCli(['bench', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
    expect(stderr + stdout).not.toContain('sesame');
  });
});
