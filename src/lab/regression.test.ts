import { describe, expect, it } from 'vitest';
import { parseRegression, slowed } from './regression.js';

describe('--regress', () => {
  it.each([
    ['nrt=+30%', { region: 'nrt', amount: 30, unit: '%', afterMs: 0 }],
    ['nrt=+30%@5m', { region: 'nrt', amount: 30, unit: '%', afterMs: 300_000 }],
    ['lhr=+0.5ms@90s', { region: 'lhr', amount: 0.5, unit: 'ms', afterMs: 90_000 }],
    ['syd=+80ms@24h', { region: 'syd', amount: 80, unit: 'ms', afterMs: 86_400_000 }],
  ])('%s', (text, expected) => expect(parseRegression(text)).toEqual(expected));

  it.each([
    ['', /^"" is not region=\+amount@delay, such as nrt=\+30%@5m or nrt=\+80ms/],
    ['nrt', /is not region=\+amount@delay/],
    ['nrt=30%', /is not region=\+amount@delay/],
    ['nrt=-30%', /is not region=\+amount@delay/],
    ['nrt=+30', /is not region=\+amount@delay/],
    ['nrt=+30s', /is not region=\+amount@delay/],
    ['Moon=+30%', /^"Moon" is not a region: 1 to 31/],
    [
      'nrt=+0%',
      /^the amount "0" % for nrt is not allowed; expected more than 0, up to 1000 % or 5000 ms$/,
    ],
    ['nrt=+1001%', /^the amount "1001" % for nrt/],
    ['nrt=+5001ms', /^the amount "5001" ms for nrt/],
    ['nrt=+1e2ms', /^the amount "1e2" ms for nrt/],
    ['nrt=+ms', /^the amount "" ms for nrt/],
    [
      'nrt=+30%@',
      /^the delay "" for nrt is not allowed; expected a delay such as 90s, 5m or 1h, up to 24h$/,
    ],
    ['nrt=+30%@5', /^the delay "5" for nrt/],
    ['nrt=+30%@25h', /^the delay "25h" for nrt/],
    ['nrt=+30%@1d', /^the delay "1d" for nrt/],
    ['nrt=+30%@5m@5m', /^the delay "5m@5m" for nrt/],
  ])('refuses %j', (text, message) => expect(() => parseRegression(text)).toThrow(message));

  it('makes a path longer, and never longer than a relay may', () => {
    expect(slowed(200, { amount: 30, unit: '%' })).toBe(260);
    expect(slowed(200, { amount: 80, unit: 'ms' })).toBe(280);
    expect(slowed(4_000, { amount: 100, unit: '%' })).toBe(5_000);
  });
});
