import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { argumentTargets } from '../../src/config/argument-targets.js';
import { NO_TLS } from '../../src/config/target.js';
import { addressesCheck } from '../../src/doctor/checks/addresses.js';
import { authenticationCheck } from '../../src/doctor/checks/authentication.js';
import { createIdleCheck } from '../../src/doctor/checks/idle.js';
import { limitsCheck } from '../../src/doctor/checks/limits.js';
import { replicationCheck } from '../../src/doctor/checks/replication.js';
import { tlsCheck } from '../../src/doctor/checks/tls.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { certificateFor } from '../helpers/certificate.js';
import { until } from '../helpers/until.js';
import { urlOf } from '../helpers/database-url.js';
import { look, lookForOne } from '../helpers/doctor.js';

const NAME = 'db.example.com';
const MS_PER_DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'pglatency-doctor-'));
const caFile = join(folder, 'ca.pem');

let server: EmbeddedPostgres;
let owner: pg.Client;

function certificate(name: string, days: number) {
  return certificateFor(name, {
    notBeforeDate: new Date(Date.now() - 100 * MS_PER_DAY),
    notAfterDate: new Date(Date.now() + days * MS_PER_DAY),
  });
}

/** A server with TLS, and with roles that are asked for their password in each way. */
beforeAll(async () => {
  const { cert, key } = await certificate(NAME, 300);
  writeFileSync(caFile, cert);
  server = await startEmbeddedPostgres({
    settings: { ssl: 'on', max_connections: '20', password_encryption: 'md5' },
    files: { 'server.crt': cert, 'server.key': key },
    hba: ['host all digest all md5', 'host all clear all password', 'host all trusted all trust'],
  });
  owner = new pg.Client(server.connection);
  owner.on('error', () => undefined);
  await owner.connect();
  for (const role of ['digest', 'clear', 'trusted']) {
    await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  }
  await owner.query(
    "SET password_encryption = 'scram-sha-256'; CREATE ROLE app LOGIN PASSWORD 'secret'",
  );
});

afterAll(async () => {
  await owner.end();
  await server.dispose();
  rmSync(folder, { recursive: true });
});

const urlAs = (user: string, parameters = '') =>
  urlOf({ ...server, user, password: 'secret' }, 'postgres', parameters);

async function set(sql: string): Promise<void> {
  await owner.query(`ALTER SYSTEM ${sql}`);
  await owner.query('SELECT pg_reload_conf()');
}

describe('authentication', () => {
  test.each([
    ['app', 'ok', /^SCRAM/],
    ['digest', 'warning', /^MD5/],
    ['clear', 'warning', /clear text/],
    ['trusted', 'warning', /trusts this address/],
  ])('%s: %s', async (user, status, text) => {
    const found = await lookForOne(authenticationCheck, urlAs(user));
    expect(found.status).toBe(status);
    expect(found.found).toMatch(text);
  });
});

describe('tls', () => {
  const lookAt = (parameters: string, servername = NAME) => {
    const url = urlAs('app', `?${parameters}`);
    const [own] = argumentTargets([url], {}).targets;
    return look(tlsCheck, url, { target: { tls: { ...(own?.tls ?? NO_TLS), servername } } });
  };

  test('verified, with the right name: version, names and end', async () => {
    const [found, ...more] = await lookAt(`sslmode=verify-full&sslrootcert=${caFile}`);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ status: 'ok' });
    expect(found?.found).toMatch(/^TLSv1\.3, .*db\.example\.com.* ends in (?:299|300) days/);
  });

  test('another name', async () => {
    const found = await lookAt(`sslmode=verify-full&sslrootcert=${caFile}`, 'other.example.com');
    expect(found.map(({ status }) => status)).toEqual(['broken']);
    expect(found[0]?.found).toContain('not for other.example.com, but for db.example.com');
  });

  test('an authority that is not known', async () => {
    const found = await lookAt('sslmode=verify-full&sslrootcert=system');
    expect(found[0]).toMatchObject({ status: 'broken' });
    expect(found[0]?.found).toMatch(/not trusted \((?:DEPTH_ZERO_)?SELF_SIGNED/);
  });

  test.each([
    ['ends soon', 9, 'warning', /ends in [89] days/],
    ['has ended', -3, 'broken', /ended [34] days ago/],
  ])('one that %s, whether it is verified or not', async (_, days, status, text) => {
    const { cert, key } = await certificate(NAME, days);
    const other = await startEmbeddedPostgres({
      settings: { ssl: 'on' },
      files: { 'server.crt': cert, 'server.key': key },
    });
    try {
      for (const mode of ['require', 'prefer']) {
        const found = await look(tlsCheck, urlOf(other, 'postgres', `?sslmode=${mode}`));
        expect(found[0]?.status).toBe(status);
        expect(found[0]?.found).toMatch(text);
      }
    } finally {
      await other.dispose();
    }
  });
});

describe('addresses', () => {
  const hosts = (...list: string[]) =>
    `postgres://app:secret@${list.map((it) => `${it}:${server.port}`).join(',')}/postgres`;

  test('one that is dead beside one that answers', async () => {
    const found = await lookForOne(addressesCheck, hosts('127.0.0.9', '127.0.0.1'));
    expect(found.status).toBe('warning');
    expect(found.found).toMatch(/^127\.0\.0\.9:\d+ does not answer: refused/);
  });

  test('none that answers', async () => {
    const found = await look(addressesCheck, hosts('127.0.0.9', '127.0.0.8'));
    expect(found.map(({ status }) => status)).toEqual(['broken', 'broken']);
  });

  test('all answer, also where the login is refused', async () => {
    const refused = hosts('127.0.0.1', 'localhost').replace('secret', 'wrong');
    expect((await lookForOne(addressesCheck, refused)).status).toBe('ok');
  });
});

describe('replication', () => {
  test('no standby is asked for', async () => {
    expect((await lookForOne(replicationCheck, urlAs('app'))).status).toBe('ok');
  });

  test('a synchronous standby that is not there, for a role that may only connect', async () => {
    await owner.query('SET synchronous_commit = local');
    await set("SET synchronous_standby_names = 'FIRST 1 (ghost)'");
    try {
      await until(
        async () => (await lookForOne(replicationCheck, urlAs('app'))).status === 'broken',
        { what: 'the missing standby' },
      );
      const found = await lookForOne(replicationCheck, urlAs('app'));
      expect(found.found).toContain('needs 1 standby, and none is connected');
    } finally {
      await set('RESET synchronous_standby_names');
    }
  });
});

test('connections: a server that is nearly full', async () => {
  const others: pg.Client[] = [];
  try {
    expect((await lookForOne(limitsCheck, urlAs('app'))).status).toBe('ok');
    for (let i = 0; i < 12; i += 1) {
      const client = new pg.Client(server.connection);
      client.on('error', () => undefined);
      await client.connect();
      others.push(client);
    }
    const found = await lookForOne(limitsCheck, urlAs('app'));
    expect(found.status).toBe('warning');
    expect(found.found).toMatch(/1[3-5] of 17 connections are taken: [2-4] are free/);
  } finally {
    for (const client of others) await client.end();
  }
});

describe('idle', () => {
  test('connections that live', async () => {
    const found = await lookForOne(createIdleCheck(1_000), urlAs('app'));
    expect(found).toMatchObject({ status: 'ok' });
  });

  test('connections that the server ends', async () => {
    await owner.query("ALTER ROLE app SET idle_session_timeout = '500ms'");
    try {
      const found = await lookForOne(createIdleCheck(3_000), urlAs('app'));
      expect(found.status).toBe('broken');
      expect(found.found).toMatch(/does not live for 3 s: terminated after [1-3] s/);
    } finally {
      await owner.query('ALTER ROLE app RESET idle_session_timeout');
    }
  });
});
