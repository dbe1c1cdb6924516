// A small application that reads and writes, ten times each, as the Go driver lib/pq does it or in one flight.
//
//   pglatency audit -- node examples/audit/shop.mjs prepare-first
//   pglatency audit -- node examples/audit/shop.mjs one-flight
//
// Its database is the one of DATABASE_URL. It makes a temporary table, and leaves nothing behind.
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Execute, Prepare } from './two-steps.mjs';

const READ = "SELECT count(*) FROM contacts /*action='read'*/";
const WRITE = "INSERT INTO contacts (name, email, notes) VALUES ($1, $2, $3) /*action='write'*/";
const VALUES = ['Ada', 'ada@example.com', 'a note'];
const ROUNDS = 10;
/** As between two requests of people: without it they would look like one. */
const BETWEEN_REQUESTS_MS = 50;

/** How a write is sent. */
const WAYS = {
  'one-flight': (client) => client.query(WRITE, VALUES),
  'prepare-first': async (client) => {
    await submit(client, new Prepare(WRITE));
    await submit(client, new Execute(VALUES));
  },
};

function submit(client, query) {
  client.query(query);
  return query.done;
}

const write = WAYS[process.argv[2]];
if (write === undefined) {
  process.stderr.write(`which way? One of ${Object.keys(WAYS).join(', ')}\n`);
  process.exit(2);
}
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query('CREATE TEMPORARY TABLE contacts (name text, email text, notes text)');
for (let round = 0; round < ROUNDS; round++) {
  await pause(BETWEEN_REQUESTS_MS);
  await client.query(READ);
  await pause(BETWEEN_REQUESTS_MS);
  await write(client);
}
await client.end();
