import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.js';
import { CLOUDFORMATION } from './cloudformation.js';

const read = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');

interface Container {
  readonly Environment: readonly {
    readonly Name: string;
    readonly Value: string | { Ref: string };
  }[];
  readonly Secrets: readonly { readonly Name: string; readonly ValueFrom: { Sub: string } }[];
  readonly HealthCheck: { readonly Command: readonly string[] };
  readonly PortMappings: readonly { readonly ContainerPort: number }[];
}
interface Template {
  readonly Parameters: Record<string, { readonly Default?: string }>;
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: object }>;
}
const template = parse(read('deploy/ecs/service.yaml'), { customTags: CLOUDFORMATION }) as Template;
const { Task, Service } = template.Resources;
const [container] = (Task?.Properties as { ContainerDefinitions: Container[] })
  .ContainerDefinitions;

/** What a person would fill in. */
const GIVEN: Record<string, string> = {
  'AWS::Region': 'eu-west-1',
  DatabaseHost: 'db.c0ffee.eu-west-1.rds.amazonaws.com',
  Peers: 'us-east-1=http://10.1.0.7:8080',
};

it('configures a backend that takes it', () => {
  const environment = (container?.Environment ?? []).map(({ Name, Value }) => [
    Name,
    typeof Value === 'object'
      ? (GIVEN[Value.Ref] ?? String(template.Parameters[Value.Ref]?.Default))
      : Value,
  ]);
  const secrets = (container?.Secrets ?? []).map(({ Name }) => [Name, 'a-password-or-token']);
  const config = loadConfig(
    Object.fromEntries([...environment, ...secrets]) as Record<string, string>,
  );
  expect(config.region.code).toBe('eu-west-1');
  expect(config.fleet).toBe('pglatency');
  expect(config.http.port).toBe(container?.PortMappings[0]?.ContainerPort);
  expect(config.targets).toMatchObject([
    { host: GIVEN['DatabaseHost'], port: 5432, user: 'pglatency', password: 'a-password-or-token' },
  ]);
});

it('asks for the health as the image does', () => {
  const [, command = ''] = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(read('Dockerfile')) ?? [];
  expect(container?.HealthCheck.Command).toEqual(['CMD', ...(JSON.parse(command) as string[])]);
});

it('runs as an ordinary user without rights, once a region, and keeps the password out of the template', () => {
  expect(container).toMatchObject({
    User: 'node',
    ReadonlyRootFilesystem: true,
    LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    Secrets: [
      { Name: 'DB_PASSWORD', ValueFrom: { Sub: '${DatabaseSecret}:password::' } },
      { Name: 'API_TOKEN', ValueFrom: { Sub: '${DatabaseSecret}:api_token::' } },
    ],
  });
  expect(Service?.Properties).toMatchObject({
    DesiredCount: 1,
    DeploymentConfiguration: { MinimumHealthyPercent: 0, MaximumPercent: 100 },
  });
  expect(Object.keys(template.Parameters).filter((name) => /password/i.test(name))).toEqual([]);
});

it('refers to nothing that is not there', () => {
  const known = new Set([...Object.keys(template.Parameters), ...Object.keys(template.Resources)]);
  const text = JSON.stringify(template);
  const named = [
    ...text.matchAll(/"Ref":"([^"]+)"/g),
    ...text.matchAll(/"GetAtt":"([^".]+)\./g),
    ...text.matchAll(/\$\{([^}]+)\}/g),
  ].map(([, name]) => name ?? '');
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !known.has(name) && !name.startsWith('AWS::'))).toEqual([]);
});
