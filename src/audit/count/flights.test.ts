import { describe, expect, it } from 'vitest';
import type { Flight } from './flight.js';
import { createFlightCounter } from './flights.js';

const IDLE = 0x49;
const IN_TRANSACTION = 0x54;

/**
 * Plays a conversation: `>` the client's messages, `<` the server's, by their letters. `Zi` is ReadyForQuery outside a
 * transaction, `Zt` inside. Each letter comes a millisecond later.
 */
function play(...lines: string[]): Flight[] {
  const flights: Flight[] = [];
  const counter = createFlightCounter((flight) => flights.push(flight));
  let at = 0;
  for (const line of lines) {
    for (const [letters] of line.slice(1).matchAll(/Z[it]|\S/g)) {
      const type = letters.charCodeAt(0);
      at += 1;
      if (line.startsWith('>')) counter.client(type, at, null);
      else counter.server(type, at, letters === 'Zi' ? IDLE : IN_TRANSACTION);
    }
  }
  return flights;
}

const count = (...lines: string[]) => play(...lines).length;

describe('flights', () => {
  it.each<[string, number, string[]]>([
    ['a simple query', 1, ['> Q', '< T D D C Zi']],
    ['two, one after another', 2, ['> Q', '< C Zi', '> Q', '< C Zi']],
    ['two, sent together', 1, ['> Q Q', '< C Zi C Zi']],
    ['prepare and execute in one flight', 1, ['> P B D E S', '< 1 2 T D C Zi']],
    ['prepare, wait, execute', 2, ['> P D S', '< 1 t T Zi', '> B E S', '< 2 D C Zi']],
    ['a Flush that is waited for', 2, ['> P D H', '< 1 t T', '> B E S', '< 2 C Zi']],
    ['a Flush that is not', 1, ['> P H B E S', '< 1 2 C Zi']],
    ['a Flush with nothing to flush', 1, ['> H Q', '< C Zi']],
    ['rows in portions', 3, ['> P B E H', '< 1 2 D s', '> E H', '< D s', '> E S', '< D C Zi']],
    ['a pipeline', 1, ['> P B E S B E S B E S', '< 1 2 C Zi 2 C Zi 2 C Zi']],
    ['a pipeline with one Sync, and an error in it', 1, ['> P B E P B E S', '< 1 2 C E Zi']],
    ['what comes after an error and before the Sync', 1, ['> P', '< E', '> B E S', '< Zi']],
    ['COPY in', 2, ['> Q', '< G', '> d d d c', '< C Zi']],
    ['COPY in that the client ends with an error', 2, ['> Q', '< G', '> d f', '< E Zi']],
    ['COPY in that the server ends with an error', 2, ['> Q', '< G', '> d d', '< E Zi', '> d c']],
    ['and the query behind it', 3, ['> Q', '< G', '> d', '< E Zi', '> d c Q', '< C Zi']],
    ['COPY in by the extended protocol', 2, ['> P B E S', '< 1 2 G', '> d c S', '< C Zi']],
    ['COPY out', 1, ['> Q', '< H d d d c C Zi']],
    ['a function call', 1, ['> F', '< V Zi']],
    ['notices, notifications and settings beside', 1, ['< A N S', '> Q', '< N A S C Zi', '< A']],
    ['the end', 1, ['> Q', '< C Zi', '> X']],
    ['an empty query', 1, ['> Q', '< I Zi']],
  ])('%s: %d', (_, expected, lines) => {
    expect(count(...lines)).toBe(expected);
  });

  it('counts a window that slides as what it costs across a distance', () => {
    // Two are always under way: six queries cost three round trips.
    const trips = count(
      '> Q Q',
      '< C Zi',
      '> Q',
      '< C Zi',
      '> Q',
      '< C Zi',
      '> Q',
      '< C Zi',
      '> Q',
      '< C Zi C Zi',
    );
    expect(trips).toBe(3);
  });

  it('stops where replication begins', () => {
    expect(count('> Q', '< C Zi', '> Q', '< W', '> d d d', '< d d', '> d')).toBe(1);
  });

  it('knows when a flight began, asked and was answered', () => {
    const [flight] = play('> P B E S', '< 1 2 C Zi');
    expect(flight).toMatchObject({ startedAt: 1, demandedAt: 4, answeredAt: 8, isIdleAfter: true });
  });

  it('knows a transaction by what the server says', () => {
    const flights = play('> Q', '< C Zt', '> Q', '< E Zt', '> Q', '< C Zi');
    expect(flights.map((it) => it.isIdleAfter)).toEqual([false, false, true]);
    expect(flights.map((it) => it.hasFailed)).toEqual([false, true, false]);
  });
});
