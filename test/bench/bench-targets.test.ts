import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MatrixRow } from '../../src/bench/matrix.js';
import { findFreePort } from '../../src/lab/ports.js';
import { startRelay } from '../../src/lab/relay.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { runCli } from '../helpers/cli.js';
import { createDatabase } from '../helpers/database.js';
import { json, latestOf, startStrangePeer } from '../helpers/strange-peer.js';
import { createTargetsFile } from '../helpers/targets-file.js';

const NEAR_MS = 5;
const FAR_MS = 80;

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe('bench --targets', () => {
  let gru: TestBackend;
  let lhr: TestBackend;
  let fra: TestBackend;
  let without: string;

  beforeAll(async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const upstream = { host: '127.0.0.1', port: Number(database.env.DB_PORT) };
    const away = async (rttMs: number) => {
      const relay = await startRelay({ upstream, rttMs });
      closing.push(() => relay.close());
      return relay.port;
    };
    const backend = async (region: string, primaryPort: number, targets: readonly object[]) => {
      const file = createTargetsFile();
      closing.push(() => rm(file.folder, { recursive: true }));
      file.write(targets);
      const started = await startTestBackend({
        ...database.env,
        ...{ FLY_REGION: region, DB_PORT: String(primaryPort), TARGETS_FILE: file.path },
        SCHEDULE: '0 0 1 1 *',
      });
      closing.push(() => started.close());
      return started;
    };
    const at = (name: string, port: number) => ({
      ...{ name, port, host: '127.0.0.1' },
      mode: 'read-only',
      follows: 'primary',
    });
    const [near, far] = [await away(NEAR_MS), await away(FAR_MS)];
    const nobody = await findFreePort();
    gru = await backend('gru', far, [at('virginia', near), at('sydney', nobody)]);
    lhr = await backend('lhr', near, [at('virginia', far)]);
    fra = await backend('fra', near, []);
    const old = await startStrangePeer(json({ ...latestOf('nrt', 3), runs: [] }));
    closing.push(old.close);
    without = old.origin;
  }, 60_000);

  it('prints which target each region reads fastest, and what failed', async () => {
    const urls = [`gru=${gru.url}`, `lhr=${lhr.url}`, `fra=${fra.url}`, `nrt=${without}`];
    const args = [
      'bench',
      '--targets',
      '--iterations',
      '5',
      ...urls.flatMap((it) => ['--url', it]),
    ];
    const { code, stdout, stderr } = await runCli([...args, '--format', 'json']);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    const rows = JSON.parse(stdout) as MatrixRow[];
    const byRegion = Object.fromEntries(rows.map((row) => [row.region, row]));
    expect(Object.keys(byRegion)).toHaveLength(4);
    expect(byRegion.gru).toMatchObject({
      ...{ primary: 'primary', fastest: 'virginia', error: null },
      targets: [
        { target: 'primary', mode: 'read-write', error: null },
        { target: 'virginia', error: null },
        { target: 'sydney', read_p50_ms: null, reason: 'refused' },
      ],
    });
    expect(byRegion.gru?.gain_ms).toBeGreaterThan(0.5 * (FAR_MS - NEAR_MS));
    expect(byRegion.gru?.gain_ms).toBeLessThan(2 * (FAR_MS - NEAR_MS));
    expect(byRegion.lhr).toMatchObject({ fastest: 'primary', gain_ms: 0, gain_percent: 0 });
    expect(byRegion.fra).toMatchObject({ fastest: 'primary', targets: [{ target: 'primary' }] });
    expect(byRegion.nrt).toMatchObject({ fastest: null, error: 'it has no database' });
    expect(rows.slice(2).map(({ region }) => region)).toEqual(['gru', 'nrt']);
    expect(stderr).toMatch(/^gru: virginia gains \d+\.\d\d ms \(\d of 4\)$/m);
    expect(stderr).toMatch(/^lhr: primary is the fastest \(\d of 4\)$/m);

    const table = await runCli([...args, '--format', 'table']);
    expect(table.stdout).toMatch(/^🇧🇷 gru +São Paulo +\d+\.\d\d +\*\d+\.\d\d +refused +virginia /m);
    expect(table.stdout).toMatch(/^🇩🇪 fra +Frankfurt +\*\d+\.\d\d +– +– +primary *$/m);
    // eslint-disable-next-line no-control-regex
    expect(table.stdout + table.stderr).not.toMatch(/\u001b/);
  }, 60_000);

  it('exits 0 when every target was measured', async () => {
    const urls = ['--url', `lhr=${lhr.url}`, '--url', `fra=${fra.url}`];
    const { code, stdout } = await runCli([
      ...['bench', '--targets', '--iterations', '2', '--format', 'csv', ...urls],
    ]);
    expect(code).toBe(0);
    expect(stdout.trim().split('\r\n')).toHaveLength(4);
  });

  it.each(['--svg', '--compare', '--sort'])('cannot be used with %s', async (option) => {
    const { code, stderr } = await runCli(['bench', '--targets', option, 'rank']);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be used with');
  });
});
