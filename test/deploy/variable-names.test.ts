import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseToml } from 'smol-toml';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { VARIABLES } from '../../src/config/variables.js';
import { CLOUDFORMATION } from './cloudformation.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

/** What the entrypoint reads, as its head lists it. */
const OF_ENTRYPOINT = [...read('entrypoint.sh').matchAll(/^# {3}([A-Z_]{4,}) {2}/gm)].map(
  ([, name]) => name ?? '',
);

interface Compose {
  readonly services: Record<
    string,
    { image?: string; environment?: Record<string, string>; ports?: string[] }
  >;
}
interface Manifest {
  readonly kind: string;
  readonly stringData?: Record<string, string>;
  readonly spec?: { template?: { spec: { containers: { env: { name: string }[] }[] } } };
}

/** Each file that gives a backend its variables, with their names. */
function named(): [string, string[]][] {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
  const ours = Object.values(compose.services).filter(({ image }) => image === 'pglatency:local');
  const manifests = readdirSync(join(ROOT, 'deploy/kubernetes'))
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => parseAllDocuments(read(`deploy/kubernetes/${name}`)))
    .map((document) => document.toJS() as Manifest);
  const containers = manifests.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
  const secrets = manifests.flatMap(({ stringData }) => Object.keys(stringData ?? {}));
  const fly = parseToml(read('fly.toml')) as unknown as { env: Record<string, string> };
  return [
    ['docker-compose.yml', ours.flatMap(({ environment }) => Object.keys(environment ?? {}))],
    [
      'deploy/kubernetes',
      [...containers.flatMap(({ env }) => env.map(({ name }) => name)), ...secrets],
    ],
    ['fly.toml', Object.keys(fly.env)],
    ['deploy/ecs', ofTask()],
    [
      'deploy/systemd',
      [
        ...read('deploy/systemd/pglatency.service').matchAll(/^Environment=(\w+)=/gm),
        ...read('deploy/systemd/environment').matchAll(/^(\w+)=/gm),
      ].map(([, name]) => name ?? ''),
    ],
  ];
}

/** Every variable of the Fargate task, secrets among them. */
function ofTask(): string[] {
  interface Template {
    readonly Resources: {
      readonly Task: {
        readonly Properties: {
          readonly ContainerDefinitions: Record<'Environment' | 'Secrets', { Name: string }[]>[];
        };
      };
    };
  }
  const { Resources } = parse(read('deploy/ecs/service.yaml'), {
    customTags: CLOUDFORMATION,
  }) as Template;
  return Resources.Task.Properties.ContainerDefinitions.flatMap(({ Environment, Secrets }) =>
    [...Environment, ...Secrets].map(({ Name }) => Name),
  );
}

it.each(named())('%s names only variables that the program knows', (_, names) => {
  expect(OF_ENTRYPOINT).toEqual(['WIREGUARD', 'WIREGUARD_TIMEOUT_S', 'BACKEND_USER']);
  expect(names.length).toBeGreaterThan(2);
  const known = new Set([...VARIABLES, ...OF_ENTRYPOINT, 'NODE_ENV']);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

it.each(named())('%s opens no port to others without a token', (name, names) => {
  if (name !== 'docker-compose.yml') {
    expect(names).toContain('REQUIRE_TOKEN');
    return;
  }
  const { services } = parse(read(name), { merge: true }) as Compose;
  const ports = Object.values(services).flatMap((service) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(2);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});
