import { expect, test } from 'vitest';
import { chosenRules } from '../../alerting/simulate/chosen-rules.js';

const fleet = [{ region: 'nrt', roundTripMs: 123 }];
const chosen = (alerts?: readonly string[], expectOwn = false) =>
  chosenRules({ folder: undefined, alerts, fleet, expectOwn });
const listed = (rules: ReturnType<typeof chosen>) =>
  rules.filter(({ file }) => file === 'expected-regions.yml');

test('only the chosen alerts are left, and every recording', () => {
  const rules = chosen(['PglatencyRegionSlow']);
  expect(rules.flatMap(({ alert }) => alert ?? [])).toEqual(['PglatencyRegionSlow']);
  const recorded = (all: typeof rules) => all.filter(({ record }) => record !== null).length;
  expect(recorded(rules)).toBe(recorded(chosen()));
});

test('an alert that is not there is named, and those that are', () => {
  expect(() => chosen(['PglatencyRegionFast'])).toThrow(
    /"PglatencyRegionFast".*PglatencyRegionSlow/,
  );
});

test('a fleet expects only its own regions, of its own distance where that is asked', () => {
  const regions = new Set(listed(chosen()).map(({ labels }) => labels['region']));
  expect([...regions]).toEqual(['nrt']);
  expect(listed(chosen()).map(({ expr }) => expr)).not.toContain('vector(0.123)');
  expect(listed(chosen(undefined, true)).map(({ expr }) => expr)).toContain('vector(0.123)');
});
