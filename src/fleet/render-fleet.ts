import type { FleetFile } from '../config/fleet-file-schema.js';
import { DEFAULT_FLEET } from '../config/fields.js';
import { ruleFilesOf } from '../rules/files.js';
import { grafanaRules } from '../rules/grafana/grafana-rules.js';
import { rulesFleetOf } from '../rules/from-file.js';
import { parseRules } from '../rules/parsed-rules.js';
import { unitTestsOf } from '../rules/unit-tests/write-tests.js';
import { renderWireguardPeers } from '../wireguard/fleet-peers.js';
import type { PublicKeys } from '../wireguard/key-files.js';
import { renderKubernetes, type KubernetesOptions } from './render-kubernetes.js';
import { renderMonitoring, type MonitoringOptions } from './render-monitoring.js';
import { renderPrometheus, renderScrapeTargets, type NamedFleet } from './render-prometheus.js';

const GRAFANA_HEADER = `# Made by "pglatency fleet render", which overwrites changes. For Grafana to evaluate the alerts, in place of Prometheus:
# docs/alerts.md says when. Prometheus has to evaluate the recording rules of prometheus/rules/ beside it.
`;

export interface RenderOptions {
  /** The tunnel's public keys; null: none are known. */
  readonly keys: PublicKeys | null;
  /** For the clusters of the regions; without it nothing is written for Kubernetes. */
  readonly kubernetes?: Pick<KubernetesOptions, 'manifests' | 'fleetFile'>;
  /** For a machine that watches the fleet; without it nothing is written for one. */
  readonly monitoring?: Omit<MonitoringOptions, 'grafanaUrl'>;
}

/**
 * What is kept in step with the fleet's file: the content of each file, by its path in the folder.
 *
 * @throws ConfigError where no alert rules can work
 */
export function renderFleet(
  file: FleetFile,
  { keys, kubernetes, monitoring }: RenderOptions,
): ReadonlyMap<string, string> {
  const fleet: NamedFleet = { ...file, fleet: file.fleet ?? DEFAULT_FLEET };
  const rulesFleet = rulesFleetOf(file, fleet.fleet);
  const rules = ruleFilesOf(rulesFleet);
  const tests = unitTestsOf(rulesFleet, [...rules.keys()]);
  const regions = file.regions.map(({ code }) => code);
  return new Map([
    ['peers.env', renderPeers(fleet)],
    ['prometheus/prometheus.yml', renderPrometheus(fleet)],
    ['prometheus/targets.json', renderScrapeTargets(fleet)],
    ...[...rules].map(([name, text]) => [`prometheus/rules/${name}`, text] as const),
    ...[...tests].map(([name, text]) => [`prometheus/tests/${name}`, text] as const),
    ['grafana-alerting/pglatency-rules.yml', renderGrafanaRules(rules)],
    ...renderWireguardPeers(file.regions, keys),
    ...renderFlyScale(fleet),
    ...(monitoring === undefined
      ? []
      : renderMonitoring({ ...monitoring, grafanaUrl: file.links.grafana })),
    ...(kubernetes === undefined ? [] : renderKubernetes({ ...kubernetes, regions, rules })),
  ]);
}

/** Apart from Grafana's other provisioning: who has an Alertmanager would be told twice. */
function renderGrafanaRules(files: ReadonlyMap<string, string>): string {
  const rules = [...files].flatMap(([name, text]) => parseRules(name, text));
  return grafanaRules(rules, GRAFANA_HEADER);
}

/** For `docker run --env-file` and for systemd: of every backend, for each leaves itself out. */
function renderPeers({ fleet, regions }: NamedFleet): string {
  const peers = regions.flatMap(({ code, url }) =>
    url === undefined ? [] : [`${code}=${new URL(url).origin}`],
  );
  return `FLEET=${fleet}\nPEERS=${peers.join(',')}\n`;
}

/** Fly.io's codes are IATA's; a region of another provider is not scaled there. */
const FLY_CODE = /^[a-z]{3}$/;

function renderFlyScale({ regions }: NamedFleet): [string, string][] {
  const codes = regions
    .map(({ code }) => code)
    .filter((code) => FLY_CODE.test(code) && code !== 'hub');
  if (codes.length === 0) return [];
  const line = `fly scale count ${codes.length} --max-per-region 1 --region ${codes.join(',')}\n`;
  return [['fly-scale.txt', line]];
}
