/** A change that no test can notice, because the rule says the same with it. */
export interface Equivalent {
  readonly rule: string;
  /** Part of how `alerts:mutate` words the change. */
  readonly change: string;
  readonly because: string;
}

const ONE_SIDE =
  'the other side of the operator has the matcher too, and what has no partner drops out';

export const EQUIVALENT: readonly Equivalent[] = [
  ...['operation!="connect"', 'operation="connect"'].flatMap((matcher) =>
    ['outcome="success"', 'statistic="median"'].map((left) => ({
      rule: 'region_operation:pglatency_operation_seconds:median_now',
      change: `without ${matcher}: "{${matcher}, ${left}}"`,
      because: 'medians, and the successes that are counted for them, have the same matcher',
    })),
  ),
  ...['operation="select"', 'region!="hub"'].map((matcher) => ({
    rule: 'region_operation:pglatency_shift:bool',
    change: `without ${matcher}: `,
    because: 'each of the other series has it too, and what has no partner drops out',
  })),
  ...['operation="select"', 'region!="hub"'].map((matcher) => ({
    rule: 'region_operation:pglatency_rise_of_minimum:ratio',
    change: `without ${matcher}: `,
    because:
      'the rise of the median is that of a select without the hub, and what has no partner drops out',
  })),
  {
    rule: 'PglatencyRegionSurged',
    change: 'without operation="select": ',
    because:
      'the quickest run of two minutes is that of a select, and what has no partner drops out',
  },
  {
    rule: 'target:pglatency_write_cost_seconds:median_now',
    change: 'without region!="hub": ',
    because: ONE_SIDE,
  },
  ...[
    ['operation="select"', '{region!="hub"}'],
    ['region!="hub"', '{operation="select"}'],
  ].flatMap(([matcher, left]) =>
    ['(region_operation:pglatency_operation_seconds:ratio_now', '* (region_operation:'].map(
      (where) => ({
        rule: 'target:pglatency_fleet_slow:bool',
        change: `without ${matcher}: "{operation="select", region!="hub"}" → "${left}" in: ${where}`,
        because: ONE_SIDE,
      }),
    ),
  ),
  ...['target:pglatency_hub_slow:bool', 'region:pglatency_state:code'].flatMap((rule) =>
    ['without operation="select": ', 'without region="hub": '].map((change) => ({
      rule,
      change: `${change}"{operation="select", region="hub"}"`,
      because: ONE_SIDE,
    })),
  ),
  {
    rule: 'region:pglatency_state:code',
    change: 'without target: "(fleet, target, region)" → "(fleet, region)" in: (9 +',
    because: 'what is silent has no target',
  },
  {
    rule: 'region:pglatency_state:since_timestamp',
    change: '"15s" → ',
    because: 'each reads the evaluation before, which is 30 s old',
  },
  {
    rule: 'region:pglatency_state:since_timestamp',
    change: '"1h" → "7200s" in: time()',
    because: 'after so long a gap it is now in any case',
  },
  {
    rule: 'region_operation:pglatency_operation_seconds:ratio_of_minimum_2m',
    change: 'without operation="select": ',
    because: 'the other side of the operator is of selects alone',
  },
  ...[
    'region:pglatency_failing:bool',
    'PglatencyRegionErrors',
    'PglatencyConnectFailing',
    'region:pglatency_state:code',
  ].map((rule) => ({
    rule,
    change: 'without outcome="failure": "{outcome="failure"}"',
    because: 'both outcomes are counted from the start; one of them is fewer series to look at',
  })),
  ...['trigger="schedule"', 'outcome="failure"'].map((matcher) => ({
    rule: 'region:pglatency_certificate_end_timestamp_seconds:known',
    change: `without ${matcher}: "{trigger=`,
    because: 'every count of runs is there for as long as the target is measured',
  })),
  {
    rule: 'PglatencyRegionFailing',
    change: '"130m" → "15600s"',
    because: 'what is older is not failing any more',
  },
  ...['region:pglatency_silent:bool', 'PglatencyAllRegionsSilent', 'PglatencyRegionSilent'].map(
    (rule) => ({
      rule,
      change: 'without fleet="": ',
      because: 'what of a named fleet passes this part passes the one before too',
    }),
  ),
  {
    rule: 'region_operation:pglatency_operation_seconds:baseline',
    change: 'without fleet!="": ',
    because: 'what names no fleet finds the same in the next part',
  },
  {
    rule: 'PglatencyScheduleSkips',
    change: 'without reason="overlap"',
    because: 'the first part has those of the other reason already',
  },
  ...['PglatencyBackendRestarting', 'PglatencyEventLoopLate'].map((rule) => ({
    rule,
    change: 'without region!=""',
    because: 'what has no region has no partner: it saves reading the processes of other jobs',
  })),
  {
    rule: 'region_operation:pglatency_tail_run:bool',
    change: 'without statistic="max"',
    because: "the larger of a run's two statistics is its maximum",
  },
  {
    rule: 'region_operation:pglatency_tail_run:bool',
    change: 'without operation="select": "{operation="select", statistic=',
    because: 'the other side of the comparison has the select alone',
  },
];
