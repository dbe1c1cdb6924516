/** A region of a lab, whose distance is known because the lab makes it. */
export interface KnownRegion {
  readonly region: string;
  /** 0 is beside the database. */
  readonly rttMs: number;
}

/** The rule files of the project in whose place `labRules` stands. */
export const REPLACED_RULE_FILES: readonly string[] = ['expected-regions.yml', 'baseline.yml'];

const PREFIX = 'region_operation:pglatency_operation_seconds';
/** The operations that are one round trip, with what a machine adds to it at most. */
const ONE_ROUND_TRIP = ['ping', 'select'] as const;
const ADDED_S = 0.003;

/**
 * What a fleet's Prometheus has after three days, for a lab that runs for minutes: the list of expected
 * regions, what is normal in each, and a day without a rhythm. Normal is what the lab's quieter runs
 * took, and hardly more than the distance, so that a region slow from the start is slow. A rule file, in
 * JSON. The alerts read it as they read what the project's own rules learn.
 */
export function labRules(known: readonly KnownRegion[]): string {
  const rules = known.flatMap(({ region, rttMs }) => {
    const seconds = rttMs / 1_000;
    return [
      {
        record: 'region:pglatency_expected_select_seconds:constant',
        expr: `vector(${seconds})`,
        labels: { region },
      },
      ...ONE_ROUND_TRIP.flatMap((operation) => normalOf(region, operation, seconds + ADDED_S)),
    ];
  });
  return JSON.stringify({ groups: [{ name: 'pglatency-lab', interval: '5s', rules }] });
}

function normalOf(region: string, operation: string, mostSeconds: number) {
  const own = `${PREFIX}:median_now{region="${region}", operation="${operation}"}`;
  const normal = `clamp_max(quantile_over_time(0.25, ${own}[1h]), ${mostSeconds})`;
  return [
    { record: `${PREFIX}:learned_baseline`, expr: normal },
    { record: `${PREFIX}:season`, expr: `${own} * 0 + 1` },
  ];
}
