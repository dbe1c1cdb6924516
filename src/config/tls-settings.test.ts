import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, describe, expect, test } from 'vitest';
import { configProblemsOf } from '../../test/helpers/config-problems.js';
import { loadConfig } from './config.js';
import { describeConfig } from './describe-config.js';

const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-'));
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

afterAll(() => rmSync(folder, { recursive: true }));

type Variables = Record<string, string>;

function problemsOf(env: Variables): string[] {
  return configProblemsOf(env).map((line) => line.replaceAll(`${folder}/`, ''));
}

function tlsOf(env: Variables) {
  const tls = loadConfig({ DB_HOST: 'db.example.com', ...env }).targets[0]?.tls;
  if (tls === undefined) throw new Error('there is no target');
  return tls;
}

/** A target of a file, with its own TLS settings. */
function fileOf(entry: string): Variables {
  return { TARGETS_FILE: write('targets.yaml', `targets: [{ name: a, host: h, ${entry} }]`) };
}

const NO_CA = 'which checks no certificate; use verify-ca or verify-full';

describe('settings that do not go together', () => {
  test.each<[Variables, string[]]>([
    [
      { DB_SSLMODE: 'require', DB_CA_FILE: 'x', DB_TLS_SERVERNAME: 'y' },
      [`DB_CA_FILE: "x" is not allowed; expected no value with DB_SSLMODE=require, ${NO_CA}`],
    ],
    [
      { DB_SSLMODE: 'prefer', DB_CA_FILE: 'system' },
      [`DB_CA_FILE: "system" is not allowed; expected no value with DB_SSLMODE=prefer, ${NO_CA}`],
    ],
    [
      {
        DB_SSLMODE: 'disable',
        DB_CA_FILE: 'a',
        DB_TLS_SERVERNAME: 'b',
        DB_CLIENT_CERT_FILE: 'c',
        DB_CLIENT_KEY_FILE: 'd',
      },
      [
        'DB_CA_FILE: "a" is not allowed; expected no value with DB_SSLMODE=disable, which has no TLS',
        'DB_TLS_SERVERNAME: "b" is not allowed; expected no value with DB_SSLMODE=disable, which has no TLS',
        'DB_CLIENT_CERT_FILE: "c" is not allowed; expected no value with DB_SSLMODE=disable, which has no TLS',
        'DB_CLIENT_KEY_FILE: expected no value with DB_SSLMODE=disable, which has no TLS',
      ],
    ],
    [
      { DB_SSLMODE: 'verify-ca', DB_CA_FILE: 'system' },
      [
        'DB_CA_FILE: "system" is not allowed; expected a file with DB_SSLMODE=verify-ca; system needs verify-full',
      ],
    ],
    ...['disable', 'prefer'].map((mode): [Variables, string[]] => [
      { DB_SSLMODE: mode, DB_SSLNEGOTIATION: 'direct' },
      [
        `DB_SSLNEGOTIATION: "direct" is not allowed; expected postgres with DB_SSLMODE=${mode}; direct needs require, verify-ca or verify-full`,
      ],
    ]),
  ])('%j', (env, expected) => {
    expect(problemsOf(env)).toEqual(expected);
  });

  test.each([
    [
      'sslmode: require, ca: x',
      `targets[0].ca: "x" is not allowed; expected no value with sslmode require, ${NO_CA}`,
    ],
    [
      'sslmode: disable, servername: x',
      'targets[0].servername: "x" is not allowed; expected no value with sslmode disable, which has no TLS',
    ],
    [
      'sslmode: prefer, sslnegotiation: direct',
      'targets[0].sslnegotiation: "direct" is not allowed; expected postgres with sslmode prefer; direct needs require, verify-ca or verify-full',
    ],
    [
      'client_cert: x',
      'targets[0].client_key: expected a file, because targets[0].client_cert is set; set both or none',
    ],
    [
      'sslmode: verify-ca',
      `targets[0].sslmode: "verify-ca" is not allowed; expected verify-full, which the primary's system authorities need`,
    ],
  ])('of a target: { %s }', (entry, expected) => {
    const env = { ...fileOf(entry), DB_CA_FILE: 'system' };
    expect(problemsOf(env)).toEqual([`targets.yaml: ${expected}`]);
  });
});

describe('settings that hold', () => {
  test.each<[Variables, object]>([
    [{}, { mode: 'verify-full', negotiation: 'postgres', servername: null }],
    [
      { DB_SSLMODE: 'disable', DB_SSLNEGOTIATION: 'postgres' },
      { mode: 'disable', ca: null },
    ],
    [
      { DB_SSLMODE: 'prefer', DB_TLS_SERVERNAME: 'n' },
      { mode: 'prefer', ca: null, servername: 'n' },
    ],
    [
      { DB_SSLMODE: 'require', DB_SSLNEGOTIATION: 'direct', DB_TLS_SERVERNAME: 'n' },
      { mode: 'require', negotiation: 'direct', ca: null, servername: 'n' },
    ],
    [
      { DB_SSLMODE: 'verify-ca', DB_TLS_SERVERNAME: 'n' },
      { mode: 'verify-ca', servername: 'n' },
    ],
    [
      { DB_HOST: '10.0.0.1', DB_TLS_SERVERNAME: 'n' },
      { mode: 'verify-full', servername: 'n' },
    ],
  ])('%j', (env, expected) => {
    expect(tlsOf(env)).toMatchObject(expected);
  });

  test('a target takes over what it does not say, but for the name', async () => {
    const own = await generate([{ name: 'commonName', value: 'probe' }]);
    const file = write('client.pem', own.cert);
    const env = {
      DB_SSLNEGOTIATION: 'direct',
      DB_CA_FILE: file,
      DB_TLS_SERVERNAME: 'n',
      DB_CLIENT_CERT_FILE: file,
      DB_CLIENT_KEY_FILE: write('client-key.pem', own.private),
    };
    const load = (entry: string) =>
      loadConfig({ DB_HOST: 'h', ...env, ...fileOf(entry) }).targets.map(({ tls }) => tls);
    const [primary, same] = load('port: 1');
    expect(same).toEqual({ ...primary, servername: null });
    expect(load('sslmode: prefer')[1]).toEqual({
      ...primary,
      mode: 'prefer',
      negotiation: 'postgres',
      ca: null,
      caOrigin: null,
      servername: null,
    });
  });

  test('a target that checks while the primary does not trusts the default authorities', () => {
    const [, target] = loadConfig({
      DB_HOST: 'h',
      DB_SSLMODE: 'require',
      ...fileOf('sslmode: verify-full'),
    }).targets;
    expect(target?.tls).toEqual(tlsOf({}));
  });
});

describe('what `config` says of it', () => {
  const AWS = "certificate checked against AWS RDS's authorities";
  test.each<[Variables, string]>([
    [{}, `TLS required, ${AWS}, name db.example.com`],
    [{ DB_TLS_SERVERNAME: 'n' }, `TLS required, ${AWS}, name n`],
    [
      { DB_SSLMODE: 'verify-ca', DB_SSLNEGOTIATION: 'direct' },
      `TLS required, ${AWS}, name not checked, begun without asking (direct)`,
    ],
    [
      { DB_SSLMODE: 'require', DB_TLS_SERVERNAME: 'n' },
      'TLS required, certificate not checked, name sent n',
    ],
    [{ DB_SSLMODE: 'prefer' }, 'TLS where the server has it, certificate not checked'],
    [{ DB_SSLMODE: 'disable' }, 'no TLS'],
  ])('%j', (env, expected) => {
    const config = loadConfig({ DB_HOST: 'db.example.com', ...env });
    expect(describeConfig(config).targets).toMatchObject([
      { tls: expected, client_certificate: 'not set' },
    ]);
  });
});
