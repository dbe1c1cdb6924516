import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare, startBeside, type Beside, type Phase } from '../helpers/beside.js';
import type { SickTarget } from '../helpers/sick-targets.js';

/** The most that one backend may hold of one target, in any state. */
const MAX_CONNECTIONS_OF_A_TARGET = 6;
const SECONDS = 12;

let beside: Beside;
/** The healthy targets alone: before and after each phase with sick ones. */
let before: Phase;

beforeAll(async () => {
  beside = await startBeside();
  before = await beside.measure([], SECONDS);
}, 120_000);

afterAll(() => beside.close());

describe.each(['dns', 'tcp', 'tls', 'authentication', 'query', 'down'])(
  'targets that are sick at the stage %s',
  (stage) => {
    // Again where something else on this machine took its time meanwhile: what a target does, it does each time.
    test(
      'slow a healthy target down, or cost it a run',
      { retry: 2, timeout: 90_000 },
      async ({ skip }) => {
        const sick = beside.sick.filter((target) => target.stage === stage);
        // A name server of one's own needs root and Linux.
        if (sick.length === 0)
          return skip(`no target is sick at the stage ${stage} on this system`);
        const together = await beside.measure(sick, SECONDS);
        const after = await beside.measure([], SECONDS);
        const figures = compare([before, after], [together]);
        before = after;
        expect(figures.filter(({ isGood }) => !isGood)).toEqual([]);
        expect(together.lost).toEqual([]);
        expect(together.restarts).toBe(0);
        expect(together.most).toBeLessThanOrEqual(MAX_CONNECTIONS_OF_A_TARGET);
        for (const target of sick) expectHeldLittle(target);
        expect(sick.filter(({ name }) => !together.reasons.has(name))).toEqual([]);
      },
    );
  },
);

function expectHeldLittle({ name, most }: SickTarget): void {
  expect(most() ?? 0, name).toBeLessThanOrEqual(MAX_CONNECTIONS_OF_A_TARGET);
}
