import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { REGION, sentences, value } from './text.js';

const LISTED = 'region:pglatency_expected_select_seconds:constant';
const EXPECTED = 'region:pglatency_expected:bool';
const SILENT = 'region:pglatency_silent:bool';
const PLANNED = 'pglatency_schedule_interval_seconds';

const LISTED_REGIONS = `max by (fleet, region) (${LISTED} * 0 + 1)`;

/** A list without a fleet's name stands for each fleet's, and a fleet need not have all of its regions. */
const OF_ANY_FLEET = `
      ${LISTED_REGIONS}
      or
      (last_over_time(region:pglatency_heard:bool[1d]) and on (region) ${LISTED}{fleet=""})`;

const heardIn = (window: string) => `count_over_time(${PLANNED}[${window}])`;

/**
 * The series of a boolean whose region is not heard. A list without a fleet's name misses only what is heard
 * from no fleet: a region that a fleet with a name has is that fleet's to miss.
 */
function unheard(series: string, named: boolean, heard: string, is = ''): string {
  if (named) return `${series}${is} unless on (fleet, region) ${heard}`;
  const of = (fleet: string) => series.replace('{', `{${fleet}, `).replace(/(?<!})$/, `{${fleet}}`);
  return `${of('fleet!=""')}${is} unless on (fleet, region) ${heard}
      or
      ${of('fleet=""')}${is} unless on (region) ${heard}`;
}

export const silenceRules = ({ fleet, scrapes }: Plan): Rule[] => {
  const named = fleet.fleet !== null;
  const heard = heardIn(scrapes(3, 90));
  return [
    {
      why: `Silence: against the list of regions that should be there, by what they exported. up says
      nothing of a region whose target has gone from the list, and does not come with federation.`,
      record: 'region:pglatency_heard:bool',
      expr: `count by (fleet, region) (${heard}) * 0 + 1`,
    },
    {
      record: EXPECTED,
      expr: named ? LISTED_REGIONS : OF_ANY_FLEET,
    },
    {
      record: SILENT,
      expr: `
      ${unheard(EXPECTED, named, heard)}${named ? '' : ` unless on (region) last_over_time(region:pglatency_heard:bool{fleet!=""}[1d])`}
      or
      ${EXPECTED} * 0`,
    },
  ];
};

export const silenceAlerts = ({ fleet, scrapes, waits }: Plan): Rule[] => {
  const window = scrapes(3, 90);
  const silent = (matchers = '') =>
    unheard(`${SILENT}${matchers}`, fleet.fleet !== null, heardIn(window), ' == 1');
  const regions = '{region!="hub"}';
  return [
    {
      why: `Three regions and more, nearly all of them: not the regions, but what asks them. Both alerts look
      again at what is heard: what vmalert recorded is as old as its last evaluation.`,
      alert: 'PglatencyAllRegionsSilent',
      expr: `
      count by (fleet) (
      ${silent(regions)}
      )
      and
      count by (fleet) (
      ${silent(regions)}
      )
        / count by (fleet) (${SILENT}${regions}) >= 0.7
      and count by (fleet) (${SILENT}${regions}) >= 3`,
      for: waits(2, 60),
      keepFiringFor: '10m',
      severity: 'page',
      operation: 'all',
      summary: '{{ $labels.fleet }}: nothing arrives from {{ $value }} of the regions',
      description: sentences(
        'First look at Prometheus and its network: so many backends rarely stop at once.',
        'Until it ends no latency is known. It means nothing that no other alert fires.',
      ),
      scope: 'none',
    },
    {
      why: `A region that comes and goes fires on: it wakes somebody once.`,
      alert: 'PglatencyRegionSilent',
      expr: `
      ${silent()}`,
      for: waits(2, 60),
      keepFiringFor: '10m',
      severity: 'page',
      operation: 'all',
      summary: `${REGION}: nothing arrives from it`,
      description: sentences(
        'First check whether its backend runs, and whether Prometheus reaches it (page /targets).',
        `{{ $labels.region }} is in the list of expected regions (expected-regions.yml), but Prometheus got nothing from it for ${window}. Its latency is not known. It means nothing that no other alert fires for it.`,
        `Expected regions that answer now: ${value(`count(${SILENT}{} == 0)`, ['fleet'], null, { otherwise: '0' })} of ${value(`count(${SILENT}{})`, ['fleet'], null)}.`,
      ),
      scope: 'region',
    },
  ];
};
