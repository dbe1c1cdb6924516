import type { FleetFile } from '../config/fleet-file-schema.js';

const MADE = 'Made by "pglatency fleet render", which overwrites changes.';

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

/** The file with its fleet's name, which may come from elsewhere. */
export interface NamedFleet extends Omit<FleetFile, 'fleet'> {
  readonly fleet: string;
}
