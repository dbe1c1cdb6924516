import { HUB, shareOfRegions } from './limits.js';
import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { OF_TARGET, sentences, TARGET, value } from './text.js';
import { OPERATION_SECONDS } from './series.js';

const hub = (name: string) => `${OPERATION_SECONDS}:${name}{,region="hub",operation="select"}`;

const selects = (series: string) =>
  `${OPERATION_SECONDS}:${series}{operation="select", region!="hub"}`;
/** 1 where most regions are, by an expression that is 1 or 0 for each. */
const most = (each: string) => `(
          avg by (fleet, target) (${each}) >= bool ${shareOfRegions(0.7)}
        )`;

export const allRegionsRules = (): Rule[] => [
  {
    why: `A ratio sees what grows with distance. The second term sees a fixed time that is added, which
      is a large ratio in London and a small one in Sydney; but no less there than a day's rhythm
      may add, which regions at one distance can have together. Two regions are no fleet.`,
    record: 'target:pglatency_fleet_slow:bool',
    expr: `
      clamp_max(
        ${most(`
            (${selects('ratio_now')} > bool 1.13)
            * (${selects('excess_now')} > bool clamp(${OPERATION_SECONDS}:baseline, 0.0005, 0.002))
          `)}
        +
        ${most(`
            ${selects('excess_now')} > bool clamp_min(0.08 * ${OPERATION_SECONDS}:baseline, 0.006)
          `)},
        1
      )
      *
      (
        count by (fleet, target) (
          ${selects('excess_now')}
        ) >= bool 3
      )`,
  },
  {
    why: `Where a backend runs beside the database, it sees the database alone.`,
    record: 'target:pglatency_hub_slow:bool',
    expr: `
      max by (fleet, target) (
        (region_operation:pglatency_operation_seconds:excess_now{operation="select", region="hub"} > bool ${HUB.excessSeconds})
        * (region_operation:pglatency_operation_seconds:ratio_now{operation="select", region="hub"} > bool ${HUB.ratio})
      )`,
  },
  {
    record: 'target:pglatency_all_regions_slow:bool',
    expr: `
      max by (fleet, target) (
        label_replace(target:pglatency_fleet_slow:bool, "seen_by", "fleet", "", "")
        or
        label_replace(target:pglatency_hub_slow:bool, "seen_by", "hub", "", "")
      )`,
  },
];

export const allRegionsAlerts = ({ runs }: Plan): Rule[] => [
  {
    alert: 'PglatencyAllRegionsSlow',
    expr: `
      target:pglatency_excess_seconds:median_now
      and target:pglatency_all_regions_slow:bool == 1`,
    for: runs(1),
    severity: 'page',
    operation: 'select',
    summary: `${TARGET}: all regions are slow, a select takes {{ $value | humanizeDuration }} longer than normal; it is the database or the hub, not a path`,
    description: sentences(
      'First look at the database: waiting sessions, locks, disks.',
      'The middle region is {{ $value | humanizeDuration }} above its normal, and most regions moved together.',
      value('target:pglatency_write_cost_seconds:median_now{}', OF_TARGET, 'humanizeDuration', {
        before: ' A write costs ',
        after: ' on top of a read.',
      }) +
        value(hub('median_now'), OF_TARGET, 'humanizeDuration', {
          before: ' Beside the database (region hub) a select takes ',
          after: ',',
        }) +
        value(hub('baseline'), OF_TARGET, 'humanizeDuration', {
          before: ' normally ',
          after:
            '. If it is slow there too, it is the database. If not, it is the hub or the network behind it.',
        }),
    ),
    scope: 'target',
  },
];
