import { expect, test } from 'vitest';
import { inlineRecorded } from '../../alerting/inline.js';
import { loadRules } from '../../alerting/rules.js';
import { trial, REGIONAL } from '../../alerting/simulate/scenarios.js';
import { judge } from '../../alerting/simulate/outcome.js';
import { runTrace } from '../../alerting/simulate/trace.js';
import { requireTool } from '../helpers/tools.js';

test('a simulated region that doubles is found by the rules in a real Prometheus', async (context) => {
  requireTool(context, 'prometheus', 'Debian: prometheus');
  const scenario = REGIONAL.find(({ name }) => name === '+100 %');
  const silence = REGIONAL.find(({ name }) => name === 'silent');
  if (!scenario || !silence) throw new Error('no such scenario');
  const trials = [trial(scenario, 'nrt', 3_600), trial(silence, 'lhr', 4_000)];
  const fired = await runTrace({
    seed: 'test',
    days: 2.5 / 24,
    fleet: [
      { region: 'lhr', roundTripMs: 14 },
      { region: 'iad', roundTripMs: 100 },
      { region: 'nrt', roundTripMs: 310 },
    ],
    faults: trials.map(({ fault }) => fault),
    burstsPerDay: 0,
    rules: loadRules(),
    progress: () => undefined,
  });
  const [doubled, silent] = trials.map((one) => judge(one, fired));
  expect(doubled?.delay).toBeGreaterThan(2);
  expect(doubled?.delay).toBeLessThan(6);
  expect(silent?.delay).toBeLessThanOrEqual(4);
  // The seven regions of the list that this fleet has not: so many that it is an incident of all.
  const others = fired.filter(
    ({ labels }) => !['lhr', 'iad', 'nrt'].includes(labels['region'] ?? ''),
  );
  expect(others.map((f) => f.alert).sort()).toEqual([
    'PglatencyAllRegionsSilent',
    ...Array<string>(7).fill('PglatencyRegionSilent'),
  ]);
}, 180_000);

test('an alert that is written out returns what the recorded series return', async (context) => {
  requireTool(context, 'prometheus', 'Debian: prometheus');
  const scenario = REGIONAL.find(({ name }) => name === '+50 %');
  if (!scenario) throw new Error('no such scenario');
  const { fault } = trial(scenario, 'nrt', 3_600);
  const rules = loadRules();
  const slow = rules.find((rule) => rule.alert === 'PglatencyRegionSlow');
  if (!slow) throw new Error('no such alert');
  const options = {
    seed: 'inline',
    days: 2 / 24,
    fleet: [
      { region: 'lhr', roundTripMs: 14 },
      { region: 'iad', roundTripMs: 100 },
      { region: 'nrt', roundTripMs: 320 },
    ],
    faults: [fault],
    burstsPerDay: 0,
    progress: () => undefined,
  };
  const recorded = await runTrace({ ...options, rules });
  const inlined = { ...slow, expr: inlineRecorded(slow.expr, rules, 'flat') };
  const alone = await runTrace({ ...options, rules: [inlined] });
  expect(alone).toEqual(recorded.filter((f) => f.alert === 'PglatencyRegionSlow'));
  expect(alone.map((f) => f.labels['region'])).toEqual(['nrt']);
}, 180_000);
