import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as core from 'kubernetes-models/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/config.js';
import { runCli } from '../helpers/cli.js';
import { requireTool } from '../helpers/tools.js';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'deploy/kubernetes');
const OWN = ['kustomization.yaml', 'pglatency.yaml'];

/** Where a kind's schema is: the module, and its class. */
const MODELS: Record<string, { module: string; models: object }> = {
  v1: { module: 'kubernetes-models/v1', models: core },
  'apps/v1': { module: 'kubernetes-models/apps/v1', models: apps },
  'networking.k8s.io/v1': { module: 'kubernetes-models/networking.k8s.io/v1', models: networking },
  'monitoring.coreos.com/v1': {
    module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
    models: monitoring,
  },
};

const parseManifests = (text: string) =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);
const manifests = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml') && !OWN.includes(name))
  .flatMap((name) => parseManifests(readFileSync(join(FOLDER, name), 'utf8')));

function validate(manifest: Manifest): void {
  const models = MODELS[manifest.apiVersion]?.models as Record<
    string,
    new (data: object) => { validate(): void }
  >;
  const Model = models[manifest.kind];
  if (Model === undefined) throw new Error(`no schema of ${manifest.kind}`);
  new Model(manifest).validate();
}

/** What the schemas' types say of keys that the validation lets through: as literals of TypeScript. */
function unknownKeys(all: readonly Manifest[]): string[] {
  const file = join(ROOT, 'test/deploy/manifests-as-literals.ts');
  const text = all.map(
    (manifest, index) =>
      `import type { I${manifest.kind} as T${index} } from '${MODELS[manifest.apiVersion]?.module ?? ''}';\n` +
      `export const m${index}: T${index} = ${JSON.stringify(manifest)};\n`,
  );
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? text.join('') : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, text.join(''), ts.ScriptTarget.ES2022)
      : getSourceFile(name, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

const deployment = manifests.find(({ kind }) => kind === 'Deployment') as unknown as {
  spec: {
    replicas: number;
    strategy: unknown;
    template: {
      spec: {
        securityContext: Record<string, unknown>;
        containers: {
          env: { name: string; value?: string }[];
          securityContext: Record<string, unknown>;
          resources: object;
        }[];
      };
    };
  };
};
const container = deployment.spec.template.spec.containers[0];

describe('deploy/kubernetes', () => {
  it('follows the published schemas', { timeout: 120_000 }, () => {
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      ...['ConfigMap', 'ConfigMap', 'ConfigMap', 'Deployment', 'NetworkPolicy', 'PodMonitor'],
      ...['PrometheusRule', 'Secret', 'Service'],
    ]);
    for (const manifest of manifests) validate(manifest);
    expect(unknownKeys(manifests)).toEqual([]);
    // Both do refuse what is wrong.
    const text = JSON.stringify(deployment);
    const wrongType = JSON.parse(text.replace('"replicas":1', '"replicas":"1"')) as Manifest;
    expect(() => validate(wrongType)).toThrow('replicas must be integer');
    const wrongKey = JSON.parse(text.replace('readOnlyRootFilesystem', 'readOnlyRoot')) as Manifest;
    expect(unknownKeys([wrongKey]).join()).toMatch(/readOnlyRoot.* does not exist/);
  });

  it('runs one backend a region, restricted', () => {
    expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(deployment.spec.template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('configures a backend that takes it', () => {
    const env = Object.fromEntries(
      (container?.env ?? []).map(({ name, value }) => [name, value ?? '']),
    );
    const secret = manifests.find(({ kind }) => kind === 'Secret') as unknown as {
      stringData: Record<string, string>;
    };
    const PGLATENCY_FILE = join(FOLDER, 'pglatency.yaml');
    const loaded = () =>
      loadConfig({ ...env, ...secret.stringData, PGLATENCY_FILE, REGION: 'eu-west-1' });
    // The Pods' port is open to the cluster.
    expect(loaded).toThrow('because REQUIRE_TOKEN=true');
    const config = loadConfig({
      ...env,
      ...secret.stringData,
      API_TOKEN: 'as-long-as-it-has-to-be',
      PGLATENCY_FILE,
      REGION: 'eu-west-1',
    });
    expect(config.targets).toHaveLength(1);
    expect(config.http.port).toBe(8080);
  });

  it('is what kubectl kustomize takes', (context) => {
    requireTool(context, 'kubectl', 'Kubernetes: kubectl');
    const text = execFileSync('kubectl', ['kustomize', FOLDER], { encoding: 'utf8' });
    expect(text).toContain("fieldPath: metadata.labels['topology.kubernetes.io/region']");
    for (const manifest of parseManifests(text)) validate(manifest);
  });

  it('has rules that Prometheus takes', (context) => {
    requireTool(context, 'promtool', 'Debian: prometheus');
    const rule = manifests.find(({ kind }) => kind === 'PrometheusRule');
    const file = join(tmpdir(), `pglatency-rule-${process.pid}.json`);
    writeFileSync(file, JSON.stringify((rule as unknown as { spec: object }).spec));
    try {
      expect(execFileSync('promtool', ['check', 'rules', file]).toString()).toContain('SUCCESS');
    } finally {
      rmSync(file);
    }
  });
});

describe('what pglatency fleet render writes for Kubernetes', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pglatency-overlays-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is an overlay a region, with the rules of the fleet and without a Secret', async (context) => {
    const example = join(ROOT, 'docs/pglatency.example.yaml');
    expect(await runCli(['fleet', 'render', folder, '--file', example])).toMatchObject({ code: 0 });
    const base = join(folder, 'kubernetes/base');
    expect(readdirSync(base)).not.toContain('secret.yaml');
    expect(readFileSync(join(base, 'pglatency.yaml'), 'utf8')).toBe(readFileSync(example, 'utf8'));
    expect(readFileSync(join(base, 'prometheus-rule.yaml'), 'utf8')).toContain(
      'region: ap-southeast-2',
    );
    requireTool(context, 'kubectl', 'Kubernetes: kubectl');
    for (const code of ['eu-west-1', 'us-east-1', 'ap-southeast-2']) {
      const args = ['kustomize', join(folder, 'kubernetes', code)];
      const text = execFileSync('kubectl', args, { encoding: 'utf8' });
      expect(text).toMatch(new RegExp(`- name: REGION\\n +value: ${code}\\n`));
      for (const manifest of parseManifests(text)) validate(manifest);
    }
  });
});
