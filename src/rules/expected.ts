import type { RulesFleet } from './fleet.js';
import type { Recording } from './rule.js';

/**
 * The regions that have to report, and the usual time of a select on each target there; 0 where it is not
 * known. A target is held against its own time only: a replica may be further away than its primary.
 */
export function expectedRules({ fleet, regions }: RulesFleet): Recording[] {
  const ofFleet = fleet === null ? {} : { fleet };
  return [
    ...regions.map(({ region, selectSeconds }) =>
      constant('region', selectSeconds, { ...ofFleet, region }),
    ),
    ...regions.flatMap(({ region, targets }) =>
      Object.entries(targets).map(([target, selectSeconds]) =>
        constant('region_target', selectSeconds, { ...ofFleet, region, target }),
      ),
    ),
  ];
}

function constant(
  level: string,
  seconds: number | null,
  labels: Readonly<Record<string, string>>,
): Recording {
  const record = `${level}:pglatency_expected_select_seconds:constant`;
  return { record, expr: `vector(${seconds ?? 0})`, labels };
}
