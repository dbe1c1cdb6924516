import { LIMITS, shareOfRegions } from './limits.js';
import type { Plan } from './plan.js';
import type { Recording, Rule } from './rule.js';

const OPERATIONS = { warm: 'operation!="connect"', connect: 'operation="connect"' } as const;
type Operations = keyof typeof OPERATIONS;
const WARM = 'region:pglatency_operation_failures';
const FAILED = 'outcome="failure", ';

/** Operations that ended in a window; `which` narrows them. */
const counted = (operations: Operations, window: string, which = '') =>
  `sum by (fleet, target, region) (increase(pglatency_operations_total{${which}${OPERATIONS[operations]}}[${window}]))`;

const ratio = (record: string, operations: Operations, window: string): Recording => ({
  record,
  expr: `
      ${counted(operations, window, FAILED)}
      / (${counted(operations, window)} > 0)`,
});

/** `ofEnded`: what there is where an operation ended in the window. */
const failed = (
  record: string,
  operations: Operations,
  window: string,
  ofEnded = `${counted(operations, window)} > 0`,
): Recording => ({
  record,
  expr: `
      ${counted(operations, window, FAILED)}
      and ${ofEnded}`,
});

/** Longer than the time between two runs of any fleet that rules are made for. */
const HELD = '130m';

/** What the latest runs said: a failure lasts until a run says otherwise, however rare the runs are. */
export const latest = (record: string) => `last_over_time(${record}[${HELD}])`;

/** Of what is measured now: a target that is taken away takes its failures along. */
export const MEASURED =
  'and on (fleet, target, region) pglatency_operations_total{outcome="failure"}';

export const failureRatiosRules = ({ runs, failures }: Plan): Rule[] => [
  {
    why: `Absent where no run ended in the window. Who reads them takes the latest: a failure lasts until a run
      says otherwise, however rare the runs are.`,
    ...ratio(`${WARM}:ratio_3m`, 'warm', runs(3)),
  },
  failed(`${WARM}:increase_3m`, 'warm', runs(3), `${WARM}:ratio_3m`),
  ratio(`${WARM}:ratio_5m`, 'warm', runs(5)),
  ratio(`${WARM}:ratio_30m`, 'warm', runs(30)),
  failed(`${WARM}:increase_30m`, 'warm', runs(30), `${WARM}:ratio_30m`),
  ratio('region:pglatency_connect_failures:ratio_5m', 'connect', runs(5)),
  failed('region:pglatency_connect_failures:increase_30m', 'connect', runs(30)),
  {
    record: 'region:pglatency_failing:bool',
    expr: `
      (${latest(`${WARM}:ratio_3m`)} > bool ${LIMITS.failing})
      * (${latest(`${WARM}:increase_3m`)} >= bool ${failures(5)})
      ${MEASURED}`,
  },
  {
    record: 'target:pglatency_all_regions_failing:bool',
    expr: `
      (avg by (fleet, target) (region:pglatency_failing:bool{region!="hub"}) >= bool ${shareOfRegions(0.7)})
      * (count by (fleet, target) (region:pglatency_failing:bool{region!="hub"}) >= bool 3)`,
  },
];
