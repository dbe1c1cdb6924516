import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from './address.js';

test('an address names a row, or a row and a moment', () => {
  expect(parseAddress('#nrt%20primary')).toEqual({ key: 'nrt primary', atS: null });
  expect(parseAddress('#nrt%20primary@2026-11-29T02:19:00Z')).toEqual({
    key: 'nrt primary',
    atS: Date.UTC(2026, 10, 29, 2, 19) / 1_000,
  });
});

test.each(['', '#', '#%', '#%E0%A4%A', '#@2026-11-29T02:19:00Z'])(
  'an address that cannot be read is none: %s',
  (hash) => {
    expect(parseAddress(hash)).toBeNull();
  },
);

test('a moment that there is not belongs to no history', () => {
  expect(parseAddress('#nrt@2026-13-45T99:99Z')).toEqual({ key: 'nrt', atS: null });
});

test('what is written is read again, whatever the names are', () => {
  const place = fc.record({
    key: fc.string({ minLength: 1, unit: 'grapheme' }).filter((it) => !it.includes('@')),
    atS: fc.option(fc.integer({ min: 0, max: 4e9 }), { nil: null }),
  });
  fc.assert(
    fc.property(place, (it) => {
      expect(parseAddress(formatAddress(it))).toEqual(it);
    }),
  );
});
