import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BenchmarkAnswer, LatestAnswer, OperationSummary } from '../api/answers.js';
import { FAILURE_REASONS } from '../probe/results/result.js';
import { BUILT_IN_OPERATIONS } from '../config/target.js';
import { DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';
import { rankRows } from './ranking.js';
import { rowOfBenchmark, rowsOfLatest, rowWithoutMeasurement, type FleetRow } from './row.js';
import { renderTable } from './table.js';
import { displayWidth, truncate } from './text-width.js';

const measured = fc.option(fc.double({ min: 0.01, max: 99_999, noNaN: true }), { nil: null });

const anyRow: fc.Arbitrary<FleetRow> = fc
  .record({
    region: fc.constantFrom(...DEFAULT_FLEET_CODES, 'hub', 'eu-west-1'),
    insert: measured,
    read: measured,
    failures: fc.array(
      fc.record({
        operation: fc.constantFrom(...BUILT_IN_OPERATIONS),
        reason: fc.constantFrom(...FAILURE_REASONS),
        count: fc.integer({ min: 1, max: 100 }),
        message: fc.string({ unit: 'binary' }),
      }),
      { maxLength: 3 },
    ),
    error: fc.option(fc.string({ unit: 'binary' }), { nil: null }),
  })
  .map(({ region, insert, read, failures, error }) => ({
    ...rowWithoutMeasurement(region, { error: '', reason: null }),
    insert_p50_ms: insert,
    insert_p95_ms: insert,
    read_p50_ms: read,
    failures,
    error,
  }));

const rows = fc.array(anyRow, { maxLength: 12 });

function summary(p50: number | null, failures: OperationSummary['failures'] = []) {
  const p95 = p50 === null ? null : p50 + 1;
  return {
    count: p50 === null ? 0 : 10,
    min_ms: p50,
    avg_ms: p50,
    max_ms: p95,
    p50_ms: p50,
    p95_ms: p95,
    p99_ms: p95,
    stddev_ms: null,
    failures,
  };
}

const connection = {
  ...{ dns_ms: 1, tcp_ms: 197, tls_ms: 400, startup_ms: 203 },
  ...{ address: '192.0.2.7', tls_version: 'TLSv1.3' },
  certificate_not_after: '2026-11-12T08:30:00Z',
};
const latest: LatestAnswer = {
  region: 'gru',
  city: 'São Paulo',
  country: 'BR',
  flag: '🇧🇷',
  schedule: '0 * * * * *',
  interval_s: 60,
  next_run: null,
  timestamp: '2026-08-01T12:00:30.500Z',
  runs: [
    {
      target: 'primary',
      db_host: 'db.example',
      trigger: 'schedule',
      outcome: 'success',
      iterations: 10,
      timestamp: '2026-08-01T12:00:10.000Z',
      duration_ms: 6_000,
      table_rows: 600,
      operations: {
        connect: summary(800),
        ping: summary(197.8),
        select: summary(198.25),
        insert: summary(199.75),
      },
      queries: {},
      replica: null,
      connection,
      pooler: false,
      failed_attempts: [],
    },
  ],
};

describe('a row of /api/latest', () => {
  it('carries the medians, the 95th percentiles and the age by the answering clock', () => {
    expect(rowsOfLatest(latest)).toEqual([
      {
        rank: null,
        region: 'gru',
        machine: null,
        machine_short: null,
        instance: null,
        city: 'São Paulo',
        country: 'BR',
        flag: '🇧🇷',
        target: 'primary',
        insert_p50_ms: 199.75,
        insert_p95_ms: 200.75,
        read_p50_ms: 198.25,
        read_p95_ms: 199.25,
        ping_p50_ms: 197.8,
        connect_ms: 800,
        insert_round_trips: 1.01,
        connection,
        pooler: false,
        failed_attempts: [],
        iterations: 10,
        failures: [],
        timestamp: '2026-08-01T12:00:10.000Z',
        age_ms: 20_500,
        error: null,
        reason: null,
      },
    ]);
  });

  it('has no round trips where the ping is absent or too short', () => {
    const [run] = latest.runs as [LatestAnswer['runs'][number]];
    const tripsAt = (ping: number | null) =>
      rowsOfLatest({
        ...latest,
        runs: [{ ...run, operations: { ...run.operations, ping: summary(ping) } }],
      })[0]?.insert_round_trips;
    expect([tripsAt(null), tripsAt(0.2), tripsAt(0), tripsAt(100)]).toEqual([null, null, null, 2]);
  });

  it('says that there was no run yet', () => {
    const [row] = rowsOfLatest({ ...latest, runs: [] });
    expect(row).toMatchObject({
      region: 'gru',
      read_p50_ms: null,
      age_ms: null,
      error: 'no run yet',
    });
  });

  it('shows a failed select as absent, with its reason, and counts every failure', () => {
    const refused = [{ reason: 'refused' as const, count: 1, message: 'connection refused' }];
    const late = [{ reason: 'timeout' as const, count: 10, message: 'no answer within 10 s' }];
    const [run] = latest.runs;
    const operations = {
      connect: summary(null, refused),
      ping: summary(null, late),
      select: summary(null, late),
      insert: summary(null, late),
    };
    const [row] = rowsOfLatest({
      ...latest,
      runs: [{ ...(run as typeof run & object), operations }],
    });
    expect(row).toMatchObject({
      read_p50_ms: null,
      insert_p50_ms: null,
      connect_ms: null,
      error: 'no answer within 10 s',
      reason: 'timeout',
    });
    expect(row?.failures).toHaveLength(4);
    expect(row?.failures[0]).toEqual({ operation: 'connect', ...refused[0] });
  });
});

describe('the row of an on-demand run', () => {
  it('takes the place of the region from the catalogue', () => {
    const answer = {
      region: 'nrt',
      target: 'primary',
      iterations: 5,
      read_p50_ms: 261.4,
      read_p95_ms: 263,
      insert_p50_ms: 262,
      insert_p95_ms: 265,
      ping_p50_ms: 261,
      connect_ms: 1_300,
      failures: [],
      timestamp: '2026-08-01T12:00:10Z',
    } as unknown as BenchmarkAnswer;
    expect(rowOfBenchmark(answer)).toMatchObject({
      city: 'Tokyo',
      flag: '🇯🇵',
      read_p50_ms: 261.4,
      age_ms: 0,
      error: null,
    });
  });
});

describe('ranking', () => {
  const row = (region: string, read: number | null, insert: number | null = read): FleetRow => ({
    ...rowWithoutMeasurement(region, { error: 'gone', reason: 'refused' }),
    read_p50_ms: read,
    insert_p50_ms: insert,
  });
  const ranking = (...input: FleetRow[]) =>
    rankRows(input).map(({ region, rank }) => [region, rank]);

  it('goes by the median read, then by the median insert', () => {
    expect(ranking(row('syd', 268), row('cdg', 18, 40), row('lhr', 18, 30))).toEqual([
      ['lhr', 1],
      ['cdg', 2],
      ['syd', 3],
    ]);
  });

  it('puts a region without a measurement last and gives it no rank', () => {
    expect(ranking(row('lhr', null), row('syd', 268), row('fra', null, 5))).toEqual([
      ['syd', 1],
      ['fra', null],
      ['lhr', null],
    ]);
  });

  it('keeps every row, numbers the measured ones from 1, and does not depend on the order', () => {
    fc.assert(
      fc.property(rows, (input) => {
        const ranked = rankRows(input);
        const places = (list: FleetRow[]) =>
          list.map((r) => [r.read_p50_ms, r.insert_p50_ms, r.region]);
        expect(ranked).toHaveLength(input.length);
        expect(places(rankRows([...input].reverse()))).toEqual(places(ranked));
        const withRank = ranked.filter(({ rank }) => rank !== null);
        expect(withRank.map(({ rank }) => rank)).toEqual(withRank.map((_, i) => i + 1));
        expect(withRank.length).toBe(input.filter((r) => r.read_p50_ms !== null).length);
        expect(ranked.slice(0, withRank.length)).toEqual(withRank);
        const reads = withRank.map((r) => r.read_p50_ms as number);
        expect(reads).toEqual([...reads].sort((a, b) => a - b));
      }),
    );
  });
});

describe('the table', () => {
  const table = (list: FleetRow[], width?: number) =>
    renderTable(list, { colour: false, ...(width !== undefined && { width }) });

  it('aligns flags, accents and absent figures', () => {
    const lines = table(
      rankRows([
        ...rowsOfLatest(latest),
        rowWithoutMeasurement('hub', { error: 'the backend ended', reason: null }),
      ]),
    );
    expect(lines).toEqual([
      '                      insert                select                               ',
      'region  location         p50     p95  RTTs     p50     p95  connect  failed  rank',
      '🇧🇷 gru  São Paulo     199.75  200.75   1.0  198.25  199.25   800.00       0     1',
      '   hub  Database hub       –       –     –       –       –        –       –     –  the backend ended',
    ]);
  });

  it('fits ten regions into 80 columns', () => {
    const list = DEFAULT_FLEET_CODES.map((code) => ({
      ...(rowsOfLatest(latest)[0] as FleetRow),
      region: code,
      city: 'Los Angeles',
      connect_ms: 1_346.5,
      rank: 10,
    }));
    for (const line of table(list)) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });

  it('is a title and one line of equal width a row, whatever the rows say', () => {
    fc.assert(
      fc.property(rows, (input) => {
        const silent = input.map((row) => ({ ...row, error: null, failures: [] }));
        const widths = table(silent).map(displayWidth);
        expect(widths).toHaveLength(input.length + 2);
        expect(new Set(widths).size).toBe(1);
      }),
    );
  });

  it('never passes a control character on, and keeps its notes within the width', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 90, max: 200 }), (input, width) => {
        for (const line of table(input, width)) {
          expect(line).not.toMatch(/\p{Cc}/u);
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  it('colours only when it is told to, and the colours take no room', () => {
    const list = rankRows([rowWithoutMeasurement('lhr', { error: 'gone', reason: null })]);
    const coloured = renderTable(list, { colour: true });
    // eslint-disable-next-line no-control-regex
    const stripped = coloured.map((line) => line.replace(/\u001b\[\d+m/g, ''));
    expect(coloured.join('')).toContain('\u001b[31mgone\u001b[0m');
    expect(stripped).toEqual(table(list));
  });
});

describe('the width of a text', () => {
  it.each([
    ['lhr', 3],
    ['São Paulo', 9],
    ['Sa\u0303o', 3],
    ['🇧🇷', 2],
    ['👩‍🚀', 2],
    ['東京', 4],
    ['ｗｉｄｅ', 8],
    ['–…×', 3],
    ['', 0],
  ])('%j is %d columns', (text, columns) => expect(displayWidth(text)).toBe(columns));

  it('is never more than asked for after truncating', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, columns) => {
        expect(displayWidth(truncate(text, columns))).toBeLessThanOrEqual(columns);
      }),
    );
    expect(truncate('São Paulo', 5)).toBe('São …');
    expect(truncate('lhr', 3)).toBe('lhr');
  });
});
