import { describe, expect, test } from 'vitest';
import { configProblemText as problemsOf } from '../../test/helpers/config-problems.js';
import { loadConfig } from './config.js';
import { describeConfig } from './describe-config.js';

/** What `pglatency config` says of TLS. */
function tlsOf(url: string): string {
  return describeConfig(loadConfig({ DATABASE_URL: url })).targets[0]?.tls ?? '';
}

const AWS = /^TLS required, certificate checked against AWS RDS's authorities, name /;
const SYSTEM = /^TLS required, certificate checked against (?:the system's|Node's own) .*, name /;

describe('the certificate is to be checked', () => {
  const hosts: [string, string, string | RegExp][] = [
    ['Neon', 'ep-quiet-lake-a1b2c3d4.eu-central-1.aws.neon.tech', SYSTEM],
    ['Supabase direct', 'db.abcdref.supabase.co', "Supabase's own authority (dashboard"],
    ['Supabase pooler', 'aws-0-eu-west-1.pooler.supabase.com', "Supabase's own authority"],
    ['Amazon RDS', 'db1.c0ffee.eu-west-1.rds.amazonaws.com', AWS],
    ['Aurora', 'cl.cluster-c0ffee.eu-west-1.rds.amazonaws.com', AWS],
    ['RDS Proxy', 'px.proxy-c0ffee.eu-west-1.rds.amazonaws.com', SYSTEM],
    ['Azure', 'srv.postgres.database.azure.com', SYSTEM],
    [
      'Heroku',
      'ec2-203-0-113-9.eu-west-1.compute.amazonaws.com',
      'Heroku has none to download, because its certificates are self-signed',
    ],
    [
      'DigitalOcean',
      'db-postgresql-fra1-12345-do-user-1-0.b.db.ondigitalocean.com',
      "DigitalOcean's own authority (control panel",
    ],
    ['Aiven', 'pg1-proj.a.aivencloud.com', 'ca.pem'],
    ['Tiger Cloud', 'abc.def.tsdb.cloud.timescale.com', SYSTEM],
    ['Crunchy Bridge', 'p.abc123.db.postgresbridge.com', "Crunchy Bridge team's own authority"],
    ['Fly Managed Postgres', 'pgbouncer.CLUSTER.flympg.net', SYSTEM],
    ['Render', 'dpg-abc-a.frankfurt-postgres.render.com', SYSTEM],
    ['Railway, inside', 'postgres.railway.internal', 'use sslmode=require'],
    ['Railway, public', 'shortline.proxy.rlwy.net', 'use sslmode=require'],
    ['Prisma Postgres', 'db.prisma.io', SYSTEM],
    ['PlanetScale', 'eu-central-1.pg.psdb.cloud', SYSTEM],
    ['Xata, old', 'eu-west-1.sql.xata.sh', SYSTEM],
    ['Xata, new', 'main.eu-central-1.xata.sh', SYSTEM],
    ['CockroachDB Cloud', 'name-123.abc.aws-eu-central-1.cockroachlabs.cloud', SYSTEM],
    ['YugabyteDB Aeon', 'eu-central-1.0a1b.aws.ybdb.io', 'root.crt'],
  ];
  test.each(hosts)('%s', (_, host, expected) => {
    const url = `postgresql://app:PW@${host}/app?sslmode=verify-full`;
    const problems = problemsOf({ DATABASE_URL: url });
    if (expected instanceof RegExp) {
      expect(problems).toBe('none');
      expect(tlsOf(url)).toMatch(expected);
      expect(tlsOf(url)).toContain(`name ${host}`);
    } else {
      expect(problems).toContain(`DATABASE_URL sslrootcert: expected the file of `);
      expect(problems).toContain(expected);
    }
  });
});
