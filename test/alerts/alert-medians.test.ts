import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, test } from 'vitest';
import { readMedians } from '../../alerting/simulate/medians.js';
import { requireTool } from '../helpers/tools.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'pglatency-test-medians-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function csv(...lines: string[]): string {
  const path = join(folder, 'runs.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const HEADER = 'region,minute,median_ms';

it('keeps the regions at the same minute, and a minute without a run absent', () => {
  const { fleet, firstMinute, minutes } = readMedians(
    csv(HEADER, 'nrt,12,261.4', 'nrt,14,262', 'lhr,13,12.1', 'lhr,15,12.3'),
  );
  expect([firstMinute, minutes]).toEqual([12, 4]);
  expect(fleet).toEqual([
    { region: 'nrt', roundTripMs: 261.4, medians: [261.4, null, 262, null] },
    { region: 'lhr', roundTripMs: 12.1, medians: [null, 12.1, null, 12.3] },
  ]);
});

it.each([
  [['minute,region'], /the first line is "minute,region", and should be "region,minute,median_ms"/],
  [[HEADER], /has no runs/],
  [[HEADER, 'nrt,12,261.4', 'nrt,13'], /line 3: "nrt,13" is not such as "nrt,12,261.4"/],
  [[HEADER, 'nrt,12,0'], /line 2/],
  [[HEADER, 'nrt,-1,5'], /line 2/],
  [[HEADER, ',1,5'], /line 2/],
])('refuses %j', (lines, message) => expect(() => readMedians(csv(...lines))).toThrow(message));

test('the rules fire on measured runs at the minute at which those leap, and only there', async (context) => {
  requireTool(context, 'prometheus', 'Debian: prometheus');
  const minutes = Array.from({ length: 120 }, (_, i) => 5_000 + i);
  const runs = minutes.flatMap((minute) => [
    `lhr,${minute},12.1`,
    `nrt,${minute},${minute >= 5_060 && minute < 5_080 ? 600 : 262}`,
  ]);
  const args = ['--import', 'tsx', 'alerting/simulate.ts', '--medians'];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, csv(HEADER, ...runs)], {
    cwd: ROOT,
  });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.at(-1)).toBe('2 alerts in 0.1 days');
  expect(lines[0]).toMatch(/^nrt, minute 506[2-5] to 508\d: PglatencyRegionSurged \(page\)$/);
  expect(lines[1]).toMatch(/^nrt, minute 506[4-9] to 508\d: PglatencyRegionSlow \(page\)$/);
}, 120_000);
