import { connectFails, errors } from './failures.js';
import { HUB, regionAbove } from './limits.js';
import type { Plan } from './plan.js';
import type { Recording } from './rule.js';
import { OVERDUE, unplanned } from './schedule.js';
import { OPERATION_SECONDS } from './series.js';

/**
 * What is said of a region against a target, the worst last. A code is never given another meaning, because a
 * Prometheus keeps it for years; one that is not measured is as much a state as one that is slow.
 */
export const STATES = [
  { code: 0, name: 'normal' },
  { code: 1, name: 'no normal yet' },
  { code: 2, name: 'waiting' },
  { code: 3, name: 'above normal' },
  { code: 4, name: 'some errors' },
  { code: 5, name: 'slow' },
  { code: 6, name: 'stale' },
  { code: 7, name: 'no new connections' },
  { code: 8, name: 'failing' },
  { code: 9, name: 'silent' },
] as const;

export type StateName = (typeof STATES)[number]['name'];

export const codeOf = (name: StateName): number =>
  STATES.find((state) => state.name === name)?.code ?? Number.NaN;

export const STATE_RECORD = 'region:pglatency_state:code';
/** Unix seconds. */
export const SINCE_RECORD = 'region:pglatency_state:since_timestamp';
const KNOWN = 'region:pglatency_known:bool';
const BY_REGION = 'max by (fleet, target, region)';

/** The state of each region, by the expressions of the alerts, without the time that each of those waits. */
export function statesRules(plan: Plan): Recording[] {
  const is = (name: StateName, expr: string) => `${codeOf(name)} + 0 * ${BY_REGION} (${expr})`;
  return [
    {
      why: `Which region measures which target; of a silent region, as it was last heard.`,
      record: KNOWN,
      expr: `
      group by (fleet, target, region) (pglatency_target_info)
      or
      last_over_time(${KNOWN}[1h]) and on (fleet, region) region:pglatency_silent:bool == 1`,
    },
    {
      why: `The first that holds. A region that was never heard has no target.`,
      record: STATE_RECORD,
      expr: `
      ${is('silent', `${KNOWN} and on (fleet, region) region:pglatency_silent:bool == 1`)}
      or
      (${is('silent', `region:pglatency_silent:bool == 1`)}) unless on (fleet, region) ${KNOWN}
      or
      ${is('failing', `region:pglatency_failing:bool == 1`)}
      or
      ${is('no new connections', connectFails(plan).trim())}
      or
      ${is('stale', OVERDUE.trim().replace(/\n\s*/g, ' '))}
      or
      ${is('stale', `${KNOWN} and on (fleet, region) ${unplanned(plan)}`)}
      or
      ${is('slow', regionAbove('slow').trim())}
      or
      ${is(
        'slow',
        `${OPERATION_SECONDS}:excess_now{operation="select", region="hub"} > ${HUB.excessSeconds}
      and ${OPERATION_SECONDS}:ratio_now{operation="select", region="hub"} > ${HUB.ratio}`,
      )}
      or
      ${is('some errors', errors(plan).trim())}
      or
      ${is('above normal', regionAbove('shifted').trim())}
      or
      (${is('waiting', KNOWN)}) unless on (fleet, target, region) ${OPERATION_SECONDS}:median_now{operation="select"}
      or
      (${is('no normal yet', KNOWN)}) unless on (fleet, target, region) ${OPERATION_SECONDS}:baseline{operation="select"}
      or
      ${is('normal', KNOWN)}`,
    },
    {
      why: `Since when: now where the state is not the one before, or the last known before a gap; otherwise as
      it was. Kept, so that a dashboard need not search hours of samples for it.`,
      record: SINCE_RECORD,
      expr: `
      time() + 0 * (${STATE_RECORD} != last_over_time(${STATE_RECORD}[1h] offset 15s))
      or
      last_over_time(${SINCE_RECORD}[1h]) and ${STATE_RECORD}
      or
      time() + 0 * ${STATE_RECORD}`,
    },
  ];
}
