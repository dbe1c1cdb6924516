import { describe, expect, it } from 'vitest';
import type { OperationNormal } from '../api/normal-answer.js';
import { fleetBadge, regionBadge, renderBadge } from './badge.js';

const figures = { normal_ms: 100, low_ms: 85, high_ms: 115 };

function line(region: string, ratio: number | null, state = 'ok') {
  const read: OperationNormal | null =
    ratio === null ? null : { ...figures, ratio, level: ratio > 1.15 ? 'slow' : 'normal' };
  const common = { runs: 9, needed_runs: 20, expected_at: null, insert: null, ping: null };
  return {
    ...{ region, machine_short: null, state: state as 'ok', rank: state === 'ok' ? 1 : null },
    read_p50_ms: state === 'ok' ? 100 * (ratio ?? 1) : null,
    normal: { ...common, read, cause: null },
  };
}

describe('a badge', () => {
  it("has the region's latest read, its ratio, and a colour by the ratio", () => {
    const lines = [line('lhr', 1.02), line('nrt', 1.31), line('syd', 2), line('gru', null)];
    const badges = ['lhr', 'nrt', 'syd', 'gru'].map((it) => regionBadge(it, lines));
    expect(badges).toEqual([
      { label: 'lhr', value: '102.0 ms, 1.02×', colour: 'good' },
      { label: 'nrt', value: '131.0 ms, 1.31× slow', colour: 'slow' },
      { label: 'syd', value: '200.0 ms, 2.00× slow', colour: 'bad' },
      { label: 'gru', value: '100.0 ms', colour: 'none' },
    ]);
    expect(regionBadge('fra', lines)).toBeNull();
  });

  it('is of the worst backend of a region, and never good without figures', () => {
    const lines = [line('lhr', 1), line('lhr', null, 'failing'), line('nrt', null, 'waiting')];
    expect(regionBadge('lhr', lines)).toEqual({ label: 'lhr', value: 'failing', colour: 'bad' });
    expect(regionBadge('nrt', lines)?.colour).toBe('none');
  });

  it('of the fleet names what is wrong, or counts', () => {
    const value = (...lines: ReturnType<typeof line>[]) => fleetBadge('production', lines).value;
    expect(value(line('lhr', 1), line('nrt', 1))).toBe('2 of 2 measured');
    expect(value(line('lhr', 1), line('nrt', 1.2))).toBe('nrt slow');
    expect(value(line('lhr', 1.2), line('nrt', null, 'failing'))).toBe('nrt bad');
    expect(value(...['a', 'b', 'c'].map((it) => line(it, 3)))).toBe('3 regions bad');
    expect(value(line('lhr', null, 'waiting'))).toBe('nothing measured');
  });

  it('is an image whose texts are text', () => {
    const svg = renderBadge({ label: '<script>"&', value: '1 ms', colour: 'good' });
    expect(svg).toContain('aria-label="&#60;script&#62;&#34;&#38;: 1 ms"');
    expect(svg).not.toContain('<script');
  });
});
