/**
 * A real PostgreSQL with TLS that other hosts can reach. Started with its settings as JSON; prints how
 * to connect as its owner, as JSON, when it is ready. Ends by SIGTERM.
 */
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/lab/embedded-postgres.js';

export interface DatabaseSettings {
  readonly certificate: string;
  readonly privateKey: string;
  readonly database: string;
  /** The network that may connect, with TLS alone. */
  readonly clients: string;
  /** What the owner runs in the new database. */
  readonly sql: string;
}

const settings = JSON.parse(process.argv[2] ?? '') as DatabaseSettings;
const postgres = await startEmbeddedPostgres({
  settings: {
    listen_addresses: '0.0.0.0',
    ssl: 'on',
    ssl_cert_file: 'server.crt',
    ssl_key_file: 'server.key',
  },
  hba: [`hostssl all all ${settings.clients} scram-sha-256`],
  files: { 'server.crt': settings.certificate, 'server.key': settings.privateKey },
  database: settings.database,
});
const owner = new pg.Client(postgres.connection);
await owner.connect();
await owner.query(settings.sql);
await owner.end();
process.once('SIGTERM', () => void postgres.dispose().then(() => process.exit(0)));
console.log(JSON.stringify(postgres.connection));
