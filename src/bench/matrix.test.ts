import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowWithoutMeasurement, type FleetRow } from '../fleet/row.js';
import { formatMatrix } from './matrix-formats.js';
import { matrixRow, matrixRowWithoutTargets, sortMatrix } from './matrix.js';

function run(region: string, readMs: number | null): FleetRow {
  return {
    ...rowWithoutMeasurement(region, { error: 'no answer within 10 s', reason: 'timeout' }),
    ...(readMs !== null && { read_p50_ms: readMs, error: null, reason: null }),
  };
}

function region(code: string, reads: Record<string, number | null>) {
  const runs = Object.entries(reads).map(([target, readMs]) => ({
    ...{ target, mode: target === 'primary' ? ('read-write' as const) : ('read-only' as const) },
    run: run(code, readMs),
  }));
  return matrixRow(run(code, null), runs);
}

const rows = sortMatrix([
  matrixRowWithoutTargets(run('syd', null), 'connection refused'),
  region('gru', { primary: 197.72, virginia: 121.22, sydney: null }),
  region('lhr', { primary: 11.89, virginia: 123.1 }),
  region('fra', { primary: 26.69 }),
  region('nrt', { primary: null, virginia: 226.2 }),
]);
const format = (name: Parameters<typeof formatMatrix>[1]) =>
  formatMatrix(rows, name, { colour: false });

describe('the matrix of regions and targets', () => {
  it('is a table that marks the fastest, and says what failed and what is absent', () => {
    expect(format('table').split('\n')).toEqual([
      'region  location   primary  virginia   sydney  read from  gain ms     %',
      '🇬🇧 lhr  London      *11.89    123.10        –  primary                 ',
      '🇩🇪 fra  Frankfurt   *26.69         –        –  primary                 ',
      '🇧🇷 gru  São Paulo   197.72   *121.22  timeout  virginia     76.50  38.7  sydney: no answer within 10 s',
      '🇯🇵 nrt  Tokyo      timeout   *226.20        –  virginia         –     –  primary: no answer within 10 s',
      '🇦🇺 syd  Sydney           –         –        –  –                –     –  connection refused',
      '',
      'milliseconds, read p50; * is the fastest; the gain is over the primary; – was not measured',
    ]);
  });

  it('is Markdown', () => {
    const [heads, rules, , , gru] = format('markdown').split('\n');
    expect(heads).toBe(
      '|  | Region | Location | primary | virginia | sydney | Read from | Gain ms | Gain % |  |',
    );
    expect(rules).toBe('| --- | --- | --- | ---: | ---: | ---: | --- | ---: | ---: | --- |');
    expect(gru).toBe(
      '| 🇧🇷 | gru | São Paulo | 197.72 | 121.22 | timeout | virginia | 76.50 | 38.7 | sydney: no answer within 10 s |',
    );
  });

  it('is CSV with a line for each region and target', () => {
    const lines = format('csv').split('\r\n');
    expect(lines[0]).toBe(
      'region,city,country,target,mode,read_p50_ms,read_p95_ms,error,reason,primary,fastest,gain_ms,gain_percent,machine_short',
    );
    expect(lines).toContain(
      'gru,São Paulo,BR,virginia,read-only,121.22,,,,primary,virginia,76.5,38.7,',
    );
    expect(lines).toContain(
      'gru,São Paulo,BR,sydney,read-only,,,no answer within 10 s,timeout,primary,virginia,76.5,38.7,',
    );
    expect(lines.at(-1)).toBe('syd,Sydney,AU,,,,,connection refused,,,,,,');
    expect(lines).toHaveLength(1 + 2 + 1 + 3 + 2 + 1);
  });

  it('is JSON that is the rows', () => {
    expect(JSON.parse(format('json'))).toEqual(rows);
  });

  it("lets no stranger's text become markup, a formula or a command to the terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const hostile = [
          matrixRowWithoutTargets({ ...run('lhr', null), city: `=1+${text}` }, `<b>|${text}`),
        ];
        const hostileAs = (name: Parameters<typeof formatMatrix>[1]) =>
          formatMatrix(hostile, name, { colour: false });
        expect(hostileAs('markdown')).not.toContain('<');
        expect(hostileAs('markdown').split('\n')).toHaveLength(5);
        expect(hostileAs('csv')).not.toMatch(/(^|,|")=1/m);
        expect(hostileAs('table').split('\n')).toHaveLength(4);
      }),
    );
  });
});
