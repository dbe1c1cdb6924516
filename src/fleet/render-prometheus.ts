import type { FleetFile } from '../config/fleet-file-schema.js';

const MADE = 'Made by "pglatency fleet render"; the next one writes over changes.';

/** A quoted YAML text: JSON is YAML too. */
const quoted = (text: string) => JSON.stringify(text);

/** What Prometheus scrapes, for `file_sd_configs`: each region's backend, with the labels that `up` has too. */
export function renderScrapeTargets({ fleet, regions }: NamedFleet): string {
  const groups = regions.flatMap(({ code, url }) => {
    if (url === undefined) return [];
    const { protocol, host, hostname, port } = new URL(url);
    const address = port === '' ? `${hostname}:${protocol === 'https:' ? 443 : 80}` : host;
    const scheme = protocol === 'https:' ? { __scheme__: 'https' } : {};
    return [{ targets: [address], labels: { fleet, region: code, ...scheme } }];
  });
  return `${JSON.stringify(groups, null, 2)}\n`;
}

/** Prometheus's configuration: the targets beside it, and every rule of `rules/`. */
export function renderPrometheus({ fleet, scrapeInterval }: NamedFleet): string {
  return `\
# The fleet ${fleet}. ${MADE}
global:
  scrape_interval: ${scrapeInterval}
  scrape_timeout: ${timeoutOf(scrapeInterval)}
  evaluation_interval: 1m

rule_files:
  - rules/*.yml

alerting:
  alertmanagers:
    - static_configs:
        - targets: ['alertmanager:9093']

scrape_configs:
  # honor_labels keeps the fleet and the region that the backends export.
  - job_name: pglatency
    honor_labels: true
    file_sd_configs:
      - files: [targets.json]

  - job_name: prometheus
    static_configs:
      - targets: ['localhost:9090']
`;
}

const MAX_TIMEOUT_S = 10;

/** Prometheus refuses a timeout that is longer than the interval. */
function timeoutOf(interval: string): string {
  const seconds = Number.parseInt(interval, 10) * (interval.endsWith('m') ? 60 : 1);
  return `${Math.min(MAX_TIMEOUT_S, seconds)}s`;
}

/** The regions that have to report, and the targets that each has to measure. */
export function renderExpected({ fleet, regions, targets }: NamedFleet): string {
  const ofRegions = regions.map(({ code, expect }) =>
    rule('region:pglatency_expected_select_seconds:constant', seconds(expect?.select_ms), {
      fleet,
      region: code,
    }),
  );
  const ofTargets = regions.flatMap(({ code, expect }) =>
    targets.map(({ name }) =>
      rule(
        'region_target:pglatency_expected_select_seconds:constant',
        seconds(expect?.[name]?.select_ms ?? expect?.select_ms),
        { fleet, region: code, target: name },
      ),
    ),
  );
  return `\
# The regions and targets that have to report, and the usual time of a select in seconds; 0 is not known.
# ${MADE}
groups:
  - name: pglatency-expected-regions
    interval: 1m
    rules:
${[...ofRegions, ...ofTargets].join('')}`;
}

function rule(record: string, value: number, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}: ${quoted(text)}`);
  return `\
      - record: ${record}
        expr: vector(${value})
        labels: { ${pairs.join(', ')} }
`;
}

function seconds(ms: number | undefined): number {
  return ms === undefined ? 0 : Number((ms / 1_000).toPrecision(6));
}

/** The hosts that stand in the project's own rules for whoever has not said theirs. */
const RUNBOOK = 'https://runbooks.example.com/pglatency';
const GRAFANA = 'https://grafana.example.com';

/** A rule file of the project's with the fleet's own links. */
export function withLinks(rules: string, { runbook, grafana }: FleetFile['links']): string {
  const trimmed = (link: string | null, otherwise: string) =>
    (link ?? otherwise).replace(/\/+$/, '');
  return rules
    .replaceAll(RUNBOOK, () => trimmed(runbook, RUNBOOK))
    .replaceAll(GRAFANA, () => trimmed(grafana, GRAFANA));
}

/** The file with its fleet's name, which may come from elsewhere. */
export interface NamedFleet extends Omit<FleetFile, 'fleet'> {
  readonly fleet: string;
}
