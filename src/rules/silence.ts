import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { REGION, sentences, value } from './text.js';

const LISTED = 'region:pglatency_expected_select_seconds:constant';
const EXPECTED = 'region:pglatency_expected:bool';

/** A list without a fleet's name stands for each fleet's, and a fleet need not have all of its regions. */
const OF_ANY_FLEET = `
      max by (fleet, region) (${LISTED}{fleet!=""} * 0 + 1)
      or
      (last_over_time(region:pglatency_heard:bool[1d]) and on (region) ${LISTED}{fleet=""})
      or
      (${LISTED}{fleet=""} * 0 + 1) unless on (region) last_over_time(region:pglatency_heard:bool[1d])`;

export const silenceRules = ({ fleet, scrapes, waits }: Plan): Rule[] => [
  {
    why: `Silence: against the list of regions that should be there, by what they exported. up says
      nothing of a region whose target has gone from the list, and does not come with federation.`,
    record: 'region:pglatency_heard:bool',
    expr: `count by (fleet, region) (count_over_time(pglatency_schedule_interval_seconds[${scrapes(3, 90)}])) * 0 + 1`,
  },
  {
    record: EXPECTED,
    expr: fleet.fleet === null ? OF_ANY_FLEET : `max by (fleet, region) (${LISTED} * 0 + 1)`,
  },
  {
    record: 'region:pglatency_silent:bool',
    expr: `
      ${EXPECTED}
        unless on (fleet, region) count_over_time(pglatency_schedule_interval_seconds[${scrapes(3, 90)}])
      or
      ${EXPECTED} * 0`,
  },
  {
    why: `Three regions and more, nearly all of them: not the regions, but what asks them.`,
    alert: 'PglatencyAllRegionsSilent',
    expr: `
      sum by (fleet) (region:pglatency_silent:bool{region!="hub"})
      and avg by (fleet) (region:pglatency_silent:bool{region!="hub"}) >= 0.7
      and count by (fleet) (region:pglatency_silent:bool{region!="hub"}) >= 3`,
    for: waits(2, 60),
    keepFiringFor: '10m',
    severity: 'page',
    operation: 'all',
    summary: '{{ $labels.fleet }}: nothing is heard from {{ $value }} of the regions',
    description: sentences(
      'First look at Prometheus and at its way to the backends: it is rare that so many of them end at once.',
      'While it lasts no latency is known, and that no other alert fires means nothing.',
    ),
    scope: 'none',
  },
  {
    why: `A region that comes and goes fires on: it wakes somebody once.`,
    alert: 'PglatencyRegionSilent',
    expr: 'region:pglatency_silent:bool == 1',
    for: waits(2, 60),
    keepFiringFor: '10m',
    severity: 'page',
    operation: 'all',
    summary: `${REGION}: nothing is heard from it`,
    description: sentences(
      'First look whether its backend runs, and whether Prometheus reaches it (page /targets).',
      `{{ $labels.region }} is on the list of expected regions (expected-regions.yml), and exported nothing for ${scrapes(3, 90)}. Its latency is not known: that no other alert fires for it means nothing.`,
      `Expected regions that answer now: ${value('count(region:pglatency_silent:bool{} == 0)', ['fleet'], null, { otherwise: '0' })} of ${value('count(region:pglatency_silent:bool{})', ['fleet'], null)}.`,
    ),
    scope: 'region',
  },
];
