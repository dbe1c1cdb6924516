import { expect, test } from 'vitest';
import { describeEnd } from './connection-words.js';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-08-01T12:00:00Z');

test.each([
  [103.9, 'ends in 103 days', 'none'],
  [21, 'ends in 21 days', 'none'],
  [20.9, 'ends in 20 days: renew it', 'soon'],
  [3, 'ends in 3 days: renew it', 'soon'],
  [2.9, 'ends in 2 days: renew it now', 'urgent'],
  [1.9, 'ends in 45 hours: renew it now', 'urgent'],
  [1 / 24, 'ends in 1 hour: renew it now', 'urgent'],
  [0.001, 'ends in 1 hour: renew it now', 'urgent'],
  [0, 'ended: connections that check it fail', 'urgent'],
  [-400, 'ended: connections that check it fail', 'urgent'],
])('a certificate that ends in %d days', (days, text, urgency) => {
  expect(describeEnd(NOW + days * DAY_MS, NOW)).toEqual({ text, urgency });
});
