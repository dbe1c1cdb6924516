import { createPrivateKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configProblemsOf } from '../../test/helpers/config-problems.js';
import { loadConfig } from './config.js';
import { describeConfig } from './describe-config.js';

const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-'));
const path = (name: string) => join(folder, name);
const write = (name: string, text: string) => {
  writeFileSync(path(name), text);
  return path(name);
};

let certificate: string;
let key: string;

beforeAll(async () => {
  const own = await generate([{ name: 'commonName', value: 'probe' }]);
  const other = await generate([{ name: 'commonName', value: 'other' }]);
  const expired = await generate([{ name: 'commonName', value: 'expired' }], {
    notBeforeDate: new Date('2001-01-01'),
    notAfterDate: new Date('2002-01-01'),
  });
  ({ cert: certificate, private: key } = own);
  write('client.pem', certificate);
  write('client-key.pem', key);
  write('other-key.pem', other.private);
  write('expired.pem', expired.cert);
  write('both.pem', `${key}\n${certificate}`);
  write('plain.txt', 'nothing');
  mkdirSync(path('folder'));
  for (const [name, type] of [
    ['encrypted.pem', 'pkcs8'],
    ['encrypted-old.pem', 'pkcs1'],
  ] as const) {
    const cipher = { cipher: 'aes-128-cbc', passphrase: 'passphrase' };
    write(name, createPrivateKey(key).export({ type, format: 'pem', ...cipher }) as string);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Each problem, with the folder's name left out; a key is in none of them. */
function problemsOf(env: Record<string, string>): string[] {
  const problems = configProblemsOf(env);
  expect(problems.join()).not.toContain(key.split(/\r?\n/)[1]);
  return problems.map((line) => line.replaceAll(`${folder}/`, ''));
}

function tlsOf(env: Record<string, string>) {
  const tls = loadConfig({ DB_HOST: 'db.example.com', ...env }).targets[0]?.tls;
  if (tls === undefined) throw new Error('there is no target');
  return tls;
}

describe('authorities', () => {
  const FILE = 'a readable file of PEM certificates';
  const problem = (name: string, why: string) =>
    `DB_CA_FILE: "${name}" is not allowed; expected ${FILE} (${why})`;
  const readAs = (text: string) => problemsOf({ DB_CA_FILE: write('ca.pem', text) });
  const broken = () => certificate.replace(/\n..../, '\n!!!!');

  test('of a file with text around them, and with the line ends of Windows', () => {
    const text = `# Issuer: one\n${certificate}\n\nsecond:\n${readFileSync(path('expired.pem'), 'utf8')}end\n`;
    for (const content of [text, text.replace(/\r?\n/g, '\r\n')]) {
      const { ca } = tlsOf({ DB_CA_FILE: write('ca.pem', content) });
      expect(ca).toHaveLength(2);
      expect((ca as string[])[0]?.replaceAll('\r', '')).toBe(
        certificate.replaceAll('\r', '').trim(),
      );
    }
  });

  test('a broken one among hundreds is named by its place, quickly', () => {
    const lines = certificate.trim().split('\n').length;
    const many = Array.from({ length: 400 }, () => certificate.trim());
    many[249] = broken().trim();
    const startedAt = performance.now();
    expect(readAs(many.join('\n'))).toEqual([
      problem('ca.pem', `block 250, line ${249 * lines + 1}: bad base64 decode`),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test('one that is cut off is named, and so is what is no certificate', () => {
    const cut = certificate.slice(0, 200);
    const lines = cut.split('\n').length;
    expect(readAs(`${cut}\n${certificate}`)).toEqual([
      problem('ca.pem', 'block 1, line 1: bad end line'),
    ]);
    expect(readAs(`${cut}\n${key}`)).toEqual([
      problem(
        'ca.pem',
        `block 1, line 1: bad end line; block 2, line ${lines + 1}: a PRIVATE KEY, not a CERTIFICATE`,
      ),
    ]);
  });

  test('of many broken ones three are named, and the rest counted', () => {
    const [line] = readAs(Array.from({ length: 9 }, broken).join('\n'));
    expect(line?.match(/block/g)).toHaveLength(3);
    expect(line).toMatch(/; and 6 more\)$/);
  });

  test.each([
    ['nowhere.pem', 'ENOENT: no such file or directory'],
    ['folder', 'EISDIR: illegal operation on a directory'],
    ['plain.txt', 'it holds no certificate'],
  ])('a file that has none: %j', (name, why) => {
    expect(problemsOf({ DB_CA_FILE: path(name) })).toEqual([problem(name, why)]);
  });

  test('the content in place of the path is not repeated', () => {
    expect(problemsOf({ DB_CA_FILE: key })).toEqual([
      `DB_CA_FILE: expected ${FILE} (this is content; give the path of a file that holds it)`,
    ]);
  });

  test("system: those of SSL_CERT_FILE, the system's file, or Node's own", () => {
    const file = path('client.pem');
    expect(tlsOf({ DB_CA_FILE: 'system', SSL_CERT_FILE: file })).toMatchObject({
      ca: [certificate.trim()],
      caOrigin: `the system's authorities (SSL_CERT_FILE, ${file})`,
    });
    const { ca, caOrigin } = tlsOf({ DB_CA_FILE: 'system' });
    expect(caOrigin).toMatch(/^(the system's authorities \(\/.*\)|Node's own list)/);
    expect(ca?.length).toBeGreaterThan(Math.min(50, rootCertificates.length - 1));
    expect(problemsOf({ DB_CA_FILE: 'system', SSL_CERT_FILE: path('plain.txt') })).toEqual([
      `SSL_CERT_FILE: "plain.txt" is not allowed; expected ${FILE} (it holds no certificate)`,
    ]);
  });
});

describe('a client certificate', () => {
  const CERT = "a readable file of PEM certificates, the client's own first";
  const KEY = 'a readable file with a private key in PEM';

  test('and its key, from two files or from one', () => {
    const pairs = [
      ['client.pem', 'client-key.pem'],
      ['both.pem', 'both.pem'],
    ];
    for (const [cert = '', own = ''] of pairs) {
      const env = { DB_CLIENT_CERT_FILE: path(cert), DB_CLIENT_KEY_FILE: path(own) };
      const { clientCertificate } = tlsOf(env);
      expect(clientCertificate?.cert.replaceAll('\r', '')).toBe(
        certificate.replaceAll('\r', '').trim(),
      );
      expect(clientCertificate?.key).toContain('BEGIN PRIVATE KEY');
    }
  });

  test.each<[string | undefined, string | undefined, string]>([
    [
      'client.pem',
      undefined,
      'DB_CLIENT_KEY_FILE: expected a file, because DB_CLIENT_CERT_FILE is set; set both or none',
    ],
    [
      undefined,
      'client-key.pem',
      'DB_CLIENT_CERT_FILE: expected a file, because DB_CLIENT_KEY_FILE is set; set both or none',
    ],
    [
      'client-key.pem',
      'client-key.pem',
      `DB_CLIENT_CERT_FILE: "client-key.pem" is not allowed; expected ${CERT} (it holds no certificate)`,
    ],
    [
      'client.pem',
      'nowhere.pem',
      `DB_CLIENT_KEY_FILE: expected ${KEY} (ENOENT: no such file or directory)`,
    ],
    ['client.pem', 'client.pem', `DB_CLIENT_KEY_FILE: expected ${KEY} (it holds no private key)`],
    [
      'client.pem',
      'other-key.pem',
      'DB_CLIENT_KEY_FILE: expected the private key of the first certificate of DB_CLIENT_CERT_FILE; it belongs to another',
    ],
    ...['encrypted.pem', 'encrypted-old.pem'].map((name): [string, string, string] => [
      'client.pem',
      name,
      `DB_CLIENT_KEY_FILE: expected ${KEY} (it is encrypted; decrypt it: openssl pkey -in encrypted.pem -out key.pem)`,
    ]),
  ])('%s with the key %s', (cert, own, expected) => {
    expect(
      problemsOf({
        ...(cert !== undefined && { DB_CLIENT_CERT_FILE: path(cert) }),
        ...(own !== undefined && { DB_CLIENT_KEY_FILE: path(own) }),
      }),
    ).toEqual([expected]);
  });

  test('broken files, both at once', () => {
    const env = {
      DB_CLIENT_CERT_FILE: write('broken.pem', certificate.replace(/\n..../, '\nAAAA')),
      DB_CLIENT_KEY_FILE: write('broken-key.pem', `\n${key.replace(/\n..../, '\nAAAA')}`),
    };
    expect(problemsOf(env)).toEqual([
      expect.stringMatching(`^DB_CLIENT_CERT_FILE: "broken.pem" .*block 1, line 1: `),
      `DB_CLIENT_KEY_FILE: expected ${KEY} (block 1, line 2: no key that can be read)`,
    ]);
  });

  test('a key in place of its path is not repeated', () => {
    const env = { DB_CLIENT_CERT_FILE: path('client.pem'), DB_CLIENT_KEY_FILE: key };
    expect(problemsOf(env)).toEqual([
      `DB_CLIENT_KEY_FILE: expected ${KEY} (this is content; give the path of a file that holds it)`,
    ]);
  });

  test('`config` says that there is one, and nothing of its key', () => {
    const config = loadConfig({
      DB_HOST: 'h',
      DB_CLIENT_CERT_FILE: path('client.pem'),
      DB_CLIENT_KEY_FILE: path('client-key.pem'),
    });
    const described = describeConfig(config);
    expect(described.targets).toMatchObject([{ client_certificate: 'set' }]);
    expect(JSON.stringify(described)).not.toContain('KEY-----');
  });
});
