import { parse, stringify } from 'yaml';

const MADE = 'Generated: change what it is made from.';
const NAME_LABEL = { 'app.kubernetes.io/name': 'pglatency' };
const RULE_FILE = 'prometheus-rule.yaml';
const FLEET_FILE = 'pglatency.yaml';
/** The cluster's own, made by hand: no file that is written over may hold a password. */
const SECRET_FILE = 'secret.yaml';

/** Kubernetes reads JSON's part of YAML: no aliases, and no line is folded. */
const toYaml = (value: unknown) =>
  `# ${MADE}\n${stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 })}`;

/** Prometheus's rule files, by name, as one PrometheusRule of prometheus-operator. */
export function prometheusRule(files: ReadonlyMap<string, string>): string {
  const groups = [...files].flatMap(
    ([, text]) => (parse(text, { merge: true }) as { groups: unknown[] }).groups,
  );
  return toYaml({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'pglatency', labels: NAME_LABEL },
    spec: { groups },
  });
}

/** Grafana's dashboards, by file name, each a ConfigMap that the sidecar of Grafana's chart takes up. */
export function dashboardConfigMaps(files: ReadonlyMap<string, string>): string {
  const maps = [...files].map(([name, text]) =>
    toYaml({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: `pglatency-dashboard-${name.replace(/\.json$/, '')}`,
        labels: { ...NAME_LABEL, grafana_dashboard: '1' },
      },
      // Without indentation: what `kubectl apply` keeps in an annotation has a limit of 256 KiB.
      data: { [name]: JSON.stringify(JSON.parse(text)) },
    }),
  );
  return maps.join('---\n');
}

export interface KubernetesOptions {
  /** The project's own manifests, by file name. */
  readonly manifests: ReadonlyMap<string, string>;
  /** The text of the fleet's file. */
  readonly fleetFile: string;
  readonly regions: readonly string[];
  /** Every rule file of the fleet, by name. */
  readonly rules: ReadonlyMap<string, string>;
}

/** What `kubectl apply -k kubernetes/<region>` takes: the manifests, and an overlay a region. */
export function renderKubernetes(options: KubernetesOptions): [string, string][] {
  const { manifests, fleetFile, regions, rules } = options;
  if (manifests.size === 0) return [];
  const base = new Map(manifests).set(FLEET_FILE, fleetFile).set(RULE_FILE, prometheusRule(rules));
  base.delete(SECRET_FILE);
  const kustomization = base.get('kustomization.yaml') ?? '';
  base.set('kustomization.yaml', kustomization.replace(`  - ${SECRET_FILE}\n`, ''));
  return [
    ...[...base].map(([name, text]) => [`kubernetes/base/${name}`, text] as [string, string]),
    ...regions.map(
      (code) => [`kubernetes/${code}/kustomization.yaml`, overlay(code)] as [string, string],
    ),
  ];
}

/** The base in a region that is named, whatever the node's label says. */
function overlay(region: string): string {
  const patch = [
    { op: 'test', path: '/spec/template/spec/containers/0/env/0/name', value: 'REGION' },
    {
      op: 'replace',
      path: '/spec/template/spec/containers/0/env/0',
      value: { name: 'REGION', value: region },
    },
  ];
  return toYaml({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['../base'],
    patches: [{ target: { kind: 'Deployment', name: 'pglatency' }, patch: stringify(patch) }],
  });
}
