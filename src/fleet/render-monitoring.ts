import { parseDocument } from 'yaml';

const MADE = ' Made by "pglatency fleet render", which overwrites changes.';
const LOCAL_GRAFANA = 'http://localhost:3000';

export interface MonitoringOptions {
  /** The project's own files of deploy/monitoring, by their path in it. */
  readonly files: ReadonlyMap<string, string>;
  /** The text of prometheus/alertmanager.yml: what is routed where, and what silences what. */
  readonly alertmanager: string;
  /** The texts of the notifications. */
  readonly templates: ReadonlyMap<string, string>;
  /** Grafana's dashboards, by file name, and its provisioning, by path. */
  readonly dashboards: ReadonlyMap<string, string>;
  readonly provisioning: ReadonlyMap<string, string>;
  /** Where people find Grafana; null: on the machine itself. */
  readonly grafanaUrl: string | null;
}

/** What `docker compose up` and `fly deploy` take: Prometheus, Alertmanager and Grafana, without a secret. */
export function renderMonitoring(options: MonitoringOptions): [string, string][] {
  const { files, alertmanager, templates, dashboards, provisioning, grafanaUrl } = options;
  if (files.size === 0) return [];
  const inside = (folder: string, map: ReadonlyMap<string, string>) =>
    [...map].map(([name, text]) => [`monitoring/${folder}${name}`, text] as [string, string]);
  return [
    ...inside('', files),
    ['monitoring/alertmanager/routes.yml', routes(alertmanager)],
    ...inside('alertmanager/', templates),
    ...inside('grafana/dashboards/', dashboards),
    ...inside('grafana/provisioning/', provisioning),
    ['monitoring/grafana.env', `GF_SERVER_ROOT_URL=${grafanaUrl ?? LOCAL_GRAFANA}\n`],
    ['monitoring/secrets/.gitignore', '# Secrets are not committed.\n*\n!.gitignore\n'],
  ];
}

/** Alertmanager's configuration but for the receivers, which depend on the secrets that are there. */
function routes(alertmanager: string): string {
  const document = parseDocument(alertmanager);
  document.delete('receivers');
  // What is said of the receivers there is not so here.
  if (document.contents !== null) document.contents.commentBefore = null;
  document.commentBefore = `${MADE}\n with-receivers.sh adds the receivers.`;
  return document.toString({ lineWidth: 0 });
}
