import { expect, test } from 'vitest';
import { toMicroseconds } from './microseconds.js';

test('figures are rounded to the microsecond, and everything else stays', () => {
  const body = { ms: 12.345678, counts: [3, 0.0004999], text: '1.23456', none: null };
  expect(JSON.stringify(body, toMicroseconds)).toBe(
    '{"ms":12.346,"counts":[3,0],"text":"1.23456","none":null}',
  );
});
