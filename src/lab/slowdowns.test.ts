import { expect, it } from 'vitest';
import { createSlowdowns } from './slowdowns.js';

function lab() {
  const rtts: string[] = [];
  const news: string[] = [];
  const slowdowns = createSlowdowns(
    [{ region: 'nrt', amount: 80, unit: 'ms', afterMs: 3_600_000 }],
    (text) => news.push(text),
  );
  for (const [region, rttMs] of [
    ['lhr', 20],
    ['nrt', 261.36],
  ] as const) {
    slowdowns.add(region, { setRtt: (ms) => rtts.push(`${region} ${ms}`) }, rttMs);
  }
  return { slowdowns, rtts, news };
}

it('slows a region down by what was asked for, or by 30 %, and restores it', () => {
  const { slowdowns, rtts, news } = lab();
  slowdowns.toggle('lhr');
  slowdowns.toggle('nrt');
  expect(slowdowns.list()).toEqual([
    'the lab slows lhr down, +30 %: 20 → 26 ms',
    'the lab slows nrt down, +80 ms: 261.36 → 341.36 ms',
  ]);
  slowdowns.toggle('lhr');
  expect(slowdowns.list()).toEqual(['the lab slows nrt down, +80 ms: 261.36 → 341.36 ms']);
  expect(rtts).toEqual(['lhr 26', 'nrt 341.36', 'lhr 20']);
  expect(news.at(-1)).toBe('lhr: 20 ms again');
});

it('leaves a region alone that has no path', () => {
  const { slowdowns, rtts, news } = lab();
  slowdowns.toggle('syd');
  expect([slowdowns.list(), rtts, news]).toEqual([[], [], []]);
});
