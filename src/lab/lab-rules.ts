/** A region of a lab, whose distance is known because the lab makes it. */
export interface KnownRegion {
  readonly region: string;
  /** To each target, by its name; 0 is beside the database. A replica has a distance of its own. */
  readonly rttMs: Readonly<Record<string, number>>;
}

/** The rule files of the project in whose place `labRules` stands. */
export const REPLACED_RULE_FILES: readonly string[] = ['expected-regions.yml', 'baseline.yml'];

const PREFIX = 'region_operation:pglatency_operation_seconds';
/**
 * The round trips of each operation, and what a machine adds to them at most: an insert waits for the disk, and a new
 * connection for a process of the server and for the password's hash. A connection is one trip for TCP, and three for SCRAM.
 */
const OPERATIONS = {
  ping: { roundTrips: 1, addedS: 0.003 },
  select: { roundTrips: 1, addedS: 0.003 },
  insert: { roundTrips: 1, addedS: 0.05 },
  connect: { roundTrips: 4, addedS: 0.15 },
} as const;
/** The target that the lab itself is. */
export const PRIMARY = 'primary';

/**
 * What a fleet's Prometheus has after three days, for a lab that runs for minutes: the list of expected
 * regions, what is normal in each, and a day without a rhythm. Normal is what the lab's quieter runs
 * took, and hardly more than the distance, so that a region slow from the start is slow. A rule file, in
 * JSON. The alerts read it as they read what the project's own rules learn.
 */
export function labRules(known: readonly KnownRegion[]): string {
  const rules = known.flatMap(({ region, rttMs }) => {
    return [
      {
        record: 'region:pglatency_expected_select_seconds:constant',
        expr: `vector(${(rttMs[PRIMARY] ?? 0) / 1_000})`,
        labels: { region },
      },
      ...Object.entries(rttMs).flatMap(([target, ms]) =>
        Object.entries(OPERATIONS).flatMap(([operation, { roundTrips, addedS }]) =>
          normalOf({ target, region, operation }, (roundTrips * ms) / 1_000 + addedS),
        ),
      ),
    ];
  });
  return JSON.stringify({ groups: [{ name: 'pglatency-lab', interval: '5s', rules }] });
}

function normalOf(labels: Readonly<Record<string, string>>, mostSeconds: number) {
  const matchers = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const own = `${PREFIX}:median_now{${matchers.join(', ')}}`;
  const normal = `clamp_max(quantile_over_time(0.25, ${own}[1h]), ${mostSeconds})`;
  return [
    { record: `${PREFIX}:learned_baseline`, expr: normal },
    { record: `${PREFIX}:season`, expr: `${own} * 0 + 1` },
  ];
}
