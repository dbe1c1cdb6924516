import { expect, test } from 'vitest';
import type { FleetAnswer } from './api.js';
import { nameTargets, troubledTargets } from './attention.js';

type State = FleetAnswer['rows'][number]['state'];

/** A region each: its row's state, and its targets'. */
function fleetOf(regions: Record<string, [State, Record<string, State>]>) {
  const entries = Object.entries(regions);
  return {
    rows: entries.map(([region, [state]]) => ({ region, machine_short: null, state })),
    reads: entries.map(([region, [, targets]]) => ({
      region,
      targets: Object.entries(targets).map(([target, state]) => ({ target, state })),
    })),
  } as unknown as FleetAnswer;
}

test('every target is counted, and not only the one that ranks its region', () => {
  const troubled = troubledTargets(
    fleetOf({
      lhr: ['ok', { primary: 'ok', reports: 'failing', orders: 'stale' }],
      nrt: ['failing', { primary: 'failing' }],
      syd: ['unreachable', {}],
      gru: ['no_database', {}],
      iad: ['waiting', { primary: 'waiting' }],
    }),
  );
  expect(nameTargets(troubled)).toBe('lhr reports, lhr orders, nrt, syd, gru');
  expect(troubled).toHaveLength(5);
});

test('those that are too many to name are counted', () => {
  const many = Array.from({ length: 9 }, (_, i) => ({ backend: `r${i}`, target: null }));
  expect(nameTargets(many)).toBe('r0, r1, r2, r3, r4, r5, 3 more');
});

test('two backends of one region are told apart', () => {
  const state = 'failing';
  const rows = ['web-1', 'web-2'].map((machine_short) => ({
    region: 'local',
    machine_short,
    state,
  }));
  const reads = rows.map(() => ({ targets: [] }));
  const troubled = troubledTargets({ rows, reads } as unknown as FleetAnswer);
  expect(nameTargets(troubled)).toBe('local web-1, local web-2');
});
