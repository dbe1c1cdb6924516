import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankRows } from '../fleet/ranking.js';
import { rowWithoutMeasurement, type FleetRow } from '../fleet/row.js';
import { renderSvg } from './chart-svg.js';
import { compareRows, describeChanges } from './compare.js';
import { formatRows, sortRows } from './formats.js';
import { parseNameServer, parseThreshold, parseTimeout } from './options.js';

const round = (value: number) => Math.round(value * 100) / 100;

function row(region: string, read: number | null, insert = read): FleetRow {
  return {
    ...rowWithoutMeasurement(region, { error: '', reason: null }),
    read_p50_ms: read,
    read_p95_ms: read,
    insert_p50_ms: insert,
    insert_p95_ms: insert,
    ping_p50_ms: read,
    connect_ms: read === null ? null : read * 5,
    insert_round_trips: read === null || insert === null ? null : round(insert / read),
    timestamp: read === null ? null : '2026-01-31T12:00:00Z',
    error: read === null ? 'connection refused' : null,
  };
}

const plain = { colour: false };

describe('formats', () => {
  const rows = rankRows([row('nrt', 261.4, 523.1), row('lhr', 11.89, 25.4), row('syd', null)]);

  it('prints Markdown with the rank and what an insert cost in round trips', () => {
    expect(formatRows(rows, 'markdown', plain).split('\n')).toEqual([
      '|  | Region | Location | Insert p50 | p95 | Read p50 | p95 | Connect | Failures | Insert round trips | Rank |  |',
      '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
      '| 🇬🇧 | lhr | London | 25.40 | 25.40 | 11.89 | 11.89 | 59.45 | 0 | 2.1 | 1 |  |',
      '| 🇯🇵 | nrt | Tokyo | 523.10 | 523.10 | 261.40 | 261.40 | 1307.00 | 0 | 2.0 | 2 |  |',
      '| 🇦🇺 | syd | Sydney | – | – | – | – | – | – | – | – | connection refused |',
      '',
      'Milliseconds; – was not measured.',
    ]);
  });

  it('prints CSV with empty fields for what was not measured', () => {
    const [head, first, , last] = formatRows(rows, 'csv', plain).split('\r\n');
    expect(head).toBe(
      'rank,region,city,country,target,insert_p50_ms,insert_p95_ms,read_p50_ms,read_p95_ms,ping_p50_ms,connect_ms,insert_round_trips,iterations,timestamp,error,reason,failures,machine',
    );
    expect(first).toBe(
      '1,lhr,London,GB,,25.4,25.4,11.89,11.89,11.89,59.45,2.14,,2026-01-31T12:00:00Z,,,0,',
    );
    expect(last).toBe(',syd,Sydney,AU,,,,,,,,,,,connection refused,,,');
  });

  it('prints JSON that is the rows', () => {
    expect(JSON.parse(formatRows(rows, 'json', plain))).toEqual(rows);
  });

  it('sorts by another column, keeps the ranks, and leaves the unmeasured last', () => {
    const order = (sort: Parameters<typeof sortRows>[1]) =>
      sortRows(rankRows([row('a', 20, 10), row('b', 10, 20), row('c', null)]), sort).map(
        ({ region, rank }) => [region, rank],
      );
    expect(order('insert')).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', null],
    ]);
    expect(order('region')).toEqual(order('insert'));
    expect(order('connect')).toEqual(order('rank'));
  });

  it("lets no stranger's text become markup or a formula", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (error) => {
        const hostile = [
          { ...row('lhr', null), error: `<img src=x>|${error}`, city: `=1+${error}` },
        ];
        const markdown = formatRows(hostile, 'markdown', plain).split('\n');
        expect(markdown).toHaveLength(5);
        expect(markdown[2]).not.toContain('<');
        expect(renderSvg(hostile)).not.toContain('<img');
        expect(formatRows(hostile, 'csv', plain)).not.toMatch(/(^|,|")=1/m);
      }),
    );
  });
});

describe('comparing', () => {
  const baseline = [
    { region: 'lhr', machine: null, read_p50_ms: 10, insert_p50_ms: 10 },
    { region: 'syd', machine: 'm', read_p50_ms: 270, insert_p50_ms: null },
  ];

  it('is worse beyond the threshold, or when a figure is lost', () => {
    const changes = compareRows(
      [row('lhr', 12, 12.1), row('syd', null), row('nrt', 1)],
      baseline,
      20,
    );
    expect(changes.map(({ backend, operation, worse }) => [backend, operation, worse])).toEqual([
      ['lhr', 'read', false],
      ['lhr', 'insert', true],
      ['syd', 'read', true],
      ['syd', 'insert', false],
      ['nrt', 'read', false],
      ['nrt', 'insert', false],
    ]);
    expect(describeChanges(changes)[1]).toBe(
      'lhr   insert    10.00 →    12.10 ms    +21.0 %  worse',
    );
  });
});

describe('two backends of one region', () => {
  const on = (machine: string, read: number): FleetRow => ({
    ...row('local', read),
    machine,
    machine_short: machine,
  });
  const rows = rankRows([on('web-2', 20), on('web-1', 10)]);

  it('are told apart by their machines, in every format', () => {
    for (const format of ['table', 'markdown'] as const) {
      const text = formatRows(rows, format, plain);
      expect(text).toMatch(/local web-1/);
      expect(text).toMatch(/local web-2/);
    }
    expect(formatRows(rows, 'csv', plain)).toMatch(/,web-1\r\n.*,web-2$/);
    expect(renderSvg(rows)).toContain('local web-1');
  });

  it('are each held against what the same machine measured before', () => {
    const before = rows.map(({ region, machine, read_p50_ms, insert_p50_ms }) => ({
      ...{ region, machine, insert_p50_ms },
      read_p50_ms: (read_p50_ms ?? 0) / 2,
    }));
    const changes = compareRows(rows, before, 20);
    expect(changes.map(({ backend, percent }) => [backend, percent])).toEqual([
      ['local web-1', 100],
      ['local web-1', 0],
      ['local web-2', 100],
      ['local web-2', 0],
    ]);
    const [unknown] = compareRows([on('web-3', 30)], before, 20);
    expect(unknown).toMatchObject({ backend: 'local web-3', beforeMs: null, worse: false });
  });

  it('of which one was replaced by another machine is held against the region', () => {
    const before = { region: 'local', machine: 'web-1', read_p50_ms: 10, insert_p50_ms: 10 };
    const now = { ...on('web-9', 15), machine_short: null };
    expect(compareRows([now], [before], 20)[0]).toMatchObject({ percent: 50, worse: true });
  });
});

describe('options', () => {
  it.each([
    ['30s', 30_000],
    ['2m', 120_000],
    ['500ms', 500],
  ])('the timeout %s is %d ms', (text, ms) => expect(parseTimeout(text)).toBe(ms));
  it.each(['', '30', '0s', '-1s', '61m', '1h', '1e3s'])('the timeout %j is refused', (text) =>
    expect(() => parseTimeout(text)).toThrow('a duration from 100ms to 60m'),
  );
  it.each([
    ['10.0.0.3', '10.0.0.3:53'],
    ['fdaa::3', '[fdaa::3]:53'],
    ['[fdaa::3]:5353', '[fdaa::3]:5353'],
    ['127.0.0.1:5353', '127.0.0.1:5353'],
  ])('the name server %s is %s', (text, it) => expect(parseNameServer(text)).toBe(it));
  it.each(['', 'a.b', '1.2.3:53', '127.0.0.1:0', '127.0.0.1:65536', '[::1]', ':53'])(
    'the name server %j is refused',
    (text) => expect(() => parseNameServer(text)).toThrow('an IP address such as'),
  );
  it('takes a percentage with or without its sign', () => {
    expect([parseThreshold('20%'), parseThreshold('12.5')]).toEqual([20, 12.5]);
    expect(() => parseThreshold('-1')).toThrow('a percentage such as 20%');
  });
});
