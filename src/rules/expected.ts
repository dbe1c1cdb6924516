import type { RulesFleet } from './fleet.js';
import type { Recording } from './rule.js';

/** The regions that have to report. The value is the usual time of a select, 0 where it is not known. */
export function expectedRules({ regions }: RulesFleet): Recording[] {
  return regions.map(({ region, selectSeconds }) => ({
    record: 'region:pglatency_expected_select_seconds:constant',
    expr: `vector(${selectSeconds ?? 0})`,
    labels: { region },
  }));
}
